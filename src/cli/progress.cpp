#include "cli/progress.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tapalcatl::cli {
namespace {

constexpr std::chrono::milliseconds between_bars{100};
constexpr std::chrono::seconds between_lines{5};
constexpr std::uint64_t bar_width = 24;
constexpr std::string_view erase_line = "\r\x1b[K";

}  // namespace

Progress::Progress(const Clock& clock, Style style, Step total, std::function<void(std::string_view)> write)
    : clock_(clock), style_(style), total_(total), write_(std::move(write)), started_(clock.now()), shown_(started_) {}

void Progress::show(Step done) {
    const auto now = clock_.now();
    const SteadyTime::duration pause = style_ == Style::bar ? SteadyTime::duration(between_bars) : between_lines;
    if (now - shown_ < pause) {
        return;
    }
    shown_ = now;
    if (style_ == Style::lines) {
        write_(line(done) + "\n");
        return;
    }
    const auto filled = total_.bytes == 0 ? 0 : std::min(bar_width, done.bytes * bar_width / total_.bytes);
    write_(fmt::format("{}[{:#<{}}{:.<{}}] {}", erase_line, "", filled, "", bar_width - filled, line(done)));
    is_drawn_ = true;
}

void Progress::clear() {
    if (is_drawn_) {
        write_(erase_line);
        is_drawn_ = false;
    }
}

std::string Progress::line(Step done) const {
    auto text = fmt::format("{} of {} archives, {} of {}", done.archives, total_.archives, human_size(done.bytes),
                            human_size(total_.bytes));
    const auto passed = std::chrono::duration<double>(clock_.now() - started_).count();
    if (done.bytes > 0 && done.bytes < total_.bytes && passed >= 1) {
        const auto left = passed * static_cast<double>(total_.bytes - done.bytes) / static_cast<double>(done.bytes);
        const std::chrono::hh_mm_ss time{std::chrono::seconds(static_cast<std::int64_t>(left))};
        text += fmt::format(", {:02}:{:02}:{:02} left", time.hours().count(), time.minutes().count(),
                            time.seconds().count());
    }
    return text;
}

}  // namespace tapalcatl::cli
