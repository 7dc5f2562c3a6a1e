#pragma once

#include "base/error.hpp"

#include <bitset>
#include <cstddef>
#include <string_view>
#include <vector>

namespace tapalcatl::service {

/// A set of bytes.
using ByteSet = std::bitset<256>;

/// One step of a path program. Distances are relative to the step, so that parts of a program can be put together and
/// repeated.
struct PathStep {
    enum class Kind {
        byte,  ///< takes a byte of `bytes`
        fork,  ///< goes on at `first`, and if that fails at `second`
        jump,  ///< goes on at `first`
        mark,  ///< notes the place in slot `first`
    };
    Kind kind = Kind::byte;
    ByteSet bytes{};
    int first = 0;
    int second = 0;
};

/// What is matched in the order of its steps: a program for a nondeterministic automaton.
using PathProgram = std::vector<PathStep>;

/// More steps than any route needs. A program runs in at most this many steps for each byte of a path.
inline constexpr std::size_t max_path_steps = 1024;

/// The program of a regular expression for text without a slash: characters, `.`, classes such as `[a-z_]` and `[^.]`,
/// `\d`, `\w`, escaped punctuation, groups `(a|b)` and `(?:a|b)`, and after each of them `?`, `*`, `+`, `{n}`, `{n,}`
/// or `{n,m}`. What is repeated takes as much as it can, and alternatives are tried in their order.
///
/// Fails: usage for anything else, and for an expression of more than max_path_steps steps.
Result<PathProgram> compile_path_expression(std::string_view text);

}  // namespace tapalcatl::service
