#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

/// What every message of the log has, beside its own text.
namespace tapalcatl::log {

/// Names and values, such as the ids of an invocation.
using Context = std::vector<std::pair<std::string, std::string>>;

/// Gives every message from now on these fields; none at first. In the plain form, "name=value" stands behind the
/// message. Safe from any thread. Requires: the names are letters and underscores.
void set_context(Context fields);

/// The fields that were set last; never null.
std::shared_ptr<const Context> context();

}  // namespace tapalcatl::log
