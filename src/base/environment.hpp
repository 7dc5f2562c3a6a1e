#pragma once

#include "base/error.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace tapalcatl {

/// Environment variables, by name.
using EnvironmentVariables = std::map<std::string, std::string>;

/// Access to environment variables and files, so that tests need neither.
struct Environment {
    /// The value of an environment variable; nullopt if it is not set.
    std::function<std::optional<std::string>(const std::string& name)> variable;

    /// The bytes of a file. Fails: not_found if there is no such file, too_large if it exceeds the reader's limit, io.
    std::function<Result<std::string>(const std::string& path)> file;

    /// Replaces a file at once, as a file that only its owner can read and write (mode 0600). May be null: nothing can
    /// be written. Fails: io.
    std::function<Result<void>(const std::string& path, const std::string& text)> replace_file = {};

    /// The value of a variable. An empty variable counts as not set, as it does for AWS's own tools.
    std::optional<std::string> setting(const std::string& name) const {
        auto value = variable(name);
        return value && !value->empty() ? value : std::nullopt;
    }
};

/// An environment with these variables and the files of the machine, up to 1 MiB each.
///
/// A file in a folder that this process may not enter counts as missing, as it does for AWS's own tools: a service's
/// home directory is often closed to it. Only regular files are read, because reading a pipe could block for ever.
Environment system_environment(EnvironmentVariables variables);

}  // namespace tapalcatl
