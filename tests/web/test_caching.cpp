#include "web/caching.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <set>
#include <string>

namespace tapalcatl::web {
namespace {

using namespace std::chrono_literals;

TEST(CacheControl, names_both_ages) {
    EXPECT_EQ(cache_control(1200s, 600s), "public, max-age=1200, s-maxage=600");
    EXPECT_EQ(cache_control(0s, 1s), "public, max-age=0, s-maxage=1");
}

TEST(CacheControl, leaves_out_a_shared_age_of_zero) {
    EXPECT_EQ(cache_control(1200s, 0s), "public, max-age=1200");
    EXPECT_EQ(cache_control(24h), "public, max-age=86400");
}

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

using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year;
using namespace std::chrono_literals;

constexpr std::string_view gzip_tag = R"("c1315abc-9a3f-g")";
constexpr std::string_view identity_tag = R"("c1315abc-9a3f")";
constexpr std::array both{gzip_tag, identity_tag};
constexpr sys_seconds modified = sys_days(year{1994} / 11 / 6) + 8h + 49min + 37s;
constexpr std::string_view modified_text = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::string_view second_before = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr std::string_view second_after = "Sun, 06 Nov 1994 08:49:38 GMT";

TEST(IfNoneMatch, answers_with_the_tag_that_matched) {
    EXPECT_EQ(unchanged(gzip_tag, "", both, modified), gzip_tag);
    EXPECT_EQ(unchanged(identity_tag, "", both, modified), identity_tag);
    EXPECT_EQ(unchanged(R"("other")", "", both, modified), std::nullopt);
}

TEST(IfNoneMatch, does_not_match_the_tag_of_an_encoding_that_the_client_may_not_get) {
    EXPECT_EQ(unchanged(gzip_tag, "", std::array{identity_tag}, modified), std::nullopt);
}

TEST(IfNoneMatch, matches_tags_that_were_weakened_on_the_way) {
    EXPECT_EQ(unchanged(R"(W/"c1315abc-9a3f-g")", "", both, modified), gzip_tag);
    EXPECT_EQ(unchanged(R"(w/"c1315abc-9a3f-g")", "", both, modified), std::nullopt);
    EXPECT_EQ(unchanged(R"(W/ "c1315abc-9a3f-g")", "", both, modified), std::nullopt);
    EXPECT_EQ(unchanged(R"(W/)", "", both, modified), std::nullopt);
}

TEST(IfNoneMatch, looks_through_lists) {
    for (const std::string_view list : {R"("a", "b","c1315abc-9a3f-g")", R"("a" , W/"c1315abc-9a3f-g" , "b")",
                                        R"(,, "c1315abc-9a3f-g",)", "\t\"c1315abc-9a3f-g\"\t"}) {
        EXPECT_EQ(unchanged(list, "", both, modified), gzip_tag) << list;
    }
    EXPECT_EQ(unchanged(R"("a", "b", "c")", "", both, modified), std::nullopt);
}

TEST(IfNoneMatch, knows_that_commas_may_stand_in_tags) {
    const std::array tags{std::string_view(R"("x,y")")};
    EXPECT_EQ(unchanged(R"("a,b", "x,y")", "", tags, modified), R"("x,y")");
    EXPECT_EQ(unchanged(R"("z,"c1315abc-9a3f-g",")", "", both, modified), std::nullopt);
}

TEST(IfNoneMatch, takes_a_star_for_any_tag_only_where_it_stands_alone) {
    EXPECT_EQ(unchanged("*", "", both, modified), gzip_tag);
    EXPECT_EQ(unchanged(" * ", "", both, modified), gzip_tag);
    EXPECT_EQ(unchanged(R"(*, "a")", "", both, modified), std::nullopt);
    EXPECT_EQ(unchanged(R"("*")", "", both, modified), std::nullopt);
    EXPECT_EQ(unchanged("**", "", both, modified), std::nullopt);
}

TEST(IfNoneMatch, matches_nothing_with_a_member_that_is_no_tag) {
    for (const std::string_view list :
         {"c1315abc-9a3f-g", "\"c1315abc-9a3f-g", "c1315abc-9a3f-g\"", "'c1315abc-9a3f-g'", "\"\"", "\"", ",", " ",
          "\"c1315abc-9a3f-g\"x", "x\"c1315abc-9a3f-g\"", "\"c1315abc-9a3f-g\" \"b\"", "\"c1315abc-9a3f-G\"",
          "\"c1315abc 9a3f-g\"", "W/W/\"c1315abc-9a3f-g\""}) {
        EXPECT_EQ(unchanged(list, "", both, modified), std::nullopt) << list;
    }
}

TEST(IfNoneMatch, goes_on_after_a_member_that_is_no_tag) {
    for (const std::string_view list : {R"(junk, "c1315abc-9a3f-g")", R"("open, "c1315abc-9a3f-g")",
                                        R"("a" "b", "c1315abc-9a3f-g")", R"(W/junk,"c1315abc-9a3f-g")"}) {
        EXPECT_EQ(unchanged(list, "", both, modified), gzip_tag) << list;
    }
}

TEST(IfNoneMatch, wins_over_the_date_even_when_it_is_damaged) {
    EXPECT_EQ(unchanged(R"("other")", modified_text, both, modified), std::nullopt);
    EXPECT_EQ(unchanged("junk", modified_text, both, modified), std::nullopt);
    EXPECT_EQ(unchanged(gzip_tag, second_before, both, modified), gzip_tag);
}

TEST(IfNoneMatch, never_matches_cut_at_any_length) {
    for (std::size_t size = 0; size < gzip_tag.size(); ++size) {
        EXPECT_EQ(unchanged(gzip_tag.substr(0, size), "", both, modified), std::nullopt) << size;
    }
}

TEST(IfNoneMatch, reads_a_long_list_of_half_tags_in_one_go) {
    std::string list;
    for (int i = 0; i < 20000; ++i) {
        list += "\",";
    }
    EXPECT_EQ(unchanged(list, "", both, modified), std::nullopt);
}

TEST(IfModifiedSince, compares_seconds) {
    EXPECT_EQ(unchanged("", modified_text, both, modified), gzip_tag);
    EXPECT_EQ(unchanged("", second_after, both, modified), gzip_tag);
    EXPECT_EQ(unchanged("", second_before, both, modified), std::nullopt);
    EXPECT_EQ(unchanged("", "Sunday, 06-Nov-94 08:49:37 GMT", both, modified), gzip_tag);
}

TEST(IfModifiedSince, is_ignored_where_it_is_no_date_or_there_is_nothing_to_compare) {
    EXPECT_EQ(unchanged("", "tomorrow", both, modified), std::nullopt);
    EXPECT_EQ(unchanged("", "Sun, 06 Nov 2094 08:49:37 GMT, Sun, 06 Nov 2094 08:49:37 GMT", both, modified),
              std::nullopt);
    EXPECT_EQ(unchanged("", modified_text, both, std::nullopt), std::nullopt);
    EXPECT_EQ(unchanged("", "", both, modified), std::nullopt);
}

TEST(Unchanged, without_tags_has_no_tag_to_tell) {
    EXPECT_EQ(unchanged("", modified_text, {}, modified), "");
    EXPECT_EQ(unchanged("*", "", {}, modified), "");
    EXPECT_EQ(unchanged(gzip_tag, "", {}, modified), std::nullopt);
}

}  // namespace
}  // namespace tapalcatl::web
