#include "settings/config_file.hpp"
#include "settings/config_writer.hpp"
#include "settings/location.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::vector<SettingGroup> written_groups{SettingGroup::storage,   SettingGroup::access,   SettingGroup::keys,
                                               SettingGroup::landcover, SettingGroup::reading,  SettingGroup::cache,
                                               SettingGroup::answers,   SettingGroup::tilejson, SettingGroup::preview,
                                               SettingGroup::http,      SettingGroup::limits,   SettingGroup::lambda,
                                               SettingGroup::logging};

/// Texts that YAML takes for something else, or not at all, where they are not quoted.
const std::vector<std::string_view> odd_texts{"",
                                              "a b",
                                              "a: b",
                                              "a:",
                                              ":",
                                              "# c",
                                              "a #b",
                                              "#",
                                              "*x",
                                              "&y",
                                              "!z",
                                              "- q",
                                              "-",
                                              "?",
                                              "? a",
                                              "| ",
                                              ">",
                                              "%d",
                                              "@e",
                                              "`f",
                                              "'g'",
                                              "\"h\"",
                                              "\\i",
                                              "a\\",
                                              "${X}",
                                              "$$",
                                              "$",
                                              "$${X}",
                                              "null",
                                              "Null",
                                              "~",
                                              "true",
                                              "yes",
                                              "1e3",
                                              "0x10",
                                              "007",
                                              "1_000",
                                              ".5",
                                              "[a",
                                              "{b}",
                                              "a, b",
                                              "---",
                                              "...",
                                              "--- a",
                                              "a\tb",
                                              "a\nb",
                                              "a\r\nb",
                                              "\xc3\xa9 \xe2\x82\xac",
                                              "\xf0\x9f\x98\x80",
                                              "\xc2\x85x",
                                              "a\xe2\x80\xa8x",
                                              "\xef\xbb\xbfx",
                                              "\x01\x1b[0m\x7f",
                                              "C:\\temp",
                                              "2026-09-01",
                                              "<<",
                                              "="};

/// With odd_texts, at least one for each setting that is not its default.
const std::vector<std::string_view> usual_texts{"1",
                                                "2",
                                                "3",
                                                "8",
                                                "31",
                                                "1024",
                                                "on",
                                                "off",
                                                "true",
                                                "false",
                                                "s3://bucket/a b $x",
                                                "file:///a%20b/$x#",
                                                "file:///%23/c",
                                                "https://host/x",
                                                "https://host/a%20b?signature=x$y",
                                                "tiles-b",
                                                "arn:aws:iam::123456789012:role/x",
                                                "virtual",
                                                "NO_HASH",
                                                "HASH_PREFIX",
                                                "0, 5,7",
                                                "256",
                                                "filesystem",
                                                "redis",
                                                "werkzeug.Cache",
                                                "whole",
                                                "2MiB",
                                                "1234567",
                                                "90s",
                                                "500ms",
                                                "36h",
                                                "0",
                                                "204",
                                                "https://{s}.example.org/maps",
                                                "/maps",
                                                "//host/x",
                                                "10.0.0.0/8, fd00::/8",
                                                "https://maps.example, http://localhost:3000",
                                                "9.4, 47.0,9.7,47.3",
                                                "9.52,47.14,12",
                                                "127.0.0.1",
                                                "[::1]",
                                                "*",
                                                "X-Tiles-Host",
                                                "streaming",
                                                "plain",
                                                "json",
                                                "debug"};

std::string file_of(const Configuration& configuration) {
    ConfigWriter writer;
    const auto written = write_settings(configuration, writer);
    EXPECT_TRUE(written) << written.error();
    return writer.text();
}

std::map<std::string_view, std::string> texts_of(const Settings& settings) {
    std::map<std::string_view, std::string> texts;
    for (const auto& setting : setting_table()) {
        texts.emplace(setting.name, setting.codec.text(settings));
    }
    texts.insert_or_assign("storage", settings.storage.location ? exact_url_of(*settings.storage.location) : "");
    return texts;
}

/// Expects that what is written of the environment makes the same settings without it. Whether a setting is not at its
/// default.
bool survives(const EnvironmentVariables& environment) {
    const auto given = configure(written_groups, {}, environment);
    if (!given) {
        return false;
    }
    const auto text = file_of(*given);
    const auto file = parse_config_file(text, "file.yaml", environment);
    EXPECT_TRUE(file) << file.error() << "\n" << text;
    const auto read = file ? configure(written_groups, {}, {}, &*file) : Result<Configuration>(file.error());
    EXPECT_TRUE(read) << read.error() << "\n" << text;
    if (read) {
        EXPECT_EQ(texts_of(read->settings), texts_of(given->settings)) << text;
    }
    return texts_of(given->settings) != texts_of(Settings{});
}

