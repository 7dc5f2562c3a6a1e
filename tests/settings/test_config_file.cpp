#include "settings/config_file.hpp"
#include "settings/configuration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tapalcatl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Of all groups that the cases use.
const std::vector<SettingGroup> used_groups{SettingGroup::storage, SettingGroup::access,  SettingGroup::keys,
                                            SettingGroup::cache,   SettingGroup::answers, SettingGroup::tilejson,
                                            SettingGroup::preview, SettingGroup::http};

Result<ConfigFile> parsed(std::string_view text, const EnvironmentVariables& environment = {}) {
    return parse_config_file(text, "file.yaml", environment);
}

Result<Configuration> configured_by(std::string_view text, const EnvironmentVariables& environment = {},
                                    const Flags& flags = {}) {
    const auto file = parsed(text, environment);
    if (!file) {
        return file.error();
    }
    return configure(used_groups, flags, environment, &*file);
}

std::string fault(std::string_view text, const EnvironmentVariables& environment = {}) {
    const auto configuration = configured_by(text, environment);
    EXPECT_FALSE(configuration) << text;
    if (configuration) {
        return {};
    }
    EXPECT_EQ(configuration.error().code, Errc::usage);
    return configuration.error().message;
}

constexpr std::string_view two_tilesets = R"(
port: 80
cache_max_age: 60
requester_pays: true
tilesets:
  one:
    storage: s3://bucket/one
    s3_prefix: "20260901"
    missing_tile: 204
    bounds: [9, 47, 10, 48]
    formats: [mvt, json]
    description: The first
  two:
    s3_bucket: other
    s3_layer: ""
    cache_max_age: 5
    requester_pays: false
    name: The second
    formats: {pbf: application/vnd.mapbox-vector-tile}
)";

TEST(ConfigFile, has_the_settings_of_the_server_by_their_names) {
    const auto configuration = configured_by(two_tilesets);
    ASSERT_TRUE(configuration) << configuration.error();
    EXPECT_EQ(configuration->settings.http.port, 80);
    EXPECT_EQ(configuration->settings.answers.max_age, std::chrono::seconds(60));
    EXPECT_EQ(configuration->settings.cache.size_bytes, Settings{}.cache.size_bytes);
    EXPECT_EQ(given_setting(*configuration, "port"), "file.yaml:2: port: '80'");
}

TEST(ConfigFile, has_tilesets_that_differ_from_the_server_as_they_say) {
    const auto configuration = configured_by(two_tilesets);
    ASSERT_TRUE(configuration) << configuration.error();
    ASSERT_EQ(configuration->tilesets.size(), 2U);
    const auto& one = configuration->tilesets[0];
    EXPECT_EQ(one.name, "one");
    EXPECT_EQ(url_of(*storage_location(one.settings)), "s3://bucket/one");
    EXPECT_EQ(one.settings.keys.prefix, "20260901");
    EXPECT_EQ(one.settings.answers.max_age, std::chrono::seconds(60));
    EXPECT_EQ(one.settings.answers.missing_tile_status, 204U);
    EXPECT_TRUE(one.settings.access.requester_pays);
    EXPECT_THAT(one.description.bounds, ElementsAre(9, 47, 10, 48));
    EXPECT_EQ(one.description.name, "one");
    EXPECT_EQ(one.description.description, "The first");
    EXPECT_EQ(one.description.formats.at(1).extension, "json");

    const auto& two = configuration->tilesets[1];
    EXPECT_EQ(url_of(*storage_location(two.settings)), "s3://other");
    EXPECT_EQ(two.settings.keys.layer, "");
    EXPECT_EQ(two.settings.answers.max_age, std::chrono::seconds(5));
    EXPECT_EQ(two.settings.answers.missing_tile_status, 404U);
    EXPECT_FALSE(two.settings.access.requester_pays);
    EXPECT_EQ(two.description.name, "The second");
    EXPECT_EQ(two.description.formats.at(0).content_type, "application/vnd.mapbox-vector-tile");
}

