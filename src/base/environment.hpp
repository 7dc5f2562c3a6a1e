#pragma once

#include "base/error.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace tapalcatl {

/// Where the environment and files come from, so that tests need neither.
struct Outside {
    /// The value of an environment variable; nullopt if it is not set.
    std::function<std::optional<std::string>(const std::string& name)> variable;

    /// The bytes of a file. Fails: not_found if there is none, too_large over what the reader allows, io.
    std::function<Result<std::string>(const std::string& path)> file;

    /// A variable; one that is empty counts as not set, as it does for AWS's own tools.
    std::optional<std::string> setting(const std::string& name) const {
        auto value = variable(name);
        return value && !value->empty() ? value : std::nullopt;
    }
};

/// The machine's files, up to 1 MiB each, with these environment variables.
///
/// A file in a folder that this process may not enter counts as not there, as it does for AWS's own tools: a service's
/// home is often closed to it. What is no regular file is not read, since a pipe could wait for ever.
Outside system_outside(std::map<std::string, std::string> environment);

}  // namespace tapalcatl
