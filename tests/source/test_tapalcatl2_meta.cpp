#include "source/tapalcatl2_meta.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tapalcatl::tests {
namespace {

using namespace source;

constexpr std::string_view url = "s3://tiles/toner/meta.json";

constexpr std::string_view complete = R"({
  "tapalcatl": "2.0.0", "name": "Land Cover", "description": "MODIS", "attribution": "<a>ESA</a>",
  "minzoom": 1, "maxzoom": 7, "bounds": [-180, -85, 180, 85.5], "center": [11.25, 43.77, 5],
  "formats": {"mvt": [{"Content-Type": "application/vnd.mapbox-vector-tile"}, {"Content-Encoding": "gzip"}],
              "png": "image/png", "tif": {"Content-Type": "image/tiff", "X-Made-By": "gdal "}},
  "minscale": 1, "maxscale": 2, "metatile": 4, "materializedZooms": [4, 0],
  "source": "../lc/{h}/{z}/{x}/{y}.zip", "id": 5, "vector_layers": null})";

Result<Tapalcatl2Meta> parse(std::string_view text) {
    return parse_tapalcatl2_meta(text, url);
}

/// A small document, with a member more or in place of one of its own.
std::string with(std::string_view name, std::string_view value) {
    std::string text = "{";
    for (const auto& [member, usual] :
         {std::pair<std::string_view, std::string_view>{"formats", R"({"png":"image/png"})"},
          {"source", R"("{z}/{x}/{y}.zip")"}}) {
        if (member != name) {
            text += fmt::format("\"{}\":{},", member, usual);
        }
    }
    return text + fmt::format("\"{}\":{}}}", name, value);
}

TEST(Tapalcatl2Metas, tell_all_of_a_tileset) {
    const auto meta = parse(complete);
    ASSERT_TRUE(meta) << meta.error();
    const auto& about = meta->description;
    EXPECT_EQ(about.name, "Land Cover");
    EXPECT_EQ(about.description, "MODIS");
    EXPECT_EQ(about.attribution, "<a>ESA</a>");
    EXPECT_EQ(about.bounds, (Bounds{-180, -85, 180, 85.5}));
    ASSERT_TRUE(about.center);
    EXPECT_EQ(about.center->zoom, 5U);
    EXPECT_EQ(about.min_zoom, 1U);
    EXPECT_EQ(about.max_zoom(), 7U);
    ASSERT_EQ(about.scales.size(), 2U);
    EXPECT_EQ(about.scales[1].scale, 2U);
    ASSERT_EQ(about.formats.size(), 3U);
    EXPECT_EQ(about.formats[0].extension, "mvt");
    EXPECT_EQ(about.formats[0].content_type, "application/vnd.mapbox-vector-tile");
    EXPECT_EQ(about.formats[1].content_type, "image/png");
    EXPECT_EQ(meta->headers[0]->content_encoding, "gzip");
    EXPECT_EQ(meta->headers[2]->others, (HeaderList{{"X-Made-By", "gdal"}}));
    EXPECT_EQ(meta->scheme.metatile_size, 4U);
    EXPECT_EQ(meta->scheme.materialized_zooms, (std::vector<unsigned>{0, 4}));
    EXPECT_EQ(meta->archives.folder, "s3://tiles/lc");
    EXPECT_EQ(meta->archives.keys, "{h}/{z}/{x}/{y}.zip");
}

TEST(Tapalcatl2Metas, need_formats_and_a_source_only) {
    const auto meta = parse(with("name", R"("small")"));
    ASSERT_TRUE(meta) << meta.error();
    EXPECT_EQ(meta->description.min_zoom, 0U);
    EXPECT_EQ(meta->description.max_zoom(), 30U);
    EXPECT_EQ(meta->description.bounds, world_bounds);
    EXPECT_EQ(meta->scheme.metatile_size, 1U);
    EXPECT_EQ(meta->scheme.materialized_zooms, std::vector<unsigned>{0});
    ASSERT_EQ(meta->description.scales.size(), 1U);
    EXPECT_EQ(meta->description.scales[0].scale, 1U);
    EXPECT_EQ(meta->archives.folder, "");
    EXPECT_EQ(meta->archives.keys, "{z}/{x}/{y}.zip");
}

TEST(Tapalcatl2Metas, show_all_faults_at_once) {
    const auto meta = parse(R"({"minzoom": -1, "maxzoom": "7", "metatile": 3, "source": "{z}/{x}"})");
    ASSERT_FALSE(meta);
    EXPECT_EQ(meta.error(),
              (Error{Errc::corrupt,
                     "minzoom: -1: expected a whole number from 0 to 30; "
                     "maxzoom: \"7\": expected a whole number from 0 to 30; "
                     "formats: missing: expected an object from file name extensions to MIME types or headers; "
                     "metatile: 3: expected a power of two from 1 to 1024; "
                     "source: \"{z}/{x}\": there is no {y} in it"}));
}

struct FaultCase {
    std::string_view name, value, message;
};

