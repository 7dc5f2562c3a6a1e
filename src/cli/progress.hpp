#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tapalcatl::cli {

/// An amount of work.
struct Step {
    std::uint64_t archives = 0;
    std::uint64_t bytes = 0;
};

/// Shows the progress of a long piece of work: a bar on a terminal, otherwise a line every few seconds, so that logs
/// stay short.
class Progress {
 public:
    enum class Style { bar, lines };

    /// `write` writes to standard error. Lifetime: `clock` outlives this.
    Progress(const Clock& clock, Style style, Step total, std::function<void(std::string_view)> write);

    /// Shows `done` if the last output is old enough.
    void show(Step done);

    /// Removes the bar. To be called before other output to the terminal.
    void clear();

 private:
    std::string line(Step done) const;

    const Clock& clock_;
    Style style_;
    Step total_;
    std::function<void(std::string_view)> write_;
    SteadyTime started_;
    SteadyTime shown_;
    bool is_drawn_ = false;
};

}  // namespace tapalcatl::cli
