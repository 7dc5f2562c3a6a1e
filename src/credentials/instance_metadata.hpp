#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"
#include "credentials/asker.hpp"
#include "credentials/plan.hpp"
#include "credentials/provider_request.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl::credentials {

/// EC2's metadata service, version 2, and the token that it wants with each request. Used on one executor.
/// Lifetime: `asker` outlives this, and this the calls that are under way.
class MetadataService {
 public:
    /// `attempt`: how long one request may take. The service is near, or not there at all.
    MetadataService(InstanceMetadata step, Asker& asker, std::chrono::milliseconds attempt)
        : step_(std::move(step)), asker_(asker), attempt_(attempt) {}

    /// Gets a token, unless one is held.
    /// Fails: unavailable, timeout (nobody is there), denied (somebody is, and gives no token), corrupt.
    Awaitable<Result<void>> open(SteadyTime deadline);

    /// What to ask, with that token.
    using Question = Result<ProviderRequest> (*)(const InstanceMetadata& step, const Secret& token,
                                                 std::string_view detail);

    /// The answer to `question`, whatever its status. A token that is not accepted any more is replaced, once.
    /// Fails: as open() and Asker::ask.
    Awaitable<Result<ProviderAnswer>> get(Question question, std::string detail, SteadyTime deadline);

    /// Whether it ever gave a token.
    bool was_there() const { return was_there_; }
    const std::string& endpoint() const { return step_.endpoint; }

 private:
    Patience patience(bool expects_somebody) const;

    InstanceMetadata step_;
    Asker& asker_;
    std::chrono::milliseconds attempt_;
    std::optional<Secret> token_;
    SteadyTime token_ends_{};
    bool was_there_ = false;
};

}  // namespace tapalcatl::credentials
