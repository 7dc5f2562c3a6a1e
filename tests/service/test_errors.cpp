#include "tests/service/fixture.hpp"

#include <boost/json.hpp>

namespace tapalcatl::tests {
namespace {

TEST_F(ServiceTest, a_missing_archive_and_a_missing_tile_are_404_in_the_original_words) {
    const auto no_archive = ask(tile);
    EXPECT_EQ(no_archive.status, 404U);
    EXPECT_EQ(text_of(no_archive), "Metatile not found");
    EXPECT_EQ(no_archive.headers.find("Cache-Control"), "public, max-age=30");

    storage.put(archive_key, make_archive({{"2/1/1.json", "{}"}}));
    clock.pass(std::chrono::seconds(31));
    const auto no_tile = ask(tile);
    EXPECT_EQ(no_tile.status, 404U);
    EXPECT_EQ(text_of(no_tile), "Tile not found");
    EXPECT_EQ(no_tile.headers.find("Cache-Control"), "public, max-age=30");
}

TEST_F(ServiceTest, a_missing_tile_is_204_where_that_is_wanted) {
    policy.missing_tile_status = 204;
    storage.put(archive_key, make_archive({{"2/1/1.json", "{}"}}));
    const auto response = ask(tile);
    EXPECT_EQ(response.status, 204U);
    EXPECT_TRUE(response.body.empty());
    EXPECT_EQ(response.headers.find("Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(response.headers.find("Cache-Control"), "public, max-age=30") << "kept as long as the 404 would be";
    EXPECT_EQ(response.headers.find("Content-Type"), "") << "there is no content";
}

TEST_F(ServiceTest, a_tile_whose_archive_is_missing_is_204_there_too) {
    policy.missing_tile_status = 204;
    EXPECT_EQ(ask(tile).status, 204U);
}

TEST_F(ServiceTest, an_outage_is_never_204) {
    policy.missing_tile_status = 204;
    storage.fail_with([](const Read&) { return fail(Errc::unavailable, "down"); });
    EXPECT_EQ(ask(tile).status, 503U);
}

struct BadRequest {
    const char* target;
    const char* words;
};

class BadRequests : public ServiceTest, public testing::WithParamInterface<BadRequest> {};

TEST_P(BadRequests, are_400_in_words_that_say_what_was_expected_and_never_reach_the_storage) {
    const auto response = ask(GetParam().target);
    EXPECT_EQ(response.status, 400U);
    EXPECT_NE(text_of(response).find(GetParam().words), std::string::npos) << text_of(response);
    EXPECT_EQ(response.headers.find("Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(response.headers.find("Cache-Control"), "no-store");
    EXPECT_TRUE(storage.reads().empty());
}

INSTANTIATE_TEST_SUITE_P(Zoom, BadRequests,
                         testing::Values(BadRequest{"/tilezen/vector/v1/all/17/0/0.mvt", "expected 0 to 16"},
                                         BadRequest{"/tilezen/vector/v1/all/99999999999999999999999/0/0.mvt",
                                                    "expected 0 to 16"}));
INSTANTIATE_TEST_SUITE_P(
    Range, BadRequests,
    testing::Values(BadRequest{"/tilezen/vector/v1/all/0/0/1.mvt", "x and y go from 0 to 0"},
                    BadRequest{"/tilezen/vector/v1/all/16/65536/0.mvt", "x and y go from 0 to 65535"},
                    BadRequest{"/tilezen/vector/v1/300/all/16/65536/0.mvt", "x and y go from 0 to 65535"}));
INSTANTIATE_TEST_SUITE_P(
    PixelSize, BadRequests,
    testing::Values(BadRequest{"/tilezen/vector/v1/300/all/16/9/5.mvt", "300"},
                    BadRequest{"/tilezen/vector/v1/1/all/16/9/5.mvt", "256 times a power of two"},
                    BadRequest{"/tilezen/vector/v1/255/all/16/9/5.mvt", "256 times a power of two"},
                    BadRequest{"/tilezen/vector/v1/768/all/16/9/5.mvt", "power"},
                    BadRequest{"/tilezen/vector/v1/2048/all/16/9/5.mvt", "2048"},
                    BadRequest{"/tilezen/vector/v1/99999999999999999999/all/16/9/5.mvt", "256 times a power of two"},
                    BadRequest{"/tilezen/vector/v1/4294967552/all/16/9/5.mvt", "256 times a power of two"}));
INSTANTIATE_TEST_SUITE_P(Escapes, BadRequests,
                         testing::Values(BadRequest{"/tilezen/vector/v1/all/0/0/0.mvt%", "two hex digits"},
                                         BadRequest{"/%zz", "two hex digits"}, BadRequest{"/%00", "control characters"},
                                         BadRequest{"/%0d%0aSet-Cookie: a", "control characters"},
                                         BadRequest{"/%ff", "UTF-8"}, BadRequest{"no-slash", "starts with /"},
                                         BadRequest{"", "starts with /"}));
INSTANTIATE_TEST_SUITE_P(
    TileJson, BadRequests,
    testing::Values(BadRequest{"/tilezen/vector/v1/all/tilejson.gif.json", "expected mvt, mvtb, json or topojson"},
                    BadRequest{"/tilezen/vector/v1/300/all/tilejson.mvt.json", "256 times a power of two"},
                    BadRequest{"/tilezen/vector/v1/2048/all/tilejson.mvt.json", "2048"},
                    BadRequest{"/tilezen/vector/v1/99999999999999999999/all/tilejson.mvt.json",
                               "256 times a power of two"}));

struct StorageFailure {
    Errc code;
    unsigned status;
    const char* retry_after;
};

class StorageFailures : public ServiceTest, public testing::WithParamInterface<StorageFailure> {};

TEST_P(StorageFailures, have_a_status_each_and_are_not_kept) {
    const auto& want = GetParam();
    storage.fail_with([&](const Read&) { return fail(want.code, "as the test wants"); });
    const auto response = ask(tile);
    EXPECT_EQ(response.status, want.status);
    EXPECT_EQ(response.headers.find("Retry-After"), want.retry_after);
    EXPECT_EQ(response.headers.find("Cache-Control"), "no-store");
    EXPECT_EQ(response.headers.find("Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(text_of(response).find('\n'), std::string::npos);
    EXPECT_EQ(text_of(response).find("as the test wants"), std::string::npos) << "the message is for the log";

    storage.recover();
    storage.put(archive_key, make_archive({{"2/1/1.mvt", "tile"}}));
    EXPECT_EQ(ask(tile).status, 200U) << "a failure is not remembered";
}

INSTANTIATE_TEST_SUITE_P(EachKind, StorageFailures,
                         testing::Values(StorageFailure{Errc::denied, 502, ""},
                                         StorageFailure{Errc::unavailable, 503, "5"},
                                         StorageFailure{Errc::io, 503, "5"}, StorageFailure{Errc::timeout, 504, ""},
                                         StorageFailure{Errc::replaced, 503, "5"},
                                         // Credentials that cannot be read, settings that no request can be made of.
                                         StorageFailure{Errc::usage, 503, "5"},
                                         StorageFailure{Errc::bad_request, 503, "5"}),
                         [](const auto& tested) { return std::string(name_of(tested.param.code)); });

TEST_F(ServiceTest, faults_of_the_configuration_are_logged_with_their_reason) {
    log::configure(log::Level::error, log::Form::plain);
    storage.fail_with([](const Read&) { return fail(Errc::usage, "the web identity token cannot be read"); });
    testing::internal::CaptureStderr();
    const auto response = ask(tile);
    const auto logged = testing::internal::GetCapturedStderr();
    log::configure(log::Level::off, log::Form::plain);
    EXPECT_EQ(text_of(response), "The storage is not available");
    EXPECT_NE(logged.find(fmt::format("503 {}: ", tile)), std::string::npos) << logged;
    EXPECT_NE(logged.find("the web identity token cannot be read"), std::string::npos) << logged;
}

TEST_F(ServiceTest, a_damaged_archive_is_502) {
    storage.put(archive_key, std::vector<std::byte>(1000, std::byte{1}));
    const auto response = ask(tile);
    EXPECT_EQ(response.status, 502U);
    EXPECT_EQ(text_of(response), "The metatile is damaged");
    EXPECT_EQ(response.headers.find("Cache-Control"), "no-store");
}

TEST_F(ServiceTest, a_tile_over_the_limit_is_502) {
    options.tile_limit = 100;
    storage.put(archive_key, make_archive({{"2/1/1.mvt", std::string(101, 'x')}}));
    EXPECT_EQ(ask(tile).status, 502U);
}

TEST_F(ServiceTest, a_storage_that_does_not_answer_is_504_at_the_requests_own_deadline) {
    settings.request_timeout = std::chrono::milliseconds(20);
    storage.put(archive_key, make_archive({{"2/1/1.mvt", "tile"}}));
    storage.hold();
    const auto response = ask(tile);
    EXPECT_EQ(response.status, 504U);
    EXPECT_EQ(text_of(response), "The storage did not answer in time");

    storage.release();
    settle(context);
    EXPECT_EQ(ask(tile).status, 200U);
}

TEST_F(ServiceTest, more_requests_than_the_limit_are_503_at_once) {
    settings.max_requests = 2;
    storage.put(archive_key, make_archive({{"2/1/1.mvt", "tile"}}));
    storage.put("all/0/0/0.zip", make_archive({{"0/0/0.mvt", "world"}}));
    storage.hold();
    const Running<web::Response> first(context, service().answer(request(tile)));
    const Running<web::Response> second(context, service().answer(request(tile)));
    settle(context);
    const auto third = ask("/tilezen/vector/v1/all/0/0/0.mvt");
    EXPECT_EQ(third.status, 503U);
    EXPECT_EQ(third.headers.find("Retry-After"), "2");
    EXPECT_EQ(third.headers.find("Cache-Control"), "no-store");
    EXPECT_EQ(third.headers.find("Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(ask("/live").status, 200U) << "what needs no storage is answered still";

    storage.release();
    settle(context);
    ASSERT_TRUE(first.done() && second.done());
    EXPECT_EQ(first->status, 200U);
    EXPECT_EQ(second->status, 200U);
    EXPECT_EQ(ask("/tilezen/vector/v1/all/0/0/0.mvt").status, 200U) << "those that ended count no more";
}

TEST_F(ServiceTest, a_refusal_says_when_to_come_back) {
    const auto response = service().refuse(request(tile));
    EXPECT_EQ(response.status, 503U);
    EXPECT_EQ(response.headers.find("Retry-After"), "2");
}

TEST_F(ServiceTest, errors_are_json_where_the_client_asks_for_it) {
    const auto response = ask(tile, {{Field::accept, "application/json"}});
    EXPECT_EQ(response.headers.find("Content-Type"), "application/json");
    const auto body = boost::json::parse(text_of(response));
    EXPECT_EQ(body.at("error"), "Metatile not found");
    EXPECT_EQ(body.at("status"), 404);
}

TEST_F(ServiceTest, what_is_no_route_is_404_and_never_reaches_the_storage) {
    for (const std::string_view target :
         {"/nothing", "/tilezen/vector/v1/all/-1/0/0.mvt", "/tilezen/vector/v1/all/1.5/0/0.mvt",
          "/tilezen/vector/v1/all/0/0/0.mvt/", "/tilezen/vector/v1/all/0/0/0", "/preview/nothing.js",
          "/preview/../preview.html", "/tilezen/vector/v1/all/..%2f..%2fetc/passwd/0.mvt", "*"}) {
        const auto response = ask(target);
        EXPECT_EQ(response.status, 404U) << target;
        EXPECT_EQ(response.headers.find("Cache-Control"), "public, max-age=30") << target;
        EXPECT_EQ(response.headers.find("Access-Control-Allow-Origin"), "*") << target;
    }
    EXPECT_TRUE(storage.reads().empty());
}

}  // namespace
}  // namespace tapalcatl::tests
