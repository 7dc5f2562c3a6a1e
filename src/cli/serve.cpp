#include "app/application.hpp"
#include "base/descriptor.hpp"
#include "base/log.hpp"
#include "cli/output.hpp"
#include "cli/reload.hpp"
#include "cli/reloader.hpp"
#include "cli/tileset_argument.hpp"
#include "cli/verbs.hpp"
#include "cli/version.hpp"
#include "http/server.hpp"

#include <csignal>
#include <iterator>
#include <malloc.h>
#include <memory>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace tapalcatl::cli {
namespace {

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

/// Raises the soft limit of open files to the hard limit, because each connection is a file. The usual soft limit of
/// 1024 only exists for old programs.
void raise_file_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/// Lets large buffers go back to the system when they are freed. By default, glibc's malloc raises its threshold for
/// mappings of their own with each one that is freed, up to 32 MiB, and its heaps keep the holes that buffers of many
/// sizes leave. The first read of an archive is smaller: mapping such buffers anew costs a fifth of a cold tile's time.
void return_large_buffers() {
#ifdef __GLIBC__
    ::mallopt(M_MMAP_THRESHOLD, 512 * 1024);
    ::mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
#endif
}

void return_freed_memory() {
#ifdef __GLIBC__
    ::malloc_trim(0);
#endif
}

std::string url_of(const Settings& settings, std::uint16_t port) {
    const auto& host = settings.http.host;
    const bool is_ipv6 = host.find(':') != std::string::npos;
    const auto name = host.empty() || host == "0.0.0.0" || host == "::" ? "localhost"
                      : is_ipv6                                         ? fmt::format("[{}]", host)
                                                                        : host;
    return fmt::format("http://{}:{}/", name, port);
}

/// The failure to listen, with the settings that it comes from. Some environments set HOST for a purpose of their own:
/// conda to the kind of machine that it builds for.
Error cannot_listen(Error error, const Configuration& configuration) {
    const auto host = given_setting(configuration, "host");
    if (host.starts_with("HOST=")) {
        error.message += "; HOST is the address to listen on, and --host takes precedence over it";
    }
    return error.within(fmt::format("{} and {}", host, given_setting(configuration, "port")));
}

/// Whether the process has a terminal that is open at its other end.
bool has_terminal() {
    return Descriptor(::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)).is_open();
}

/// Tells a SIGHUP that the system sends because the terminal was closed from one that asks for a reload.
class HangUp {
 public:
    HangUp() {
        struct sigaction action{};
        const bool is_ignored = ::sigaction(SIGHUP, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;  // nohup
        had_terminal_ = !is_ignored && has_terminal();
    }

    bool has_lost_terminal() const { return had_terminal_ && !has_terminal(); }

 private:
    bool had_terminal_ = false;
};

/// Keeps SIGHUP from ending a process that takes it for a reload: before the server has asked for the signal, and after
/// it has let go of it.
class HangUpIsKept {
 public:
    HangUpIsKept() { set(SIG_BLOCK); }
    HangUpIsKept(const HangUpIsKept&) = delete;
    HangUpIsKept& operator=(const HangUpIsKept&) = delete;
    ~HangUpIsKept() { std::signal(SIGHUP, SIG_IGN); }

    /// Lets a signal that came meanwhile through. To be called once the server listens.
    static void pass_on() { set(SIG_UNBLOCK); }
    /// To be called before the server is destroyed.
    static void hold() { set(SIG_BLOCK); }

 private:
    static void set(int how) {
        sigset_t hang_up;
        ::sigemptyset(&hang_up);
        ::sigaddset(&hang_up, SIGHUP);
        ::pthread_sigmask(how, &hang_up, nullptr);  // threads that are started later inherit it
    }
};

}  // namespace

int serve(Configuration configuration, const ReadableConfig& file, const EnvironmentVariables& environment,
          const std::vector<std::string>& arguments) {
    const auto& settings = configuration.settings;
    std::optional<HangUpIsKept> hang_up_is_kept;  // first: it outlives all others
    const HangUp hang_up;
    if (!file.path.empty()) {
        hang_up_is_kept.emplace();
    }
    log::configure(settings.logging.level, settings.logging.form);
    auto of_arguments = tilesets_of(arguments, configuration, environment);
    if (!of_arguments) {
        return report(of_arguments.error());
    }
    auto tilesets = *of_arguments;
    tilesets.insert(tilesets.end(), std::move_iterator(configuration.tilesets.begin()),
                    std::move_iterator(configuration.tilesets.end()));
    const auto count = tilesets.size();
    raise_file_limit();
    return_large_buffers();
    app::UpstreamThread upstream;
    const auto made =
        app::Application::make(settings, environment, upstream.context(), app::BackgroundWork::allowed, tilesets);
    if (!made) {
        return report(made.error());
    }
    auto& application = **made;
    auto options = server_options(settings);
    options.arena = application.open_arena();
    if (!application.tier_name().empty()) {
        log::info("reads are also cached in {}", application.tier_name());
        // Of the background work only writes to the second tier outlive the process.
        options.settle = [&application](SteadyTime deadline) { return application.settle(deadline); };
    }
    std::optional<Reloader> reloader;
    if (!file.path.empty()) {
        options.hang_up = [&reloader, hang_up] {
            const bool reloads = reloader && !hang_up.has_lost_terminal();
            if (reloads) {
                reloader->request();
            }
            return reloads;
        };
    }
    http::Server server(application.handler(), std::move(options));
    const auto listening = server.listen();
    if (!listening) {
        return report(cannot_listen(listening.error(), configuration));
    }
    if (hang_up_is_kept) {
        HangUpIsKept::pass_on();
    }
    auto reload = file.path.empty() ? nullptr
                                    : std::make_shared<Reload>(application, server, file, settings, tilesets,
                                                               std::move(*of_arguments));
    // There may be thousands of them, and the application has what it needs. Assigning {} would keep the vectors'
    // memory.
    std::vector<TilesetSettings>().swap(tilesets);
    std::vector<TilesetSettings>().swap(configuration.tilesets);
    return_freed_memory();
    const auto url = url_of(settings, server.port());
    log::info("tapalcatl {} serves {} at {}{}", version(),
              count > 1 ? fmt::format("{} tilesets", count) : application.tiles().info().storage, url,
              settings.preview.enabled ? "; a map is at " + url + "preview.html" : "");
    if (reload != nullptr) {
        reloader.emplace(
            [reload] {
                (*reload)();
                return_freed_memory();
            },
            file.is_watched ? file.path : std::string(), file.loaded);
    }
    server.run();
    if (hang_up_is_kept) {
        HangUpIsKept::hold();
    }
    reloader.reset();
    upstream.stop();
    log::info("done");
    return exit_ok;
}

}  // namespace tapalcatl::cli
