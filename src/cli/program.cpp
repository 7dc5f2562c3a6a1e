#include "cli/program.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "cli/command_line.hpp"
#include "cli/config_schema.hpp"
#include "cli/output.hpp"
#include "cli/reference.hpp"
#include "cli/verbs.hpp"
#include "cli/version.hpp"
#include "settings/config_writer.hpp"

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

namespace tapalcatl::cli {
namespace {

/// 256-pixel tiles along an edge of a tile of so many pixels. No flag and 0 mean 256, as in URLs.
Result<unsigned> parse_pixels(const CommandLine& line) {
    const auto given = line.values.find("--px");
    if (given == line.values.end()) {
        return 1U;
    }
    constexpr std::uint64_t most = 256 * 1024;
    const auto pixels = parse_number(given->second);
    if (!pixels || *pixels > most || *pixels % 256 != 0 || (*pixels != 0 && !std::has_single_bit(*pixels))) {
        return fail(Errc::usage, "--px '{}': expected 256, 512, 1024 or another power of two",
                    printable(given->second));
    }
    return *pixels == 0 ? 1U : static_cast<unsigned>(*pixels / 256);
}

Result<service::TileSet> parse_set(const CommandLine& line) {
    const auto given = line.values.find("--set");
    if (given == line.values.end() || given->second == "vector") {
        return service::TileSet::vector;
    }
    if (given->second == "landcover") {
        return service::TileSet::landcover;
    }
    return fail(Errc::usage, "--set '{}': expected vector or landcover", printable(given->second));
}

int code_of(const Result<void>& result) {
    return result ? exit_ok : report(result.error());
}

/// Parses the arguments that `locate` and `tile` have in common.
template <class Act>
int with_tile(const CommandLine& line, Act act) {
    const auto path = parse_tile_path(line.arguments.front());
    if (!path) {
        return report(path.error());
    }
    const auto tile_size = parse_pixels(line);
    if (!tile_size) {
        return report(tile_size.error());
    }
    return act(*path, *tile_size);
}

/// Fails: usage if `config` is to do several things at once.
Result<void> check_modes(const CommandLine& line) {
    std::vector<std::string_view> modes;
    for (const std::string_view flag : {check_flag, from_env_flag, schema_flag, reference_flag, json_flag}) {
        if (line.values.contains(flag) || line.switches.contains(flag)) {
            modes.push_back(flag);
        }
    }
    if (line.values.contains(config_flag) && !modes.empty() && modes.front() != json_flag) {
        modes.push_back(config_flag);
    }
    if (modes.size() > 1) {
        return fail(Errc::usage, "config: {} and {}: expected only one of them", modes[0], modes[1]);
    }
    return {};
}

int show_config(const Configuration& configuration, const ConfigFile* file, const EnvironmentVariables& environment,
                Form form, Output& out) {
    const auto shown = config(configuration, file, form, out);
    if (!shown) {
        return report(shown.error());
    }
    const auto servable = check_servable(configuration, environment);
    if (!servable) {
        warn(fmt::format("serve would refuse this: {}", servable.error().message));
        return exit_code(servable.error().code);
    }
    return exit_ok;
}

int check_config(const Configuration& configuration, const ConfigFile& file, const EnvironmentVariables& environment,
                 Output& out) {
    const auto servable = check_servable(configuration, environment);
    if (!servable) {
        return report(servable.error());
    }
    const auto count = configuration.tilesets.size();
    out.print("{}: good, {}\n", printable(file.path),
              count == 0   ? std::string("no tilesets: it serves those of its settings")
              : count == 1 ? std::string("1 tileset")
                           : fmt::format("{} tilesets", count));
    return exit_ok;
}

int print_reference(std::string_view form, Output& out) {
    if (form != "man" && form != "markdown") {
        return report(fail(Errc::usage, "{} '{}': expected man or markdown", reference_flag, printable(form)));
    }
    out.write(form == "man" ? manual_page() : markdown_reference());
    return exit_ok;
}

int write_config(const Configuration& configuration, const ConfigFile* file, Output& out) {
    if (file != nullptr) {
        return report(fail(Errc::usage,
                           "config {}: expected settings of environment and flags alone, found TAPALCATL_CONFIG='{}'",
                           from_env_flag, printable(file->path)));
    }
    ConfigWriter writer;
    writer.comment("Settings of tapalcatl, made of its environment by 'tapalcatl config --from-env'.");
    const auto written = write_settings(configuration, writer);
    if (!written) {
        return report(written.error());
    }
    out.write(writer.text());
    return exit_ok;
}

/// The path of the configuration file, from --check, --config or TAPALCATL_CONFIG. nullopt if none of them is given, or
/// if the verb takes no file.
std::optional<std::string> config_path(const CommandLine& line, const EnvironmentVariables& environment) {
    const auto& flags = line.verb->flags;
    const bool takes_file =
        std::any_of(flags.begin(), flags.end(), [](const VerbFlag& flag) { return flag.flag == config_flag; });
    if (!takes_file) {
        return std::nullopt;
    }
    if (const auto checked = line.values.find(check_flag); checked != line.values.end()) {
        return checked->second;
    }
    const auto given = line.values.find(config_flag);
    const auto variable = environment.find(std::string(config_variable));
    auto path = given != line.values.end() ? given->second : variable != environment.end() ? variable->second : "";
    return path.empty() ? std::nullopt : std::optional(std::move(path));
}

/// Whether --watch or TAPALCATL_WATCH has the configuration file read anew when it changes. Fails: usage for another
/// value than on and off, and if --watch is given without a file.
Result<bool> is_config_watched(const CommandLine& line, const EnvironmentVariables& environment, bool has_file) {
    const auto variable = environment.find(std::string(watch_variable));
    const auto value = variable != environment.end() ? variable->second : "";
    if (!value.empty() && value != "on" && value != "off") {
        return fail(Errc::usage, "{}='{}': expected on or off", watch_variable, printable(value));
    }
    if (line.switches.contains(watch_flag) && !has_file) {
        return fail(Errc::usage, "{}: expected {} or {} to name the file to watch", watch_flag, config_flag,
                    config_variable);
    }
    return has_file && (value == "on" || line.switches.contains(watch_flag));
}

/// The configuration with the file that config_path() names, which is left in `file`. Fails: as read_config_file() and
/// configure().
Result<Configuration> configure_verb(const CommandLine& line, const EnvironmentVariables& environment,
                                     std::optional<ConfigFile>& file) {
    const auto path = config_path(line, environment);
    if (!path) {
        return configure(line.verb->groups, line.settings, environment);
    }
    auto read = read_config_file(*path, environment);
    if (!read) {
        return read.error();
    }
    file = std::move(*read);
    return configure(line.verb->groups, line.settings, environment, &*file);
}

int run_verb(const CommandLine& line, const EnvironmentVariables& environment, Output& out) {
    const auto modes = line.verb->name == "config" ? check_modes(line) : Result<void>();
    if (!modes) {
        return report(modes.error());
    }
    if (line.switches.contains(schema_flag)) {
        out.print("{}\n", json_text(config_schema()));
        return exit_ok;
    }
    if (const auto reference = line.values.find(reference_flag); reference != line.values.end()) {
        return print_reference(reference->second, out);
    }
    const auto path_of_file = config_path(line, environment).value_or("");
    const auto stamp = FileStamp::of(path_of_file);
    std::optional<ConfigFile> file;
    auto configuration = configure_verb(line, environment, file);
    const auto name = line.verb->name;
    if (!configuration) {
        return name == "lambda" ? report_lambda_init_error(configuration.error(), environment)
                                : report(configuration.error());
    }
    const auto& settings = configuration->settings;
    const auto& arguments = line.arguments;
    const auto form = line.switches.contains(json_flag) ? Form::json : Form::text;

    // Only for verbs that use all settings: `ls` shall not repeat the warnings each time.
    if (name == "serve" || name == "lambda" || name == "config" || name == "doctor") {
        for (const auto& warning : configuration->warnings) {
            warn(warning);
        }
    }
    if (name == "serve" || name == "lambda") {
        file.reset();  // it may have thousands of tilesets
    }
    if (name == "serve") {
        const auto read_anew = [&line, &environment] {
            std::optional<ConfigFile> again;
            return configure_verb(line, environment, again);
        };
        const auto is_watched = is_config_watched(line, environment, !path_of_file.empty());
        if (!is_watched) {
            return report(is_watched.error());
        }
        const ReadableConfig readable{path_of_file, *is_watched, stamp, read_anew};
        return serve(std::move(*configuration), readable, environment, arguments);
    }
    if (name == "lambda") {
        return serve_lambda(*configuration, environment);
    }
    // What a server tells of its work is of no interest to the user of a single command.
    log::configure(std::max(settings.logging.level, log::Level::warning), settings.logging.form);
    if (name == "doctor") {
        return doctor(*configuration, environment, form, out);
    }
    if (name == "tile") {
        const auto set = parse_set(line);
        if (!set) {
            return report(set.error());
        }
        return with_tile(line, [&](const TilePath& path, unsigned tile_size) {
            const bool has_one_size = *set == service::TileSet::landcover && !line.values.contains("--px");
            const auto size = has_one_size ? settings.landcover.scheme.tile_scale : tile_size;
            return tile(settings, environment, *set, path, size, out);
        });
    }
    if (name == "locate") {
        return with_tile(line, [&](const TilePath& path, unsigned tile_size) {
            return code_of(locate(settings, path, tile_size, form, out));
        });
    }
    if (name == "ls") {
        return code_of(ls(settings, environment, arguments[0], form, out));
    }
    if (name == "cat") {
        return code_of(cat(settings, environment, arguments[0], arguments[1], out));
    }
    if (name == "verify") {
        return code_of(verify(settings, environment, arguments, form, out));
    }
    if (name == "health") {
        return code_of(health(*configuration, arguments.empty() ? std::string() : arguments[0]));
    }
    if (line.switches.contains(from_env_flag)) {
        return write_config(*configuration, file ? &*file : nullptr, out);
    }
    if (line.values.contains(check_flag) && file) {
        return check_config(*configuration, *file, environment, out);
    }
    return show_config(*configuration, file ? &*file : nullptr, environment, form, out);
}

int run(std::span<const std::string> words, const EnvironmentVariables& environment, Output& out) {
    const auto line = parse_command_line(words);
    if (!line) {
        return report(line.error());
    }
    switch (line->ask) {
        case CommandLine::Ask::help:
            out.write(line->verb == nullptr ? program_help() : verb_help(*line->verb));
            return exit_ok;
        case CommandLine::Ask::usage:
            report_usage(program_help());
            return exit_usage;
        case CommandLine::Ask::version:
            out.print("tapalcatl {}\n", version());
            return exit_ok;
        case CommandLine::Ask::verb:
            break;
    }
    return run_verb(*line, environment, out);
}

}  // namespace

Error error_of(const std::exception& exception) {
    const bool is_of_files = dynamic_cast<const std::filesystem::filesystem_error*>(&exception) != nullptr;
    const auto* of_threads = dynamic_cast<const std::system_error*>(&exception);
    const auto* of_asio = dynamic_cast<const boost::system::system_error*>(&exception);
    int number = 0;
    if (of_threads != nullptr && !is_of_files) {
        number = of_threads->code().value();
    } else if (of_asio != nullptr) {
        number = of_asio->code().value();
    }
    if (number == EPERM) {
        return fail(Errc::io,
                    "a thread cannot be started: {}: a sandbox denies clone3(). Its seccomp profile must allow it, or "
                    "answer ENOSYS; Docker does so from version 20.10.10 on",
                    exception.what());
    }
    if (number == EAGAIN) {
        return fail(Errc::io, "a thread cannot be started: {}: raise the limit of processes and threads",
                    exception.what());
    }
    return fail(Errc::io, "{}", exception.what());
}

std::vector<std::string> words_of(std::span<const std::string> arguments, const EnvironmentVariables& environment) {
    const auto words = arguments.subspan(std::min<std::size_t>(1, arguments.size()));
    if (!words.empty()) {
        return {words.begin(), words.end()};
    }
    const auto name = arguments.empty() ? std::string() : std::filesystem::path(arguments[0]).filename().string();
    const bool is_function = name == "bootstrap" || environment.contains("AWS_LAMBDA_RUNTIME_API");
    return is_function ? std::vector<std::string>{"lambda"} : std::vector<std::string>{};
}

int run_program(std::span<const std::string> words, const EnvironmentVariables& environment, Output& out) {
    const int code = run(words, environment, out);
    const auto flushed = out.flush();
    if (flushed) {
        return code;
    }
    if (out.reader_left()) {
        return code == exit_ok ? exit_failure : code;
    }
    const int failed = report(flushed.error());
    return code == exit_ok ? failed : code;
}

}  // namespace tapalcatl::cli
