#include "service/route_pattern.hpp"

#include "tests/service/fixture.hpp"

#include <gtest/gtest.h>

namespace tapalcatl::tests {
namespace {

using service::RoutePattern;
using service::TileRoute;

std::optional<std::string> values_of(std::string_view pattern, std::string_view path) {
    const auto parsed = RoutePattern::parse(pattern);
    EXPECT_TRUE(parsed) << parsed.error();
    const auto tile = parsed ? parsed->match(path) : std::nullopt;
    if (!tile) {
        return std::nullopt;
    }
    return fmt::format("{}/{}/{}.{} {}|{} {}|{}", tile->z, tile->x, tile->y, tile->format, tile->prefix, tile->layer,
                       tile->pixel_size, tile->scale);
}

struct PatternCase {
    std::string_view pattern;
    std::string_view path;
    std::optional<std::string> values;
};

class RoutePatternMatch : public testing::TestWithParam<PatternCase> {};

TEST_P(RoutePatternMatch, has_the_values_of_the_path) {
    EXPECT_EQ(values_of(GetParam().pattern, GetParam().path), GetParam().values);
}

INSTANTIATE_TEST_SUITE_P(
    Patterns, RoutePatternMatch,
    testing::Values(PatternCase{"/a/{z}/{x}/{y}.{format}", "/a/1/2/3.mvt", "1/2/3.mvt | |"},
                    PatternCase{"/a/{z}/{x}/{y}.{fmt}", "/a/1/2/3.mvt", "1/2/3.mvt | |"},
                    PatternCase{"/a/{z}/{x}/{y}.{fmt}", "/a/1/2/3.mvt/", std::nullopt},
                    PatternCase{"/a/{z}/{x}/{y}.{fmt}", "/a/1/2/x.mvt", std::nullopt},
                    PatternCase{"/a/{z}/{x}/{y}.{fmt}", "/a/1/2/3", std::nullopt},
                    PatternCase{"/a/{z}/{x}/{y}.{fmt}", "/b/1/2/3.mvt", std::nullopt},
                    PatternCase{"/v1/{prefix}/{size}/{layer}/{z}/{x}/{y}.{fmt}", "/v1/20261128/512/all/1/2/3.mvt",
                                "1/2/3.mvt 20261128|all 512|"},
                    PatternCase{"/{z}/{x}/{y}@{scale}x.{fmt}", "/1/2/3@2x.png", "1/2/3.png | |2"},
                    PatternCase{"/{layer}/{z:[0-9]+}/{x:[0-9]+}/{y:[0-9]+}.{fmt:(topojson|json|mvt|mvtb)}",
                                "/water/1/2/3.mvtb", "1/2/3.mvtb |water |"},
                    PatternCase{"/{z:[0-9]+}/{x:[0-9]+}/{y:[0-9]+}.{fmt:(topojson|json|mvt|mvtb)}", "/1/2/3.png",
                                std::nullopt},
                    PatternCase{"/{z}/{x}/{y}.{fmt:json|mvt}", "/1/2/3.mvt", "1/2/3.mvt | |"},
                    PatternCase{"/{z:\\d{1,2}}/{x}/{y}.{fmt}", "/12/2/3.mvt", "12/2/3.mvt | |"},
                    PatternCase{"/{z:\\d{1,2}}/{x}/{y}.{fmt}", "/123/2/3.mvt", std::nullopt},
                    PatternCase{"/{z:[0-9]{2,}}/{x}/{y}.{fmt}", "/1/2/3.mvt", std::nullopt},
                    PatternCase{"/{z}/{x}/{y}.{fmt:(?:json)?m[^x]t}", "/1/2/3.jsonmvt", "1/2/3.jsonmvt | |"},
                    PatternCase{"/{z}{x:[0-9]}/{y}.{fmt}", "/123/4.mvt", "12/3/4.mvt | |"},  // z takes what it can
                    PatternCase{"/{prefix:.*}a/{z}/{x}/{y}.{fmt}", "/a/1/2/3.mvt", "1/2/3.mvt | |"},  // an empty prefix
                    PatternCase{"/{prefix:.+}/{z}/{x}/{y}.{fmt}", "/a/b/1/2/3.mvt", std::nullopt}));  // '.' is no slash

struct WrongPattern {
    std::string_view pattern;
    std::string_view why;
};

class WrongRoutePattern : public testing::TestWithParam<WrongPattern> {};

TEST_P(WrongRoutePattern, is_refused_with_the_reason) {
    const auto parsed = RoutePattern::parse(GetParam().pattern);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, Errc::usage);
    EXPECT_NE(parsed.error().message.find(GetParam().why), std::string::npos) << parsed.error();
}

INSTANTIATE_TEST_SUITE_P(
    Patterns, WrongRoutePattern,
    testing::Values(WrongPattern{"", "starts with '/'"}, WrongPattern{"{z}/{x}/{y}.{fmt}", "starts with '/'"},
                    WrongPattern{"/{z}/{x}/{y}", "expected the variables"},
                    WrongPattern{"/{z}/{x}/{y}.{fmt}.{format}", "'format' is there twice"},
                    WrongPattern{"/{q}/{z}/{x}/{y}.{fmt}", "unknown variable 'q'"},
                    WrongPattern{"/{size}/{scale}/{z}/{x}/{y}.{fmt}", "not both"},
                    WrongPattern{"/{z}/{x}/{y}.{fmt", "'{' without '}'"},
                    WrongPattern{"/{z}//{x}/{y}.{fmt}", "one slash"},
                    WrongPattern{"/{z}/{x}/{y}.{fmt}?a=b", "'?' is not a character"},
                    WrongPattern{"/{z:^1}/{x}/{y}.{fmt}", "'^' is not supported here at character 1"},
                    WrongPattern{"/{z:1+?}/{x}/{y}.{fmt}", "a second repetition"},
                    WrongPattern{"/{z:(?i)1}/{x}/{y}.{fmt}", "expected (...) or (?:...)"},
                    WrongPattern{"/{z:(1}/{x}/{y}.{fmt}", "'(' without ')'"},
                    WrongPattern{"/{z:1)}/{x}/{y}.{fmt}", "')' without '('"},
                    WrongPattern{"/{z:[1}/{x}/{y}.{fmt}", "'[' without ']'"},
                    WrongPattern{"/{z:[[:digit:]]}/{x}/{y}.{fmt}", "named classes"},
                    WrongPattern{"/{z:[9-0]}/{x}/{y}.{fmt}", "a range such as a-z"},
                    WrongPattern{"/{z:\\pN}/{x}/{y}.{fmt}", "this escape"},
                    WrongPattern{"/{z:1{2,1}}/{x}/{y}.{fmt}", "expected {n}, {n,} or {n,m}"},
                    WrongPattern{"/{z:((1{9}){99}){9}}/{x}/{y}.{fmt}", "more than 1024 steps"}));

TEST(RoutePattern, is_refused_or_parsed_when_cut_anywhere) {
    const std::string_view whole = "/v/{prefix}/{z:(?:[0-9]{1,2}|x+)}/{x:\\d*}/{y}.{fmt:(a|b)?c}";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(RoutePattern::parse(whole.substr(0, size))) << size;
    }
    EXPECT_TRUE(RoutePattern::parse(whole));
}

