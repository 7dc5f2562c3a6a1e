#pragma once

#include "base/environment.hpp"

#include <map>
#include <string>

namespace tapalcatl::tests {

using Texts = std::map<std::string, std::string>;

/// A machine with these variables and files. Lifetime: holds copies.
inline Environment machine(const Texts& variables, const Texts& files = {}) {
    return {
        [variables](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
        },
        [files](const std::string& path) -> Result<std::string> {
            const auto found = files.find(path);
            if (found == files.end()) {
                return fail(Errc::not_found, "no such file");
            }
            return found->second;
        },
    };
}

}  // namespace tapalcatl::tests
