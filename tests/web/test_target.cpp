#include "web/target.hpp"

#include <gmock/gmock.h>

namespace tapalcatl::web {
namespace {

using testing::ElementsAre;

struct GoodTarget {
    std::string_view text, path, query, authority;
};

void PrintTo(const GoodTarget& t, std::ostream* out) {
    *out << t.text;
}

class Targets : public testing::TestWithParam<GoodTarget> {};

TEST_P(Targets, are_split_into_path_and_query) {
    std::string buffer;
    const auto parsed = parse_target(GetParam().text, buffer);
    ASSERT_TRUE(parsed) << parsed.error();
    EXPECT_EQ(parsed->path, GetParam().path);
    EXPECT_EQ(parsed->query, GetParam().query);
    EXPECT_EQ(parsed->authority, GetParam().authority);
}

INSTANTIATE_TEST_SUITE_P(OriginForm, Targets,
                         testing::Values(GoodTarget{"/", "/", "", ""}, GoodTarget{"/a/b.c", "/a/b.c", "", ""},
                                         GoodTarget{"/a?b=c&d", "/a", "b=c&d", ""}, GoodTarget{"/a?", "/a", "", ""},
                                         GoodTarget{"/a?b?c", "/a", "b?c", ""},
                                         GoodTarget{"//a//b/", "//a//b/", "", ""}, GoodTarget{"/../a", "/../a", "", ""},
                                         GoodTarget{"/a#b?c", "/a", "", ""}, GoodTarget{"/a?b#c", "/a", "b", ""},
                                         GoodTarget{"/a:http://b", "/a:http://b", "", ""}));

INSTANTIATE_TEST_SUITE_P(Escapes, Targets,
                         testing::Values(GoodTarget{"/%61ll/0/0/0%2emvt", "/all/0/0/0.mvt", "", ""},
                                         GoodTarget{"/a%2Fb%2fc%2e", "/a%2Fb%2fc.", "", ""},
                                         GoodTarget{"/a%3fb?c%zz", "/a?b", "c%zz", ""},
                                         GoodTarget{"/a%23b", "/a#b", "", ""},
                                         GoodTarget{"/%2541", "/%41", "", ""},  // once, not twice
                                         GoodTarget{"/a%20b", "/a b", "", ""}, GoodTarget{"/a+b", "/a+b", "", ""},
                                         GoodTarget{"/%C3%BC\xc3\xbc", "/\xc3\xbc\xc3\xbc", "", ""}));

INSTANTIATE_TEST_SUITE_P(AbsoluteForm, Targets,
                         testing::Values(GoodTarget{"http://host/a?b", "/a", "b", "host"},
                                         GoodTarget{"HTTPS://host:8443", "/", "", "host:8443"},
                                         GoodTarget{"http://host?b", "/", "b", "host"},
                                         GoodTarget{"http://host#b", "/", "", "host"},
                                         GoodTarget{"http://[::1]:80/%61", "/a", "", "[::1]:80"}));

INSTANTIATE_TEST_SUITE_P(Asterisk, Targets, testing::Values(GoodTarget{"*", "*", "", ""}));

struct BadTarget {
    std::string_view text, message;
};

void PrintTo(const BadTarget& t, std::ostream* out) {
    *out << t.message;
}

class BadTargets : public testing::TestWithParam<BadTarget> {};

TEST_P(BadTargets, are_bad_requests_with_the_reason) {
    std::string buffer;
    const auto parsed = parse_target(GetParam().text, buffer);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error(), (Error{Errc::bad_request, std::string(GetParam().message)}));
}

constexpr std::string_view nul_inside{"/a\0b", 4};

INSTANTIATE_TEST_SUITE_P(
    Forms, BadTargets,
    testing::Values(BadTarget{"", "request target '': expected a path that starts with /"},
                    BadTarget{"a/b", "request target 'a/b': expected a path that starts with /"},
                    BadTarget{"?a", "request target '?a': expected a path that starts with /"},
                    BadTarget{"#", "request target '#': expected a path that starts with /"},
                    BadTarget{"**", "request target '**': expected a path that starts with /"},
                    BadTarget{"host:443", "request target 'host:443': expected a path that starts with /"},
                    BadTarget{"http://", "request target 'http://': expected a path that starts with /"},
                    BadTarget{"http:///a", "request target 'http:///a': expected a path that starts with /"},
                    BadTarget{"ftp://h/a", "request target 'ftp://h/a': expected a path that starts with /"},
                    BadTarget{"\r\n", "request target '\\x0d\\x0a': expected a path that starts with /"}));

INSTANTIATE_TEST_SUITE_P(
    Paths, BadTargets,
    testing::Values(BadTarget{"/%", "path: '%': expected two hex digits after %"},
                    BadTarget{"/%4", "path: '%4': expected two hex digits after %"},
                    BadTarget{"/%4?b", "path: '%4': expected two hex digits after %"},
                    BadTarget{"/%zz/a", "path: '%zz': expected two hex digits after %"},
                    BadTarget{"/%%41", "path: '%%4': expected two hex digits after %"},
                    BadTarget{"/%\n1", "path: '%\\x0a1': expected two hex digits after %"},
                    BadTarget{"/%00", "path: expected no control characters, not even escaped"},
                    BadTarget{"/a%0D%0Ab", "path: expected no control characters, not even escaped"},
                    BadTarget{"/%7f", "path: expected no control characters, not even escaped"},
                    BadTarget{nul_inside, "path: expected no control characters, not even escaped"},
                    BadTarget{"/%ff", "path: expected UTF-8"}, BadTarget{"/%C0%AE", "path: expected UTF-8"},
                    BadTarget{"/\xed\xa0\x80", "path: expected UTF-8"}));

TEST(TargetParsing, copies_nothing_where_there_is_no_escape) {
    const std::string_view text = "/tilezen/vector/v1/512/all/16/33000/22000.mvt?api_key=%20x";
    std::string buffer;
    const auto parsed = parse_target(text, buffer);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->path.data(), text.data());
    EXPECT_EQ(buffer.capacity(), std::string().capacity());
}

