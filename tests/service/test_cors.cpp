#include "tests/service/fixture.hpp"

namespace tapalcatl::tests {
namespace {

using web::Method;

constexpr auto known_origin = "https://maps.example";
constexpr auto allow_origin = "Access-Control-Allow-Origin";

/// A tileset whose responses only pages of one origin may read.
class LimitedOrigins : public ServiceTest {
 protected:
    LimitedOrigins() {
        description.formats = {{"mvt", {}}};
        description.scales = {{1, 16}};
        policy.cors_origins = *web::CorsOrigins::parse(known_origin);
        storage.put(archive_key, make_archive({{"2/1/1.mvt", tile_text("one")}}));
    }

    web::Response from(std::string_view origin, std::string_view target = tile) {
        return ask(target, {{Field::origin, origin}});
    }
};

TEST_F(LimitedOrigins, are_named_by_all_responses_of_the_tileset) {
    for (const std::string_view target :
         {tile, "/vector/16/9/5.mvt", "/vector.json", "/tilezen/vector/v1/512/all/tilejson.mvt.json",
          "/tilezen/vector/v1/all/16/9/6.mvt", "/tilezen/vector/v1/all/3/9/5.mvt", "/vector/10/1/1.mvt",
          "/preview/inspect/vector/16/9/5.mvt"}) {
        const auto response = from(known_origin, target);
        EXPECT_EQ(response.headers.find(allow_origin), known_origin) << target;
        EXPECT_TRUE(std::string(response.headers.find("Vary")).ends_with("Origin")) << target;
        const auto other = from("https://other.example", target);
        EXPECT_EQ(other.headers.text().find(allow_origin), std::string::npos) << target;
        EXPECT_TRUE(std::string(other.headers.find("Vary")).ends_with("Origin")) << target;
        EXPECT_EQ(other.status, response.status) << target;
    }
}

TEST_F(LimitedOrigins, are_named_by_a_304_and_by_a_preflight) {
    const std::string tag(from(known_origin).headers.find("ETag"));
    const auto same = ask(tile, {{Field::origin, known_origin}, {Field::if_none_match, tag}});
    EXPECT_EQ(same.status, 304U);
    EXPECT_EQ(same.headers.find(allow_origin), known_origin);
    for (const auto* origin : {known_origin, "https://other.example"}) {
        const auto preflight = ask(Method::options, "OPTIONS", tile,
                                   {{Field::origin, origin}, {Field::access_control_request_headers, "authorization"}});
        EXPECT_EQ(preflight.status, 204U);
        EXPECT_EQ(preflight.headers.find(allow_origin), origin == known_origin ? known_origin : "");
        EXPECT_EQ(preflight.headers.find("Vary"), "Access-Control-Request-Headers, Origin");
    }
}

TEST_F(LimitedOrigins, of_a_tileset_are_not_those_of_the_server) {
    for (const auto* target : {"/", "/catalog.json", "/live", "/nothing"}) {
        const auto response = from("https://other.example", target);
        EXPECT_EQ(response.headers.find(allow_origin), "*") << target;
        EXPECT_EQ(std::string(response.headers.find("Vary")).find("Origin"), std::string::npos) << target;
    }
}

TEST_F(LimitedOrigins, of_the_server_count_for_what_belongs_to_no_tileset) {
    settings.cors_origins = *web::CorsOrigins::parse("https://other.example");
    for (const auto* target : {"/", "/catalog.json", "/live", "/health_check", "/nothing", "/preview.html"}) {
        EXPECT_EQ(from("https://other.example", target).headers.find(allow_origin), "https://other.example") << target;
        EXPECT_EQ(from(known_origin, target).headers.text().find(allow_origin), std::string::npos) << target;
    }
    EXPECT_EQ(from(known_origin).headers.find(allow_origin), known_origin);
}

TEST_F(LimitedOrigins, are_named_by_a_refusal) {
    settings.max_requests = 0;
    EXPECT_EQ(from(known_origin).status, 503U);
    EXPECT_EQ(from(known_origin).headers.find(allow_origin), known_origin);
    EXPECT_EQ(from("https://other.example").headers.text().find(allow_origin), std::string::npos);
}

TEST_F(LimitedOrigins, make_a_response_vary_and_all_origins_do_not) {
    EXPECT_TRUE(from(known_origin).varies_by_origin);
    EXPECT_TRUE(from("").varies_by_origin);
    EXPECT_FALSE(from("", "/live").varies_by_origin);
}

/// A tileset with headers, and archives whose comments have others.
class TilesetHeaders : public ServiceTest {
 protected:
    TilesetHeaders() {
        options.comments = source::ZipComments::headers;
        description.formats = {{"mvt", {}}};
        description.scales = {{1, 16}};
        policy.headers = headers({{"X-Build", "20261128"}, {"X-A", "tileset"}});
        put("");
    }

    static std::shared_ptr<const source::TileHeaders> headers(source::HeaderList list) {
        return std::make_shared<const source::TileHeaders>(std::move(list));
    }

    void put(std::string_view comment) {
        storage.put(archive_key, make_archive({{"2/1/1.mvt", tile_text("one"), false, std::string(comment)}}));
    }
};

TEST_F(TilesetHeaders, are_sent_with_tiles_and_tilejson) {
    for (const auto* target :
         {tile, "/vector/16/9/5.mvt", "/vector.json", "/tilezen/vector/v1/512/all/tilejson.mvt.json"}) {
        const auto response = ask(target);
        EXPECT_EQ(response.status, 200U) << target;
        EXPECT_EQ(response.headers.find("X-Build"), "20261128") << target;
    }
}

TEST_F(TilesetHeaders, are_not_sent_with_other_responses) {
    for (const auto* target : {"/tilezen/vector/v1/all/16/9/6.mvt", "/", "/catalog.json", "/vector/99/9/5.mvt"}) {
        EXPECT_EQ(ask(target).headers.find("X-Build"), "") << target;
    }
}

TEST_F(TilesetHeaders, yield_to_those_of_an_entry) {
    put(R"({"x-a":"entry","X-B":"1"})");
    const auto response = ask(tile);
    EXPECT_EQ(response.headers.find("X-A"), "entry");
    EXPECT_EQ(response.headers.find("X-B"), "1");
    EXPECT_EQ(response.headers.find("X-Build"), "20261128");
    const auto& text = response.headers.text();
    EXPECT_EQ(text.find("tileset"), std::string::npos) << text;
}

TEST_F(TilesetHeaders, are_part_of_entity_tags) {
    for (const auto* target : {tile, "/vector.json"}) {
        const std::string tag(ask(target).headers.find("ETag"));
        EXPECT_EQ(ask(target, {{Field::if_none_match, tag}}).status, 304U);
    }
    const std::string tag(ask(tile).headers.find("ETag"));
    const auto inspection = text_of(ask("/preview/inspect/vector/16/9/5.mvt"));
    EXPECT_NE(inspection.find(tag.substr(1, tag.size() - 2)), std::string::npos) << inspection;
}

TEST_F(TilesetHeaders, may_tell_caches_how_long_to_keep_tiles) {
    policy.headers = headers({{"Cache-Control", "no-cache"}});
    EXPECT_EQ(ask(tile).headers.find("Cache-Control"), "no-cache");
    EXPECT_EQ(ask("/vector.json").headers.find("Cache-Control"), "no-cache");
    EXPECT_EQ(ask("/catalog.json").headers.find("Cache-Control"), "public, max-age=300");
}

}  // namespace
}  // namespace tapalcatl::tests
