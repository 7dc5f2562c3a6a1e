#pragma once

#include "base/bytes.hpp"
#include "lambda/event.hpp"
#include "web/message.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tapalcatl::lambda {

/// The maximum size in bytes of the JSON that answers an event of this shape. Lambda passes on 6 MiB and 100 bytes of a
/// buffered response; an Application Load Balancer takes 1 MiB.
std::uint64_t max_response_size(Shape shape);

/// The maximum size in bytes of a streamed response, its JSON included.
constexpr std::uint64_t max_streamed_response = 200'000'000;

/// A response as the sender of the event expects it.
struct EncodedResponse {
    std::string json;           ///< of a streamed response, all but its body
    bool is_streamed = false;   ///< `body` follows `json`
    SharedBytes body;           ///< of a streamed response
    unsigned status = 0;        ///< in the JSON
    std::uint64_t bytes = 0;    ///< of the body that the client will get
    bool is_too_large = false;  ///< the response did not fit; this is the error in its place
};

/// Encodes `response` to the request in `event`. The body is base64 exactly if it is no text of its own: it has a
/// Content-Encoding, its type is not one of text, or it is not UTF-8. There is no body for HEAD and for a status
/// without one.
///
/// A response over max_response_size() is replaced by a 502 that names its size.
EncodedResponse encode_response(const web::Response& response, const Event& event);

/// Encodes `response` as a streamed response: JSON with status and headers, and the body as it is. A response over
/// max_streamed_response is replaced as above.
EncodedResponse encode_streamed_response(const web::Response& response, const Event& event);

/// The answer to an event without a request.
std::string warm_up_response();

/// A failure as the Runtime API takes it: {"errorMessage":...,"errorType":...,"stackTrace":[]}. `type` is like
/// "Function.InvalidEvent".
std::string error_document(std::string_view type, std::string_view message);

/// Appends `text` as a JSON string, with its quotes. Requires: `text` is UTF-8.
void append_json_string(std::string& out, std::string_view text);

}  // namespace tapalcatl::lambda
