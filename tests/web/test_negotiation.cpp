#include "web/negotiation.hpp"

#include <gtest/gtest.h>

namespace tapalcatl::web {
namespace {

TEST(AcceptEncoding, allows_gzip_where_it_names_it_with_a_weight_above_zero) {
    for (const auto* header : {"gzip",
                               "GZip",
                               "gzip, deflate, br, zstd",
                               "deflate,gzip",
                               "gzip;q=1",
                               "gzip;q=1.0",
                               "gzip;q=1.000",
                               "gzip;q=0.001",
                               "gzip; Q=0.5",
                               "gzip ; q=0.5",
                               "br;q=1.0, gzip;q=0.8, *;q=0.1",
                               "x-gzip",
                               "X-GZIP;q=0.1",
                               "*",
                               "*;q=0.1",
                               "identity;q=0, *",
                               "identity, gzip;q=0.1",
                               "gzip, *;q=0",
                               ",, ,gzip",
                               "\tgzip\t",
                               "gzip;",
                               "gzip;foo=bar",
                               "br;q=oops, gzip"}) {
        EXPECT_TRUE(accepts_gzip(header)) << header;
    }
}

TEST(AcceptEncoding, otherwise_leaves_identity) {
    for (const auto* header : {"",
                               " ",
                               ",",
                               "identity",
                               "deflate, br",
                               "gzip;q=0",
                               "gzip;q=0.0",
                               "gzip;q=0.000",
                               "gzip;q=0.",
                               "gzip; q=0",
                               "*;q=0",
                               "gzip;q=0, *",
                               "gzip;q=0, *;q=1",
                               "x-gzip;q=0, *",
                               "identity;q=0",
                               "br, *;q=0",
                               "gzipped",
                               "gzi",
                               "notgzip",
                               "gzip deflate",
                               "\"gzip\"",
                               "**",
                               "identity;q=1, *;q=0"}) {
        EXPECT_FALSE(accepts_gzip(header)) << header;
    }
}

TEST(AcceptEncoding, counts_a_member_with_a_malformed_weight_for_nothing) {
    for (const auto* header : {"gzip;q=", "gzip;q=x", "gzip;q=2", "gzip;q=1.001", "gzip;q=0.0001", "gzip;q=-1",
                               "gzip;q=.5", "gzip;q=00", "gzip;q=\"1\"", "gzip;q=1e1", "*;q=x"}) {
        EXPECT_FALSE(accepts_gzip(header)) << header;
    }
    EXPECT_TRUE(accepts_gzip("gzip;q=x, *"));
}

TEST(AcceptEncoding, that_contradicts_itself_refuses) {
    EXPECT_FALSE(accepts_gzip("gzip, gzip;q=0"));
    EXPECT_FALSE(accepts_gzip("gzip;q=0, gzip"));
    EXPECT_FALSE(accepts_gzip("x-gzip;q=0, gzip"));
    EXPECT_FALSE(accepts_gzip("*, *;q=0"));
}

TEST(Accept, asks_for_json_where_it_names_it) {
    for (const auto* header : {"application/json", "Application/JSON", "application/json; charset=utf-8",
                               "application/json, text/plain, */*", "application/*", "application/problem+json",
                               "application/geo+json;q=0.5", "text/html;q=0.5, application/json", "text/json",
                               "application/json;q=0.001", "application/json, text/plain;q=oops"}) {
        EXPECT_TRUE(prefers_json(header)) << header;
    }
}

TEST(Accept, otherwise_is_content_with_text) {
    for (const auto* header :
         {"", "*/*", "text/plain", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
          "application/json;q=0", "application/json;q=0.5, text/plain", "text/html, application/json;q=0.9", "json",
          "application/jsonp", "application/x-protobuf", "application/json;q=oops", "image/webp,*/*"}) {
        EXPECT_FALSE(prefers_json(header)) << header;
    }
}

TEST(ContentTypes, of_tilezen_formats_are_those_of_the_original_server) {
    EXPECT_EQ(content_type_of("mvt"), "application/x-protobuf");
    EXPECT_EQ(content_type_of("mvtb"), "application/x-protobuf");
    EXPECT_EQ(content_type_of("json"), "application/json");
    EXPECT_EQ(content_type_of("topojson"), "application/json");
}

TEST(ContentTypes, of_images_are_known_in_any_case) {
    EXPECT_EQ(content_type_of("png"), "image/png");
    EXPECT_EQ(content_type_of("JPG"), "image/jpeg");
    EXPECT_EQ(content_type_of("jpeg"), "image/jpeg");
    EXPECT_EQ(content_type_of("webp"), "image/webp");
    EXPECT_EQ(content_type_of("svg"), "image/svg+xml");
}

TEST(ContentTypes, of_anything_else_say_nothing) {
    for (const auto* format : {"", "m", "mvt2", "mv", "html", "htm", "js", "mvt\r\nX: y"}) {
        EXPECT_EQ(content_type_of(format), "application/octet-stream") << format;
    }
}

TEST(ContentTypes, never_have_a_charset) {
    for (const auto* format : {"mvt", "json", "topojson", "geojson", "svg", "txt", "png"}) {
        EXPECT_EQ(content_type_of(format).find(';'), std::string_view::npos) << format;
    }
}

}  // namespace
}  // namespace tapalcatl::web
