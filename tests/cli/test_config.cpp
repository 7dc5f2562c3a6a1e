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
    EXPECT_TRUE(config(*configuration, nullptr, form, out));
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

std::string shown_of_file(std::string_view text, Form form) {
    const std::vector groups{SettingGroup::storage, SettingGroup::keys, SettingGroup::tilejson, SettingGroup::http};
    const auto file = parse_config_file(text, "f.yaml", {});
    EXPECT_TRUE(file) << file.error();
    const auto configuration = configure(groups, {}, {}, &*file);
    EXPECT_TRUE(configuration) << configuration.error();
    tests::ScratchFile scratch;
    Output out(scratch.fd());
    EXPECT_TRUE(config(*configuration, &*file, form, out));
    EXPECT_TRUE(out.flush());
    return scratch.content();
}

constexpr std::string_view two_sets = R"(port: 81
storage: s3://bucket
tilesets:
  one:
    s3_bucket: other
    max_zoom: 9
    metatile_size: 4
  two:
    storage: s3://bucket
    include_hash: false
)";

TEST(Config, tells_where_the_settings_of_tilesets_stand) {
    const auto text = shown_of_file(two_sets, Form::text);
    EXPECT_THAT(text, ContainsRegex("\nport +81 +f.yaml:1\n"));
    const auto one = text.substr(text.find("\ntileset one\n"));
    EXPECT_THAT(one, ContainsRegex("\ns3_bucket +other +f.yaml:5\n"));
    EXPECT_THAT(one, ContainsRegex("\nmax_zoom +9 +f.yaml:6\n"));
    EXPECT_THAT(one, ContainsRegex("\nmetatile_size +4 +f.yaml:7\n")) << "the server's value, but its own";
    EXPECT_THAT(one, ContainsRegex("\nstorage +- +default\n")) << "its bucket replaces the server's storage";
    EXPECT_THAT(one.substr(0, one.find("\ntileset two\n")), Not(HasSubstr("\nport")));
}

TEST(Config, tells_it_in_json_too_and_of_both_settings_of_one_member) {
    const auto document = boost::json::parse(shown_of_file(two_sets, Form::json)).as_object();
    const auto& tilesets = document.at("tilesets").as_object();
    const auto& one = tilesets.at("one").as_object();
    const boost::json::object max_zoom{{"value", "9"}, {"from", "file"}, {"name", "f.yaml:6"}};
    EXPECT_EQ(one.at("max_zoom"), max_zoom);
    EXPECT_EQ(one.at("storage").as_object().at("from"), "default");
    const auto& two = tilesets.at("two").as_object();
    const boost::json::object layout{{"value", "NO_HASH"}, {"from", "file"}, {"name", "f.yaml:10"}};
    EXPECT_EQ(two.at("key_format_type"), layout);
    EXPECT_EQ(two.at("include_hash").as_object().at("name"), "f.yaml:10");
}

}  // namespace
}  // namespace tapalcatl::cli
