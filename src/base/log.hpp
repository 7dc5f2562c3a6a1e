#pragma once

#include "base/error.hpp"

#include <fmt/format.h>

#include <string_view>

/// Diagnostics: one line each on standard error, with time and level. Safe from any thread.
namespace tapalcatl::log {

enum class Level { debug, info, warning, error, off };
enum class Form { plain, json };

/// "debug", "info", "warning", "error" or "off". Fails: usage.
Result<Level> parse_level(std::string_view name);

/// Drops messages below `level` from now on. Until this is called: info, plain.
void configure(Level level, Form form);

bool enabled(Level level);
void write(Level level, std::string_view message);

/// Whether one more message of this kind may be written in this second: an outage must not fill the disk. The others
/// are counted, and the next message that is written reports their number.
bool admit(std::string_view kind);

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::debug)) {
        write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
    }
}

template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::info)) {
        write(Level::info, fmt::format(format, std::forward<Args>(args)...));
    }
}

template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::warning)) {
        write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
    }
}

template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::error)) {
        write(Level::error, fmt::format(format, std::forward<Args>(args)...));
    }
}

/// Like the functions above, but writes at most ten messages of each `kind` a second.
template <class... Args>
void limited(Level level, std::string_view kind, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(level) && admit(kind)) {
        write(level, fmt::format(format, std::forward<Args>(args)...));
    }
}

}  // namespace tapalcatl::log
