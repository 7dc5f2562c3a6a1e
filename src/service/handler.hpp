#pragma once

#include "base/awaitable.hpp"
#include "web/message.hpp"

#include <optional>

namespace tapalcatl::service {

/// What a front end, HTTP or Lambda, hands requests to. Safe from any thread.
class Handler {
 public:
    virtual ~Handler() = default;

    /// The answer, if nothing has to be waited for: what is in memory, pages, refusals. nullopt: ask answer().
    virtual std::optional<web::Response> answer_at_once(const web::Request& request) = 0;

    /// The answer. Lifetime: what `request` views stays until it is there.
    virtual Awaitable<web::Response> answer(web::Request request) = 0;

    /// The response of a server that is over one of its limits: 503, except for the probes /live and /ready, which are
    /// answered whatever the load.
    virtual web::Response refuse(const web::Request& request) = 0;

    /// From now on /ready says no, so that load balancers look elsewhere.
    virtual void begin_drain() = 0;
};

}  // namespace tapalcatl::service
