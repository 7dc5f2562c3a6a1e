#include "lambda/runtime_api.hpp"

#include "base/text.hpp"
#include "lambda/response.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace tapalcatl::lambda {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

/// A request of a client is 6 MiB at most, and the event has its headers besides.
constexpr std::uint64_t max_event_bytes = 8 * 1024 * 1024;

constexpr unsigned max_attempts = 3;
constexpr std::chrono::milliseconds pause_between_attempts{100};
constexpr std::chrono::seconds post_timeout{30};

/// A stream goes at 2 MB/s after its first megabytes. No invocation takes longer than this.
constexpr std::chrono::minutes stream_timeout{15};

/// Between the head of a streamed response and its body.
constexpr std::string_view delimiter("\0\0\0\0\0\0\0\0", 8);

/// Years, but far from the end of what nanoseconds can count.
constexpr std::chrono::milliseconds no_time_limit = std::chrono::hours(24 * 365 * 10);

net::Header json_type() {
    return {"Content-Type", "application/json"};
}

net::Header error_type(std::string_view type) {
    return {"Lambda-Runtime-Function-Error-Type", std::string(type)};
}

/// The start of a chunk of `size` bytes (RFC 9112, section 7.1), which end with "\r\n". Requires: size > 0, as an empty
/// chunk ends the body.
std::string chunk_start(std::size_t size) {
    return fmt::format("{:x}\r\n", size);
}

net::Client::Options client_options() {
    net::Client::Options options;
    options.timeouts.first_byte = no_time_limit;
    options.timeouts.stall = 60s;
    return options;
}

std::string_view text_of(const net::Response& response, std::string_view header) {
    return response.find(header).value_or(std::string_view());
}

Result<Invocation> invocation_of(const net::Response& response) {
    if (response.status != 200) {
        return fail(Errc::unavailable, "the Runtime API answers {} to the request for the next invocation",
                    response.status);
    }
    Invocation invocation;
    invocation.request_id = text_of(response, "Lambda-Runtime-Aws-Request-Id");
    if (invocation.request_id.empty()) {
        return fail(Errc::corrupt, "the Runtime API sent an invocation without Lambda-Runtime-Aws-Request-Id");
    }
    invocation.trace_id = text_of(response, "Lambda-Runtime-Trace-Id");
    constexpr std::uint64_t latest_ms = 1ULL << 43U;  // in 278 years
    const auto deadline = parse_number(text_of(response, "Lambda-Runtime-Deadline-Ms"));
    if (deadline && *deadline > 0 && *deadline < latest_ms) {
        invocation.deadline = WallTime(std::chrono::milliseconds(*deadline));
    }
    invocation.payload = as_text(response.body);
    return invocation;
}

}  // namespace

Result<RuntimeApi> RuntimeApi::make(std::string_view address, asio::any_io_executor executor, const Clock& clock) {
    const auto parsed = parse_authority(address);
    if (!parsed) {
        return fail(Errc::usage, "AWS_LAMBDA_RUNTIME_API '{}': expected a host and a port. Lambda sets it",
                    printable(address));
    }
    Url base;
    base.is_https = false;
    base.host = parsed->host;
    base.port = parsed->port.value_or(80);
    return RuntimeApi(std::move(base), net::Client(std::move(executor), clock, client_options()));
}

net::Request RuntimeApi::request(std::string method, std::string_view path) const {
    net::Request request;
    request.method = std::move(method);
    request.url = base_;
    request.url.target = fmt::format("/2018-06-01/runtime/{}", path);
    request.deadline = SteadyTime::max();
    return request;
}

Awaitable<Result<Invocation>> RuntimeApi::next() {
    const auto executor = co_await asio::this_coro::executor;
    Error failure;
    for (unsigned attempt = 1; attempt <= max_attempts; ++attempt) {
        auto wanted = request("GET", "invocation/next");
        wanted.body_limit = max_event_bytes;
        const auto response = co_await client_.send(std::move(wanted));
        if (response) {
            co_return invocation_of(*response);
        }
        failure = response.error();
        asio::steady_timer pause(executor, pause_between_attempts);
        co_await pause.async_wait(as_result);
    }
    co_return failure.within("Runtime API");
}

Awaitable<Result<void>> RuntimeApi::respond(std::string request_id, std::string result) {
    const auto path = fmt::format("invocation/{}/response", request_id);
    const auto text = std::make_shared<const std::string>(std::move(result));
    net::Body payload;
    payload.shared = SharedBytes(text, as_bytes(*text));
    return post(path, std::move(payload), {json_type()}, post_timeout);
}

// No trailer is sent: trailers report errors within a stream, and the whole response exists before the stream begins.
Awaitable<Result<void>> RuntimeApi::stream(std::string request_id, std::string head, SharedBytes body) {
    const auto path = fmt::format("invocation/{}/response", request_id);
    head += delimiter;
    net::Body payload;
    payload.begin = chunk_start(head.size()) + head + "\r\n";
    if (!body.empty()) {
        payload.begin += chunk_start(body.size());
        payload.end = "\r\n";
    }
    payload.shared = std::move(body);
    payload.end += "0\r\n\r\n";
    std::vector<net::Header> headers{{"Content-Type", "application/vnd.awslambda.http-integration-response"},
                                     {"Lambda-Runtime-Function-Response-Mode", "streaming"},
                                     {"Transfer-Encoding", "chunked"}};
    return post(path, std::move(payload), std::move(headers), stream_timeout);
}

Awaitable<Result<void>> RuntimeApi::report(std::string request_id, std::string_view type, std::string_view message) {
    const auto path = fmt::format("invocation/{}/error", request_id);
    return post(path, {error_document(type, message)}, {json_type(), error_type(type)}, post_timeout);
}

Awaitable<Result<void>> RuntimeApi::report_init(std::string_view type, std::string_view message) {
    return post("init/error", {error_document(type, message)}, {json_type(), error_type(type)}, post_timeout);
}

Awaitable<Result<void>> RuntimeApi::post(std::string path, net::Body body, std::vector<net::Header> headers,
                                         std::chrono::milliseconds timeout) {
    auto wanted = request("POST", path);
    wanted.headers = std::move(headers);
    wanted.body = std::move(body);
    wanted.body_limit = net::error_body_limit;  // a success has a body too: {"status":"OK"}
    wanted.deadline = std::chrono::steady_clock::now() + timeout;
    auto response = co_await client_.send(wanted);
    if (!response && response.error().code == Errc::unavailable) {
        // Its connection was lost. If the API has the first result nevertheless, it refuses the second.
        wanted.new_connection = true;
        response = co_await client_.send(wanted);
    }
    if (!response) {
        co_return fail(Errc::unavailable, "Runtime API: {}: {}", path, response.error().message);
    }
    const auto status = response->status;
    if (status / 100 == 2) {
        co_return Result<void>();
    }
    const auto said = printable(as_text(response->body).substr(0, 200));
    co_return fail(status >= 500 ? Errc::unavailable : Errc::bad_request, "Runtime API: {}: {} {}", path, status, said);
}

}  // namespace tapalcatl::lambda
