#pragma once

#include <boost/json/object.hpp>

namespace tapalcatl::cli {

/// The JSON Schema (draft 2020-12) of configuration files, for editors. It comes from setting_table() and the members
/// of settings/file_member.hpp.
///
/// It accepts what the parser accepts, with these exceptions: what a value is made of besides its form (a bucket's
/// name, an ascending list), a number that is out of range once a unit is applied, and a tileset without a storage are
/// seen by the parser alone. Lists are only accepted where they make sense, and for true and false no other words.
boost::json::object config_schema();

}  // namespace tapalcatl::cli
