#include "web/cors.hpp"
#include "web/responses.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tapalcatl::web {
namespace {

struct OriginsCase {
    const char* given;
    const char* text;
};

class CorsOriginsText : public testing::TestWithParam<OriginsCase> {};

TEST_P(CorsOriginsText, is_as_browsers_send_it) {
    const auto origins = CorsOrigins::parse(GetParam().given);
    ASSERT_TRUE(origins) << origins.error();
    EXPECT_EQ(origins->text(), GetParam().text);
    const auto again = CorsOrigins::parse(origins->text());
    ASSERT_TRUE(again) << again.error();
    EXPECT_EQ(again->text(), origins->text());
}

INSTANTIATE_TEST_SUITE_P(
    Cors, CorsOriginsText,
    testing::Values(OriginsCase{"*", "*"}, OriginsCase{" * ", "*"},
                    OriginsCase{"https://maps.example", "https://maps.example"},
                    OriginsCase{"HTTPS://Maps.Example", "https://maps.example"},
                    OriginsCase{"https://a.example:443,http://a.example:80", "https://a.example,http://a.example"},
                    OriginsCase{"http://a.example:443", "http://a.example:443"},
                    OriginsCase{"http://localhost:3000, http://[::1]:3000", "http://localhost:3000,http://[::1]:3000"},
                    OriginsCase{"http://10.0.0.1", "http://10.0.0.1"},
                    OriginsCase{"capacitor://localhost", "capacitor://localhost"}));

TEST(Cors, refuses_what_no_browser_sends_as_an_origin) {
    for (const auto* text :
         {"", ",", "maps.example", "https://", "https://a.example/", "https://a.example/maps", "https://a.example?b",
          "https://a.example#b", "https://user@a.example", "https://*.example", "https://a.example:99999",
          "https://a example", "null", "*,https://a.example", "https://a.example\r\nX: y", "//a.example"}) {
        const auto origins = CorsOrigins::parse(text);
        EXPECT_FALSE(origins) << text;
        EXPECT_TRUE(origins || origins.error().code == Errc::usage);
    }
}

class LimitedResponse : public testing::Test {
 protected:
    static Response limited(Response response, std::string_view origin) {
        const auto origins = CorsOrigins::parse("https://one.example,https://two.example");
        limit_to_origins(response, *origins, origin);
        return response;
    }

    static Response made() {
        Response response;
        response.headers.add("ETag", "\"1\"");
        response.headers.add("Vary", "Accept-Encoding");
        add_cors(response.headers);
        return response;
    }
};

TEST_F(LimitedResponse, names_the_origin_that_is_in_the_list) {
    for (const auto* origin : {"https://one.example", "https://two.example"}) {
        const auto response = limited(made(), origin);
        EXPECT_EQ(response.headers.find("Access-Control-Allow-Origin"), origin);
        EXPECT_EQ(response.headers.find("Access-Control-Expose-Headers"), "ETag");
        EXPECT_EQ(response.headers.find("ETag"), "\"1\"");
    }
}

TEST_F(LimitedResponse, names_no_origin_otherwise) {
    for (const auto* origin :
         {"", "null", "*", "https://three.example", "https://one.example:444", "http://one.example",
          "https://one.example.evil", "https://one.example, https://two.example"}) {
        const auto response = limited(made(), origin);
        EXPECT_EQ(response.headers.text().find("Access-Control-Allow-Origin"), std::string::npos) << origin;
    }
}

TEST_F(LimitedResponse, always_says_that_it_depends_on_the_origin) {
    for (const auto* origin : {"", "https://one.example"}) {
        const auto response = limited(made(), origin);
        EXPECT_EQ(response.headers.find("Vary"), "Accept-Encoding, Origin");
        EXPECT_TRUE(response.varies_by_origin);
        EXPECT_EQ(limited(Response(), origin).headers.find("Vary"), "Origin");
    }
}

}  // namespace
}  // namespace tapalcatl::web