TEST(ConfigFile, yields_to_the_environment_and_that_to_flags) {
    const auto file = "port: 1\nthreads: 1\ncache_max_age: 1\n";
    const auto configuration = configured_by(file, {{"PORT", "2"}, {"TAPALCATL_THREADS", "2"}}, {{"port", "3"}});
    ASSERT_TRUE(configuration) << configuration.error();
    EXPECT_EQ(configuration->settings.http.port, 3);
    EXPECT_EQ(configuration->settings.http.threads, 2U);
    EXPECT_EQ(configuration->settings.answers.max_age, std::chrono::seconds(1));
}

TEST(ConfigFile, says_of_a_tileset_what_counts_most) {
    const auto configuration = configured_by("tilesets: {one: {storage: 's3://bucket/b', cache_max_age: 1}}",
                                             {{"S3_BUCKET", "other"}}, {{"cache_max_age", "3"}});
    ASSERT_TRUE(configuration) << configuration.error();
    EXPECT_EQ(configuration->tilesets[0].settings.answers.max_age, std::chrono::seconds(1));
    EXPECT_EQ(url_of(*storage_location(configuration->tilesets[0].settings)), "s3://bucket/b");
}

TEST(ConfigFile, may_be_empty) {
    for (const auto* text : {"", "# nothing\n", "---\n"}) {
        const auto configuration = configured_by(text);
        ASSERT_TRUE(configuration) << configuration.error();
        EXPECT_TRUE(configuration->tilesets.empty());
    }
}

struct VariableCase {
    const char* text;
    const char* name;
};

class ConfigVariables : public testing::TestWithParam<VariableCase> {};

TEST_P(ConfigVariables, are_replaced_in_values) {
    const EnvironmentVariables environment{{"A", "a value"}, {"EMPTY", ""}};
    const auto configuration = configured_by(fmt::format("name: \"{}\"", GetParam().text), environment);
    ASSERT_TRUE(configuration) << configuration.error();
    EXPECT_EQ(configuration->settings.tilejson.name, GetParam().name);
}

INSTANTIATE_TEST_SUITE_P(ConfigFile, ConfigVariables,
                         testing::Values(VariableCase{"${A}", "a value"},
                                         VariableCase{"<${A}>${A}", "<a value>a value"},
                                         VariableCase{"${B:-other}", "other"}, VariableCase{"${A:-other}", "a value"},
                                         VariableCase{"${EMPTY:-other}", "other"}, VariableCase{"x${EMPTY}", "x"},
                                         VariableCase{"${B:-}x", "x"}, VariableCase{"$$A $A $${A}", "$A $A ${A}"}));

struct FaultCase {
    const char* text;
    const char* message;
};

class ConfigFaults : public testing::TestWithParam<FaultCase> {};

