#pragma once

#include <span>
#include <string_view>

namespace tapalcatl {

/// The word that `text` may be a misspelling of, or empty where none is near. Lifetime: views `words`.
std::string_view nearest_word(std::string_view text, std::span<const std::string_view> words);

}  // namespace tapalcatl
