#include "app/application.hpp"
#include "base/log.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "cli/version.hpp"
#include "http/server.hpp"
#include "service/service.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <thread>

#include <sys/resource.h>
#include <unistd.h>

namespace tapalcatl::cli {
namespace {

service::Options service_options(const Settings& settings) {
    service::Options options;
    const auto& tilejson = settings.tilejson;
    options.info.name = tilejson.name;
    options.info.attribution = tilejson.attribution;
    options.info.bounds = tilejson.bounds;
    options.info.center_longitude = tilejson.center.longitude;
    options.info.center_latitude = tilejson.center.latitude;
    options.info.center_zoom = tilejson.center.zoom;
    options.info.min_zoom = tilejson.min_zoom;
    options.info.max_zoom = tilejson.max_zoom;
    options.max_age = settings.answers.max_age;
    options.shared_max_age = settings.answers.shared_max_age.value_or(std::chrono::seconds(0));
    options.missing_tile_status = settings.answers.missing_tile_status;
    options.tiles_url_base = settings.answers.tiles_url_base;
    options.trusted_proxies = settings.answers.trusted_proxies;
    options.landcover_max_zoom = settings.landcover.max_zoom;
    options.preview = settings.preview.enabled;
    options.preview_api_key = settings.preview.api_key;
    options.max_requests = settings.limits.max_requests;
    options.request_timeout = settings.limits.request_timeout;
    return options;
}

http::AccessLog::Form access_log_form(AccessLog wanted) {
    switch (wanted) {
        case AccessLog::off:
            return http::AccessLog::Form::off;
        case AccessLog::plain:
            return http::AccessLog::Form::plain;
        case AccessLog::json:
            return http::AccessLog::Form::json;
        case AccessLog::automatic:
            break;
    }
    return ::isatty(STDOUT_FILENO) == 1 ? http::AccessLog::Form::plain : http::AccessLog::Form::json;
}

http::Server::Options server_options(const Settings& settings) {
    http::Server::Options options;
    options.host = settings.http.host;
    options.port = settings.http.port;
    options.threads = settings.http.threads;
    options.limits.header_size = static_cast<std::size_t>(settings.http.max_header_size_bytes);
    options.limits.header_timeout = settings.http.header_timeout;
    options.limits.idle_timeout = settings.http.idle_timeout;
    options.limits.write_timeout = settings.http.write_timeout;
    options.limits.connections = static_cast<std::size_t>(settings.http.max_connections);
    options.limits.pending_bytes = static_cast<std::size_t>(settings.limits.max_pending_bytes);
    options.access_log = access_log_form(settings.logging.access_log);
    options.access_log_fd = STDOUT_FILENO;
    options.drain_delay = settings.http.drain_delay;
    options.drain_timeout = settings.http.drain_timeout;
    return options;
}

/// Each connection is a file: what the system allows is taken, instead of the 1024 that old programs want.
void raise_file_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/// The thread that reads storage.
class Upstream {
 public:
    Upstream() : thread_([this] { context_.run(); }) {}
    Upstream(const Upstream&) = delete;
    Upstream& operator=(const Upstream&) = delete;
    ~Upstream() { stop(); }

    boost::asio::io_context& context() { return context_; }

    void stop() {
        context_.stop();
        if (thread_.joinable()) {
            thread_.join();
        }
    }

 private:
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ =
        boost::asio::make_work_guard(context_);
    std::thread thread_;
};

std::string url_of(const Settings& settings, std::uint16_t port) {
    const auto& host = settings.http.host;
    const bool is_ipv6 = host.find(':') != std::string::npos;
    const auto name = host.empty() || host == "0.0.0.0" || host == "::" ? "localhost"
                      : is_ipv6                                         ? fmt::format("[{}]", host)
                                                                        : host;
    return fmt::format("http://{}:{}/", name, port);
}

}  // namespace

int serve(const Settings& settings, const EnvironmentVariables& environment) {
    log::configure(settings.logging.level, settings.logging.form);
    raise_file_limit();
    Upstream upstream;
    const auto made = app::Application::make(settings, environment, upstream.context());
    if (!made) {
        return report(made.error());
    }
    const auto& stack = **made;
    if (!stack.tier_name().empty()) {
        log::info("what is read is kept in {} too", stack.tier_name());
    }
    service::Service service({stack.tiles(), stack.landcover()}, system_clock(), service_options(settings));
    http::Server server(service, server_options(settings));
    const auto listening = server.listen();
    if (!listening) {
        return report(listening.error());
    }
    const auto url = url_of(settings, server.port());
    log::info("tapalcatl {} serves {} at {}{}", version(), stack.storage().name(), url,
              settings.preview.enabled ? "; a map is at " + url + "preview.html" : "");
    server.run();
    upstream.stop();
    log::info("done");
    return exit_fine;
}

}  // namespace tapalcatl::cli
