#pragma once

#include "aws/credentials.hpp"
#include "base/error.hpp"
#include "credentials/provider.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace tapalcatl::credentials {

/// Run the command without a shell and parse its output.
struct Process {
    std::string command;
};

/// Parses the output of a credential_process, version 1. Credentials without an Expiration do not expire.
/// Fails: corrupt, unsupported (another version).
Result<aws::Credentials> parse_process_output(std::string_view output);

std::unique_ptr<Provider> process_provider(const Process& config, const ProviderContext& context);

}  // namespace tapalcatl::credentials
