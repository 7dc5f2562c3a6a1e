#include "settings/suggestion.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace tapalcatl {
namespace {

constexpr std::size_t longest_text = 100;  // nobody mistypes more, and the cost is quadratic
constexpr std::size_t most_edits = 2;

/// How many characters must be inserted, removed or replaced to make `a` into `b` (Levenshtein).
std::size_t edits_between(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const auto above = row[j + 1];
            row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0U : 1U)});
            diagonal = above;
        }
    }
    return row.back();
}

}  // namespace

std::string_view nearest_word(std::string_view text, std::span<const std::string_view> words) {
    std::string_view nearest;
    auto fewest = most_edits + 1;
    if (text.size() > longest_text) {
        return nearest;
    }
    for (const auto word : words) {
        const auto edits = edits_between(text, word);
        // A short word that is changed by half is another word.
        if (edits < fewest && edits * 2 < word.size()) {
            nearest = word;
            fewest = edits;
        }
    }
    return nearest;
}

}  // namespace tapalcatl
