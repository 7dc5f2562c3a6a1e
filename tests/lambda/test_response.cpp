#include "base/hash.hpp"
#include "lambda/response.hpp"

#include "tests/lambda/events.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gmock/gmock.h>

namespace tapalcatl::tests {
namespace {

namespace json = boost::json;

using lambda::encode_response;
using lambda::encode_streamed_response;
using lambda::EncodedResponse;
using lambda::Event;
using lambda::Shape;
using testing::HasSubstr;

Event of_shape(Shape shape, std::string method = "GET") {
    Event event;
    event.shape = shape;
    event.method = std::move(method);
    event.target = "/a";
    return event;
}

web::Response response_with(std::string_view content_type, std::string_view body) {
    web::Response response;
    response.headers.add("Content-Type", content_type);
    response.body = copy_of(as_bytes(body));
    return response;
}

json::object object_of(const EncodedResponse& encoded) {
    boost::system::error_code error;
    auto value = json::parse(encoded.json, error);
    EXPECT_FALSE(error) << encoded.json.substr(0, 300);
    return error ? json::object() : value.as_object();
}

std::string text_at(const json::object& object, std::string_view name) {
    const auto& text = object.at(name).as_string();
    return {text.data(), text.size()};
}

TEST(EncodedResponse, has_text_as_it_is) {
    const std::string text = "{\"a\":\"\\\\ \n\r\t\x01 é\"}";
    const auto object = object_of(encode_response(response_with("application/json", text), of_shape(Shape::rest_api)));
    EXPECT_EQ(object.at("statusCode").as_int64(), 200);
    EXPECT_FALSE(object.at("isBase64Encoded").as_bool());
    EXPECT_EQ(text_at(object, "body"), text);
    EXPECT_EQ(text_at(object.at("headers").as_object(), "Content-Type"), "application/json");
    EXPECT_FALSE(object.contains("multiValueHeaders"));
    EXPECT_FALSE(object.contains("statusDescription"));
}

TEST(StreamedResponse, has_status_and_headers_as_json_and_the_body_as_it_is) {
    auto response = response_with("application/vnd.mapbox-vector-tile", "\x1f\x8b\xff");
    response.headers.add("Content-Encoding", "gzip");
    const auto encoded = encode_streamed_response(response, of_shape(Shape::rest_api));
    EXPECT_EQ(encoded.json, R"({"statusCode":200,"headers":{"Content-Type":"application/vnd.mapbox-vector-tile",)"
                            R"("Content-Encoding":"gzip"}})");
    EXPECT_TRUE(encoded.is_streamed);
    EXPECT_EQ(as_text(encoded.body.view()), "\x1f\x8b\xff");
    EXPECT_EQ(encoded.bytes, 3U);
}

TEST(StreamedResponse, has_no_body_for_head_and_for_a_status_without_one) {
    EXPECT_TRUE(
        encode_streamed_response(response_with("text/plain", "a"), of_shape(Shape::http_api, "HEAD")).body.empty());
    auto unchanged = response_with("text/plain", "a");
    unchanged.status = 304;
    EXPECT_TRUE(encode_streamed_response(unchanged, of_shape(Shape::http_api)).body.empty());
}

TEST(StreamedResponse, is_larger_than_a_buffered_one_may_be) {
    const auto response = response_with("text/plain", std::string(7'000'000, 'a'));
    const auto encoded = encode_streamed_response(response, of_shape(Shape::http_api));
    EXPECT_EQ(encoded.status, 200U);
    EXPECT_FALSE(encoded.is_too_large);
}

TEST(StreamedResponse, is_a_failure_that_names_the_size_where_it_does_not_fit) {
    static const std::byte one{};  // only its size is looked at
    auto response = response_with("text/plain", "");
    response.body = SharedBytes(nullptr, Bytes(&one, lambda::max_streamed_response));
    const auto encoded = encode_streamed_response(response, of_shape(Shape::http_api));
    EXPECT_EQ(encoded.status, 502U);
    EXPECT_TRUE(encoded.is_streamed);
    EXPECT_TRUE(encoded.is_too_large);
    EXPECT_THAT(std::string(as_text(encoded.body.view())), HasSubstr("can send 200000000: ask for it with"));
}

TEST(EncodedResponse, has_everything_else_in_base64) {
    struct Case {
        std::string_view type, encoding, body;
    };
    for (const auto& [type, encoding, body] :
         {Case{"application/x-protobuf", "", "abc"}, Case{"application/json", "gzip", "\x1f\x8b\x08"},
          Case{"text/html; charset=utf-8", "gzip", "abc"}, Case{"application/json", "", "\xff\xfe"},
          Case{"", "", "abc"}}) {
        auto response = response_with(type, body);
        if (!encoding.empty()) {
            response.headers.add("Content-Encoding", encoding);
        }
        const auto object = object_of(encode_response(response, of_shape(Shape::http_api)));
        EXPECT_TRUE(object.at("isBase64Encoded").as_bool()) << type << " " << encoding;
        EXPECT_EQ(text_at(object, "body"), base64(as_bytes(body)));
    }
}

TEST(EncodedResponse, of_text_types_is_text) {
    for (const auto* const type : {"text/plain", "TEXT/HTML; charset=utf-8", "application/javascript", "image/svg+xml",
                                   "application/geo+json"}) {
        EXPECT_FALSE(
            object_of(encode_response(response_with(type, "é"), of_shape(Shape::alb))).at("isBase64Encoded").as_bool())
            << type;
    }
}

TEST(EncodedResponse, without_a_body_is_no_base64) {
    auto response = response_with("application/x-protobuf", "abc");
    const auto head = object_of(encode_response(response, of_shape(Shape::rest_api, "HEAD")));
    EXPECT_FALSE(head.at("isBase64Encoded").as_bool());
    EXPECT_EQ(text_at(head, "body"), "");
    response.status = 304;
    EXPECT_EQ(text_at(object_of(encode_response(response, of_shape(Shape::rest_api))), "body"), "");
}

TEST(EncodedResponse, for_a_load_balancer_has_a_status_line_and_its_form_of_headers) {
    auto response = response_with("text/plain", "no");
    response.status = 404;
    response.headers.add("Vary", "Accept");
    response.headers.add("vary", "Origin");
    const auto single = object_of(encode_response(response, of_shape(Shape::alb)));
    EXPECT_EQ(text_at(single, "statusDescription"), "404 Not Found");
    EXPECT_EQ(text_at(single.at("headers").as_object(), "Vary"), "Accept, Origin");
    const auto multi = object_of(encode_response(response, of_shape(Shape::alb_multi_value)));
    EXPECT_FALSE(multi.contains("headers"));
    const auto& values = multi.at("multiValueHeaders").as_object().at("Vary").as_array();
    ASSERT_EQ(values.size(), 1U);
    EXPECT_EQ(values[0].as_string(), "Accept, Origin");
}

/// The largest body of `character` that fits, found from the size of the JSON with one such character.
std::size_t largest_body(Shape shape, std::string_view type, char character, std::size_t bytes_of_each) {
    const auto one = encode_response(response_with(type, std::string(1, character)), of_shape(shape));
    return static_cast<std::size_t>(lambda::max_response_size(shape) - (one.json.size() - bytes_of_each)) /
           bytes_of_each;
}

TEST(EncodedResponse, is_replaced_by_an_error_from_the_limit_on) {
    for (const auto shape : {Shape::rest_api, Shape::http_api, Shape::alb, Shape::alb_multi_value}) {
        for (const auto& [character, bytes] : {std::pair{'a', 1}, std::pair{'"', 2}, std::pair{'\x01', 6}}) {
            const auto size = largest_body(shape, "text/plain", character, static_cast<std::size_t>(bytes));
            const auto fits =
                encode_response(response_with("text/plain", std::string(size, character)), of_shape(shape));
            EXPECT_FALSE(fits.is_too_large);
            EXPECT_LE(fits.json.size(), lambda::max_response_size(shape));
            EXPECT_EQ(fits.bytes, size);
            const auto over =
                encode_response(response_with("text/plain", std::string(size + 1, character)), of_shape(shape));
            EXPECT_TRUE(over.is_too_large);
            EXPECT_EQ(over.status, 502U);
        }
    }
}

TEST(EncodedResponse, counts_base64_before_it_is_made) {
    const auto shape = Shape::rest_api;
    const std::string three(4'718'000, 'a');
    const auto fits = encode_response(response_with("application/x-protobuf", three), of_shape(shape));
    EXPECT_FALSE(fits.is_too_large);
    EXPECT_LE(fits.json.size(), 6'291'556U);
    const auto over = encode_response(response_with("application/x-protobuf", three + three), of_shape(shape));
    const auto object = object_of(over);
    EXPECT_EQ(object.at("statusCode").as_int64(), 502);
    EXPECT_THAT(text_at(object, "body"), HasSubstr("The response takes 12581"));
    EXPECT_THAT(text_at(object, "body"), HasSubstr("6291556"));
    EXPECT_THAT(text_at(object, "body"), HasSubstr("Accept-Encoding: gzip"));
    EXPECT_EQ(text_at(object.at("headers").as_object(), "Cache-Control"), "no-store");
    EXPECT_EQ(text_at(object.at("headers").as_object(), "Access-Control-Allow-Origin"), "*");
}

TEST(EncodedResponse, takes_a_megabyte_for_a_load_balancer) {
    EXPECT_EQ(lambda::max_response_size(Shape::alb), 1'048'576U);
    EXPECT_EQ(lambda::max_response_size(Shape::rest_api), 6'291'556U);
}

TEST(ErrorDocument, has_the_members_that_the_runtime_api_takes) {
    const auto value = json::parse(lambda::error_document("Function.InvalidEvent", "a \"b\"\n\xff"));
    const auto& object = value.as_object();
    EXPECT_EQ(object.at("errorType").as_string(), "Function.InvalidEvent");
    EXPECT_EQ(object.at("errorMessage").as_string(), "a \"b\"\n\xEF\xBF\xBD");
    EXPECT_TRUE(object.at("stackTrace").as_array().empty());
}

}  // namespace
}  // namespace tapalcatl::tests
