#pragma once

#include "cli/output.hpp"
#include "cli/reloader.hpp"
#include "service/route.hpp"
#include "settings/configuration.hpp"
#include "settings/settings.hpp"
#include "tiles/tile_path.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

/// The verbs of the program. If a verb returns a Result, its caller reports the failure.
namespace tapalcatl::cli {

enum class Form { text, json };

/// The configuration file of a server, which can be read anew.
struct ReadableConfig {
    std::string path;                             ///< empty if the server has no such file
    bool is_watched = false;                      ///< it is read anew when it changes
    std::optional<FileStamp> loaded{};            ///< its stamp before it was read
    std::function<Result<Configuration>()> read;  ///< with the flags and the environment of the start
};

/// Serves the tilesets of the configuration and those that `arguments` name, or the configured storage if there are
/// none, until a signal stops it. SIGHUP has the file read anew. Reports its own failures; returns the exit code.
int serve(Configuration configuration, const ReadableConfig& file, const EnvironmentVariables& environment,
          const std::vector<std::string>& arguments);

/// Answers the invocations of AWS Lambda until its Runtime API is gone. Reports its own failures, also to Lambda;
/// returns the exit code.
int serve_lambda(const Configuration& configuration, const EnvironmentVariables& environment);

/// Reports a failure to start to Lambda and on standard error; returns the exit code.
int report_lambda_init_error(const Error& error, const EnvironmentVariables& environment);

/// Reads a tile as the server does and writes it to `out`. `tile_size` counts 256-pixel tiles along an edge.
/// Reports its own failures; returns the exit code.
int tile(const Settings& settings, const EnvironmentVariables& environment, service::TileSet set, const TilePath& path,
         unsigned tile_size, Output& out);

/// Lists an archive's entries. Fails: as source::read_head(), usage.
Result<void> ls(const Settings& settings, const EnvironmentVariables& environment, const std::string& archive,
                Form form, Output& out);

/// Checks an entry's content and writes it. Fails: as ls() and zip::checked_content(); not_found.
Result<void> cat(const Settings& settings, const EnvironmentVariables& environment, const std::string& archive,
                 const std::string& entry, Output& out);

/// Shows the key and the entry of a tile. Fails: bad_request for a tile that no metatile can have.
Result<void> locate(const Settings& settings, const TilePath& path, unsigned tile_size, Form form, Output& out);

/// Reads and checks all archives that `paths` name or contain, and lists the damaged ones.
/// Fails: corrupt if an archive is damaged, else io if one could not be read, else not_found if there is no archive.
Result<void> verify(const Settings& settings, const EnvironmentVariables& environment,
                    const std::vector<std::string>& paths, Form form, Output& out);

/// Shows the effective settings and where each one comes from. Secrets are masked. `file` is the configuration file
/// from which some of them come; it may be null.
Result<void> config(const Configuration& configuration, const ConfigFile* file, Form form, Output& out);

/// Whether a server would start with the configuration, as far as that can be known without asking a storage.
/// Fails: as app::Application::make().
Result<void> check_servable(const Configuration& configuration, const EnvironmentVariables& environment);

/// Examines the configured storage step by step, and prints the findings and the settings to change. Takes at most half
/// a minute. Returns the exit code of the first problem, or exit_ok.
int doctor(const Configuration& configuration, const EnvironmentVariables& environment, Form form, Output& out);

/// Requests a server's health check. An empty `url` stands for the server that the settings describe.
/// Fails: unavailable or timeout if it is not healthy; usage.
Result<void> health(const Configuration& configuration, const std::string& url);

}  // namespace tapalcatl::cli
