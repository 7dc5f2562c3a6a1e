#include "credentials/retrying_client.hpp"

#include "aws/xml.hpp"
#include "base/bytes.hpp"
#include "base/text.hpp"
#include "net/client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>

namespace tapalcatl::credentials {
namespace {

namespace asio = boost::asio;

/// STS sends status 400 when it throttles and when an identity provider did not respond to it.
bool is_transient_code(std::string_view body) {
    constexpr std::array<std::string_view, 4> codes{"Throttling", "ThrottlingException", "RequestLimitExceeded",
                                                    "IDPCommunicationError"};
    const auto leaves = aws::XmlLeaves::parse(body);
    return leaves && std::find(codes.begin(), codes.end(), leaves->text("Error/Code")) != codes.end();
}

bool is_transient(const ProviderResponse& response) {
    return response.status == 429 || response.status >= 500 ||
           (response.status == 400 && is_transient_code(response.body));
}

}  // namespace

std::string host_header(std::string_view url) {
    const auto parsed = parse_url(url);
    return parsed ? parsed->authority() : std::string();
}

bool fits_a_header(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

std::string_view ProviderResponse::header(std::string_view name) const {
    const auto found =
        std::find_if(headers.begin(), headers.end(), [&](const auto& one) { return iequals(one.first, name); });
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

Error closed_error() {
    return fail(Errc::unavailable, "the server is shutting down");
}

Awaitable<Result<ProviderResponse>> RetryingClient::send(ProviderRequest request, RetryLimits limits,
                                                         SteadyTime deadline) {
    auto delay = limits.first_delay;
    for (unsigned attempt = 1;; ++attempt) {
        auto reply = co_await send_once(request, limits.attempt_timeout, deadline);
        if (is_closed()) {
            co_return closed_error();
        }
        const auto code = reply ? Errc::unavailable : reply.error().code;
        const bool is_retryable =
            reply ? is_transient(*reply)
                  : code == Errc::timeout || (code == Errc::unavailable && limits.retries_unreachable);
        if (reply && !is_retryable) {
            co_return std::move(*reply);
        }
        if (!is_retryable || attempt >= limits.max_attempts || std::chrono::steady_clock::now() + delay >= deadline) {
            if (reply) {
                const auto url = parse_url(request.url);
                co_return fail(Errc::unavailable, "{}: status {}", url->host_and_port(), reply->status);
            }
            co_return reply.error();
        }
        const auto executor = co_await asio::this_coro::executor;
        asio::steady_timer timer(executor, delay);
        constexpr auto token = asio::as_tuple(asio::use_awaitable);
        co_await timer.async_wait(token);
        if (is_closed()) {
            co_return closed_error();
        }
        delay *= 2;
    }
}

Awaitable<Result<ProviderResponse>> RetryingClient::send_once(ProviderRequest request, std::chrono::milliseconds limit,
                                                              SteadyTime deadline) {
    if (is_closed()) {
        co_return closed_error();
    }
    const auto url = parse_url(request.url);
    if (!url) {
        co_return url.error();
    }
    net::Request wanted;
    wanted.method = request.method;
    wanted.url = *url;
    for (const auto& header : request.headers) {
        wanted.headers.emplace_back(header.name, header.value);
    }
    wanted.body.begin = request.body;
    wanted.body_limit = max_response_bytes;
    wanted.deadline = std::min(std::chrono::steady_clock::now() + limit, deadline);
    auto response = co_await http_->send(std::move(wanted));
    if (!response) {
        co_return response.error();
    }
    ProviderResponse reply;
    reply.status = response->status;
    reply.body = as_text(response->body);
    reply.headers = std::move(response->headers);
    co_return reply;
}

}  // namespace tapalcatl::credentials
