#include "base/awaitable.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "cli/verbs.hpp"
#include "cli/version.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <exception>
#include <optional>

namespace tapalcatl::cli {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds answer_timeout{2};
constexpr std::size_t max_status_line_length = 4096;
constexpr std::string_view default_path = "/health_check";

/// The first line of the answer to a GET, without its line break.
Awaitable<void> ask(asio::io_context& context, Url url, std::optional<Result<std::string>>& answer) {
    boost::system::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);

    asio::ip::tcp::resolver resolver(context);
    const auto port = std::to_string(url.port);
    const auto endpoints = co_await resolver.async_resolve(url.host, port, token);
    asio::ip::tcp::socket socket(context);
    if (!error) {
        co_await asio::async_connect(socket, endpoints, token);
    }
    if (error) {
        answer = fail(Errc::unavailable, "{}", error.message());
        co_return;
    }

    const auto request =
        fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: tapalcatl/{}\r\nConnection: close\r\n\r\n", url.target,
                    url.authority(), version());
    const auto request_buffer = asio::buffer(request);
    co_await asio::async_write(socket, request_buffer, token);
    std::string line;
    if (!error) {
        auto line_buffer = asio::dynamic_buffer(line, max_status_line_length);
        const auto length = co_await asio::async_read_until(socket, line_buffer, "\r\n", token);
        line.resize(error ? 0 : length - 2);
    }
    if (error) {
        answer = fail(Errc::unavailable, "no answer: {}", error.message());
        co_return;
    }
    answer = std::move(line);
}

/// Fails: unavailable unless `line` is the status line of a 200.
Result<void> check_status(std::string_view line) {
    constexpr std::string_view protocol = "HTTP/1.";
    auto rest = line;
    const auto spoken = next_field(rest, ' ');
    const auto status = next_field(rest, ' ');
    if (!spoken.starts_with(protocol) || status.size() != 3 || !is_digits(status)) {
        return fail(Errc::unavailable, "'{}' is no answer of HTTP", printable(line.substr(0, 80)));
    }
    if (status != "200") {
        return fail(Errc::unavailable, "{} {}", status, printable(rest));
    }
    return {};
}

/// Where a server of these settings is reached from the same machine.
Result<Url> own_url(const Settings& settings) {
    if (settings.http.port == 0) {
        return fail(Errc::usage, "PORT='0': expected the port of a server that runs");
    }
    auto host = settings.http.host;
    if (host.empty() || host == "0.0.0.0") {
        host = "127.0.0.1";
    } else if (host == "::") {
        host = "::1";
    }
    return Url{false, host, settings.http.port, std::string(default_path)};
}

}  // namespace

Result<void> health(const Settings& settings, const std::string& url) {
    const auto where = url.empty() ? own_url(settings) : parse_url(url, default_path);
    if (!where) {
        return where.error();
    }
    if (where->is_https) {
        return fail(Errc::usage, "URL '{}': expected http://HOST[:PORT][/PATH]", url_for_people(url));
    }
    asio::io_context context(1);
    std::optional<Result<std::string>> answer;
    asio::co_spawn(context, ask(context, *where, answer), [](std::exception_ptr exception) {
        if (exception) {
            std::rethrow_exception(exception);
        }
    });
    context.run_for(answer_timeout);
    const auto shown = printable(where->text());
    if (!answer) {
        return fail(Errc::timeout, "{}: no answer within {} s", shown, answer_timeout.count());
    }
    if (!*answer) {
        return answer->error().within(shown);
    }
    const auto status = check_status(**answer);
    if (!status) {
        return status.error().within(shown);
    }
    return {};
}

}  // namespace tapalcatl::cli
