#include "tests/service/fixture.hpp"

namespace tapalcatl::tests {
namespace {

/// Archives whose comments have headers. The tile is served as mvt, whatever it is.
class TileHeaders : public ServiceTest {
 protected:
    TileHeaders() { options.comments = source::ZipComments::headers; }

    void put(std::string_view archive_comment, std::string_view entry_comment, std::string content = tile_text("one"),
             bool stored = false) {
        storage.put(archive_key, make_archive({{"2/1/1.mvt", std::move(content), stored, std::string(entry_comment)}},
                                              archive_comment));
        clock.pass(std::chrono::hours(2));  // what was held is asked for again
    }

    web::Response get() { return ask(tile, {{Field::accept_encoding, "gzip"}}); }
};

TEST_F(TileHeaders, of_an_entry_go_over_those_of_its_archive) {
    put(R"({"headers":[{"Content-Type":"text/x-a"},{"X-A":"1"}],"formats":{"mvt":[{"x-a":"2"},{"X-B":"3"}]}})",
        R"([{"Content-Type":"application/x-protobuf"},{"X-C":"4"}])");
    const auto response = get();
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.headers.find("Content-Type"), "application/x-protobuf");
    EXPECT_EQ(response.headers.find("X-A"), "2");
    EXPECT_EQ(response.headers.find("X-B"), "3");
    EXPECT_EQ(response.headers.find("X-C"), "4");
    EXPECT_EQ(response.headers.find("Content-Encoding"), "gzip");
}

TEST_F(TileHeaders, are_part_of_the_entity_tag) {
    put("", "");
    const std::string plain(get().headers.find("ETag"));
    put("", R"({"X-A":"1"})");
    const std::string one(get().headers.find("ETag"));
    put("", R"({"X-A":"2"})");
    const std::string two(get().headers.find("ETag"));
    EXPECT_NE(one, plain);
    EXPECT_NE(one, two);
    EXPECT_EQ(ask(tile, {{Field::accept_encoding, "gzip"}, {Field::if_none_match, two}}).status, 304U);
    EXPECT_EQ(ask(tile, {{Field::accept_encoding, "gzip"}, {Field::if_none_match, one}}).status, 200U);
}

TEST_F(TileHeaders, tell_caches_how_long_to_keep_a_tile) {
    put("", R"({"Cache-Control":"public, max-age=7"})");
    EXPECT_EQ(get().headers.find("Cache-Control"), "public, max-age=7");
}

TEST_F(TileHeaders, that_break_a_response_are_left_out_alone) {
    put("", R"([{"X-A":"1\r\nX-B: 2"},{"Content-Length":"1"},{"Transfer-Encoding":"chunked"},{"Connection":"close"},
                {"Access-Control-Allow-Origin":"https://evil.example"},{"Set-Cookie":"a=b"},{"ETag":"x"},{"X-C":"3"}])");
    const auto response = get();
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.headers.find("X-C"), "3");
    for (const auto* name : {"X-A", "X-B", "Content-Length", "Transfer-Encoding", "Connection", "Set-Cookie"}) {
        EXPECT_EQ(response.headers.find(name), "") << name;
    }
    EXPECT_EQ(response.headers.find("Access-Control-Allow-Origin"), "*");
    EXPECT_NE(response.headers.find("ETag"), "x");
}

TEST_F(TileHeaders, in_comments_that_are_no_json_do_no_harm) {
    for (const auto& comment : {std::string("made by zip"), std::string(65'535, '['), std::string("[1,2]"),
                                std::string("{\"headers\":[{}")}) {
        put(comment, comment);
        const auto response = get();
        EXPECT_EQ(response.status, 200U);
        EXPECT_EQ(response.headers.find("Content-Type"), "application/x-protobuf");
    }
}

TEST_F(TileHeaders, that_name_a_page_let_it_run_nothing) {
    put("", R"({"Content-Type":"text/html; charset=utf-8"})");
    const auto response = get();
    EXPECT_EQ(response.headers.find("Content-Type"), "text/html; charset=utf-8");
    EXPECT_EQ(response.headers.find("X-Content-Type-Options"), "nosniff");
    EXPECT_NE(response.headers.find("Content-Security-Policy").find("sandbox"), std::string_view::npos);
}

TEST_F(TileHeaders, that_say_gzip_do_not_make_it_gzip_twice) {
    const auto member = zip::gzip(as_bytes(tile_text("one")));
    for (const bool stored : {true, false}) {
        put(R"({"formats":{"mvt":[{"Content-Type":"application/x-protobuf"},{"Content-Encoding":"gzip"}]}})", "",
            std::string(as_text(member)), stored);
        const auto gzipped = get();
        EXPECT_EQ(gzipped.headers.find("Content-Encoding"), "gzip");
        EXPECT_EQ(gunzipped(gzipped), tile_text("one"));
        const auto identity = ask(tile);
        EXPECT_EQ(identity.headers.find("Content-Encoding"), "");
        EXPECT_EQ(as_text(identity.body.view()), tile_text("one"));
    }
}

TEST_F(TileHeaders, that_say_gzip_of_other_content_are_not_believed) {
    put("", R"({"Content-Encoding":"gzip"})", "short", true);
    const auto response = get();
    EXPECT_EQ(response.headers.find("Content-Encoding"), "");
    EXPECT_EQ(as_text(response.body.view()), "short");
}

TEST_F(TileHeaders, with_another_encoding_are_a_502) {
    put("", R"({"Content-Encoding":"br"})");
    EXPECT_EQ(get().status, 502U);
    put(R"({"headers":{"Content-Encoding":"br"}})", R"({"Content-Encoding":"gzip"})");
    EXPECT_EQ(get().status, 200U) << "the entry's own is over the archive's";
}

TEST_F(TileHeaders, do_not_count_where_comments_are_only_comments) {
    options.comments = source::ZipComments::ignored;
    put(R"({"headers":{"X-A":"1"}})", R"({"X-B":"1"})");
    const auto response = get();
    EXPECT_EQ(response.headers.find("X-A"), "");
    EXPECT_EQ(response.headers.find("X-B"), "");
}

}  // namespace
}  // namespace tapalcatl::tests
