#include "web/content_type.hpp"

#include <gtest/gtest.h>

namespace tapalcatl::web {
namespace {

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
