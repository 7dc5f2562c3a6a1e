#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace tapalcatl::cli {

/// `text` with every byte that is not part of UTF-8 replaced by U+FFFD: names in archives are any bytes, strings in
/// JSON are not.
std::string utf8(std::string_view text);

/// `value` on one line, without a line break at its end.
std::string json_text(const boost::json::object& value);

}  // namespace tapalcatl::cli
