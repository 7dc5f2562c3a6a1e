#include "lambda/event.hpp"
#include "web/origin.hpp"

#include "tests/lambda/events.hpp"

#include <gmock/gmock.h>

namespace tapalcatl::tests {
namespace {

using lambda::Event;
using lambda::parse_event;
using lambda::Shape;
using testing::HasSubstr;
using testing::Not;
using web::Field;

Event parsed(const std::string& json, const lambda::EventOptions& options = {}) {
    auto event = parse_event(json, options);
    EXPECT_TRUE(event) << event.error();
    return event ? *event : Event{};
}

std::string base_of(const std::string& json, const lambda::EventOptions& options = {}) {
    const auto event = parsed(json, options);
    const auto base = web::base_url(event.request(), {});
    return base ? *base : base.error().message;
}

std::string path_of(const Event& event) {
    return event.target.substr(0, event.target.find('?'));
}

std::string refusal(const std::string& json) {
    const auto event = parse_event(json);
    EXPECT_FALSE(event) << json;
    return event ? "accepted" : event.error().message;
}

TEST(RestEvent, is_read_with_all_values_of_headers_and_query) {
    const auto event = parsed(rest_event(tile_path, "/prod" + std::string(tile_path), tile_path.substr(1)));
    EXPECT_EQ(event.shape, Shape::rest_api);
    EXPECT_EQ(event.method, "GET");
    EXPECT_EQ(event.target, std::string(tile_path) + "?a=1&a=2%203&b=%26");
    EXPECT_EQ(event[Field::accept_encoding], "gzip, br");
    EXPECT_EQ(event[Field::user_agent], "curl/8");
    EXPECT_EQ(event.peer, "198.51.100.1");
    EXPECT_EQ(event[Field::x_forwarded_for], "192.0.2.7") << "the front adds the peer, which has a place of its own";
}

TEST(RestEvent, has_the_stage_in_its_urls_and_not_in_its_path) {
    const auto json = rest_event(tile_path, "/prod" + std::string(tile_path), tile_path.substr(1));
    EXPECT_EQ(path_of(parsed(json)), tile_path);
    EXPECT_EQ(base_of(json), "https://abc.execute-api.example/prod");
}

TEST(RestEvent, loses_the_base_path_of_a_custom_domain) {
    const auto path = "/maps" + std::string(tile_path);
    const auto json = rest_event(path, path, tile_path.substr(1), "GET", "maps.example");
    EXPECT_EQ(path_of(parsed(json)), tile_path);
    EXPECT_EQ(base_of(json), "https://maps.example/maps");
}

TEST(RestEvent, of_a_custom_domain_without_base_path_has_no_prefix) {
    const auto json = rest_event(tile_path, tile_path, tile_path.substr(1), "GET", "maps.example");
    EXPECT_EQ(path_of(parsed(json)), tile_path);
    EXPECT_EQ(base_of(json), "https://maps.example");
}

TEST(RestEvent, may_have_a_stage_that_is_called_like_the_first_segment) {
    const auto json = rest_event(tile_path, "/tilezen" + std::string(tile_path), tile_path.substr(1));
    EXPECT_EQ(path_of(parsed(json)), tile_path);
    EXPECT_EQ(base_of(json), "https://abc.execute-api.example/tilezen");
}

TEST(RestEvent, keeps_the_path_of_a_resource_that_names_its_start) {
    auto json = rest_event(tile_path, "/prod" + std::string(tile_path), tile_path.substr(9));
    json.replace(json.find("/{proxy+}"), 9, "/tilezen/{proxy+}");
    EXPECT_EQ(path_of(parsed(json)), tile_path);
    EXPECT_EQ(base_of(json), "https://abc.execute-api.example/prod");
}

TEST(RestEvent, of_the_root_resource_is_the_root) {
    const auto json = R"({"resource":"/","path":"/","httpMethod":"GET","headers":null,"multiValueHeaders":null,
        "pathParameters":null,"requestContext":{"path":"/prod/","domainName":"a.example"}})";
    EXPECT_EQ(parsed(json).target, "/");
    EXPECT_EQ(base_of(json), "https://a.example/prod");
}

