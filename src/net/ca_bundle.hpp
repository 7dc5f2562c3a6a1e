#pragma once

#include "base/environment.hpp"
#include "base/error.hpp"

#include <functional>
#include <string>

namespace tapalcatl::net {

/// The file of certificate authorities to trust: `configured` if it isn't empty, else what AWS_CA_BUNDLE or
/// SSL_CERT_FILE name, else the first of the systems' usual places for which `exists` is true.
///
/// A file that is named is answered unseen: that it cannot be read is told when it is loaded, and nothing else is
/// trusted in its place.
/// Fails: denied if there is none, with the places that were looked at.
Result<std::string> find_ca_bundle(const std::string& configured, const EnvironmentVariables& environment,
                                   const std::function<bool(const std::string&)>& exists);

}  // namespace tapalcatl::net