TEST_P(ConfigFaults, name_the_place_and_what_is_expected) {
    EXPECT_THAT(fault(GetParam().text), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    ConfigFile, ConfigFaults,
    testing::Values(
        FaultCase{"cache_sise: 1\n", "file.yaml:1:1: unknown setting 'cache_sise': did you mean 'cache_size'?"},
        FaultCase{"port: 80\nport: 81\n", "file.yaml:2:1: 'port' is there twice"},
        FaultCase{"port: 80\n---\nport: 81\n", "file.yaml:3:1: another document: expected one in the file"},
        FaultCase{"port: 70000\n", "file.yaml:1:7: 'port': 70000: expected a number from 0 to 65535"},
        FaultCase{"port:\n", "'port': expected a value, found nothing"},
        FaultCase{"port: {a: b}\n", "file.yaml:1:7: 'port': expected a value, found a mapping"},
        FaultCase{"name: ${NOWHERE}\n", "file.yaml:1:7: variable NOWHERE is not set"},
        FaultCase{"name: a ${NOWHERE\n", "'${' without '}'"},
        FaultCase{"- a\n- b\n", "file.yaml:1:1: expected settings and 'tilesets', found a list"},
        FaultCase{"a: [1, 2\nb", "file.yaml:2:1: "}, FaultCase{"[a]: 1\n", "expected a name, found a list"},
        FaultCase{"tilesets: []\n", "file.yaml:1:11: 'tilesets': expected a mapping"},
        FaultCase{"tilesets: {}\n", "expected a mapping of names to tilesets, found an empty one"},
        FaultCase{"tilesets:\n  a: s3://b\n", "file.yaml:2:6: tileset 'a': expected a mapping"},
        FaultCase{"tilesets:\n  a: {port: 1}\n", "'port' is a setting of the server"},
        FaultCase{"tilesets:\n  a: {storag: s3://b}\n",
                  "unknown setting of a tileset 'storag': did you mean 'storage'?"},
        FaultCase{"tilesets:\n  a: {name: x}\n", "file.yaml:2: tileset 'a': no storage is named"},
        FaultCase{"tilesets:\n  a: {storage: 's3://bucket/c', s3_bucket: other}\n", "both name a storage"},
        FaultCase{"tilesets:\n  a: {storage: 's3://bucket/c', min_zoom: 9, max_zoom: 3}\n", "zooms 9 to 3"},
        FaultCase{"tilesets:\n  a/b: {storage: 's3://bucket/c'}\n", "file.yaml:2:3: name of a tileset 'a/b': expected"},
        FaultCase{"tilesets:\n  catalog: {storage: 's3://bucket/c'}\n", "name of a tileset 'catalog': expected"},
        FaultCase{"tilesets:\n  a: {storage: 's3://bucket/c', formats: mvt}\n", "'formats': expected a list"},
        FaultCase{"tilesets:\n  a: {storage: 's3://bucket/c', formats: []}\n", "'formats': expected at least one"},
        FaultCase{"tilesets:\n  a: {storage: 's3://bucket/c', formats: [a/b]}\n", "'a/b': expected an extension"},
        FaultCase{"tilesets:\n  a: {storage: 's3://bucket/c', formats: {mvt: \"a/b\\r\\nX: y\"}}\n", "'mvt': expected"},
        FaultCase{"tilesets:\n  a: {storage: 's3://bucket/c'}\n  a: {storage: 's3://bucket/d'}\n",
                  "file.yaml:3:3: 'a' is there twice"}));

constexpr std::string_view with_headers = R"(
headers: {X-Build: "20261128", X-A: server}
cors_origins: https://maps.example
tilesets:
  one:
    storage: s3://bucket/one
    headers: {x-a: one, X-B: "${B:-b}"}
    cors_origins: ["https://one.example", "http://localhost:3000"]
  two: {storage: s3://bucket/two}
)";

TEST(ConfigFile, has_headers_of_the_server_and_those_of_tilesets_over_them) {
    const auto configuration = configured_by(with_headers);
    ASSERT_TRUE(configuration) << configuration.error();
    const source::HeaderList of_server{{"X-Build", "20261128"}, {"X-A", "server"}};
    EXPECT_EQ(configuration->settings.answers.headers->fields, of_server);
    const auto& one = configuration->tilesets.at(0).settings.answers;
    EXPECT_EQ(one.headers->fields, (source::HeaderList{{"X-Build", "20261128"}, {"x-a", "one"}, {"X-B", "b"}}));
    const auto& two = configuration->tilesets.at(1).settings.answers;
    EXPECT_EQ(two.headers, configuration->settings.answers.headers) << "the same for all tilesets without their own";
}

TEST(ConfigFile, has_origins_of_the_server_and_of_tilesets) {
    const auto configuration = configured_by(with_headers);
    ASSERT_TRUE(configuration) << configuration.error();
    EXPECT_EQ(configuration->settings.answers.cors_origins.text(), "https://maps.example");
    EXPECT_EQ(configuration->tilesets.at(0).settings.answers.cors_origins.text(),
              "https://one.example,http://localhost:3000");
    EXPECT_EQ(configuration->tilesets.at(1).settings.answers.cors_origins.text(), "https://maps.example");
    EXPECT_TRUE(Settings{}.answers.cors_origins.are_all());
}

INSTANTIATE_TEST_SUITE_P(
    ConfigHeaders, ConfigFaults,
    testing::Values(
        FaultCase{"headers: [a]\n", "file.yaml:1:10: 'headers': expected a mapping of names to values, found a list"},
        FaultCase{"headers: {a: [b]}\n", "file.yaml:1:14: header 'a': expected a value, found a list"},
        FaultCase{"headers: {a: }\n", "header 'a': expected a value, found nothing"},
        FaultCase{"headers: {a b: c}\n", "file.yaml:1:11: header 'a b': its name is no token"},
        FaultCase{"headers: {A: \"b\\r\\nX: y\"}\n", "header 'A': its value has the byte 0x0d"},
        FaultCase{"headers: {Transfer-Encoding: chunked}\n",
                  "header 'Transfer-Encoding': it belongs to the connection"},
        FaultCase{"headers: {Vary: x}\n", "header 'Vary': the server makes it itself"},
        FaultCase{"headers: {Access-Control-Allow-Origin: x}\n", "the server makes it itself"},
        FaultCase{"headers: {Set-Cookie: x}\n", "it speaks for the whole origin"},
        FaultCase{"headers: {content-type: x/y}\n", "header 'content-type': it depends on the tile"},
        FaultCase{"headers: {A: b, a: c}\n", "file.yaml:1:17: header 'a': it is there twice"},
        FaultCase{"headers: {A: '${NOWHERE}'}\n", "variable NOWHERE is not set"},
        FaultCase{"tilesets:\n  t: {storage: 's3://bucket/t', headers: {Date: x}}\n",
                  "file.yaml:2:43: header 'Date': the server makes it itself"},
        FaultCase{"cors_origins: https://a.example/maps\n", "'https://a.example/maps' is no origin"},
        FaultCase{"cors_origins: https://a:secret@b.example/?secret\n", "; 'https://***@b.example/?***' is no origin"},
        FaultCase{"cors_origins: ['*', 'https://a.example']\n", "'*' among others"}));

TEST(ConfigFile, has_so_many_headers_and_no_more) {
    const auto file_with = [](std::size_t count) {
        std::string text = "headers:\n";
        for (std::size_t i = 0; i < count; ++i) {
            text += fmt::format("  X-{}: a\n", i);
        }
        return text;
    };
    EXPECT_TRUE(configured_by(file_with(source::max_header_count)));
    EXPECT_THAT(fault(file_with(source::max_header_count + 1)), HasSubstr("expected at most 32 with 8192 bytes"));
}

constexpr std::string_view ordered = R"(
metatile_size: 1
sources:
  today: {storage: "s3://tiles", s3_prefix: "20261128", metatile_size: 8, requester_pays: true}
  last_week: {s3_bucket: old, s3_prefix: "20261121", key_format_type: NO_HASH}
tilesets:
  world:
    sources: [today, last_week]
    on_failure: next
    cache_max_age: 5
    max_zoom: 9
  old:
    sources: [last_week]
)";

