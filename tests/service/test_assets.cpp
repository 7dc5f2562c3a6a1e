#include "service/assets.hpp"

#include "tests/service/fixture.hpp"

namespace tapalcatl::tests {
namespace {

TEST(Assets, are_sorted_named_and_gzipped_as_their_table_says) {
    ASSERT_FALSE(service::assets().empty());
    for (const auto& asset : service::assets()) {
        EXPECT_TRUE(asset.path == "preview.html" || asset.path.starts_with("preview/")) << asset.path;
        EXPECT_EQ(service::find_asset(asset.path), &asset);
        EXPECT_FALSE(asset.content_type.empty()) << asset.path;
        std::vector<std::byte> content(asset.size);
        zip::Inflater inflater;
        const auto inflated = inflater.inflate_into(zip::deflate_data(asset.gzip), content);
        ASSERT_TRUE(inflated) << asset.path << ": " << inflated.error();
        EXPECT_EQ(zip::crc32(content), asset.crc32) << asset.path;
    }
}

TEST(Assets, are_found_by_their_exact_path_alone) {
    EXPECT_NE(service::find_asset("preview.html"), nullptr);
    for (const std::string_view path : {"", "/preview.html", "preview.htm", "preview.html ", "preview", "preview/",
                                        "Preview.html", "zzz", "preview//preview.html"}) {
        EXPECT_EQ(service::find_asset(path), nullptr) << path;
    }
}

TEST_F(ServiceTest, every_asset_is_served_whole_in_both_encodings) {
    for (const auto& asset : service::assets()) {
        const auto target = "/" + std::string(asset.path);
        const auto gzipped = ask(target, {{Field::accept_encoding, "gzip"}});
        ASSERT_EQ(gzipped.status, 200U) << target;
        EXPECT_EQ(gzipped.headers.find("Content-Encoding"), "gzip");
        EXPECT_EQ(gzipped.headers.find("Content-Type"), asset.content_type);
        EXPECT_EQ(gzipped.headers.find("Vary"), "Accept-Encoding");
        EXPECT_EQ(gzipped.headers.find("X-Content-Type-Options"), "nosniff");
        const auto identity = ask(target);
        EXPECT_EQ(identity.headers.find("Content-Encoding"), "");
        EXPECT_EQ(text_of(identity), gunzipped(gzipped)) << target;
        EXPECT_NE(identity.headers.find("ETag"), gzipped.headers.find("ETag"));
    }
    EXPECT_TRUE(storage.reads().empty());
}

TEST_F(ServiceTest, assets_whose_names_change_with_them_are_kept_for_ever_and_the_page_is_not) {
    for (const auto& asset : service::assets()) {
        const auto response = ask("/" + std::string(asset.path));
        EXPECT_EQ(response.headers.find("Cache-Control"),
                  asset.immutable ? "public, max-age=31536000, immutable" : "public, max-age=60")
            << asset.path;
    }
    EXPECT_FALSE(service::find_asset("preview.html")->immutable);
}

TEST_F(ServiceTest, an_asset_that_the_client_holds_is_304) {
    for (const std::string_view encoding : {"gzip", "identity"}) {
        const auto first = ask("/preview.html", {{Field::accept_encoding, encoding}});
        const auto second = ask(
            "/preview.html", {{Field::accept_encoding, encoding}, {Field::if_none_match, first.headers.find("ETag")}});
        EXPECT_EQ(second.status, 304U);
        EXPECT_TRUE(second.body.empty());
        EXPECT_EQ(second.headers.find("ETag"), first.headers.find("ETag"));
    }
}

}  // namespace
}  // namespace tapalcatl::tests
