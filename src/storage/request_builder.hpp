#pragma once

#include "aws/s3_error.hpp"
#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "net/message.hpp"

#include <functional>
#include <string>
#include <vector>

namespace tapalcatl::storage {

/// What an answer that brings no object means.
struct ClassifiedError {
    Error error;
    net::RetryClass retry = net::RetryClass::none;
    bool is_corrected = false;  ///< what was wrong has been put right: worth asking again at once
};

/// A request that is ready to be sent, and who understands a refusal of it.
struct BuiltRequest {
    net::Request request;
    std::function<ClassifiedError(const net::Response& refusal)> classify;
};

/// How one kind of HTTP server names objects, wants requests to look, and says no. Used on one executor.
class RequestBuilder {
 public:
    virtual ~RequestBuilder() = default;

    /// The request for `key` with `headers`; body_limit and deadline are set by the caller.
    /// Fails: as whoever gives credentials. Lifetime: `classify` is called while this lives.
    virtual Awaitable<Result<BuiltRequest>> build(std::string key, std::vector<net::Header> headers,
                                                  SteadyTime deadline) = 0;

    /// As Storage::name().
    virtual std::string name() const = 0;
};

}  // namespace tapalcatl::storage
