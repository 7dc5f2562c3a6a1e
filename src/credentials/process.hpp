#pragma once

#include "aws/credentials.hpp"
#include "base/error.hpp"
#include "credentials/provider.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace tapalcatl::credentials {

/// Run the command, without a shell, and read what it prints.
struct Process {
    std::string command;
};

/// What a credential_process prints: version 1; without SessionToken and Expiration the keys do not expire.
/// Fails: corrupt, unsupported (another version).
Result<aws::Credentials> parse_process_output(std::string_view output);

std::unique_ptr<Provider> process_provider(const Process& config, const ProviderContext& context);

}  // namespace tapalcatl::credentials
