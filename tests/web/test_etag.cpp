#include "web/etag.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>

namespace tapalcatl::web {
namespace {

TEST(EntityTags, are_checksum_and_size_in_hex) {
    EXPECT_EQ(EntityTag(0xc1315abc, 39487, Encoding::identity).view(), R"("c1315abc-9a3f")");
    EXPECT_EQ(EntityTag(0xc1315abc, 39487, Encoding::gzip).view(), R"("c1315abc-9a3f-g")");
    EXPECT_EQ(EntityTag(0, 0, Encoding::identity).view(), R"("00000000-0")");
    EXPECT_EQ(EntityTag(1, 2, Encoding::gzip, 3).view(), R"("00000001-2-00000003-g")");
}

TEST(EntityTags, fit_even_the_largest_numbers) {
    constexpr auto all32 = std::numeric_limits<std::uint32_t>::max();
    constexpr auto all64 = std::numeric_limits<std::uint64_t>::max();
    EXPECT_EQ(EntityTag(all32, all64, Encoding::gzip, all32).view(), R"("ffffffff-ffffffffffffffff-ffffffff-g")");
}

TEST(EntityTags, differ_whenever_anything_of_the_answer_differs) {
    std::set<std::string, std::less<>> seen;
    for (const std::uint32_t crc32 : {0U, 1U, 0x10U, 0xffffffffU}) {
        for (const std::uint64_t size : {0U, 1U, 0x10U, 0xffffffffU}) {
            for (const std::uint32_t salt : {0U, 1U, 0x10U, 0xffffffffU}) {
                for (const auto encoding : {Encoding::identity, Encoding::gzip}) {
                    EXPECT_TRUE(seen.emplace(EntityTag(crc32, size, encoding, salt).view()).second);
                }
            }
        }
    }
}

}  // namespace
}  // namespace tapalcatl::web
