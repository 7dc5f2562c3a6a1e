#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tapalcatl::cli {

/// How far a long piece of work is.
struct Step {
    std::uint64_t archives = 0;
    std::uint64_t bytes = 0;
};

/// Tells people how far it is: a bar that is drawn over and over on a terminal, else a line every few seconds, so that
/// logs stay short.
class Progress {
 public:
    enum class Style { bar, lines };

    /// `write` takes what goes to standard error. Lifetime: `clock` stays as long as this.
    Progress(const Clock& clock, Style style, Step total, std::function<void(std::string_view)> write);

    /// Shows `done` if it is time to.
    void show(Step done);

    /// Removes the bar, before something else is written to the terminal.
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
