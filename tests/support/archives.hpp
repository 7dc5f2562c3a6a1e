#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::tests {

struct Member {
    std::string name;
    std::string content;
    bool stored = false;
    std::string comment{};
};

/// A zip archive of `members`, with a comment of its own.
std::vector<std::byte> make_archive(const std::vector<Member>& members, std::string_view comment = {});

/// `size` bytes that hardly compress, the same for the same `seed`.
std::string noise(std::size_t size, unsigned seed);

}  // namespace tapalcatl::tests