TEST(ConfigWriter, writes_each_setting_so_that_it_is_read_back) {
    for (const auto& setting : setting_table()) {
        std::size_t others = 0;
        for (const auto* texts : {&usual_texts, &odd_texts}) {
            for (const auto text : *texts) {
                EnvironmentVariables environment{{std::string(setting.variable), std::string(text)}};
                if (text == "filesystem") {
                    environment.emplace("CACHE_DIR", "/c");
                }
                others += survives(environment) ? 1U : 0U;
            }
        }
        EXPECT_GT(others, 0U) << setting.name << ": no text is another value than the default";
    }
}

TEST(ConfigWriter, writes_all_settings_together_so_that_they_are_read_back) {
    EnvironmentVariables environment;
    for (const auto& setting : setting_table()) {
        for (const auto text : usual_texts) {
            Settings settings;
            if (setting.name != "s3_bucket" && setting.codec.set(text, settings) &&
                setting.codec.text(settings) != setting.codec.text(Settings{})) {
                environment.emplace(setting.variable, text);
            }
        }
    }
    EXPECT_GT(environment.size() + 3, setting_table().size());
    EXPECT_TRUE(survives(environment));
}

TEST(ConfigWriter, writes_values_for_readers) {
    const auto given = configure(written_groups, {{"port", "81"}},
                                 {{"S3_BUCKET", "tiles"},
                                  {"TAPALCATL_MAX_ZOOM", "9"},
                                  {"INCLUDE_HASH", "false"},
                                  {"CACHE_DEFAULT_TIMEOUT", "5m"},
                                  {"S3_LAYER", ""},
                                  {"TAPALCATL_NAME", "a: $b"}});
    ASSERT_TRUE(given) << given.error();
    EXPECT_EQ(file_of(*given),
              "s3_bucket: tiles  # from S3_BUCKET\n"
              "s3_layer: \"\"  # from S3_LAYER\n"
              "include_hash: false  # from INCLUDE_HASH\n"
              "cache_default_timeout: 300  # from CACHE_DEFAULT_TIMEOUT\n"
              "name: \"a: $$b\"  # from TAPALCATL_NAME\n"
              "max_zoom: 9  # from TAPALCATL_MAX_ZOOM\n"
              "port: 81  # from --port\n");
}

TEST(ConfigWriter, writes_no_secret) {
    const auto given =
        configure(written_groups, {{"tiles_preview_api_key", "hunter2"}},
                  {{"CACHE_REDIS_URL", "redis://:hunter2@host"}, {"TAPALCATL_STORAGE", "https://host/a?sig=hunter2"}});
    ASSERT_TRUE(given) << given.error();
    const auto text = file_of(*given);
    EXPECT_THAT(text, Not(HasSubstr("hunter2")));
    EXPECT_THAT(text, HasSubstr("\ncache_redis_url: ${CACHE_REDIS_URL}  # from CACHE_REDIS_URL, not shown"));
    EXPECT_THAT(text,
                HasSubstr("\ntiles_preview_api_key: ${TILES_PREVIEW_API_KEY}  # from --tiles-preview-api-key, not"));
    EXPECT_THAT(text, HasSubstr("storage: ${TAPALCATL_STORAGE}  # from"));
}

TEST(ConfigWriter, refuses_text_that_yaml_cannot_have) {
    const auto given = configure(written_groups, {}, {{"TAPALCATL_NAME", "a\xff"}});
    ASSERT_TRUE(given) << given.error();
    ConfigWriter writer;
    const auto written = write_settings(*given, writer);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, Errc::usage);
    EXPECT_THAT(written.error().message, HasSubstr("TAPALCATL_NAME='"));
}

TEST(ConfigWriter, writes_tilesets_that_are_read_back) {
    for (const auto text : odd_texts) {
        ConfigWriter writer;
        writer.comment(fmt::format("made of {}", text));
        writer.begin("tilesets");
        for (const auto* name : {"2026", "null", "a-b.c"}) {
            writer.begin(name);
            writer.member("storage", yaml_text("s3://bucket/a"), text);
            writer.member("description", yaml_text(text));
            const std::vector<std::string> formats{"mvt", "json"};
            writer.member("formats", yaml_list(formats));
            writer.end();
        }
        writer.end();
        writer.blank_line();
        writer.member("name", yaml_variable("A"));
        const auto file = parse_config_file(writer.text(), "f", {{"A", "b"}});
        ASSERT_TRUE(file) << file.error() << writer.text();
        ASSERT_EQ(file->tilesets.size(), 3U);
        EXPECT_EQ(file->tilesets[1].name, "null");
        EXPECT_EQ(file->tilesets[1].description, text);
        EXPECT_EQ(file->tilesets[1].formats.size(), 2U);
        EXPECT_EQ(file->settings.values.at("name").text, "b");
    }
}

}  // namespace
}  // namespace tapalcatl