TEST(RestEvent, without_multi_value_headers_has_the_plain_ones) {
    const auto event = parsed(R"({"resource":"/{proxy+}","path":"/a","httpMethod":"HEAD","multiValueHeaders":null,
        "headers":{"HOST":"a.example","If-None-Match":"\"x\""},"requestContext":{}})");
    EXPECT_EQ(event[Field::host], "a.example");
    EXPECT_EQ(event[Field::if_none_match], "\"x\"");
    EXPECT_EQ(event.request().method, web::Method::head);
}

TEST(HttpEvent, is_read) {
    const auto event = parsed(http_event(tile_path));
    EXPECT_EQ(event.shape, Shape::http_api);
    EXPECT_EQ(event.target, std::string(tile_path) + "?a=1&b=%26");
    EXPECT_EQ(event[Field::accept_encoding], "gzip,br");
    EXPECT_EQ(event.peer, "198.51.100.1");
    EXPECT_EQ(event[Field::x_forwarded_for], "");
    EXPECT_EQ(base_of(http_event(tile_path)), "https://abc.execute-api.example");
}

TEST(HttpEvent, loses_the_stage_in_front_of_its_path) {
    const auto json = http_event("/prod" + std::string(tile_path), "prod");
    EXPECT_EQ(path_of(parsed(json)), tile_path);
    EXPECT_EQ(base_of(json), "https://abc.execute-api.example/prod");
}

TEST(HttpEvent, loses_the_stage_once) {
    const auto json = http_event("/tilezen" + std::string(tile_path), "tilezen");
    EXPECT_EQ(path_of(parsed(json)), tile_path);
    EXPECT_EQ(base_of(json), "https://abc.execute-api.example/tilezen");
}

TEST(HttpEvent, of_the_stage_itself_is_the_root) {
    EXPECT_EQ(path_of(parsed(http_event("/prod", "prod"))), "/");
    EXPECT_EQ(path_of(parsed(http_event("/production", "prod"))), "/production");
}

TEST(HttpEvent, loses_what_its_route_does_not_have) {
    const auto json = http_event("/maps" + std::string(tile_path), "prod", "GET /{proxy+}", tile_path.substr(1));
    EXPECT_EQ(path_of(parsed(json)), tile_path);
    EXPECT_EQ(base_of(json), "https://abc.execute-api.example/maps");
}

TEST(HttpEvent, in_the_form_of_rest_apis_loses_its_stage_too) {
    const auto json = R"({"version":"1.0","resource":"$default","path":"/prod/a","httpMethod":"GET",
        "headers":{"Host":"a.example"},"requestContext":{"path":"/prod/a","stage":"prod","domainName":"a.example"}})";
    EXPECT_EQ(parsed(json).target, "/a");
    EXPECT_EQ(base_of(json), "https://a.example/prod");
}

TEST(HttpEvent, has_its_decoded_path_escaped_again) {
    EXPECT_EQ(path_of(parsed(http_event("/a b?c%#\\u00e9"))), "/a%20b%3Fc%25%23%C3%A9");
}

TEST(AlbEvent, is_read_in_both_forms) {
    const auto single = parsed(alb_event(tile_path, false));
    EXPECT_EQ(single.shape, Shape::alb);
    EXPECT_EQ(single.target, std::string(tile_path) + "?a=1");
    const auto multi = parsed(alb_event(tile_path, true));
    EXPECT_EQ(multi.shape, Shape::alb_multi_value);
    EXPECT_EQ(multi.target, std::string(tile_path) + "?a=1&a=2%203") << "what is sent encoded stays so";
    EXPECT_EQ(multi.peer, "198.51.100.1");
    EXPECT_EQ(multi[Field::x_forwarded_for], "192.0.2.7");
}

TEST(AlbEvent, has_the_scheme_and_host_that_the_balancer_was_asked_for) {
    EXPECT_EQ(base_of(alb_event(tile_path, false)), "https://lb.example");
    EXPECT_EQ(base_of(alb_event(tile_path, true)), "https://lb.example");
}

TEST(AlbEvent, keeps_the_escapes_of_its_path) {
    EXPECT_EQ(path_of(parsed(alb_event("/a%20b", false))), "/a%20b");
}

