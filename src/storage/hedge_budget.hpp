#pragma once

#include <algorithm>

namespace tapalcatl::storage {

/// What may be spent on second requests: one for each twenty reads, of which so many may be saved up that a bad moment
/// is met and a bad hour is not.
class HedgeBudget {
 public:
    void record_read() { saved_ = std::min(saved_ + per_read, max_saved); }

    /// Takes one, if there is one.
    bool take() {
        if (saved_ < whole) {
            return false;
        }
        saved_ -= whole;
        return true;
    }

 private:
    // Counted in twentieths, as floating point would not add up to one.
    static constexpr unsigned per_read = 1;
    static constexpr unsigned whole = 20;
    static constexpr unsigned max_saved = 10 * whole;

    unsigned saved_ = 0;
};

}  // namespace tapalcatl::storage
