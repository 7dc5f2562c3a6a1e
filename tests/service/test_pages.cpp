#include "service/assets.hpp"

#include "tests/service/fixture.hpp"

#include <boost/json.hpp>

namespace tapalcatl::tests {
namespace {

namespace json = boost::json;

class PreviewPage : public ServiceTest {
 protected:
    std::string page() { return text_of(ask("/preview.html")); }

    /// What stands in the page's settings element.
    std::string settings_text() {
        const auto html = page();
        const std::string_view start = R"(<script type="application/json" id="settings">)";
        const auto from = html.find(start);
        if (from == std::string::npos) {
            ADD_FAILURE() << "no settings element";
            return {};
        }
        const auto begin = from + start.size();
        return html.substr(begin, html.find("</script>", begin) - begin);
    }

    std::string policy() { return std::string(ask("/preview.html").headers.find("Content-Security-Policy")); }
};

TEST_F(PreviewPage, has_its_settings_in_it) {
    const auto given = json::parse(settings_text()).as_object();
    EXPECT_EQ(given.at("tilejson"), "tilezen/vector/v1/512/all/tilejson.mvt.json");
    EXPECT_EQ(given.at("tileset"), "vector");
    EXPECT_EQ(given.at("catalog"), "catalog.json");
    EXPECT_FALSE(given.contains("api_key"));
}

TEST_F(PreviewPage, has_the_api_key_that_was_set_for_it) {
    settings.preview_api_key = "pk.123";
    EXPECT_EQ(json::parse(settings_text()).at("api_key"), "pk.123");
}

TEST_F(PreviewPage, cannot_be_broken_by_a_key) {
    const std::string key = "</script><script>alert(1)</script><!-- \" \\ \xc3\xbc";
    settings.preview_api_key = key;
    const auto text = settings_text();
    EXPECT_EQ(text.find('<'), std::string::npos) << text;
    EXPECT_EQ(json::parse(text).at("api_key"), json::string_view(key));
}

TEST_F(PreviewPage, changes_its_tag_with_its_settings) {
    const auto plain = std::string(ask("/preview.html").headers.find("ETag"));
    settings.preview_api_key = "pk.123";
    service::Service other(tilesets(), clock, settings);
    const auto response = other.answer_at_once(request("/preview.html"));
    ASSERT_TRUE(response);
    EXPECT_NE(response->headers.find("ETag"), plain);
}

TEST_F(PreviewPage, lets_the_browser_load_nothing_from_elsewhere) {
    EXPECT_EQ(policy(),
              "default-src 'none'; script-src 'self'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
              "img-src 'self' data: blob:; connect-src 'self'; font-src 'self' data:; base-uri 'none'; "
              "form-action 'none'; frame-ancestors 'self'");
    EXPECT_EQ(ask("/preview.html").headers.find("Referrer-Policy"), "no-referrer");
}

struct PolicyCase {
    const char* base;
    const char* connect;
};

class PreviewPolicies : public PreviewPage, public testing::WithParamInterface<PolicyCase> {};

TEST_P(PreviewPolicies, let_tiles_come_from_where_they_are) {
    settings.tiles_url_base = GetParam().base;
    EXPECT_NE(policy().find(fmt::format("connect-src 'self'{}; font-src", GetParam().connect)), std::string::npos)
        << policy();
}

INSTANTIATE_TEST_SUITE_P(Bases, PreviewPolicies,
                         testing::Values(PolicyCase{"/maps", ""}, PolicyCase{"/maps//tiles", ""},
                                         PolicyCase{"https://cdn.example/a/b", " https://cdn.example"},
                                         PolicyCase{"https://cdn.example:8443", " https://cdn.example:8443"},
                                         PolicyCase{"//cdn.example/a", " cdn.example"},
                                         PolicyCase{
                                             "https://{s}.cdn.example/{s}",
                                             " https://a.cdn.example https://b.cdn.example https://c.cdn.example "
                                             "https://d.cdn.example"}));

TEST_F(PreviewPage, and_all_that_belongs_to_it_are_gone_where_it_is_off) {
    settings.preview = false;
    EXPECT_EQ(ask("/preview.html").status, 404U);
    for (const auto& asset : service::assets()) {
        EXPECT_EQ(ask("/" + std::string(asset.path)).status, 404U) << asset.path;
    }
    EXPECT_EQ(text_of(ask("/")).find("preview"), std::string::npos) << "and the home page does not link it";
}

TEST_F(PreviewPage, needs_nothing_but_what_is_embedded) {
    const auto html = page();
    for (const std::string_view attribute : {"src=\"", "href=\""}) {
        for (auto at = html.find(attribute); at != std::string::npos; at = html.find(attribute, at)) {
            at += attribute.size();
            const auto url = html.substr(at, html.find('"', at) - at);
            if (!url.starts_with("data:") && !url.starts_with("#")) {
                EXPECT_EQ(ask("/" + url).status, 200U) << url;
            }
        }
    }
}

TEST_F(ServiceTest, the_home_page_links_only_what_is_answered) {
    storage.put("all/0/0/0.zip", make_archive({{"0/0/0.mvt", "world"}}));
    const auto response = ask("/");
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.headers.find("Content-Type"), "text/html; charset=utf-8");
    const auto html = text_of(response);
    unsigned links = 0;
    const std::string_view start = "href=\"";
    for (auto at = html.find(start); at != std::string::npos; at = html.find(start, at)) {
        at += start.size();
        const auto url = html.substr(at, html.find('"', at) - at);
        EXPECT_EQ(ask("/" + url).status, 200U) << url;
        EXPECT_FALSE(url.starts_with('/')) << "relative, so that it works behind a prefix: " << url;
        ++links;
    }
    EXPECT_GE(links, 6U);
}

}  // namespace
}  // namespace tapalcatl::tests