TEST(Event, takes_the_host_of_a_cdn_from_the_configured_header) {
    auto json = http_event("/prod" + std::string(tile_path), "prod");
    json.replace(json.find("\"accept-encoding\""), 0, R"("X-Tiles-Host":"maps.example",)");
    EXPECT_EQ(base_of(json, {"x-tiles-host"}), "https://maps.example");
    EXPECT_EQ(base_of(json), "https://abc.execute-api.example/prod") << "it is not trusted unless it is configured";
    EXPECT_EQ(base_of(http_event(tile_path), {"x-tiles-host"}), "https://abc.execute-api.example");
}

TEST(Event, has_no_urls_where_the_configured_header_is_no_host) {
    for (const auto* const value : {"maps.example/path", "user@maps.example", "maps.example, b.example", "a b", "[::1",
                                    "maps.example:0", "maps.example?x", "<script>", " "}) {
        auto json = http_event(tile_path);
        json.replace(json.find("\"accept-encoding\""), 0, fmt::format(R"("X-Tiles-Host":"{}",)", value));
        EXPECT_THAT(base_of(json, {"x-tiles-host"}), HasSubstr("expected a name or address")) << value;
        EXPECT_EQ(base_of(json), "https://abc.execute-api.example") << "it is not looked at unless it is configured";
    }
}

TEST(Event, of_a_schedule_is_a_warm_up) {
    for (const auto* const json :
         {"{}", R"({"warmup":true})", R"({"version":"0","detail-type":"Scheduled Event","source":"aws.events"})",
          R"({"source":"aws.scheduler"})"}) {
        EXPECT_EQ(parsed(json).shape, Shape::warm_up) << json;
    }
}

TEST(Event, of_another_kind_is_refused_with_its_members_and_without_their_values) {
    const auto message = refusal(R"({"Records":[{"eventSource":"aws:sqs","body":"secret"}]})");
    EXPECT_THAT(message, HasSubstr("the event has the members Records"));
    EXPECT_THAT(message, HasSubstr("expected an event of API Gateway"));
    EXPECT_THAT(message, Not(HasSubstr("secret")));
    EXPECT_THAT(refusal(R"({"requestContext":{"connectionId":"x","routeKey":"$connect"}})"),
                HasSubstr("requestContext"));
    EXPECT_THAT(refusal(R"({"warmup":false})"), HasSubstr("warmup"));
    EXPECT_THAT(refusal("[1]"), HasSubstr("not an object"));
    EXPECT_THAT(refusal("null"), HasSubstr("not an object"));
    EXPECT_THAT(refusal(""), HasSubstr("not JSON"));
    EXPECT_THAT(refusal("{\"a\":"), HasSubstr("not JSON"));
}

TEST(Event, that_is_refused_shows_no_control_characters_and_not_all_of_its_members) {
    std::string json = R"({"a\u0007":1)";
    for (int i = 0; i < 100; ++i) {
        json += fmt::format(R"(,"{}{}":1)", std::string(100, 'x'), i);
    }
    const auto message = refusal(json + "}");
    EXPECT_LT(message.size(), 700U);
    EXPECT_THAT(message, HasSubstr("a\\x07"));
}

TEST(Event, that_nests_too_deeply_is_refused) {
    EXPECT_THAT(refusal(std::string(100'000, '[')), HasSubstr("not JSON"));
}

TEST(Event, that_is_cut_anywhere_is_refused_or_read_but_never_crashes) {
    for (const auto& json :
         {rest_event(tile_path, tile_path, tile_path.substr(1)), http_event(tile_path), alb_event(tile_path, true)}) {
        for (std::size_t size = 0; size < json.size(); ++size) {
            EXPECT_FALSE(parse_event(std::string_view(json).substr(0, size))) << size;
        }
    }
}

TEST(Event, with_members_of_other_types_is_read_as_far_as_they_go) {
    const auto event = parsed(
        R"({"httpMethod":"GET","path":7,"headers":[1],"multiValueHeaders":{"Host":7,"Accept":[null,"a"],"Origin":["https://o"]},
        "multiValueQueryStringParameters":{"a":null},"pathParameters":3,"requestContext":{"identity":"x","path":null}})");
    EXPECT_EQ(event.target, "/");
    EXPECT_EQ(event[Field::accept], "a");
    EXPECT_EQ(event[Field::origin], "https://o");
    EXPECT_EQ(event[Field::host], "");
}

}  // namespace
}  // namespace tapalcatl::tests