TEST(ConfigFile, has_sources_that_tilesets_name_in_order) {
    const auto configuration = configured_by(ordered);
    ASSERT_TRUE(configuration) << configuration.error();
    EXPECT_THAT(configuration->warnings, IsEmpty());
    ASSERT_EQ(configuration->sources.size(), 2U);
    const auto& world = configuration->tilesets.at(0);
    ASSERT_EQ(world.sources.size(), 2U);
    const auto& today = *world.sources[0];
    EXPECT_EQ(today.name, "today");
    EXPECT_EQ(url_of(*storage_location(today.settings)), "s3://tiles");
    EXPECT_EQ(today.settings.keys.prefix, "20261128");
    EXPECT_TRUE(today.settings.access.requester_pays);
    const auto& last_week = *world.sources[1];
    EXPECT_EQ(url_of(*storage_location(last_week.settings)), "s3://old");
    EXPECT_EQ(last_week.settings.keys.layout, KeyLayout::no_hash);
    EXPECT_EQ(last_week.settings.metatiles.metatile_size, 1U);
    EXPECT_FALSE(last_week.settings.access.requester_pays);
    EXPECT_EQ(world.on_failure, source::OnFailure::next);

    const auto& old = configuration->tilesets.at(1);
    EXPECT_EQ(old.on_failure, source::OnFailure::fail);
    EXPECT_EQ(old.sources.at(0), world.sources[1]);
}

