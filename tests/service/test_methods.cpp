#include "tests/service/fixture.hpp"

namespace tapalcatl::tests {
namespace {

using web::Method;

const std::vector<std::string_view>& all_routes() {
    static const std::vector<std::string_view> routes{tile,
                                                      "/tilezen/vector/v1/512/all/tilejson.mvt.json",
                                                      "/preview/inspect/vector/16/9/5.mvt",
                                                      "/preview.html",
                                                      "/",
                                                      "/health_check",
                                                      "/ready",
                                                      "/live"};
    return routes;
}

TEST_F(ServiceTest, other_methods_on_a_route_are_405_with_allow) {
    for (const auto route : all_routes()) {
        for (const std::string_view method : {"POST", "PUT", "DELETE", "TRACE", "CONNECT", "get", "BREW"}) {
            const auto response = ask(Method::other, method, route);
            EXPECT_EQ(response.status, 405U) << method << " " << route;
            EXPECT_EQ(response.headers.find("Allow"), "GET, HEAD, OPTIONS");
            EXPECT_EQ(response.headers.find("Access-Control-Allow-Origin"), "*");
            EXPECT_EQ(response.headers.find("Cache-Control"), "no-store");
        }
    }
    EXPECT_TRUE(storage.reads().empty());
}

TEST_F(ServiceTest, the_method_is_looked_at_before_the_numbers) {
    EXPECT_EQ(ask(Method::other, "POST", "/tilezen/vector/v1/300/all/99/0/0.mvt").status, 405U);
}

TEST_F(ServiceTest, other_methods_elsewhere_are_404) {
    EXPECT_EQ(ask(Method::other, "POST", "/nothing").status, 404U);
    EXPECT_EQ(ask(Method::options, "OPTIONS", "/nothing").status, 404U);
}

TEST_F(ServiceTest, a_preflight_is_told_what_it_needs_on_every_route) {
    for (const auto route : all_routes()) {
        const auto response = ask(Method::options, "OPTIONS", route,
                                  {{Field::access_control_request_headers, "Authorization,x-map-client"}});
        EXPECT_EQ(response.status, 204U) << route;
        EXPECT_EQ(response.headers.find("Access-Control-Allow-Origin"), "*");
        EXPECT_EQ(response.headers.find("Access-Control-Allow-Methods"), "GET, HEAD, OPTIONS");
        EXPECT_EQ(response.headers.find("Access-Control-Allow-Headers"), "Authorization, x-map-client");
        EXPECT_TRUE(response.body.empty());
    }
    EXPECT_TRUE(storage.reads().empty());
}

TEST_F(ServiceTest, options_of_the_server_itself_are_answered) {
    EXPECT_EQ(ask(Method::options, "OPTIONS", "*").status, 204U);
}

TEST_F(ServiceTest, head_is_answered_as_get_is) {
    storage.put("all/14/2/1.zip", make_archive({{"2/1/1.mvt", tile_text("corner")}}));
    for (const auto route : all_routes()) {
        ask(route);  // so that both find the same things in memory
        const auto get = ask(route);
        const auto head = ask(Method::head, "HEAD", route);
        EXPECT_EQ(head.status, get.status) << route;
        EXPECT_EQ(head.headers.text(), get.headers.text()) << route;
        EXPECT_EQ(head.body.size(), get.body.size()) << "its length is told: " << route;
    }
}

TEST_F(ServiceTest, pages_of_any_origin_may_read_every_answer) {
    storage.put("all/14/2/1.zip", make_archive({{"2/1/1.mvt", "tile"}}));
    for (const auto route : all_routes()) {
        EXPECT_EQ(ask(route).headers.find("Access-Control-Allow-Origin"), "*") << route;
    }
    EXPECT_EQ(ask("/nothing").headers.find("Access-Control-Allow-Origin"), "*");
}

}  // namespace
}  // namespace tapalcatl::tests
