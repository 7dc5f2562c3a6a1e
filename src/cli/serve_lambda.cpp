#include "app/application.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/run_until_done.hpp"
#include "base/text.hpp"
#include "cli/archives.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "cli/version.hpp"
#include "lambda/function.hpp"
#include "lambda/runtime_api.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <memory>

#include <unistd.h>

namespace tapalcatl::cli {
namespace {

constexpr auto address_variable = "AWS_LAMBDA_RUNTIME_API";
constexpr auto memory_variable = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";  // in MB

/// A quarter of the function's memory is for tiles: the rest is for reads, answers and the program.
constexpr std::uint64_t memory_shares = 4;

Result<lambda::RuntimeApi> runtime_api(const EnvironmentVariables& environment, boost::asio::io_context& context) {
    const auto address = environment.find(address_variable);
    if (address == environment.end() || address->second.empty()) {
        return fail(Errc::usage,
                    "lambda: {} is not set: this verb is for AWS Lambda, which sets it; 'serve' serves "
                    "over HTTP",
                    address_variable);
    }
    return lambda::RuntimeApi::make(address->second, context.get_executor(), system_clock());
}

/// The settings, with defaults that suit a function.
Settings lambda_settings(const Configuration& configuration, const EnvironmentVariables& environment) {
    auto settings = configuration.settings;
    const auto memory = environment.find(memory_variable);
    const auto megabytes = memory == environment.end() ? std::nullopt : parse_number(memory->second);
    if (megabytes && *megabytes < 1'000'000 && is_default(configuration, "cache_size")) {
        settings.cache.size_bytes = std::min(settings.cache.size_bytes, *megabytes * 1'000'000 / memory_shares);
    }
    if (is_default(configuration, "log_format")) {
        settings.logging.form = log::Form::json;
    }
    return settings;
}

/// The result of a check, as S3 Batch Operations has to see it.
Result<std::string> outcome_of(const ArchiveReport& report) {
    if (report.faults.empty()) {
        return fmt::format("{} entries of {} bytes are good", report.entries, report.inflated_bytes);
    }
    // A fault that stays is told in place of one that may pass.
    const auto is_permanent = [](const ArchiveFault& fault) {
        return lambda::batch_failure({}, fault.error).code == lambda::BatchResult::Code::permanent_failure;
    };
    const auto permanent = std::find_if(report.faults.begin(), report.faults.end(), is_permanent);
    const auto& fault = permanent == report.faults.end() ? report.faults.front() : *permanent;
    auto error = fault.entry.empty() ? fault.error : fault.error.within(printable(fault.entry));
    const auto others = report.faults.size() + report.more_faults - 1;
    error.message += others > 0 ? fmt::format(", and {} more faults", others) : "";
    return error;
}

lambda::Function::Options function_options(const Settings& settings, const EnvironmentVariables& environment) {
    lambda::Function::Options options;
    options.event.host_header = settings.lambda.host_header;
    options.streams_responses = settings.lambda.streaming;
    const auto reader = std::make_shared<std::unique_ptr<ArchiveReader>>();
    options.check_object = [&settings, environment, reader](const std::string& bucket, const std::string& key) {
        if (*reader == nullptr) {
            *reader = std::make_unique<ArchiveReader>(settings, environment);
        }
        std::atomic<std::uint64_t> bytes_read{0};
        const auto path = fmt::format("s3://{}/{}", bucket, key);
        return outcome_of(check_archive(**reader, path, settings.limits.max_tile_size_bytes, bytes_read));
    };
    return options;
}

lambda::InvocationLog::Options log_options(const Settings& settings, const EnvironmentVariables& environment,
                                           const app::Application& application) {
    lambda::InvocationLog::Options options;
    options.fd = STDOUT_FILENO;
    options.has_access_log = settings.logging.access_log != AccessLog::off;
    options.sample = settings.lambda.access_log_sample;
    options.has_metrics = settings.lambda.metrics;
    const auto name = environment.find("AWS_LAMBDA_FUNCTION_NAME");
    options.function_name = name == environment.end() ? "unknown" : name->second;
    options.reads = [&application] {
        const auto totals = application.read_totals();
        return lambda::Reads{totals.reads, totals.bytes};
    };
    return options;
}

/// Lambda gives no time to finish anything: SIGTERM is followed by SIGKILL.
void exit_at_once_on_sigterm() {
    std::signal(SIGTERM, [](int) { ::_exit(0); });
}

}  // namespace

int report_lambda_init_error(const Error& error, const EnvironmentVariables& environment) {
    boost::asio::io_context context(1);
    auto api = runtime_api(environment, context);
    if (api) {
        const auto sent = run_until_done(context, api->report_init("Runtime.ConfigInvalid", error.message));
        if (!sent) {
            report(sent.error());
        }
    }
    return report(error);
}

int serve_lambda(const Configuration& configuration, const EnvironmentVariables& environment) {
    exit_at_once_on_sigterm();
    const auto settings = lambda_settings(configuration, environment);
    log::configure(settings.logging.level, settings.logging.form);
    boost::asio::io_context context(1);
    auto api = runtime_api(environment, context);
    if (!api) {
        return report(api.error());
    }
    const auto made =
        app::Application::make(settings, environment, context, app::BackgroundWork::none, configuration.tilesets);
    if (!made) {
        return report_lambda_init_error(made.error(), environment);
    }
    auto& application = **made;
    log::debug("tapalcatl {} serves {} as a function", version(), application.tiles().info().storage);
    const auto settle = [&application](SteadyTime deadline) { return application.settle(deadline); };
    lambda::InvocationLog invocation_log(log_options(settings, environment, application), system_clock());
    lambda::Function function(application.handler(), *api, invocation_log, settle, system_clock(),
                              function_options(settings, environment));
    const auto ended = run_until_done(context, function.run());
    log::error("{}", ended.message);
    context.stop();
    return exit_failure;
}

}  // namespace tapalcatl::cli
