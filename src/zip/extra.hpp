#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <optional>

namespace tapalcatl::zip {

/// The data of the first field `id` in a header's extra fields (APPNOTE 4.5.1), if there is one that is whole.
///
/// What cannot be a field is passed over: some writers pad with zeros. Lifetime: the result views `extra`.
std::optional<Bytes> find_extra(Bytes extra, std::uint16_t id);

}  // namespace tapalcatl::zip
