#include "tests/service/fixture.hpp"

namespace tapalcatl::tests {
namespace {

class ConditionalTiles : public ServiceTest {
 protected:
    ConditionalTiles() { storage.put(archive_key, make_archive({{"2/1/1.mvt", tile_text("one")}})); }

    std::string gzip_tag() { return std::string(ask(tile, {{Field::accept_encoding, "gzip"}}).headers.find("ETag")); }
    std::string identity_tag() { return std::string(ask(tile).headers.find("ETag")); }

    web::Response gzip_unless(std::string_view tags) {
        return ask(tile, {{Field::accept_encoding, "gzip"}, {Field::if_none_match, tags}});
    }
};

TEST_F(ConditionalTiles, encodings_have_tags_of_their_own) {
    EXPECT_NE(gzip_tag(), identity_tag());
}

TEST_F(ConditionalTiles, a_tag_outlives_the_rebuild_of_its_archive) {
    const auto before = gzip_tag();
    storage.put(archive_key, make_archive({{"0/0/0.mvt", "new neighbour"}, {"2/1/1.mvt", tile_text("one")}}));
    clock.pass(std::chrono::hours(2));
    EXPECT_EQ(gzip_tag(), before);
    EXPECT_EQ(ask("/tilezen/vector/v1/1024/all/14/2/1.mvt").status, 200U) << "the rebuilt archive was read";
}

TEST_F(ConditionalTiles, another_content_has_another_tag) {
    const auto before = gzip_tag();
    storage.put(archive_key, make_archive({{"2/1/1.mvt", tile_text("two")}}));
    clock.pass(std::chrono::hours(2));
    EXPECT_NE(gzip_tag(), before);
    EXPECT_EQ(gzip_unless(before).status, 200U);
}

TEST_F(ConditionalTiles, a_client_that_holds_the_tile_gets_304_without_a_body) {
    const auto tag = gzip_tag();
    const auto response = gzip_unless(tag);
    EXPECT_EQ(response.status, 304U);
    EXPECT_TRUE(response.body.empty());
    EXPECT_EQ(response.headers.find("ETag"), tag);
    EXPECT_EQ(response.headers.find("Cache-Control"), "public, max-age=1200, s-maxage=600");
    EXPECT_EQ(response.headers.find("Vary"), "Accept-Encoding");
    EXPECT_EQ(response.headers.find("Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(response.headers.find("Content-Type"), "");
    EXPECT_EQ(response.headers.find("Content-Encoding"), "");
}

TEST_F(ConditionalTiles, lists_weak_tags_and_stars_match) {
    const auto tag = gzip_tag();
    for (const auto& tags : {"\"a\", " + tag, "W/" + tag, "\"a\",W/\"b\" , W/" + tag, std::string("*"), tag + ","}) {
        EXPECT_EQ(gzip_unless(tags).status, 304U) << tags;
    }
    for (const auto& tags : {std::string("\"a\""), tag.substr(1, tag.size() - 2), "\"x" + tag.substr(1),
                             tag.substr(0, tag.size() - 2), std::string("garbage")}) {
        EXPECT_EQ(gzip_unless(tags).status, 200U) << tags;
    }
}

TEST_F(ConditionalTiles, the_tag_of_an_encoding_that_this_client_does_not_take_matches_nothing) {
    const auto response = ask(tile, {{Field::if_none_match, gzip_tag()}});
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(text_of(response), tile_text("one"));
}

TEST_F(ConditionalTiles, an_identity_answer_from_before_matches_also_for_a_client_that_takes_gzip_now) {
    const auto tag = identity_tag();
    const auto response = gzip_unless(tag);
    EXPECT_EQ(response.status, 304U);
    EXPECT_EQ(response.headers.find("ETag"), tag);
}

TEST_F(ConditionalTiles, a_date_at_or_after_the_last_change_is_304) {
    const auto status_since = [&](std::string_view date) {
        return ask(tile, {{Field::if_modified_since, date}}).status;
    };
    EXPECT_EQ(status_since("Fri, 25 Jan 2019 12:00:00 GMT"), 304U);
    EXPECT_EQ(status_since("Sat, 26 Jan 2019 12:00:00 GMT"), 304U);
    EXPECT_EQ(status_since("Fri, 25 Jan 2019 11:59:59 GMT"), 200U);
    EXPECT_EQ(status_since("yesterday"), 200U) << "what is no date is ignored";
    EXPECT_EQ(status_since("2019-01-26T00:00:00Z"), 200U);
}

TEST_F(ConditionalTiles, a_tag_that_differs_wins_over_a_date) {
    const auto response =
        ask(tile, {{Field::if_none_match, "\"other\""}, {Field::if_modified_since, "Sat, 26 Jan 2019 12:00:00 GMT"}});
    EXPECT_EQ(response.status, 200U);
}

TEST_F(ConditionalTiles, a_tile_that_is_missing_is_404_whatever_the_client_holds) {
    EXPECT_EQ(ask("/tilezen/vector/v1/all/16/9/6.mvt", {{Field::if_none_match, "*"}}).status, 404U);
}

}  // namespace
}  // namespace tapalcatl::tests
