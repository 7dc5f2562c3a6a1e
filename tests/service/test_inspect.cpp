#include "tests/service/fixture.hpp"

#include <boost/json.hpp>

namespace tapalcatl::tests {
namespace {

namespace json = boost::json;

constexpr auto inspected = "/preview/inspect/vector/5/16/11@2x.mvt";
constexpr auto inspected_archive = "demo/all/4/8/5.zip";

class Inspections : public ServiceTest {
 protected:
    Inspections() { keys.prefix = "demo"; }

    json::object answer(std::string_view target, unsigned status) {
        const auto response = ask(target);
        EXPECT_EQ(response.status, status);
        EXPECT_EQ(response.headers.find("Content-Type"), "application/json");
        EXPECT_EQ(response.headers.find("Cache-Control"), "no-store");
        EXPECT_EQ(response.headers.find("Access-Control-Allow-Origin"), "*");
        return json::parse(text_of(response)).as_object();
    }

    static void expect_address(const json::object& document) {
        EXPECT_EQ(document.at("tile"), "5/16/11");
        EXPECT_EQ(document.at("px"), 512);
        EXPECT_EQ(document.at("format"), "mvt");
        EXPECT_EQ(document.at("metatile"), "4/8/5");
        EXPECT_EQ(document.at("offset"), "1/0/1");
        EXPECT_EQ(document.at("key"), inspected_archive);
        EXPECT_EQ(document.at("entry"), "1/0/1.mvt");
    }
};

TEST_F(Inspections, say_all_that_is_known_of_a_tile) {
    const auto content = tile_text("here");
    const auto archive = make_archive({{"1/0/1.mvt", content}});
    storage.put(inspected_archive, archive);
    const auto document = answer(inspected, 200);
    expect_address(document);
    EXPECT_EQ(document.at("found"), true);
    EXPECT_EQ(document.at("cache"), "miss");
    EXPECT_EQ(document.at("method"), "deflate");
    EXPECT_EQ(document.at("size").to_number<std::size_t>(), content.size());
    EXPECT_LT(document.at("compressed_size").to_number<std::size_t>(), content.size());
    EXPECT_EQ(document.at("crc32").as_string(), fmt::format("{:08x}", zip::crc32(as_bytes(content))));
    EXPECT_EQ(document.at("archive_version"), "\"v1\"");
    EXPECT_EQ(document.at("archive_size").to_number<std::size_t>(), archive.size());
    EXPECT_EQ(document.at("last_modified"), "Fri, 25 Jan 2019 12:00:00 GMT");

    const auto served = ask("/tilezen/vector/v1/512/all/5/16/11.mvt", {{Field::accept_encoding, "gzip"}});
    EXPECT_EQ(std::string_view(document.at("etag").as_string()), served.headers.find("ETag"));
}

TEST_F(Inspections, say_hit_for_what_is_held) {
    storage.put(inspected_archive, make_archive({{"1/0/1.mvt", "tile"}}));
    EXPECT_EQ(answer(inspected, 200).at("cache"), "miss");
    EXPECT_EQ(answer(inspected, 200).at("cache"), "hit");
}

TEST_F(Inspections, say_stored_for_an_entry_that_was_not_compressed) {
    storage.put(inspected_archive, make_archive({{"1/0/1.mvt", "stored", true}}));
    const auto document = answer(inspected, 200);
    EXPECT_EQ(document.at("method"), "stored");
    EXPECT_EQ(document.at("compressed_size"), 6);
}

TEST_F(Inspections, of_a_missing_archive_still_say_where_the_tile_would_be) {
    const auto document = answer(inspected, 200);  // as that is an answer to what was asked
    expect_address(document);
    EXPECT_EQ(document.at("found"), false);
    EXPECT_EQ(document.at("error"), "Metatile not found");
    EXPECT_EQ(document.at("status"), 404);
}

TEST_F(Inspections, of_a_missing_tile_still_say_where_it_would_be) {
    storage.put(inspected_archive, make_archive({{"0/0/0.mvt", "tile"}}));
    const auto document = answer(inspected, 200);
    expect_address(document);
    EXPECT_EQ(document.at("status"), 404);
    EXPECT_EQ(document.at("error"), "Tile not found");
}

TEST_F(Inspections, tell_an_outage_as_the_tile_does) {
    storage.fail_with([](const Read&) { return fail(Errc::unavailable, "down"); });
    EXPECT_EQ(answer(inspected, 503).at("status"), 503);
}

TEST_F(Inspections, refuse_what_the_tile_route_refuses) {
    for (const std::string_view target :
         {"/preview/inspect/vector/31/0/0@2x.mvt", "/preview/inspect/vector/5/16/11@3x.mvt",
          "/preview/inspect/vector/5/16/11@8x.mvt"}) {
        EXPECT_EQ(answer(target, 400).at("status"), 400) << target;
    }
}

TEST_F(Inspections, of_a_server_with_too_much_to_do_are_json_too) {
    settings.max_requests = 0;
    for (const auto& response :
         {ask(inspected), service().refuse(request("/preview/inspect/vector/5/16/1%31@2x.mvt"))}) {
        EXPECT_EQ(response.status, 503U);
        EXPECT_EQ(response.headers.find("Content-Type"), "application/json");
        EXPECT_EQ(json::parse(text_of(response)).at("status"), 503);
    }
    EXPECT_EQ(service().refuse(request("/tilezen/vector/v1/all/0/0/0.mvt")).headers.find("Content-Type"),
              "text/plain; charset=utf-8");
    EXPECT_EQ(service().refuse(request("")).status, 503U);
}

TEST_F(Inspections, go_away_with_the_preview) {
    settings.preview = false;
    storage.put(inspected_archive, make_archive({{"1/0/1.mvt", "tile"}}));
    const auto response = ask(inspected);
    EXPECT_EQ(response.status, 404U);
    EXPECT_EQ(text_of(response).find("demo"), std::string::npos);
    EXPECT_EQ(ask(web::Method::options, "OPTIONS", inspected).status, 404U);
}

TEST_F(Inspections, of_formats_with_quotes_are_valid_json) {
    const auto document = answer("/preview/inspect/vector/5/16/11@2x.a%22b%5c%3c", 200);
    EXPECT_EQ(document.at("format"), "a\"b\\<");
}

}  // namespace
}  // namespace tapalcatl::tests
