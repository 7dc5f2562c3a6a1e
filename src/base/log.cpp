#include "base/log.hpp"

#include "base/log_context.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace tapalcatl::log {
namespace {

std::atomic<Level> threshold = Level::info;
std::atomic<Form> form_in_use = Form::plain;

constexpr auto level_names = std::array<std::pair<std::string_view, Level>, 5>{{{"debug", Level::debug},
                                                                                {"info", Level::info},
                                                                                {"warning", Level::warning},
                                                                                {"error", Level::error},
                                                                                {"off", Level::off}}};

std::string_view name_of(Level level) {
    return level_names[static_cast<std::size_t>(level)].first;
}

/// The number of bytes of the UTF-8 character at the front of `text`; 0 if there is none, or if it is a control
/// character (U+0000 to U+001F, U+007F to U+009F).
std::size_t character_size(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto size = utf8_size(text);
    const bool is_control =
        size == 1 ? byte(0) < 0x20 || byte(0) == 0x7f : size == 2 && byte(0) == 0xc2 && byte(1) < 0xa0;
    return is_control ? 0 : size;
}

/// `message` as UTF-8 on one line, with all other bytes as \xNN, because parts of it come from files and clients. For
/// JSON, the characters that a string may not contain (RFC 8259, section 7) are escaped too.
std::string as_line(std::string_view message, Form form) {
    std::string out;
    out.reserve(message.size());
    while (!message.empty()) {
        const auto size = character_size(message);
        if (size == 0) {
            out += form == Form::json ? "\\\\x" : "\\x";
            out += fmt::format("{:02x}", static_cast<unsigned char>(message.front()));
        } else {
            if (form == Form::json && (message.front() == '"' || message.front() == '\\')) {
                out += '\\';
            }
            out += message.substr(0, size);
        }
        message.remove_prefix(std::max(size, std::size_t{1}));
    }
    return out;
}

}  // namespace

Result<Level> parse_level(std::string_view name) {
    for (const auto& [text, level] : level_names) {
        if (name == text) {
            return level;
        }
    }
    return fail(Errc::usage, "log level '{}': expected debug, info, warning, error or off", name);
}

void configure(Level level, Form form) {
    threshold = level;
    form_in_use = form;
}

bool enabled(Level level) {
    return level >= threshold.load(std::memory_order_relaxed);
}

bool admit(std::string_view kind) {
    constexpr unsigned max_per_second = 10;
    struct Share {
        std::chrono::steady_clock::time_point since{};
        unsigned written = 0;
        std::uint64_t left_out = 0;
    };
    static std::mutex mutex;
    static std::map<std::string, Share, std::less<>> shares;

    std::uint64_t left_out = 0;
    {
        const std::lock_guard lock(mutex);
        auto found = shares.find(kind);
        if (found == shares.end()) {
            found = shares.emplace(kind, Share{}).first;
        }
        auto& share = found->second;
        const auto now = std::chrono::steady_clock::now();
        if (now - share.since >= std::chrono::seconds(1)) {
            left_out = std::exchange(share.left_out, 0);
            share.since = now;
            share.written = 0;
        }
        if (share.written == max_per_second) {
            ++share.left_out;
            return false;
        }
        ++share.written;
    }
    if (left_out > 0) {
        write(Level::warning, fmt::format("{}: {} more messages of this kind were left out", kind, left_out));
    }
    return true;
}

void write(Level level, std::string_view message) {
    const Form form = form_in_use;
    const auto time = rfc3339(system_clock().wall());
    auto line = form == Form::json ? fmt::format(R"({{"time":"{}","level":"{}","message":"{}")", time, name_of(level),
                                                 as_line(message, form))
                                   : fmt::format("{} {} {}", time, name_of(level), as_line(message, form));
    for (const auto& [name, value] : *context()) {
        const auto text = as_line(value, form);
        line += form == Form::json ? fmt::format(R"(,"{}":"{}")", name, text) : fmt::format(" {}={}", name, text);
    }
    line += form == Form::json ? "}\n" : "\n";
    // One call, which locks the stream: lines of several threads do not mix.
    std::fwrite(line.data(), 1, line.size(), stderr);
    std::fflush(stderr);
}

}  // namespace tapalcatl::log
