#pragma once

#include "base/awaitable.hpp"
#include "web/message.hpp"

#include <optional>

namespace tapalcatl::service {

/// Answers the requests of a front end (HTTP or Lambda). Safe from any thread.
class Handler {
 public:
    virtual ~Handler() = default;

    /// The response, if it needs no waiting: tiles in memory, pages, refusals. nullopt: call answer().
    virtual std::optional<web::Response> answer_at_once(const web::Request& request) = 0;

    /// The response. Lifetime: the buffers that `request` views stay valid until the coroutine ends.
    virtual Awaitable<web::Response> answer(web::Request request) = 0;

    /// The response of a server that is over one of its limits: 503, except for the probes /live and /ready, which are
    /// answered whatever the load.
    virtual web::Response refuse(const web::Request& request) = 0;

    /// Makes /ready 503 from now on, so that load balancers choose another server.
    virtual void begin_drain() = 0;
};

}  // namespace tapalcatl::service
