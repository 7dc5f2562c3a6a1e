#include "web/cors.hpp"

#include <gtest/gtest.h>

namespace tapalcatl::web {
namespace {

std::string allowed_headers(std::string_view asked) {
    Request request;
    request.method = Method::options;
    request[Field::access_control_request_headers] = asked;
    return std::string(preflight(request).headers.find("Access-Control-Allow-Headers"));
}

TEST(Cors, lets_pages_of_any_origin_read_the_answer_and_its_etag) {
    Headers headers;
    add_cors(headers);
    EXPECT_EQ(headers.text(), "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: ETag\r\n");
}

TEST(Preflight, answers_what_browsers_ask) {
    const auto response = preflight(Request{});
    EXPECT_EQ(response.status, 204U);
    EXPECT_TRUE(response.body.empty());
    EXPECT_EQ(response.headers.find("Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(response.headers.find("Access-Control-Allow-Methods"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(response.headers.find("Allow"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(response.headers.find("Access-Control-Max-Age"), "86400");
    EXPECT_EQ(response.headers.find("Vary"), "Access-Control-Request-Headers");
    EXPECT_EQ(response.headers.text().find("Access-Control-Allow-Headers"), std::string_view::npos);
}

TEST(Preflight, allows_the_headers_that_are_asked_for) {
    EXPECT_EQ(allowed_headers("authorization"), "authorization");
    EXPECT_EQ(allowed_headers("x-a,  if-none-match,,range\t,"), "x-a, if-none-match, range");
}

TEST(Preflight, allows_none_where_any_of_them_is_no_token) {
    for (const auto* asked : {"x-a\r\nSet-Cookie: b=c", "x a", "x-a: b", "\"x\"", "x-a, y\n", "x-a;b", "x-\xc3\xbc",
                              "<script>", "x-a\x7f", " ", ",,"}) {
        EXPECT_EQ(allowed_headers(asked), "") << asked;
    }
}

TEST(Preflight, does_not_repeat_a_list_without_end) {
    EXPECT_EQ(allowed_headers(std::string(1000, 'x')), std::string(1000, 'x'));
    EXPECT_EQ(allowed_headers(std::string(1001, 'x')), "");
}

}  // namespace
}  // namespace tapalcatl::web
