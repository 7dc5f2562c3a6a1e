#include "base/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace tapalcatl::log {
namespace {

std::atomic<Level> threshold = Level::info;
std::atomic<Form> form_in_use = Form::plain;

spdlog::level::level_enum as_spdlog(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
        case Level::off:
            break;
    }
    return spdlog::level::off;
}

spdlog::logger& plain_logger() {
    static const auto logger = [] {
        auto made = std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_level(spdlog::level::trace);
        made->set_formatter(
            std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc));
        return made;
    }();
    return *logger;
}

spdlog::logger& json_logger() {
    static const auto logger = [] {
        auto made = std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_level(spdlog::level::trace);
        made->set_formatter(std::make_unique<spdlog::pattern_formatter>(
            R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":"%v"})", spdlog::pattern_time_type::utc));
        return made;
    }();
    return *logger;
}

/// `message` with everything escaped that may not stand in a JSON string (RFC 8259, section 7).
std::string json_escaped(std::string_view message) {
    std::string out;
    out.reserve(message.size());
    for (const char c : message) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace

Result<Level> parse_level(std::string_view name) {
    for (const auto& [text, level] : {std::pair<std::string_view, Level>{"debug", Level::debug},
                                      {"info", Level::info},
                                      {"warning", Level::warning},
                                      {"error", Level::error},
                                      {"off", Level::off}}) {
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
    constexpr unsigned most_a_second = 10;
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
        if (share.written == most_a_second) {
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
    if (form_in_use == Form::json) {
        const auto escaped = json_escaped(message);
        json_logger().log(as_spdlog(level), "{}", std::string_view(escaped));
    } else {
        plain_logger().log(as_spdlog(level), "{}", message);
    }
}

}  // namespace tapalcatl::log
