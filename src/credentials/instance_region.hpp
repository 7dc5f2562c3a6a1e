#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "credentials/chain.hpp"

#include <string>

namespace tapalcatl::net {
class Client;
}

namespace tapalcatl::credentials {

/// The region of the instance that this runs on, asked of EC2's metadata service; for where no region is configured.
/// Lifetime: the client and the clock outlive the call.
/// Fails: unavailable, timeout, denied (the service is not there, or does not tell), corrupt (no region's name).
Awaitable<Result<std::string>> metadata_region(InstanceMetadata config, net::Client& client, const Clock& clock,
                                               SteadyTime deadline);

}  // namespace tapalcatl::credentials