TEST(RoutePattern, with_nested_repetitions_ends_on_a_path_that_nearly_matches) {
    const std::string path = "/" + std::string(RoutePattern::max_path_size - 12, '1') + "/1/1/x.mvt";
    EXPECT_EQ(values_of("/{z:(([0-9]*)*)*}/{x}/{y}/{fmt:[a-z]}", path), std::nullopt);
    EXPECT_EQ(values_of("/{z:(1|1|11|[0-9]+)+}/{x}/{y}.{fmt}", path), std::nullopt);
}

TEST(RoutePattern, knows_which_fixed_routes_hide_it) {
    const auto pattern = RoutePattern::parse("/osm/{z}/{x}/{y}.{fmt}");
    ASSERT_TRUE(pattern);
    EXPECT_TRUE(pattern->is_behind_tileset("osm"));
    EXPECT_FALSE(pattern->is_behind_tileset("os"));
    EXPECT_FALSE(RoutePattern::parse("/osm/v1/{z}/{x}/{y}.{fmt}")->is_behind_tileset("osm"));
    EXPECT_TRUE(RoutePattern::parse("/preview/{z}/{x}/{y}.{fmt}")->is_behind_preview());
}

TEST(RoutePattern, replaces_keys_by_names_only) {
    for (const auto* good : {"a", "20261128", "a-b_c.d", "..."}) {
        EXPECT_TRUE(service::is_key_part(good)) << good;
    }
    for (const auto* bad : {"", ".", "..", "a b", "a%2Fb", "a/b", "é"}) {
        EXPECT_FALSE(service::is_key_part(bad)) << bad;
    }
}

}  // namespace
}  // namespace tapalcatl::tests