TEST(ConfigFile, describes_a_tileset_with_sources_by_what_it_says_and_by_its_largest_metatiles) {
    const auto configuration = configured_by(ordered);
    ASSERT_TRUE(configuration) << configuration.error();
    const auto& world = configuration->tilesets.at(0);
    EXPECT_EQ(world.settings.answers.max_age, std::chrono::seconds(5));
    EXPECT_EQ(world.description.name, "world");
    EXPECT_EQ(world.description.scales.size(), 4U);
    EXPECT_EQ(world.description.max_zoom(), 9U);
    EXPECT_EQ(configuration->tilesets.at(1).description.scales.size(), 1U);
}

TEST(ConfigFile, warns_of_a_source_that_no_tileset_uses) {
    const auto configuration = configured_by("sources:\n  a: {storage: 's3://bucket/a'}\n");
    ASSERT_TRUE(configuration) << configuration.error();
    EXPECT_THAT(configuration->warnings, ElementsAre("file.yaml:2: source 'a' is not used by any tileset"));
}

TEST(ConfigFile, has_sources_in_the_storage_of_the_server_too) {
    const auto configuration =
        configured_by("storage: s3://tiles\nsources: {a: {s3_prefix: b}}\ntilesets: {one: {sources: [a]}}");
    ASSERT_TRUE(configuration) << configuration.error();
    EXPECT_EQ(url_of(*storage_location(configuration->tilesets.at(0).sources.at(0)->settings)), "s3://tiles");
}

constexpr auto source_a = "sources: {a: {storage: 's3://bucket/a'}, bcd: {storage: 's3://bucket/b'}}\n";

class SourceFaults : public testing::TestWithParam<FaultCase> {};

