#include "cli/verbs.hpp"

#include "tests/support/scratch_file.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tapalcatl::cli {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

std::string shown(Form form) {
    const std::vector groups{SettingGroup::storage, SettingGroup::keys, SettingGroup::preview, SettingGroup::http};
    const auto configuration = configure(
        groups, {{"port", "81"}}, {{"TILES_PREVIEW_API_KEY", "top-secret"}, {"S3_PREFIX", "a\nb"}, {"HOST", "::1"}});
    EXPECT_TRUE(configuration) << configuration.error();
    tests::ScratchFile file;
    Output out(file.fd());
    EXPECT_TRUE(config(*configuration, form, out));
    EXPECT_TRUE(out.flush());
    return file.content();
}

TEST(Config, shows_each_setting_with_its_value_and_whence_it_is) {
    const auto text = shown(Form::text);
    EXPECT_THAT(text, ContainsRegex("\nport +81 +--port\n"));
    EXPECT_THAT(text, ContainsRegex("\nhost +::1 +HOST\n"));
    EXPECT_THAT(text, ContainsRegex("\nmetatile_size +4 +default\n"));
    EXPECT_THAT(text, ContainsRegex("\ns3_prefix +a.x0ab +S3_PREFIX\n"));
    for (const auto& setting : setting_table()) {
        EXPECT_THAT("\n" + text, HasSubstr(fmt::format("\n{} ", setting.name)));
    }
}

TEST(Config, never_shows_secrets) {
    EXPECT_THAT(shown(Form::text), Not(HasSubstr("top-secret")));
    EXPECT_THAT(shown(Form::json), Not(HasSubstr("top-secret")));
    EXPECT_THAT(shown(Form::text), ContainsRegex("\ntiles_preview_api_key +[*]+ +TILES_PREVIEW_API_KEY\n"));
}

TEST(Config, comes_as_json_too) {
    const auto document = boost::json::parse(shown(Form::json)).as_object();
    EXPECT_EQ(document.size(), setting_table().size());
    const auto& port = document.at("port").as_object();
    EXPECT_EQ(port.at("value"), "81");
    EXPECT_EQ(port.at("from"), "flag");
    EXPECT_EQ(port.at("name"), "--port");
    EXPECT_EQ(document.at("s3_prefix").as_object().at("value"), "a\nb");
    EXPECT_EQ(document.at("metatile_size").as_object().at("from"), "default");
}

}  // namespace
}  // namespace tapalcatl::cli
