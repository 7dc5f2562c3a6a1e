#include "base/run_until_done.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "cli/verbs.hpp"
#include "cli/version.hpp"
#include "net/client.hpp"

#include <boost/asio/io_context.hpp>

namespace tapalcatl::cli {
namespace {

constexpr std::chrono::seconds response_timeout{2};
constexpr std::uint64_t max_body_size = 64 * 1024;
constexpr std::string_view default_path = "/health_check";

/// The URL of the server with these settings on this machine.
Result<Url> own_url(const Settings& settings) {
    if (settings.http.port == 0) {
        return fail(Errc::usage, "PORT='0': expected the port of a running server");
    }
    auto host = settings.http.host;
    if (host.empty() || host == "0.0.0.0") {
        host = "127.0.0.1";
    } else if (host == "::") {
        host = "::1";
    }
    return Url{false, host, settings.http.port, std::string(default_path)};
}

/// Sends a GET without any proxy. A lookup of the host's name that hangs ends with the process.
Result<net::Response> get(const Url& url) {
    boost::asio::io_context context(1);
    net::Client client(context.get_executor(), system_clock(), net::Client::Options{});
    net::Request request;
    request.url = url;
    request.headers = {{"User-Agent", fmt::format("tapalcatl/{}", version())}, {"Connection", "close"}};
    request.body_limit = max_body_size;
    request.may_skip_body = true;
    request.deadline = std::chrono::steady_clock::now() + response_timeout;
    return run_until_done(context, client.send(std::move(request)));
}

Result<void> check(const Url& url) {
    const auto response = get(url);
    const auto shown = printable(url.text());
    if (!response && response.error().code == Errc::timeout) {
        return fail(Errc::timeout, "{}: no response within {} s: {}", shown, response_timeout.count(),
                    response.error().message);
    }
    if (!response) {
        return fail(Errc::unavailable, "{}: {}", shown, response.error().message);
    }
    if (response->status != 200) {
        return fail(Errc::unavailable, "{}: the response has status {}", shown, response->status);
    }
    return {};
}

}  // namespace

Result<void> health(const Configuration& configuration, const std::string& url) {
    const auto target = url.empty() ? own_url(configuration.settings) : parse_url(url, default_path);
    if (!target) {
        return target.error();
    }
    if (target->is_https) {
        return fail(Errc::usage, "URL '{}': expected http://HOST[:PORT][/PATH]", url_for_people(url));
    }
    auto healthy = check(*target);
    if (!healthy && url.empty() && !configuration.settings.http.host.empty()) {
        return healthy.error().within(given_setting(configuration, "host"));
    }
    return healthy;
}

}  // namespace tapalcatl::cli