TEST_P(SourceFaults, name_the_place_and_what_is_expected) {
    EXPECT_THAT(fault(std::string(source_a) + GetParam().text), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    ConfigFile, SourceFaults,
    testing::Values(
        FaultCase{"tilesets:\n  t: {sources: [bce]}\n", "file.yaml:3:17: unknown source 'bce': did you mean 'bcd'?"},
        FaultCase{"tilesets:\n  t: {sources: [a, bcd, a]}\n", "file.yaml:3:25: source 'a' is there twice"},
        FaultCase{"tilesets:\n  t: {sources: []}\n", "'sources': expected a list of names of sources, found an empty"},
        FaultCase{"tilesets:\n  t: {sources: a}\n", "'sources': expected a list of names of sources, found a value"},
        FaultCase{"tilesets:\n  t: {sources: [[a]]}\n", "'sources': expected names in the list, found a list"},
        FaultCase{"tilesets:\n  t: {sources: [{a: b}]}\n", "'sources': expected a value, found a mapping"},
        FaultCase{"tilesets:\n  t: {sources: [a], on_failure: maybe}\n",
                  "file.yaml:3:33: 'on_failure': maybe: expected fail or next"},
        FaultCase{"tilesets:\n  t: {storage: 's3://bucket/t', on_failure: next}\n",
                  "'on_failure' is for a tileset with 'sources'"},
        FaultCase{"tilesets:\n  t: {storage: 's3://bucket/t', sources: [a]}\n",
                  "file.yaml:3:7: 'storage' beside 'sources': expected it in the sources"},
        FaultCase{"tilesets:\n  t: {sources: [a], s3_prefix: x}\n", "'s3_prefix' beside 'sources'"},
        FaultCase{"tilesets:\n  t: {sources: [a], anonymous: on}\n", "'anonymous' beside 'sources'"}));

INSTANTIATE_TEST_SUITE_P(
    ConfigSources, ConfigFaults,
    testing::Values(FaultCase{"sources: []\n", "'sources': expected a mapping of names to sources, found a list"},
                    FaultCase{"sources:\n  a: s3://b\n", "file.yaml:2:6: source 'a': expected a mapping"},
                    FaultCase{"sources:\n  a b: {storage: 's3://b'}\n", "name of a source 'a b': expected"},
                    FaultCase{"sources:\n  a: {storag: 's3://b'}\n",
                              "unknown setting of a source 'storag': did you mean 'storage'?"},
                    FaultCase{"sources:\n  a: {max_zoom: 3}\n",
                              "'max_zoom' is no setting of a source: expected it in the tilesets"},
                    FaultCase{"sources:\n  a: {port: 3}\n",
                              "'port' is no setting of a source: expected it outside of 'sources'"},
                    FaultCase{"sources:\n  a: {s3_prefix: x}\n", "file.yaml:2: source 'a': no storage is named"},
                    FaultCase{"sources:\n  a: {storage: 's3://bucket/meta.json'}\n", "is a Tapalcatl 2 tileset"},
                    FaultCase{"sources:\n  a: {storage: 's3://bucket/a'}\n  a: {storage: 's3://bucket/b'}\n",
                              "file.yaml:3:3: 'a' is there twice"}));

TEST(ConfigFile, has_routes_of_tilesets_in_order) {
    const auto configuration = configured_by(R"(
tilesets:
  one:
    storage: s3://bucket/one
    routes: ["/${ROOT}/{prefix}/{z:[0-9]{1,2}}/{x}/{y}.{fmt}", "/old/{z}/{x}/{y}.{format}"]
  two:
    storage: s3://bucket/meta.json
    routes: ["/two/v1/{z}/{x}/{y}.{format}"]
)",
                                             {{"ROOT", "new"}});
    ASSERT_TRUE(configuration) << configuration.error();
    const auto texts_of = [](const TilesetSettings& tileset) {
        std::vector<std::string> texts;
        for (const auto& route : tileset.routes) {
            texts.push_back(route.text());
        }
        return texts;
    };
    EXPECT_THAT(texts_of(configuration->tilesets.at(0)),
                ElementsAre("/new/{prefix}/{z:[0-9]{1,2}}/{x}/{y}.{fmt}", "/old/{z}/{x}/{y}.{format}"));
    EXPECT_THAT(texts_of(configuration->tilesets.at(1)), ElementsAre("/two/v1/{z}/{x}/{y}.{format}"));
}

