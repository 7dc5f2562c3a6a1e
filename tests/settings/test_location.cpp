#include "settings/location.hpp"

#include <gtest/gtest.h>

namespace tapalcatl {
namespace {

TEST(FileUrls, give_their_absolute_path_with_escapes_decoded) {
    EXPECT_EQ(path_of_file_url("file:///srv/tiles"), "/srv/tiles");
    EXPECT_EQ(path_of_file_url("FILE:///srv"), "/srv");
    EXPECT_EQ(path_of_file_url("file://localhost/srv"), "/srv");
    EXPECT_EQ(path_of_file_url("file:///my%20tiles/%c3%BC"), "/my tiles/\xc3\xbc");
    EXPECT_EQ(path_of_file_url("file:///"), "/");
}

TEST(FileUrls, are_nothing_else) {
    for (const auto* url : {"", "file:", "file://", "file:/srv", "file://srv/tiles", "file://localhost", "/srv", "srv",
                            "s3://b/k", "http:///srv", "file:///a%", "file:///a%2", "file:///a%zz", "file:///a%-1",
                            "file:///a%00b", "file:///a?b", "file:///a#b", "file://localhostx/a"}) {
        EXPECT_EQ(path_of_file_url(url), std::nullopt) << url;
    }
    EXPECT_EQ(path_of_file_url(std::string_view("file:///a\0b", 11)), std::nullopt);
}

TEST(FileUrls, of_any_path_lead_back_to_it) {
    for (const auto* path : {"/", "/srv/tiles", "/a b", "/100%", "/q?x#y", "/\xc3\xbc", "/\x01\x7f"}) {
        EXPECT_EQ(path_of_file_url(file_url(path)), path) << file_url(path);
    }
}

TEST(Locations, on_the_web_are_shown_without_their_query) {
    const auto location = parse_location("https://host.example/c?sv=1&sig=hunter2");
    ASSERT_TRUE(location);
    EXPECT_EQ(url_of(*location), "https://host.example/c?***");
    EXPECT_EQ(exact_url_of(*location), "https://host.example/c?sv=1&sig=hunter2");
    EXPECT_EQ(url_of(*parse_location("https://host.example/c")), "https://host.example/c");
}

}  // namespace
}  // namespace tapalcatl
