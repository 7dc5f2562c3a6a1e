#include "net/ca_bundle.hpp"

#include <array>

namespace tapalcatl::net {
namespace {

constexpr std::array variables{"AWS_CA_BUNDLE", "SSL_CERT_FILE"};

/// Amazon Linux and Fedora; Debian and Alpine.
constexpr std::array places{"/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"};

}  // namespace

Result<std::string> find_ca_bundle(const std::string& configured, const EnvironmentVariables& environment,
                                   const std::function<bool(const std::string&)>& exists) {
    if (!configured.empty()) {
        return configured;
    }
    for (const char* const name : variables) {
        const auto found = environment.find(name);
        if (found != environment.end() && !found->second.empty()) {
            return found->second;
        }
    }
    for (const char* const place : places) {
        if (exists(place)) {
            return std::string(place);
        }
    }
    return fail(Errc::denied,
                "no certificate authorities to check servers with: there is neither {} nor {}; "
                "install ca-certificates, or name a file in {}",
                places[0], places[1], variables[0]);
}

}  // namespace tapalcatl::net
