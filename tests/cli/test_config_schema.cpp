#include "cli/config_schema.hpp"
#include "service/tilesets.hpp"
#include "settings/config_file.hpp"
#include "settings/file_member.hpp"
#include "settings/setting_table.hpp"
#include "tiles/tile_path.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>

namespace tapalcatl::cli {
namespace {

using boost::json::object;
using testing::HasSubstr;
using testing::Not;

std::set<std::string> names_in(const object& schema) {
    EXPECT_EQ(schema.at("additionalProperties"), false);
    std::set<std::string> names;
    for (const auto& property : schema.at("properties").as_object()) {
        names.emplace(property.key());
    }
    return names;
}

object definition(const object& schema, std::string_view name) {
    return schema.at("$defs").as_object().at(name).as_object();
}

object tileset_of(const object& schema) {
    return definition(schema, "tileset");
}

TEST(ConfigSchema, has_all_settings_and_members_and_nothing_else) {
    std::set<std::string> of_document;
    std::set<std::string> of_tileset;
    std::set<std::string> of_source;
    for (const auto& setting : setting_table()) {
        of_document.emplace(setting.name);
        if (may_differ(setting)) {
            of_tileset.emplace(setting.name);
        }
        if (is_of_source(setting)) {
            of_source.emplace(setting.name);
        }
    }
    for (const auto& member : document_members()) {
        of_document.emplace(member.name);
    }
    for (const auto& member : tileset_members()) {
        of_tileset.emplace(member.name);
    }
    const auto schema = config_schema();
    EXPECT_EQ(names_in(schema), of_document);
    EXPECT_EQ(names_in(tileset_of(schema)), of_tileset);
    EXPECT_EQ(names_in(definition(schema, "source")), of_source);
}

TEST(ConfigSchema, describes_each_setting_as_the_help_does) {
    const auto schema = config_schema();
    const auto& properties = schema.at("properties").as_object();
    for (const auto& setting : setting_table()) {
        const std::string description(properties.at(setting.name).as_object().at("description").as_string());
        EXPECT_THAT(description, HasSubstr(std::string(setting.help)));
        EXPECT_THAT(description, HasSubstr(setting.default_value()));
    }
}

/// Names of the schema are known to the parser, which finds another fault in such a value.
TEST(ConfigSchema, has_the_names_that_the_parser_knows) {
    const auto schema = config_schema();
    for (const auto& name : names_in(schema)) {
        const auto parsed = parse_config_file(name + ": [[]]\n", "f", {});
        ASSERT_FALSE(parsed) << name;
        EXPECT_THAT(parsed.error().message, Not(HasSubstr("unknown"))) << name;
    }
    for (const auto& name : names_in(tileset_of(schema))) {
        const auto parsed = parse_config_file("tilesets:\n  a:\n    " + name + ": [[]]\n", "f", {});
        ASSERT_FALSE(parsed) << name;
        EXPECT_THAT(parsed.error().message, Not(HasSubstr("unknown"))) << name;
    }
}

std::regex pattern_in(const boost::json::value& names) {
    return std::regex(std::string(names.as_object().at("pattern").as_string()), std::regex::ECMAScript);
}

TEST(ConfigSchema, takes_the_names_that_tilesets_can_have) {
    const auto schema = config_schema();
    const auto pattern = pattern_in(schema.at("properties").at("tilesets").at("propertyNames"));
    for (const std::string name : {"a", "2026", "a-b_c.d", "catalog", "catalogs", "preview", "tilezen", "tilezen2",
                                   "-a", "a b", "", "a/b", ".a", "\xc3\xa9"}) {
        EXPECT_EQ(std::regex_search(name, pattern), service::is_tileset_name(name)) << name;
    }
    EXPECT_TRUE(std::regex_search(std::string(64, 'a'), pattern));
    EXPECT_FALSE(std::regex_search(std::string(65, 'a'), pattern));
}

TEST(ConfigSchema, takes_the_extensions_that_formats_can_have) {
    const auto schema = tileset_of(config_schema());
    const auto& kinds = schema.at("properties").at("formats").at("anyOf").as_array();
    for (const auto& pattern : {pattern_in(kinds.at(0).at("items")), pattern_in(kinds.at(1).at("propertyNames"))}) {
        for (const std::string name :
             {"mvt", "a.json", "mp4", "3tz", "", "1", "12.mvt", "a/b", ".", ".a", "json.1", "-"}) {
            EXPECT_EQ(std::regex_search(name, pattern), is_format(name)) << name;
        }
    }
}

}  // namespace
}  // namespace tapalcatl::cli
