#include "zip/records.hpp"

#include "tests/zip/archives.hpp"

#include <gtest/gtest.h>

namespace tapalcatl::zip {
namespace {

Archive field(std::uint64_t id, std::string_view data) {
    return number(id, 2) + number(data.size(), 2) + archive_of(data);
}

TEST(ExtraField, is_found_behind_others) {
    const auto extra = field(0x5455, "time") + field(0x7875, "") + field(1, "sizes");
    const auto found = find_extra(extra, 1);
    ASSERT_TRUE(found);
    EXPECT_EQ(as_text(*found), "sizes");
}

TEST(ExtraField, counts_the_first_time_where_it_comes_twice) {
    const auto extra = field(1, "first") + field(1, "second");
    EXPECT_EQ(as_text(find_extra(extra, 1).value()), "first");
}

TEST(ExtraField, that_is_not_there_is_not_found) {
    EXPECT_FALSE(find_extra({}, 1));
    EXPECT_FALSE(find_extra(field(2, "else"), 1));
}

TEST(ExtraField, is_found_before_padding) {
    const auto extra = field(1, "sizes") + archive_of(std::string_view("\0\0\0", 3));
    EXPECT_EQ(as_text(find_extra(extra, 1).value()), "sizes");
}

TEST(ExtraField, that_is_cut_is_not_found) {
    const auto extra = field(2, "else") + field(1, "sizes");
    for (std::size_t size = 0; size < extra.size(); ++size) {
        EXPECT_FALSE(find_extra(Bytes(extra).first(size), 1)) << size;
    }
}

}  // namespace
}  // namespace tapalcatl::zip
