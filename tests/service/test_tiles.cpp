#include "tests/service/fixture.hpp"

#include <algorithm>

namespace tapalcatl::tests {
namespace {

constexpr auto corner = "/tilezen/vector/v1/all/16/9/5.mvt";          // in 14/2/1 at 2/1/1
constexpr auto corner_512 = "/tilezen/vector/v1/512/all/16/9/5.mvt";  // in 15/4/2 at 1/1/1

TEST_F(ServiceTest, a_gzip_answer_is_the_entry_exactly_as_it_was_zipped) {
    const auto archive = make_archive({{"2/1/1.mvt", tile_text("corner")}});
    storage.put("all/14/2/1.zip", archive);
    const auto response = ask(corner, {{Field::accept_encoding, "gzip, deflate, br"}});
    ASSERT_EQ(response.status, 200U);
    EXPECT_EQ(response.headers.find("Content-Encoding"), "gzip");
    EXPECT_EQ(gunzipped(response), tile_text("corner"));
    const auto deflate = zip::deflate_data(response.body.view());
    EXPECT_NE(std::search(archive.begin(), archive.end(), deflate.begin(), deflate.end()), archive.end());
}

TEST_F(ServiceTest, what_is_inflated_for_a_client_is_charged_until_the_client_has_it) {
    const auto text = tile_text("corner");
    storage.put("all/14/2/1.zip", make_archive({{"2/1/1.mvt", text}}));
    ask(corner);
    const auto before = memory().budget->used();
    {
        const auto response = ask(corner);
        EXPECT_EQ(text_of(response), text);
        EXPECT_GE(memory().budget->used(), before + text.size());
    }
    EXPECT_EQ(memory().budget->used(), before);
    const auto compressed = ask(corner, {{Field::accept_encoding, "gzip"}});
    EXPECT_EQ(memory().budget->used(), before) << "the cache has these bytes";
}

TEST_F(ServiceTest, a_tile_that_a_browser_could_run_as_a_page_runs_no_scripts) {
    storage.put("all/14/2/1.zip", make_archive({{"2/1/1.mvt", "a"}, {"2/1/1.svg", "<svg/>"}, {"2/1/1.html", "<p>"}}));
    EXPECT_EQ(ask(corner).headers.find("Content-Security-Policy"), "");
    for (const auto* active : {"/tilezen/vector/v1/all/16/9/5.svg", "/tilezen/vector/v1/all/16/9/5.html"}) {
        const auto response = ask(active);
        EXPECT_EQ(response.status, 200U);
        EXPECT_EQ(response.headers.find("X-Content-Type-Options"), "nosniff") << active;
        EXPECT_EQ(response.headers.find("Content-Security-Policy"),
                  "default-src 'none'; style-src 'unsafe-inline'; sandbox")
            << active;
    }
}

TEST_F(ServiceTest, the_pixel_size_decides_which_archive_holds_a_tile) {
    storage.put("all/14/2/1.zip", make_archive({{"2/1/1.mvt", "256 px"}}));
    storage.put("all/15/4/2.zip", make_archive({{"1/1/1.mvt", "512 px"}}));
    storage.put("all/16/9/5.zip", make_archive({{"0/0/0.mvt", "1024 px"}}));
    EXPECT_EQ(text_of(ask(corner)), "256 px");
    EXPECT_EQ(text_of(ask("/tilezen/vector/v1/256/all/16/9/5.mvt")), "256 px");
    EXPECT_EQ(text_of(ask("/tilezen/vector/v1/0/all/16/9/5.mvt")), "256 px");
    EXPECT_EQ(text_of(ask(corner_512)), "512 px");
    EXPECT_EQ(text_of(ask("/tilezen/vector/v1/00512/all/016/09/05.mvt")), "512 px");
    EXPECT_EQ(text_of(ask("/tilezen/vector/v1/1024/all/16/9/5.mvt")), "1024 px");
}

TEST_F(ServiceTest, an_identity_answer_is_the_content) {
    storage.put("all/14/2/1.zip", make_archive({{"2/1/1.mvt", tile_text("corner")}}));
    for (const std::string_view accepted : {"", "br", "identity", "gzip;q=0", "*;q=0"}) {
        const auto response = ask(corner, {{Field::accept_encoding, accepted}});
        ASSERT_EQ(response.status, 200U);
        EXPECT_EQ(response.headers.find("Content-Encoding"), "") << accepted;
        EXPECT_EQ(text_of(response), tile_text("corner")) << accepted;
    }
}

TEST_F(ServiceTest, an_entry_that_was_stored_and_does_not_compress_is_served_as_it_is) {
    const auto content = noise(5000, 9);
    storage.put("all/14/2/1.zip", make_archive({{"2/1/1.mvt", content, true}}));
    const auto response = ask(corner, {{Field::accept_encoding, "gzip"}});
    ASSERT_EQ(response.status, 200U);
    EXPECT_EQ(response.headers.find("Content-Encoding"), "");
    EXPECT_EQ(text_of(response), content);
    EXPECT_EQ(response.headers.find("Vary"), "Accept-Encoding");
}

TEST_F(ServiceTest, an_empty_tile_is_a_tile) {
    storage.put("all/14/2/1.zip", make_archive({{"2/1/1.mvt", ""}}));
    const auto identity = ask(corner);
    EXPECT_EQ(identity.status, 200U);
    EXPECT_EQ(text_of(identity), "");
    const auto gzipped = ask(corner, {{Field::accept_encoding, "gzip"}});
    EXPECT_EQ(gzipped.status, 200U);
    if (gzipped.headers.find("Content-Encoding") == "gzip") {
        EXPECT_EQ(gunzipped(gzipped), "");
    } else {
        EXPECT_EQ(text_of(gzipped), "");
    }
}

TEST_F(ServiceTest, a_tile_has_the_headers_that_caches_and_pages_need) {
    storage.put("all/14/2/1.zip", make_archive({{"2/1/1.mvt", tile_text("corner")}}));
    const auto response = ask(corner, {{Field::accept_encoding, "gzip"}});
    EXPECT_EQ(response.headers.find("Content-Type"), "application/x-protobuf");
    EXPECT_EQ(response.headers.find("Cache-Control"), "public, max-age=1200, s-maxage=600");
    EXPECT_EQ(response.headers.find("Vary"), "Accept-Encoding");
    EXPECT_EQ(response.headers.find("Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(response.headers.find("Accept-Ranges"), "none");
    EXPECT_EQ(response.headers.find("Last-Modified"), "Fri, 25 Jan 2019 12:00:00 GMT");
    const auto tag = response.headers.find("ETag");
    EXPECT_TRUE(tag.size() > 2 && tag.front() == '"' && tag.back() == '"') << "strong: " << tag;
}

TEST_F(ServiceTest, a_last_modified_that_is_no_date_or_in_the_future_is_left_out) {
    for (const auto* date : {"2019-01-25T12:00:00Z", "yesterday", "Fri, 01 Jan 2100 00:00:00 GMT"}) {
        const auto archive = make_archive({{"2/1/1.mvt", tile_text("corner")}});
        storage.put_with_version("all/14/2/1.zip", as_text(archive), {"\"v\"", date, archive.size()});
        const auto response = ask(corner);
        EXPECT_EQ(response.status, 200U);
        EXPECT_EQ(response.headers.find("Last-Modified"), "") << date;
        clock.pass(std::chrono::hours(2));
    }
}

TEST_F(ServiceTest, the_ages_are_those_that_were_set) {
    policy.max_age = std::chrono::seconds(60);
    policy.shared_max_age = std::chrono::seconds(0);
    storage.put("all/14/2/1.zip", make_archive({{"2/1/1.mvt", "tile"}}));
    EXPECT_EQ(ask(corner).headers.find("Cache-Control"), "public, max-age=60");
}

TEST_F(ServiceTest, a_format_is_the_exact_extension_of_an_entry) {
    storage.put("all/14/2/1.zip", make_archive({{"2/1/1.mvtb", "b"},
                                                {"2/1/1.json", "{}"},
                                                {"2/1/1.topojson", "{}"},
                                                {"2/1/1.png", "png"},
                                                {"2/1/1.strange", "x"}}));
    const auto type_of = [&](const std::string& format) {
        const auto response = ask("/tilezen/vector/v1/all/16/9/5." + format);
        return response.status == 200 ? std::string(response.headers.find("Content-Type"))
                                      : std::to_string(response.status) + " " + text_of(response);
    };
    EXPECT_EQ(type_of("mvtb"), "application/x-protobuf");
    EXPECT_EQ(type_of("json"), "application/json");
    EXPECT_EQ(type_of("topojson"), "application/json");
    EXPECT_EQ(type_of("png"), "image/png");
    EXPECT_EQ(type_of("strange"), "application/octet-stream");
    EXPECT_EQ(type_of("mvt"), "404 Tile not found") << "mvtb is no alias";
    EXPECT_EQ(type_of("JSON"), "404 Tile not found");
    EXPECT_EQ(type_of("json.gz"), "404 Tile not found");
}

TEST_F(ServiceTest, a_query_never_changes_the_answer) {
    storage.put("all/14/2/1.zip", make_archive({{"2/1/1.mvt", "tile"}}));
    const auto plain = ask(corner);
    for (const std::string_view query : {"?", "?api_key=secret", "?/../x", "?%zz", "?a?b#c", "#fragment"}) {
        const auto response = ask(corner + std::string(query));
        EXPECT_EQ(response.status, 200U) << query;
        EXPECT_EQ(response.headers.text(), plain.headers.text()) << query;
        EXPECT_EQ(text_of(response), "tile") << query;
    }
}

TEST_F(ServiceTest, escapes_are_decoded_before_routing) {
    storage.put("all/14/2/1.zip", make_archive({{"2/1/1.mvt", "tile"}}));
    EXPECT_EQ(text_of(ask("/tilezen/vector/v1/%61ll/16/%39/5%2Emvt")), "tile");
    EXPECT_EQ(text_of(ask("http://other.example/tilezen/vector/v1/all/16/9/5.mvt")), "tile");
}

TEST_F(ServiceTest, the_first_answer_is_a_miss_and_the_next_a_hit_for_the_log) {
    storage.put("all/14/2/1.zip", make_archive({{"2/1/1.mvt", "tile"}}));
    const auto first = ask(corner);
    EXPECT_EQ(first.cache, web::CacheState::miss);
    ASSERT_NE(first.archive_key, nullptr);
    EXPECT_EQ(*first.archive_key, "all/14/2/1.zip");
    const auto second = service().answer_at_once(request(corner));
    ASSERT_TRUE(second) << "what is held needs no wait";
    EXPECT_EQ(second->cache, web::CacheState::hit);
}

TEST_F(ServiceTest, a_gzip_answer_shares_the_bytes_that_are_held) {
    storage.put("all/14/2/1.zip", make_archive({{"2/1/1.mvt", tile_text("corner")}}));
    const auto one = ask(corner, {{Field::accept_encoding, "gzip"}});
    const auto other = ask(corner, {{Field::accept_encoding, "gzip"}});
    EXPECT_EQ(one.body.data(), other.body.data());
}

TEST_F(ServiceTest, a_tile_served_although_the_storage_fails_is_not_kept_for_long) {
    storage.put("all/14/2/1.zip", make_archive({{"2/1/1.mvt", "tile"}}));
    ask(corner);
    storage.fail_with([](const Read&) { return fail(Errc::unavailable, "the storage is down"); });
    clock.pass(std::chrono::hours(3));
    const auto stale = ask(corner);
    EXPECT_EQ(stale.status, 200U);
    EXPECT_EQ(text_of(stale), "tile");
    EXPECT_EQ(stale.headers.find("Cache-Control"), "public, max-age=10");
    EXPECT_EQ(stale.cache, web::CacheState::stale);

    const auto unchanged = ask(corner, {{Field::if_none_match, stale.headers.find("ETag")}});
    EXPECT_EQ(unchanged.status, 304U);
    EXPECT_EQ(unchanged.headers.find("Cache-Control"), "public, max-age=10");
}

TEST_F(ServiceTest, nothing_public_names_the_archive) {
    keys = {KeyLayout::prefix_hash, "secretprefix", "all"};
    const auto key = keys.key({14, 2, 1});
    const auto tells = [&](const web::Response& response) {
        const auto all = std::string(response.headers.text()) + text_of(response);
        return all.find("secretprefix") != std::string::npos || all.find(".zip") != std::string::npos ||
               all.find("fake:") != std::string::npos;
    };
    EXPECT_FALSE(tells(ask(corner))) << "missing";
    EXPECT_FALSE(tells(ask(corner, {{Field::accept, "application/json"}})));
    clock.pass(std::chrono::seconds(60));

    storage.put(key, make_archive({{"2/1/1.mvt", "tile"}}));
    EXPECT_EQ(ask(corner).status, 200U);
    EXPECT_FALSE(tells(ask(corner)));
    EXPECT_FALSE(tells(ask("/tilezen/vector/v1/all/16/9/5.none")));
    for (const auto code : {Errc::denied, Errc::unavailable, Errc::corrupt, Errc::timeout, Errc::io, Errc::replaced,
                            Errc::unsupported, Errc::too_large}) {
        storage.fail_with([code](const Read& read) { return fail(code, "s3://bucket/{} said no", read.key); });
        for (const std::string_view accept : {"*/*", "application/json"}) {
            const auto response = ask("/tilezen/vector/v1/all/16/9/8.mvt", {{Field::accept, accept}});
            EXPECT_GE(response.status, 500U);
            EXPECT_FALSE(tells(response)) << response.headers.text() << text_of(response);
            EXPECT_EQ(text_of(response).find("bucket"), std::string::npos);
        }
    }
    EXPECT_FALSE(tells(ask("/health_check")));
    EXPECT_FALSE(tells(ask("/tilezen/vector/v1/all/tilejson.mvt.json")));
}

}  // namespace
}  // namespace tapalcatl::tests
