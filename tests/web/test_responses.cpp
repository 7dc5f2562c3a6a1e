#include "web/responses.hpp"

#include <gtest/gtest.h>

#include <map>

namespace tapalcatl::web {
namespace {

std::string allowed_headers(std::string_view asked) {
    Request request;
    request.method = Method::options;
    request[Field::access_control_request_headers] = asked;
    return std::string(preflight(request).headers.find("Access-Control-Allow-Headers"));
}

TEST(ReasonPhrases, exist_for_each_status_that_is_used) {
    for (const unsigned status : {200U, 204U, 304U, 400U, 404U, 405U, 431U, 500U, 502U, 503U, 504U, 505U}) {
        EXPECT_NE(reason_of(status), "Status") << status;
    }
    EXPECT_EQ(reason_of(418), "Status");
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

constexpr std::array all_codes{Errc::usage,       Errc::bad_request, Errc::not_found, Errc::no_tile,     Errc::corrupt,
                               Errc::unsupported, Errc::too_large,   Errc::denied,    Errc::unavailable, Errc::timeout,
                               Errc::overloaded,  Errc::replaced,    Errc::io};

Request asking_for(std::string_view accept) {
    Request request;
    request[Field::accept] = accept;
    return request;
}

std::string body_of(const Response& response) {
    return std::string(as_text(response.body.view()));
}

TEST(Failures, have_their_own_status_each) {
    const std::map<Errc, unsigned> expected{
        {Errc::usage, 503},       {Errc::bad_request, 400}, {Errc::not_found, 404},  {Errc::no_tile, 404},
        {Errc::corrupt, 502},     {Errc::unsupported, 502}, {Errc::too_large, 502},  {Errc::denied, 502},
        {Errc::unavailable, 503}, {Errc::timeout, 504},     {Errc::overloaded, 503}, {Errc::replaced, 503},
        {Errc::io, 503},
    };
    ASSERT_EQ(expected.size(), all_codes.size());
    for (const auto& [code, status] : expected) {
        EXPECT_EQ(status_of(code), status) << name_of(code);
        EXPECT_EQ(failure(Error{code, "x"}, Request{}).status, status) << name_of(code);
    }
}

TEST(Failures, tell_clients_nothing_of_the_message_but_for_bad_requests) {
    for (const auto code : all_codes) {
        const auto body = body_of(failure(Error{code, "s3://secret-bucket/key"}, Request{}));
        EXPECT_EQ(body.find("secret") != std::string::npos, code == Errc::bad_request) << name_of(code);
        EXPECT_EQ(body, code == Errc::bad_request ? "s3://secret-bucket/key" : public_text(code));
        EXPECT_EQ(body.find('\n'), std::string::npos);
    }
}

TEST(Failures, name_the_two_kinds_of_missing_tiles_as_the_original_did) {
    EXPECT_EQ(body_of(failure(Error{Errc::not_found, ""}, Request{})), "Metatile not found");
    EXPECT_EQ(body_of(failure(Error{Errc::no_tile, ""}, Request{})), "Tile not found");
}

TEST(Failures, may_be_kept_only_where_something_is_missing) {
    for (const auto code : all_codes) {
        const auto response = failure(Error{code, "x"}, Request{});
        EXPECT_EQ(response.headers.find("Cache-Control"), response.status == 404 ? "public, max-age=30" : "no-store")
            << name_of(code);
    }
}

TEST(Failures, that_may_pass_say_when_to_come_back) {
    EXPECT_EQ(failure(Error{Errc::overloaded, ""}, Request{}).headers.find("Retry-After"), "2");
    EXPECT_EQ(failure(Error{Errc::unavailable, ""}, Request{}).headers.find("Retry-After"), "5");
    EXPECT_EQ(failure(503, "Draining", Request{}).headers.find("Retry-After"), "5");
    EXPECT_EQ(failure(Error{Errc::corrupt, ""}, Request{}).headers.find("Retry-After"), "");
}

TEST(Failures, can_be_read_by_pages_of_any_origin) {
    for (const auto code : all_codes) {
        EXPECT_EQ(failure(Error{code, ""}, Request{}).headers.find("Access-Control-Allow-Origin"), "*");
    }
    EXPECT_EQ(method_not_allowed(Request{}).headers.find("Access-Control-Allow-Origin"), "*");
}

TEST(Failures, are_json_where_the_client_asks_for_it) {
    const auto json = failure(Error{Errc::no_tile, "x"}, asking_for("application/json"));
    EXPECT_EQ(json.headers.find("Content-Type"), "application/json");
    EXPECT_EQ(body_of(json), R"({"error":"Tile not found","status":404})");
    EXPECT_EQ(json.headers.find("Vary"), "Accept");
    const auto text = failure(Error{Errc::no_tile, "x"}, asking_for("*/*"));
    EXPECT_EQ(text.headers.find("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(text.headers.find("Vary"), "Accept");
}

TEST(Failures, stay_one_line_and_good_json_whatever_the_client_sent) {
    const std::string hostile = "a\"b\\c\r\n\t\x01<script>\xff\xc3\xbc";
    EXPECT_EQ(body_of(failure(Error{Errc::bad_request, hostile}, asking_for("application/json"))),
              R"({"error":"a\"b\\c\\x0d\\x0a\\x09\\x01<script>\\xff\\xc3\\xbc","status":400})");
    const auto text = failure(Error{Errc::bad_request, hostile}, Request{});
    EXPECT_EQ(body_of(text), R"(a"b\c\x0d\x0a\x09\x01<script>\xff\xc3\xbc)");
    EXPECT_EQ(text.headers.find("X-Content-Type-Options"), "nosniff");
}

TEST(MethodNotAllowed, lists_what_is) {
    const auto response = method_not_allowed(Request{});
    EXPECT_EQ(response.status, 405U);
    EXPECT_EQ(response.headers.find("Allow"), allowed_methods);
    EXPECT_EQ(body_of(response), "Method not allowed");
}

}  // namespace
}  // namespace tapalcatl::web
