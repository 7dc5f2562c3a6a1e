#include "cli/command_line.hpp"

#include <limits>

namespace tapalcatl::cli {

std::span<const Verb> verb_table() {
    using G = SettingGroup;
    constexpr auto any_number = std::numeric_limits<std::size_t>::max();
    constexpr VerbFlag json{"--json", "", "One JSON document on standard output."};
    constexpr VerbFlag px{"--px", "PIXELS", "Size of the tile: 256 (default), 512, 1024, ..."};
    constexpr std::string_view archive = "ARCHIVE is a path, or a file://, s3:// or https:// URL.";
    static const std::vector<SettingGroup> all{G::storage, G::access, G::keys,    G::landcover,
                                               G::reading, G::cache,  G::answers, G::tilejson,
                                               G::preview, G::http,   G::limits,  G::logging};
    static const std::vector<Verb> table{
        {.name = "serve", .summary = "Serves tiles over HTTP until SIGTERM, SIGINT or SIGHUP.", .groups = all},
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
         .summary = "Writes an entry to standard output, once its CRC is checked.",
         .details = archive,
         .groups = {G::access, G::reading}},
        {.name = "locate",
         .arguments = "Z/X/Y.FORMAT",
         .min_arguments = 1,
         .max_arguments = 1,
         .summary = "Tells the key and entry of a tile. Needs no storage.",
         .details = "Prints the key of the archive and the name of the entry in it.",
         .flags = {px, json},
         .groups = {G::keys}},
        {.name = "tile",
         .arguments = "Z/X/Y.FORMAT",
         .min_arguments = 1,
         .max_arguments = 1,
         .summary = "Writes a tile to standard output, read as the server reads it.",
         .flags = {px},
         .groups = all},
        {.name = "verify",
         .arguments = "ARCHIVE|DIRECTORY...",
         .min_arguments = 1,
         .max_arguments = any_number,
         .summary = "Reads every entry of archives and checks it.",
         .details =
             "ARCHIVE is a path, or a file://, s3:// or https:// URL. Directories are searched for .zip files, all the "
             "way down. What is bad is listed; the exit code is 4 if anything is corrupt, 1 if anything could not be "
             "read.",
         .flags = {json},
         .groups = {G::access, G::reading}},
        {.name = "config",
         .summary = "Shows the settings in force and whence they are.",
         .details = "Takes the same flags as serve. Secrets are masked.",
         .flags = {json},
         .groups = all},
        {.name = "doctor",
         .summary = "Looks into the configured storage: can it be read, and what to set.",
         .details =
             "Takes the same flags as serve. Asks the storage, and AWS who it is that asks, for half a minute at "
             "the most. '!' stands before what keeps the server from working, '?' before what is worth knowing; "
             "the exit code is 0 if it would work.",
         .flags = {json},
         .groups = all},
        {.name = "health",
         .arguments = "[URL]",
         .max_arguments = 1,
         .summary = "Asks a running server whether it is well; for container health checks.",
         .details = "URL is http://HOST:PORT/health_check unless given. Gives up after 2 s.",
         .groups = {G::http}},
    };
    return table;
}

}  // namespace tapalcatl::cli