class Faults : public testing::TestWithParam<FaultCase> {};

TEST_P(Faults, name_the_field_what_was_found_and_what_was_expected) {
    const auto& [name, value, message] = GetParam();
    const auto meta = parse(with(name, value));
    ASSERT_FALSE(meta);
    EXPECT_EQ(meta.error(), (Error{Errc::corrupt, std::string(message)}));
}

INSTANTIATE_TEST_SUITE_P(
    Tapalcatl2Metas, Faults,
    testing::Values(
        FaultCase{"tapalcatl", R"("3.0.0")", R"(tapalcatl: "3.0.0": expected version 2, such as "2.0.0")"},
        FaultCase{"tapalcatl", "2", R"(tapalcatl: 2: expected version 2, such as "2.0.0")"},
        FaultCase{"name", "[]", "name: []: expected a string of at most 8192 bytes"},
        FaultCase{"minzoom", "31", "minzoom: 31: expected a whole number from 0 to 30"},
        FaultCase{"minzoom", "1.5", "minzoom: 1.5E0: expected a whole number from 0 to 30"},
        FaultCase{"maxscale", "9", "maxscale: 9: expected a whole number from 1 to 8"},
        FaultCase{"bounds", "[1,2,3]", "bounds: [1,2,3]: expected four numbers: west, south, east, north, in degrees"},
        FaultCase{"bounds", "[0,9,0,8]",
                  "bounds: [0,9,0,8]: expected four numbers: west, south, east, north, in degrees"},
        FaultCase{"center", "[1,2,null]", "center: [1,2,null]: expected three numbers: longitude, latitude, zoom"},
        FaultCase{
            "formats", "{}",
            "formats: {}: expected an object from file name extensions to MIME types or headers, 1 to 32 of them"},
        FaultCase{"formats", R"({"p/g":"image/png"})", "formats: extension 'p/g': expected 1 to 16 letters and digits"},
        FaultCase{"formats", R"({"png":"png"})", "formats.png: 'png': expected a MIME type, such as image/png"},
        FaultCase{"formats", R"({"png":7})", "formats.png: a number: expected objects from header names to values"},
        FaultCase{"formats", R"({"png":[{"Content-Length":"7"}]})",
                  "formats.png: header 'Content-Length': it belongs to the connection"},
        FaultCase{"formats", R"({"png":[{"X-A":"1\r\nX-B: 2"}]})",
                  "formats.png: header 'X-A': its value has the byte 0x0d: expected printable ASCII"},
        FaultCase{"formats", R"({"png":[{"X A":"1"}]})", "formats.png: header 'X A': its name is no token"},
        FaultCase{"formats", R"({"png":[{"Content-Encoding":"br"}]})",
                  "formats.png: Content-Encoding 'br': expected gzip or none"},
        FaultCase{"metatile", "0", "metatile: 0: expected a power of two from 1 to 1024"},
        FaultCase{"materializedZooms", "[]",
                  "materializedZooms: []: expected an array of different zooms from 0 to 30"},
        FaultCase{"materializedZooms", "[4,4]",
                  "materializedZooms: [4,4]: expected an array of different zooms from 0 to 30"},
        FaultCase{"source", "5", "source: 5: expected a template for the URLs of the archives"}));

TEST(Tapalcatl2Metas, have_no_minimum_above_the_maximum) {
    const auto meta = parse(R"({"formats":{"png":"image/png"},"source":"{z}/{x}/{y}",
                                "minzoom":5,"maxzoom":4,"minscale":2,"maxscale":1})");
    ASSERT_FALSE(meta);
    EXPECT_EQ(meta.error().message,
              "minzoom: 5: expected at most maxzoom, 4; minscale: 2: expected at most maxscale, 1");
}

TEST(Tapalcatl2Metas, that_are_no_json_objects_are_corrupt) {
    for (const std::string_view text : {"", " ", "[]", "null", "{", "{}x", "<html>", "{\"a\":}"}) {
        const auto meta = parse(text);
        ASSERT_FALSE(meta) << text;
        EXPECT_EQ(meta.error().code, Errc::corrupt) << text;
    }
    EXPECT_EQ(parse("{}x").error().message, "not JSON: extra data at byte 2 of 3");
    const auto deep = with("name", std::string(1000, '[') + std::string(1000, ']'));
    EXPECT_EQ(parse(deep).error().code, Errc::corrupt);
}

TEST(Tapalcatl2Metas, cut_short_are_corrupt_at_every_length) {
    for (std::size_t size = 0; size < complete.size(); ++size) {
        const auto meta = parse(complete.substr(0, size));
        ASSERT_FALSE(meta) << size;
        EXPECT_EQ(meta.error().code, Errc::corrupt) << size;
    }
}

TEST(Tapalcatl2Metas, have_a_limit) {
    const auto meta = parse(std::string(max_meta_size + 1, ' '));
    ASSERT_FALSE(meta);
    EXPECT_EQ(meta.error().code, Errc::too_large);
}

}  // namespace
}  // namespace tapalcatl::tests
