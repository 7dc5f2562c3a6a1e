#include "credentials/asker.hpp"

#include "aws/xml.hpp"
#include "base/bytes.hpp"
#include "base/text.hpp"
#include "credentials/answers.hpp"
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

/// STS throttles, and says that an identity provider did not answer, with a status of 400.
bool is_passing_code(std::string_view body) {
    constexpr std::array<std::string_view, 4> codes{"Throttling", "ThrottlingException", "RequestLimitExceeded",
                                                    "IDPCommunicationError"};
    const auto leaves = aws::XmlLeaves::parse(body);
    return leaves && std::find(codes.begin(), codes.end(), leaves->text("Error/Code")) != codes.end();
}

bool is_passing(const ProviderAnswer& answer) {
    return answer.status == 429 || answer.status >= 500 || (answer.status == 400 && is_passing_code(answer.body));
}

}  // namespace

std::string_view ProviderAnswer::header(std::string_view name) const {
    const auto found =
        std::find_if(headers.begin(), headers.end(), [&](const auto& one) { return iequals(one.first, name); });
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

Error closed_error() {
    return fail(Errc::unavailable, "the server is ending");
}

Awaitable<Result<ProviderAnswer>> Asker::ask(ProviderRequest request, Patience patience, SteadyTime deadline) {
    auto pause = patience.pause;
    for (unsigned attempt = 1;; ++attempt) {
        auto answer = co_await ask_once(request, patience.attempt, deadline);
        if (is_closed()) {
            co_return closed_error();
        }
        const auto code = answer ? Errc::unavailable : answer.error().code;
        const bool passes = answer ? is_passing(*answer)
                                   : code == Errc::timeout || (code == Errc::unavailable && patience.expects_somebody);
        if (answer && !passes) {
            co_return std::move(*answer);
        }
        if (!passes || attempt >= patience.attempts || std::chrono::steady_clock::now() + pause >= deadline) {
            if (answer) {
                const auto url = net::parse_url(request.url);
                co_return fail(Errc::unavailable, "{}: answered {}", url->host_and_port(), answer->status);
            }
            co_return answer.error();
        }
        const auto executor = co_await asio::this_coro::executor;
        asio::steady_timer timer(executor, pause);
        constexpr auto token = asio::as_tuple(asio::use_awaitable);
        co_await timer.async_wait(token);
        if (is_closed()) {
            co_return closed_error();
        }
        pause *= 2;
    }
}

Awaitable<Result<ProviderAnswer>> Asker::ask_once(ProviderRequest request, std::chrono::milliseconds limit,
                                                  SteadyTime deadline) {
    if (is_closed()) {
        co_return closed_error();
    }
    const auto url = net::parse_url(request.url);
    if (!url) {
        co_return url.error();
    }
    net::Request wanted;
    wanted.method = request.method;
    wanted.url = *url;
    for (const auto& header : request.headers) {
        wanted.headers.emplace_back(header.name, header.value);
    }
    wanted.body = request.body;
    wanted.body_limit = most_answer_bytes;
    wanted.deadline = std::min(std::chrono::steady_clock::now() + limit, deadline);
    auto response = co_await client_->send(std::move(wanted));
    if (!response) {
        co_return response.error();
    }
    ProviderAnswer answer;
    answer.status = response->status;
    answer.body = as_text(response->body);
    answer.headers = std::move(response->headers);
    co_return answer;
}

}  // namespace tapalcatl::credentials