INSTANTIATE_TEST_SUITE_P(
    ConfigRoutes, ConfigFaults,
    testing::Values(
        FaultCase{"tilesets:\n  a: {storage: 's3://bkt/a', routes: /a}\n",
                  "2:38: 'routes': expected a list of patterns"},
        FaultCase{"tilesets:\n  a: {storage: 's3://bkt/a', routes: [{z: b}]}\n", "expected a pattern in quotes"},
        FaultCase{"tilesets:\n  a: {storage: 's3://bkt/a', routes: ['/{z}/{x}']}\n",
                  "file.yaml:2:39: route '/{z}/{x}': expected the variables {z}, {x}, {y} and {format}"},
        FaultCase{"tilesets:\n  a: {storage: 's3://bkt/a', routes: ['/{z:(?i)1}/{x}/{y}.{fmt}']}\n",
                  "file.yaml:2:39: route '/{z:(?i)1}/{x}/{y}.{fmt}': z: '(?i)1': expected (...) or (?:...)"},
        FaultCase{"tilesets:\n  a: {storage: 's3://bkt/a', routes: ['/{z}/{x}/{y}.{fmt}']}\n"
                  "  c: {storage: 's3://bkt/c', routes: ['/{z}/{x}/{y}.{fmt}']}\n",
                  "file.yaml:3:39: route '/{z}/{x}/{y}.{fmt}' is there twice"},
        FaultCase{
            "tilesets:\n  a: {storage: 's3://bkt/a', routes: ['/c/{z}/{x}/{y}.{fmt}']}\n  c: {storage: 's3://bkt/c'}\n",
            "file.yaml:2:39: route '/c/{z}/{x}/{y}.{fmt}' is that of the tileset 'c'"},
        FaultCase{"tilesets:\n  a: {storage: 's3://bkt/a', routes: ['/preview/{z}/{x}/{y}.{fmt}']}\n",
                  "is one of the preview"},
        FaultCase{"tilesets:\n  a: {storage: 's3://bkt/meta.json', routes: ['/{layer}/{z}/{x}/{y}.{fmt}']}\n",
                  "file.yaml:2: tileset 'a': route '/{layer}/{z}/{x}/{y}.{fmt}' has {prefix} or {layer}"}));

TEST(ConfigFile, tells_all_its_faults_at_once) {
    const auto message = fault("prot: 1\nthreads: x\ntilesets:\n  a: 1\n");
    EXPECT_THAT(message, HasSubstr("file.yaml:1:1:"));
    EXPECT_THAT(message, HasSubstr("file.yaml:2:10:"));
    EXPECT_THAT(message, HasSubstr("file.yaml:4:6:"));
}

TEST(ConfigFile, tells_of_every_tileset_that_is_wrong) {
    const auto message = fault(
        "tilesets:\n  a: {name: x}\n  b: {storage: 's3://bucket'}\n  c: {s3_bucket: tiles, storage: 's3://bucket'}\n");
    EXPECT_THAT(message, HasSubstr("file.yaml:2: tileset 'a': "));
    EXPECT_THAT(message, HasSubstr("\nfile.yaml:4: tileset 'c': "));
    EXPECT_THAT(message, Not(HasSubstr("'b'")));
}

TEST(ConfigFile, with_very_many_faults_tells_some_and_how_many) {
    std::string text;
    for (int i = 0; i < 1000; ++i) {
        text += fmt::format("unknown{}: 1\n", i);
    }
    EXPECT_THAT(fault(text), HasSubstr("and 980 more faults"));
}

TEST(ConfigFile, keeps_secrets_out_of_messages) {
    EXPECT_THAT(fault("tiles_preview_api_key: [hunter2, {a: b}]\n"), Not(HasSubstr("hunter2")));
    EXPECT_THAT(fault("storage: https://host/%zz?X-Amz-Signature=hunter2\nport: x\n"), Not(HasSubstr("hunter2")));
}

TEST(ConfigFile, that_is_nested_without_end_is_refused) {
    EXPECT_THAT(fault(std::string(100'000, '[')), HasSubstr("file.yaml"));
    EXPECT_THAT(fault("a: &a [*a]\n"), HasSubstr("unknown setting"));
}

TEST(ConfigFile, cut_anywhere_is_a_file_or_a_fault) {
    for (const auto whole : {two_tilesets, ordered, with_headers}) {
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const std::string cut(whole.substr(0, size));  // an allocation of its own, so that reading on is seen
            const auto configuration = configured_by(cut);
            EXPECT_TRUE(configuration || configuration.error().code == Errc::usage) << cut;
        }
    }
}

}  // namespace
}  // namespace tapalcatl