TEST(TargetParsing, leaves_nothing_of_an_earlier_request_in_the_buffer) {
    std::string buffer;
    ASSERT_TRUE(parse_target("/%61bcdef", buffer));
    const auto parsed = parse_target("/%62", buffer);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->path, "/b");
}

TEST(TargetParsing, never_reads_beyond_a_target_cut_at_any_length) {
    const std::string whole = "http://host/%61%C3%BC/b?c#d";
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        std::string buffer;
        const auto parsed = parse_target({cut.data(), cut.size()}, buffer);
        EXPECT_TRUE(!parsed || parsed->path.starts_with('/')) << size;
    }
}

std::vector<std::string_view> segments_of(std::string_view path) {
    const Segments segments(path);
    return {segments.begin(), segments.end()};
}

TEST(PathSegments, are_what_stands_between_slashes) {
    EXPECT_THAT(segments_of("/a/b.c"), ElementsAre("a", "b.c"));
    EXPECT_THAT(segments_of("/tilezen/vector/v1/256/all/0/0/0.mvt"),
                ElementsAre("tilezen", "vector", "v1", "256", "all", "0", "0", "0.mvt"));
    EXPECT_THAT(segments_of("*"), ElementsAre("*"));
}

TEST(PathSegments, end_with_an_empty_one_after_a_trailing_slash) {
    EXPECT_THAT(segments_of("/"), ElementsAre(""));
    EXPECT_THAT(segments_of("/a/"), ElementsAre("a", ""));
}

TEST(PathSegments, take_slashes_in_a_row_for_one) {
    EXPECT_THAT(segments_of("//"), ElementsAre(""));
    EXPECT_THAT(segments_of("//a///b//"), ElementsAre("a", "b", ""));
}

TEST(PathSegments, of_nothing_are_none) {
    EXPECT_THAT(segments_of(""), testing::IsEmpty());
}

TEST(PathSegments, past_the_most_stay_undivided) {
    const Segments exactly("/1/2/3/4/5/6/7/8/9/10/11/12");
    EXPECT_EQ(exactly.size(), Segments::max_count);
    EXPECT_EQ(exactly[11], "12");
    const Segments more("/1/2/3/4/5/6/7/8/9/10/11/12/13//14/");
    EXPECT_EQ(more.size(), Segments::max_count);
    EXPECT_EQ(more[11], "12/13//14/");
    EXPECT_EQ(Segments(std::string(10000, '/')).size(), 1U);
}

}  // namespace
}  // namespace tapalcatl::web
