#pragma once

#include "base/error.hpp"
#include "lambda/batch_job.hpp"
#include "web/message.hpp"

#include <array>
#include <string>
#include <string_view>

namespace tapalcatl::lambda {

/// What sent an event, as far as the form of the answer depends on it.
enum class Shape {
    rest_api,         ///< API Gateway REST API, payload format 1.0
    http_api,         ///< API Gateway HTTP API or function URL, payload format 2.0
    alb,              ///< Application Load Balancer
    alb_multi_value,  ///< Application Load Balancer whose target group has multi-value headers turned on
    warm_up,          ///< a schedule, or an empty event: there is no request in it
    batch_job,        ///< S3 Batch Operations: there is a job in it
};

struct EventOptions {
    /// The name, in any case, of a header that a CDN in front sets to the host that its clients use; empty: none.
    std::string host_header;
};

/// The request in an event of AWS Lambda. It owns its text.
struct Event {
    Shape shape = Shape::warm_up;
    std::string method;
    std::string target;
    std::string scheme;
    std::string peer;
    std::string prefix;       ///< of the path in the client's URL, which the front removed or which was removed here
    bool can_stream = false;  ///< the front can be set up to take streamed responses: a REST API, a function URL
    std::array<std::string, web::field_count> fields;
    BatchJob job;  ///< of the shape batch_job, which has nothing else

    std::string& operator[](web::Field field) { return fields[static_cast<std::size_t>(field)]; }
    const std::string& operator[](web::Field field) const { return fields[static_cast<std::size_t>(field)]; }

    /// The request, for the service. Lifetime: views this event. Requires: the shape is that of a request.
    web::Request request() const;
};

/// Reads an event. Stages and base path mappings are removed from the path and become the prefix; the host is the one
/// under which the front is known.
///
/// Fails: bad_request for an event of another kind. The message says what it looks like and what was expected; it has
/// names of the event's members and none of its values.
Result<Event> parse_event(std::string_view json, const EventOptions& options = {});

}  // namespace tapalcatl::lambda
