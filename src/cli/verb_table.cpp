#include "cli/command_line.hpp"

#include <limits>

namespace tapalcatl::cli {

std::span<const Verb> verb_table() {
    using G = SettingGroup;
    constexpr auto any_number = std::numeric_limits<std::size_t>::max();
    constexpr VerbFlag json{json_flag, "", "One JSON document on standard output."};
    constexpr VerbFlag file{
        config_flag, "FILE",
        "Configuration file (YAML) with settings by their names and tilesets; also TAPALCATL_CONFIG."};
    constexpr VerbFlag check{
        check_flag, "FILE",
        "Checks this configuration file, with the environment and the flags that serve would have. Prints one line if "
        "serve would start with it, and all its faults otherwise."};
    constexpr VerbFlag from_env{
        from_env_flag, "",
        "Writes the configuration file that equals the settings of environment and flags. Secrets are not in it: it "
        "takes them from their variables."};
    constexpr VerbFlag watch{watch_flag, "",
                             "Read the configuration file anew when it changes; also TAPALCATL_WATCH=on."};
    constexpr VerbFlag schema{schema_flag, "", "Prints the JSON Schema of configuration files, for editors."};
    constexpr VerbFlag reference{
        reference_flag, "man|markdown",
        "Prints the manual page tapalcatl(1), or the tables of settings in docs/configuration.md."};
    constexpr VerbFlag px{"--px", "PIXELS", "Size of the tile: 256 (default), 512, 1024, ..."};
    constexpr VerbFlag tile_set{"--set", "SET", "The tile set: vector (default) or landcover, which has one size."};
    constexpr std::string_view archive = "ARCHIVE is a path, or a file://, s3:// or https:// URL.";
    const auto groups = all_setting_groups();
    static const std::vector<SettingGroup> all(groups.begin(), groups.end());
    static const auto without_http = [&] {
        auto some = all;
        std::erase(some, G::http);
        return some;
    }();
    static const std::vector<Verb> table{
        {.name = "serve",
         .arguments = "[[NAME=]TILESET...]",
         .max_arguments = any_number,
         .summary = "Serves tiles over HTTP until SIGTERM or SIGINT.",
         .details =
             "TILESET is a folder or a prefix of a bucket with metatiles, or a meta.json: a path, or a file://, s3:// "
             "or https:// URL. "
             "Each becomes a tileset with the routes /NAME/Z/X/Y[@Nx].FORMAT and /NAME.json; NAME is the last part of "
             "the path unless given. Key layout, metatile size, formats and zooms are found by looking, unless they "
             "are set. Without arguments the tilesets of the configuration file are served, and without such, the "
             "configured storage on the routes of tapalcatl-py. SIGHUP has the configuration file read anew; without a "
             "file it ends the server.",
         .flags = {file, watch},
         .groups = all},
        {.name = "lambda",
         .summary = "Serves tiles as a function of AWS Lambda.",
         .details =
             "Answers the events of API Gateway, function URLs and Application Load Balancers. The program does so by "
             "itself where AWS_LAMBDA_RUNTIME_API is set or its name is bootstrap, and it is called without arguments.",
         .flags = {file},
         .groups = without_http},
        {.name = "ls",
         .arguments = "ARCHIVE",
         .min_arguments = 1,
         .max_arguments = 1,
         .summary = "Lists the entries of an archive.",
         .details = archive,
         .flags = {json},
         .groups = {G::access}},
        {.name = "cat",
         .arguments = "ARCHIVE ENTRY",
         .min_arguments = 2,
         .max_arguments = 2,
         .summary = "Checks an entry and writes it to standard output.",
         .details = archive,
         .groups = {G::access, G::reading}},
        {.name = "locate",
         .arguments = "Z/X/Y.FORMAT",
         .min_arguments = 1,
         .max_arguments = 1,
         .summary = "Shows the key and the entry of a tile. Needs no storage.",
         .details = "Prints the key of the archive and the name of the entry in it.",
         .flags = {px, json},
         .groups = {G::keys}},
        {.name = "tile",
         .arguments = "Z/X/Y.FORMAT",
         .min_arguments = 1,
         .max_arguments = 1,
         .summary = "Reads a tile as the server does and writes it to standard output.",
         .flags = {tile_set, px},
         .groups = all},
        {.name = "verify",
         .arguments = "ARCHIVE|DIRECTORY...",
         .min_arguments = 1,
         .max_arguments = any_number,
         .summary = "Reads and checks every entry of archives.",
         .details =
             "ARCHIVE is a path, or a file://, s3:// or https:// URL. Directories are searched recursively for .zip "
             "files, and prefixes of buckets (s3://bucket/prefix) for keys that end with .zip. Damaged entries are "
             "listed; the exit code is 4 if anything is corrupt, 1 if anything could not "
             "be read.",
         .flags = {json},
         .groups = {G::access, G::reading}},
        {.name = "config",
         .summary = "Shows the effective settings and where each one comes from.",
         .details =
             "Takes the same flags as serve. Secrets are masked. With a configuration file, the tilesets follow: "
             "of each, its own settings. The exit code is 2 if serve would refuse the settings.",
         .flags = {file, check, from_env, schema, reference, json},
         .groups = all},
        {.name = "doctor",
         .summary = "Checks whether the configured storage can be read, and advises settings.",
         .details =
             "Takes the same flags as serve. Sends requests to the storage, and to AWS STS for the identity of the "
             "credentials, for at most half a minute. '!' marks what keeps the server from working, '?' what is "
             "worth knowing. The exit code is 0 if the server would work.",
         .flags = {json},
         .groups = all},
        {.name = "health",
         .arguments = "[URL]",
         .max_arguments = 1,
         .summary = "Requests the health check of a running server; for containers.",
         .details = "URL is http://HOST:PORT/health_check unless given. Gives up after 2 s.",
         .groups = {G::http}},
    };
    return table;
}

}  // namespace tapalcatl::cli
