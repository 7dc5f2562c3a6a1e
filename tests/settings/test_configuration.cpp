#include "settings/configuration.hpp"
#include "settings/location.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

namespace tapalcatl {
namespace {

using testing::HasSubstr;

const std::vector<SettingGroup> all_groups{SettingGroup::storage,   SettingGroup::access,   SettingGroup::keys,
                                           SettingGroup::landcover, SettingGroup::reading,  SettingGroup::cache,
                                           SettingGroup::answers,   SettingGroup::tilejson, SettingGroup::preview,
                                           SettingGroup::http,      SettingGroup::limits,   SettingGroup::lambda,
                                           SettingGroup::logging};

Result<Configuration> configured(const EnvironmentVariables& environment, const Flags& flags = {}) {
    return configure(all_groups, flags, environment);
}

/// The settings of an environment that is right.
Settings settings_of(const EnvironmentVariables& environment, const Flags& flags = {}) {
    const auto configuration = configured(environment, flags);
    EXPECT_TRUE(configuration) << configuration.error();
    return configuration ? configuration->settings : Settings{};
}

std::size_t row_of(std::string_view name) {
    const auto table = setting_table();
    const auto found = std::find_if(table.begin(), table.end(), [&](const auto& s) { return s.name == name; });
    EXPECT_NE(found, table.end()) << name;
    return static_cast<std::size_t>(found - table.begin());
}

TEST(SettingTable, has_each_name_and_variable_once_and_flags_that_follow_from_variables) {
    std::set<std::string_view> names;
    std::set<std::string_view> variables;
    for (const auto& setting : setting_table()) {
        EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
        EXPECT_TRUE(variables.insert(setting.variable).second) << setting.variable;
        std::string upper(setting.name);
        std::transform(upper.begin(), upper.end(), upper.begin(),
                       [](char c) { return c == '_' ? c : static_cast<char>(std::toupper(c)); });
        EXPECT_TRUE(setting.variable == upper || setting.variable == "TAPALCATL_" + upper) << setting.variable;
        EXPECT_FALSE(setting.help.empty()) << setting.name;
        EXPECT_EQ(setting.flag().find('_'), std::string::npos) << setting.flag();
    }
}

TEST(SettingTable, reads_back_every_default_as_it_tells_it) {
    for (const auto& setting : setting_table()) {
        const auto text = setting.codec.text(Settings{});
        if (text.empty()) {
            continue;
        }
        Settings settings;
        EXPECT_TRUE(setting.codec.set(text, settings)) << setting.name << " " << text;
        EXPECT_EQ(setting.codec.text(settings), text) << setting.name;
    }
}

TEST(Configuration, of_nothing_is_the_defaults_of_the_original) {
    const auto s = settings_of({});
    EXPECT_FALSE(s.storage.location);
    EXPECT_EQ(s.keys.layout, KeyLayout::prefix_hash);
    EXPECT_EQ(s.keys.prefix, "");
    EXPECT_EQ(s.keys.layer, "all");
    EXPECT_EQ(s.metatiles.metatile_size, 4U);
    EXPECT_FALSE(s.metatiles.max_detail_zoom);
    EXPECT_EQ(s.answers.max_age, std::chrono::seconds(1200));
    EXPECT_EQ(s.answers.shared_max_age, std::chrono::seconds(600));
    EXPECT_EQ(s.cache.fresh_for, std::chrono::seconds(300));
    EXPECT_EQ(s.http.host, "");
    EXPECT_EQ(s.http.port, 8080);
    EXPECT_GE(s.http.threads, 1U);
}

TEST(Configuration, fills_every_kind_of_member) {
    const auto s = settings_of({{"TAPALCATL_STORAGE", "file:///srv/my%20tiles"},
                                {"S3_PREFIX", "abc"},
                                {"METATILE_SIZE", "8"},
                                {"METATILE_MAX_DETAIL_ZOOM", "14"},
                                {"KEY_FORMAT_TYPE", "HASH_PREFIX"},
                                {"TAPALCATL_READ", "whole"},
                                {"TAPALCATL_TAIL_SIZE", "128KiB"},
                                {"TAPALCATL_CACHE_SIZE", "1GiB"},
                                {"TAPALCATL_STALE_FOR", "36h"},
                                {"CACHE_DEFAULT_TIMEOUT", "0"},
                                {"TAPALCATL_MISSING_TILE", "204"},
                                {"TILES_URL_BASE", "https://{s}.example.org/"},
                                {"TAPALCATL_TRUSTED_PROXIES", "10.0.0.0/8, fd00::/8"},
                                {"TAPALCATL_BOUNDS", "9.4, 47,9.7,47.3"},
                                {"TAPALCATL_CENTER", "9.5,47.1,12"},
                                {"TAPALCATL_MAX_ZOOM", "14"},
                                {"TAPALCATL_PREVIEW", "off"},
                                {"HOST", "[::1]"},
                                {"PORT", "0"},
                                {"TAPALCATL_IDLE_TIMEOUT", "500ms"},
                                {"TAPALCATL_ACCESS_LOG", "json"},
                                {"TAPALCATL_LOG_LEVEL", "debug"},
                                {"TAPALCATL_LOG_FORMAT", "json"}});
    EXPECT_EQ(url_of(s.storage.location.value()), "file:///srv/my%20tiles");
    EXPECT_EQ(s.keys.prefix, "abc");
    EXPECT_EQ(s.keys.layout, KeyLayout::hash_prefix);
    EXPECT_EQ(s.metatiles.metatile_size, 8U);
    EXPECT_EQ(s.metatiles.max_detail_zoom, 14U);
    EXPECT_EQ(s.read.mode, source::ReadMode::whole);
    EXPECT_EQ(s.read.tail_size, 131'072U);
    EXPECT_EQ(s.cache.size_bytes, 1'073'741'824U);
    EXPECT_EQ(s.cache.stale_for, std::chrono::hours(36));
    EXPECT_EQ(s.cache.fresh_for, std::chrono::seconds(0));
    EXPECT_EQ(s.answers.missing_tile_status, 204U);
    EXPECT_EQ(s.answers.tiles_url_base, "https://{s}.example.org");
    EXPECT_TRUE(s.answers.trusted_proxies.contains("10.1.2.3"));
    EXPECT_EQ(s.tilejson.bounds, (std::array<double, 4>{9.4, 47, 9.7, 47.3}));
    EXPECT_EQ(s.tilejson.center.zoom, 12U);
    EXPECT_FALSE(s.preview.enabled);
    EXPECT_EQ(s.http.host, "::1");
    EXPECT_EQ(s.http.port, 0);
    EXPECT_EQ(s.http.idle_timeout, std::chrono::milliseconds(500));
    EXPECT_EQ(s.logging.access_log, AccessLog::json);
    EXPECT_EQ(s.logging.level, log::Level::debug);
    EXPECT_EQ(s.logging.form, log::Form::json);
}

TEST(Configuration, lets_flags_win_and_tells_whence_a_value_is) {
    const auto configuration = configured({{"PORT", "1"}, {"S3_PREFIX", "a"}}, {{"port", "2"}});
    ASSERT_TRUE(configuration) << configuration.error();
    EXPECT_EQ(configuration->settings.http.port, 2);
    const auto& port = configuration->origins[row_of("port")];
    EXPECT_EQ(port.kind, Origin::Kind::flag);
    EXPECT_EQ(port.name, "--port");
    const auto& prefix = configuration->origins[row_of("s3_prefix")];
    EXPECT_EQ(prefix.kind, Origin::Kind::variable);
    EXPECT_EQ(prefix.name, "S3_PREFIX");
    EXPECT_EQ(configuration->origins[row_of("host")].kind, Origin::Kind::default_value);
}

TEST(Configuration, lets_a_flag_make_good_what_is_wrong_in_the_environment) {
    EXPECT_EQ(settings_of({{"PORT", "tcp://10.0.0.1:80"}}, {{"port", "81"}}).http.port, 81);
}

TEST(Configuration, takes_empty_variables_as_unset_but_where_the_original_gives_them_a_meaning) {
    EnvironmentVariables environment;
    for (const auto& setting : setting_table()) {
        environment.emplace(setting.variable, "");
    }
    const auto s = settings_of(environment);
    EXPECT_EQ(s.http.port, 8080);
    EXPECT_EQ(s.answers.max_age, std::chrono::seconds(1200));
    EXPECT_EQ(s.keys.layout, KeyLayout::prefix_hash);
    EXPECT_EQ(s.keys.layer, "");
    EXPECT_FALSE(s.answers.shared_max_age);
    EXPECT_FALSE(s.metatiles.max_detail_zoom);
}

TEST(Configuration, reads_the_cache_of_the_original) {
    const auto unset = settings_of({{"CACHE_TYPE", ""}}).cache;
    EXPECT_EQ(unset.type.type, CacheType::memory);
    EXPECT_EQ(settings_of({{"CACHE_TYPE", "null"}}).cache.type.type, CacheType::off);
    EXPECT_EQ(settings_of({{"CACHE_TYPE", "redis"}}, {{"cache_type", "simple"}}).cache.type.type, CacheType::memory);

    const auto files = settings_of({{"CACHE_TYPE", "flask_caching.backends.FileSystemCache"},
                                    {"CACHE_DIR", "/var/cache/tiles"},
                                    {"CACHE_THRESHOLD", "500"},
                                    {"CACHE_KEY_PREFIX", "a_"},
                                    {"TAPALCATL_CACHE_DIR_SIZE", "20GB"}})
                           .cache;
    EXPECT_EQ(files.type.type, CacheType::filesystem);
    EXPECT_EQ(files.folder, "/var/cache/tiles");
    EXPECT_EQ(files.folder_items, 500U);
    EXPECT_EQ(files.folder_size_bytes, 20'000'000'000U);
    EXPECT_EQ(files.key_prefix, "a_");

    const auto redis =
        settings_of({{"CACHE_TYPE", "redis"}, {"CACHE_REDIS_URL", "redis://:secret@cache:6379/1"}}).cache;
    EXPECT_EQ(redis.type.type, CacheType::redis);
    EXPECT_EQ(redis.redis_url, "redis://:secret@cache:6379/1");
}

TEST(Configuration, goes_on_with_memory_where_a_cache_has_no_counterpart_and_warns) {
    const auto configuration = configured({{"CACHE_TYPE", "memcached"}});
    ASSERT_TRUE(configuration) << configuration.error();
    EXPECT_EQ(configuration->settings.cache.type.type, CacheType::memory);
    EXPECT_THAT(configuration->warnings, testing::ElementsAre(HasSubstr(
                                             "CACHE_TYPE='memcached': not supported, tiles are only cached in memory; "
                                             "use CACHE_TYPE=redis with CACHE_REDIS_URL")));
    EXPECT_THAT(configured({}, {{"cache_type", "uwsgi"}})->warnings,
                testing::ElementsAre(testing::StartsWith("--cache-type 'uwsgi'")));
    EXPECT_THAT(configured({{"CACHE_TYPE", "simple"}})->warnings, testing::IsEmpty());
}

TEST(Configuration, refuses_a_cache_of_files_without_a_folder) {
    const auto configuration = configured({{"CACHE_TYPE", "filesystem"}});
    ASSERT_FALSE(configuration);
    EXPECT_EQ(configuration.error().code, Errc::usage);
    EXPECT_EQ(configuration.error().message,
              "CACHE_TYPE='filesystem': expected CACHE_DIR (--cache-dir) to name a folder");
}

TEST(Configuration, leaves_what_a_verb_does_not_take_alone) {
    const std::array keys{SettingGroup::keys};
    const auto configuration = configure(keys, {}, {{"PORT", "nonsense"}, {"S3_LAYER", "roads"}});
    ASSERT_TRUE(configuration) << configuration.error();
    EXPECT_EQ(configuration->settings.http.port, 8080);
    EXPECT_EQ(configuration->settings.keys.layer, "roads");
}

TEST(Configuration, turns_s_maxage_and_detail_zoom_off_with_0) {
    const auto s = settings_of({{"SHARED_CACHE_MAX_AGE", "0"}, {"METATILE_MAX_DETAIL_ZOOM", "0"}});
    EXPECT_FALSE(s.answers.shared_max_age);
    EXPECT_FALSE(s.metatiles.max_detail_zoom);
}

struct HashCase {
    EnvironmentVariables environment;
    Flags flags;
    KeyLayout layout;
    const char* origin;
};

TEST(Configuration, decides_on_hashes_as_the_original_does) {
    for (const auto& [environment, flags, layout, origin] :
         {HashCase{{{"INCLUDE_HASH", "true"}}, {}, KeyLayout::prefix_hash, "INCLUDE_HASH"},
          HashCase{{{"INCLUDE_HASH", "True"}}, {}, KeyLayout::no_hash, "INCLUDE_HASH"},
          HashCase{{{"INCLUDE_HASH", "no"}}, {}, KeyLayout::no_hash, "INCLUDE_HASH"},
          HashCase{{{"INCLUDE_HASH", ""}}, {}, KeyLayout::prefix_hash, ""},
          HashCase{{{"INCLUDE_HASH", "no"}, {"KEY_FORMAT_TYPE", "HASH_PREFIX"}},
                   {},
                   KeyLayout::hash_prefix,
                   "KEY_FORMAT_TYPE"},
          HashCase{{{"INCLUDE_HASH", "no"}, {"KEY_FORMAT_TYPE", ""}}, {}, KeyLayout::no_hash, "INCLUDE_HASH"},
          HashCase{
              {{"KEY_FORMAT_TYPE", "HASH_PREFIX"}}, {{"include_hash", "no"}}, KeyLayout::no_hash, "--include-hash"},
          HashCase{{},
                   {{"include_hash", "no"}, {"key_format_type", "PREFIX_HASH"}},
                   KeyLayout::prefix_hash,
                   "--key-format-type"}}) {
        const auto configuration = configured(environment, flags);
        ASSERT_TRUE(configuration) << configuration.error();
        EXPECT_EQ(configuration->settings.keys.layout, layout) << origin;
        EXPECT_EQ(configuration->origins[row_of("key_format_type")].name, origin);
        EXPECT_EQ(configuration->origins[row_of("include_hash")].name, origin);
    }
}

struct WrongCase {
    const char* variable;
    const char* value;
    const char* expected;
};

class WrongValues : public testing::TestWithParam<WrongCase> {};

TEST_P(WrongValues, are_refused_with_the_name_the_value_and_what_was_expected) {
    const auto& [variable, value, expected] = GetParam();
    const auto by_variable = configured({{variable, value}});
    ASSERT_FALSE(by_variable) << variable << " " << value;
    EXPECT_EQ(by_variable.error().code, Errc::usage);
    EXPECT_THAT(by_variable.error().message, HasSubstr(fmt::format("{}='{}': expected ", variable, value)));
    EXPECT_THAT(by_variable.error().message, HasSubstr(expected));

    const auto table = setting_table();
    const auto setting = std::find_if(table.begin(), table.end(),
                                      [&](const auto& s) { return s.variable == std::string_view(variable); });
    ASSERT_NE(setting, table.end());
    const auto by_flag = configured({}, {{std::string(setting->name), value}});
    ASSERT_FALSE(by_flag);
    EXPECT_THAT(by_flag.error().message, HasSubstr(fmt::format("{} '{}': expected ", setting->flag(), value)));
}

INSTANTIATE_TEST_SUITE_P(
    Settings, WrongValues,
    testing::Values(
        WrongCase{"TAPALCATL_STORAGE", "/srv/tiles", "file:///path"},
        WrongCase{"TAPALCATL_STORAGE", "file://srv/tiles", "file:///path"},
        WrongCase{"TAPALCATL_STORAGE", "s3:///prefix", "s3://bucket/prefix"},
        WrongCase{"TAPALCATL_STORAGE", "ftp://example.org/", "https://host/path"},
        WrongCase{"TAPALCATL_STORAGE", "file:///a%0", "file:///path"},
        WrongCase{"KEY_FORMAT_TYPE", "prefix_hash", "NO_HASH, HASH_PREFIX or PREFIX_HASH"},
        WrongCase{"METATILE_SIZE", "3", "a power of two from 1 to 1024"},
        WrongCase{"METATILE_SIZE", "0", "a power of two"}, WrongCase{"METATILE_SIZE", "2048", "a power of two"},
        WrongCase{"METATILE_SIZE", "-4", "a power of two"},
        WrongCase{"METATILE_MAX_DETAIL_ZOOM", "31", "a zoom from 1 to 30"},
        WrongCase{"METATILE_MAX_DETAIL_ZOOM", "off", "0 or an empty value for no limit"},
        WrongCase{"CACHE_MAX_AGE", "soon", "whole seconds"}, WrongCase{"CACHE_MAX_AGE", "1500ms", "whole seconds"},
        WrongCase{"CACHE_MAX_AGE", "-1", "whole seconds"}, WrongCase{"SHARED_CACHE_MAX_AGE", "500ms", "whole seconds"},
        WrongCase{"CACHE_DEFAULT_TIMEOUT", "1.5", "whole seconds"},
        WrongCase{"TILES_URL_BASE", "ftp://x", "a URL or a path"},
        WrongCase{"TILES_URL_BASE", "https://x/\"><script>", "a URL or a path"}, WrongCase{"HOST", "a b", "an address"},
        WrongCase{"HOST", "http://x", "an address"}, WrongCase{"PORT", "65536", "a number from 0 to 65535"},
        WrongCase{"PORT", "http", "a number from 0 to 65535"}, WrongCase{"PORT", "tcp://10.0.0.1:80", "a number"},
        WrongCase{"TAPALCATL_THREADS", "0", "a number from 1 to 1024"},
        WrongCase{"TAPALCATL_CACHE_SIZE", "lots", "a size such as 256MB"},
        WrongCase{"TAPALCATL_CACHE_SIZE", "18446744073709551616", "a size such as 256MB"},
        WrongCase{"TAPALCATL_TAIL_SIZE", "64KiB", "at least 66KiB"},
        WrongCase{"TAPALCATL_TAIL_SIZE", "65MiB", "at most 64MiB"},
        WrongCase{"TAPALCATL_MAX_TILE_SIZE", "2GiB", "at most 1GiB"},
        WrongCase{"TAPALCATL_STALE_FOR", "1 year", "a duration"},
        WrongCase{"TAPALCATL_REQUEST_TIMEOUT", "0", "above 0"}, WrongCase{"TAPALCATL_FLIGHT_TIMEOUT", "0ms", "above 0"},
        WrongCase{"TAPALCATL_HEADER_TIMEOUT", "x", "a duration"}, WrongCase{"TAPALCATL_IDLE_TIMEOUT", "0", "above 0"},
        WrongCase{"TAPALCATL_WRITE_TIMEOUT", "0", "above 0"},
        WrongCase{"TAPALCATL_MAX_HEADER_SIZE", "1", "at least 1KiB"},
        WrongCase{"TAPALCATL_MAX_CONNECTIONS", "0", "a number from 1"},
        WrongCase{"TAPALCATL_MAX_REQUESTS", "none", "a number from 1"},
        WrongCase{"TAPALCATL_MAX_PENDING_BYTES", "1kB", "at least 1MiB"},
        WrongCase{"TAPALCATL_DRAIN_DELAY", "-1s", "a duration"},
        WrongCase{"TAPALCATL_DRAIN_TIMEOUT", "long", "a duration"},
        WrongCase{"TAPALCATL_MISSING_TILE", "200", "404 or 204"},
        WrongCase{"TAPALCATL_READ", "tail", "auto, whole or range"},
        WrongCase{"TAPALCATL_ACCESS_LOG", "on", "auto, off, plain or json"},
        WrongCase{"TAPALCATL_LOG_LEVEL", "verbose", "debug, info, warning, error or off"},
        WrongCase{"TAPALCATL_LOG_FORMAT", "xml", "plain or json"}, WrongCase{"TAPALCATL_PREVIEW", "yes", "on or off"},
        WrongCase{"TAPALCATL_TRUSTED_PROXIES", "10.0.0.0/33", "addresses or networks"},
        WrongCase{"TAPALCATL_TRUSTED_PROXIES", "localhost", "addresses or networks"},
        WrongCase{"TAPALCATL_BOUNDS", "1,2,3", "WEST,SOUTH,EAST,NORTH"},
        WrongCase{"TAPALCATL_BOUNDS", "9,47,8,48", "WEST,SOUTH"},
        WrongCase{"TAPALCATL_BOUNDS", "nan,0,1,1", "WEST,SOUTH"},
        WrongCase{"TAPALCATL_BOUNDS", "0,0,1,91", "WEST,SOUTH"},
        WrongCase{"TAPALCATL_BOUNDS", "0,0,1,1,1", "WEST,SOUTH"},
        WrongCase{"TAPALCATL_CENTER", "9.5,47.1", "LONGITUDE"},
        WrongCase{"TAPALCATL_CENTER", "9.5,47.1,12.5", "LONGITUDE"},
        WrongCase{"TAPALCATL_MIN_ZOOM", "31", "a number from 0 to 30"},
        WrongCase{"TAPALCATL_MAX_ZOOM", "x", "a number from 0 to 30"}));

/// A value that each setting refuses; null for those that take any text.
const std::map<std::string_view, const char*> refused_values{
    {"storage", "/srv/tiles"},
    {"s3_bucket", "s3://tiles"},
    {"requester_pays", nullptr},
    {"anonymous", "yes"},
    {"role_arn", "tiles"},
    {"addressing", "host"},
    {"missing_on_403", "404"},
    {"s3_connections", "0"},
    {"hedge_after", "never"},
    {"s3_prefix", nullptr},
    {"s3_layer", nullptr},
    {"include_hash", nullptr},
    {"key_format_type", "HASH"},
    {"metatile_size", "5"},
    {"metatile_max_detail_zoom", "31"},
    {"landcover", "no"},
    {"landcover_max_zoom", "31"},
    {"landcover_materialized_zooms", "7,0"},
    {"landcover_metatile_size", "0"},
    {"landcover_tile_size", "500"},
    {"read", "tail"},
    {"tail_size", "1KiB"},
    {"max_tile_size", "0"},
    {"cache_type", "nonsense"},
    {"cache_dir", nullptr},
    {"cache_dir_size", "big"},
    {"cache_threshold", "-1"},
    {"cache_redis_url", nullptr},  // the cache room refuses it
    {"cache_key_prefix", nullptr},
    {"cache_wait", "0"},
    {"cache_size", "all"},
    {"cache_default_timeout", "1.5"},
    {"stale_for", "1 year"},
    {"cache_max_age", "soon"},
    {"shared_cache_max_age", "500ms"},
    {"missing_tile", "200"},
    {"tiles_url_base", "ftp://x"},
    {"trusted_proxies", "localhost"},
    {"cors_origins", "maps.example"},
    {"name", nullptr},
    {"attribution", nullptr},
    {"bounds", "1,2,3"},
    {"center", "1,2"},
    {"min_zoom", "31"},
    {"max_zoom", "x"},
    {"preview", "yes"},
    {"tiles_preview_api_key", nullptr},
    {"host", "http://x"},
    {"port", "http"},
    {"threads", "0"},
    {"header_timeout", "0"},
    {"idle_timeout", "0"},
    {"write_timeout", "0"},
    {"max_header_size", "1"},
    {"max_connections", "0"},
    {"drain_delay", "-1s"},
    {"drain_timeout", "long"},
    {"request_timeout", "0"},
    {"flight_timeout", "0"},
    {"max_requests", "none"},
    {"max_pending_bytes", "1"},
    {"lambda_host_header", "X-Tiles-Host: maps.example"},
    {"lambda_access_log_sample", "0"},
    {"lambda_metrics", "yes"},
    {"lambda_response_mode", "chunked"},
    {"access_log", "on"},
    {"log_level", "verbose"},
    {"log_format", "xml"},
};

TEST(WrongValue, of_any_setting_is_refused_by_the_name_of_its_flag_or_variable) {
    for (const auto& setting : setting_table()) {
        const auto found = refused_values.find(setting.name);
        ASSERT_NE(found, refused_values.end()) << setting.name;
        if (found->second == nullptr) {
            EXPECT_TRUE(configured({{std::string(setting.variable), "any text: \xc3\xbc/?#"}})) << setting.name;
            continue;
        }
        const std::string value = found->second;
        const auto by_variable = configured({{std::string(setting.variable), value}});
        ASSERT_FALSE(by_variable) << setting.name;
        EXPECT_EQ(by_variable.error().code, Errc::usage) << setting.name;
        EXPECT_THAT(
            by_variable.error().message,
            testing::StartsWith(fmt::format("{}='{}': expected {}", setting.variable, value, setting.codec.expected)));
        const auto by_flag = configured({}, {{std::string(setting.name), value}});
        ASSERT_FALSE(by_flag) << setting.name;
        EXPECT_THAT(by_flag.error().message, testing::StartsWith(fmt::format("{} '{}': expected {}", setting.flag(),
                                                                             value, setting.codec.expected)));
    }
}

TEST(GivenSettings, are_told_as_they_were_given) {
    const auto configuration =
        configured({{"HOST", "a"}, {"CACHE_REDIS_URL", "redis://:pw@h"}}, {{"tiles_preview_api_key", "k3y"}});
    ASSERT_TRUE(configuration) << configuration.error();
    EXPECT_EQ(given_setting(*configuration, "host"), "HOST='a'");
    EXPECT_EQ(given_setting(*configuration, "port"), "PORT (--port)");
    EXPECT_EQ(given_setting(*configuration, "cache_redis_url"), "CACHE_REDIS_URL='...'");
    EXPECT_EQ(given_setting(*configuration, "tiles_preview_api_key"), "--tiles-preview-api-key '...'");
}

TEST(WrongValue, are_told_in_one_line_whatever_is_in_them) {
    const auto configuration = configured({{"PORT", "80\n\x1b[1m"}});
    ASSERT_FALSE(configuration);
    EXPECT_EQ(configuration.error().message, "PORT='80\\x0a\\x1b[1m': expected a number from 0 to 65535");
}

TEST(Zooms, must_be_in_order) {
    const auto configuration = configured({{"TAPALCATL_MIN_ZOOM", "9"}, {"TAPALCATL_MAX_ZOOM", "8"}});
    ASSERT_FALSE(configuration);
    EXPECT_EQ(configuration.error().code, Errc::usage);
    EXPECT_THAT(configuration.error().message, HasSubstr("TAPALCATL_MIN_ZOOM"));
    const auto by_flag = configured({}, {{"max_zoom", "8"}, {"min_zoom", "9"}});
    ASSERT_FALSE(by_flag);
    EXPECT_THAT(by_flag.error().message, HasSubstr("--min-zoom '9'"));
}

TEST(Center, moves_into_the_bounds_and_zooms_that_are_given) {
    const auto s = settings_of({{"TAPALCATL_BOUNDS", "8,46,10,48"}, {"TAPALCATL_MAX_ZOOM", "11"}});
    EXPECT_DOUBLE_EQ(s.tilejson.center.longitude, 9);
    EXPECT_DOUBLE_EQ(s.tilejson.center.latitude, 47);
    EXPECT_EQ(s.tilejson.center.zoom, 11U);
}

TEST(Center, stays_where_it_was_put) {
    const auto s = settings_of({{"TAPALCATL_BOUNDS", "8,46,10,48"}, {"TAPALCATL_CENTER", "0,0,3"}});
    EXPECT_DOUBLE_EQ(s.tilejson.center.longitude, 0);
}

TEST(Misspelt, variables_are_pointed_out_with_what_was_meant) {
    const auto configuration = configured({{"TAPALCATL_CACHESIZE", "1MB"},
                                           {"TAPALCATL_COLOUR", "blue"},
                                           {"TAPALCATL_CACHE_SIZE", "1MB"},
                                           {"TAPALCATLX", ""},
                                           {"SOMETHING", "else"}});
    ASSERT_TRUE(configuration) << configuration.error();
    EXPECT_THAT(
        configuration->warnings,
        testing::ElementsAre("TAPALCATL_CACHESIZE: unknown setting, ignored; did you mean TAPALCATL_CACHE_SIZE?",
                             "TAPALCATL_COLOUR: unknown setting, ignored"));
}

TEST(Misspelt, variables_are_not_those_that_kubernetes_adds_beside_a_service) {
    const auto configuration = configured({{"TAPALCATL_SERVICE_HOST", "10.0.0.1"},
                                           {"TAPALCATL_SERVICE_PORT", "80"},
                                           {"TAPALCATL_PORT", "tcp://10.0.0.1:80"},
                                           {"TAPALCATL_PORT_80_TCP_ADDR", "10.0.0.1"}});
    ASSERT_TRUE(configuration) << configuration.error();
    EXPECT_TRUE(configuration->warnings.empty());
}

TEST(Storage, must_be_named_once) {
    const auto none = storage_location(settings_of({}));
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Errc::usage);
    EXPECT_THAT(none.error().message, HasSubstr("S3_BUCKET=name"));
    EXPECT_THAT(none.error().message, HasSubstr("file:///path"));

    const auto both = configured({{"S3_BUCKET", "tiles"}}, {{"storage", "file:///tmp"}});
    ASSERT_FALSE(both);
    EXPECT_EQ(both.error().code, Errc::usage);
    EXPECT_EQ(both.error().message,
              "--storage 'file:///tmp' and S3_BUCKET='tiles' both name a storage: expected only one of them");
}

TEST(Storage, is_a_bucket_where_one_is_named) {
    const auto by_variable = storage_location(settings_of({{"S3_BUCKET", "tiles"}}));
    ASSERT_TRUE(by_variable) << by_variable.error();
    EXPECT_EQ(url_of(*by_variable), "s3://tiles");

    const auto by_url = storage_location(settings_of({{"TAPALCATL_STORAGE", "s3://tiles/a b//"}}));
    ASSERT_TRUE(by_url) << by_url.error();
    EXPECT_EQ(url_of(*by_url), "s3://tiles/a b");
}

struct LocationCase {
    const char* text;
    const char* url;  ///< null: is none
};
class Locations : public testing::TestWithParam<LocationCase> {};

TEST_P(Locations, are_read_and_told) {
    const auto location = parse_location(GetParam().text);
    if (GetParam().url == nullptr) {
        EXPECT_FALSE(location);
        return;
    }
    ASSERT_TRUE(location);
    EXPECT_EQ(url_of(*location), GetParam().url);
}

INSTANTIATE_TEST_SUITE_P(
    Urls, Locations,
    testing::Values(LocationCase{"file:///a", "file:///a"}, LocationCase{"S3://tiles", "s3://tiles"},
                    LocationCase{"s3://tiles//a%20/+ü/", "s3://tiles/a%20/+ü"},
                    LocationCase{"https://a.example/b/", "https://a.example/b/"},
                    LocationCase{"http://127.0.0.1:9000", "http://127.0.0.1:9000/"}, LocationCase{"s3://", nullptr},
                    LocationCase{"s3:///a", nullptr}, LocationCase{"s3://ti les/a", nullptr},
                    LocationCase{"s3://tiles/a\nb", nullptr}, LocationCase{"ftp://a/b", nullptr},
                    LocationCase{"/a", nullptr}, LocationCase{"https://user:pw@a.example/", nullptr},
                    LocationCase{"", nullptr}));

}  // namespace

namespace {

constexpr std::array<std::string_view, 4> words{"serve", "ls", "cat", "verify"};

TEST(Configuration, drops_blanks_and_line_ends_around_values) {
    EXPECT_EQ(settings_of({{"S3_BUCKET", "tiles\n"}}).storage.s3_bucket, "tiles");
    EXPECT_EQ(settings_of({{"PORT", " 81\r\n"}}).http.port, 81);
    EXPECT_EQ(settings_of({}, {{"s3_prefix", " a b "}}).keys.prefix, "a b");
    EXPECT_EQ(settings_of({{"PORT", " "}}).http.port, 8080);
}

TEST(Configuration, warns_of_values_that_look_true_and_mean_false) {
    for (const auto* value : {"yes", "True", "1", "on"}) {
        const auto warnings = configured({{"REQUESTER_PAYS", value}})->warnings;
        EXPECT_THAT(warnings, testing::ElementsAre(HasSubstr("only 'true' means true"))) << value;
    }
    EXPECT_THAT(configured({}, {{"include_hash", "True"}})->warnings,
                testing::ElementsAre("--include-hash 'True': only 'true' means true, so this means false"));
    for (const auto* value : {"true", "false", "False", "0", "no", ""}) {
        EXPECT_THAT(configured({{"REQUESTER_PAYS", value}})->warnings, testing::IsEmpty()) << value;
    }
}

TEST(Configuration, says_what_is_wrong_with_the_bucket_of_a_url) {
    const auto refused = configured({{"TAPALCATL_STORAGE", "s3://a/b"}});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("3 to 63"));
}

TEST(Configuration, shows_no_query_of_a_url_that_is_wrong) {
    for (const auto* variable : {"TAPALCATL_STORAGE", "TILES_URL_BASE"}) {
        const auto wrong = configured({{variable, "https://host:port/c?sig=hunter2"}});
        ASSERT_FALSE(wrong) << variable;
        EXPECT_THAT(wrong.error().message, HasSubstr("https://host:port/c"));
        EXPECT_THAT(wrong.error().message, testing::Not(HasSubstr("hunter2")));
    }
}

TEST(Configuration, says_what_to_do_about_a_tiles_url_base_with_a_query) {
    const auto wrong = configured({{"TILES_URL_BASE", "https://host/maps?key=1"}});
    ASSERT_FALSE(wrong);
    EXPECT_THAT(wrong.error().message, HasSubstr("remove the query"));
}

TEST(Configuration, says_which_part_of_a_value_is_wrong) {
    const std::pair<const char*, std::pair<const char*, const char*>> cases[] = {
        {"TAPALCATL_STORAGE", {"file://srv/tiles", "third slash"}},
        {"TAPALCATL_STORAGE", {"file:///srv/100%", "%XX"}},
        {"TAPALCATL_STORAGE", {"https://me:secret@host/c", "credentials in a URL"}},
        {"TAPALCATL_BOUNDS", {"9,47,8,48", "WEST is not less than EAST"}},
        {"TAPALCATL_BOUNDS", {"7,49,8,48", "SOUTH is not less than NORTH"}},
        {"TAPALCATL_BOUNDS", {"7,47,8", "NORTH is missing"}},
        {"TAPALCATL_BOUNDS", {"7,97,8,48", "SOUTH is '97'"}},
        {"TAPALCATL_BOUNDS", {"7,47,8,48,9", "NORTH is '48,9'"}},
        {"TAPALCATL_CENTER", {"9.5,47.1", "three numbers"}},
        {"TAPALCATL_CENTER", {"9.5,147.1,3", "LATITUDE is '147.1'"}},
        {"TAPALCATL_CENTER", {"9.5,47.1,12.5", "ZOOM is '12.5'"}},
        {"TAPALCATL_TRUSTED_PROXIES", {"::1,10.0.0.0/33", "'10.0.0.0/33'"}},
        {"TAPALCATL_LANDCOVER_MATERIALIZED_ZOOMS", {"0,7,x", "'x' is not a zoom"}},
        {"TAPALCATL_LANDCOVER_MATERIALIZED_ZOOMS", {"7,0", "0 comes after 7"}}};
    for (const auto& [variable, wrong] : cases) {
        const auto configuration = configured({{variable, wrong.first}});
        ASSERT_FALSE(configuration) << wrong.first;
        EXPECT_THAT(configuration.error().message, HasSubstr(wrong.second));
        EXPECT_THAT(configuration.error().message, testing::Not(HasSubstr("secret")));
    }
}

TEST(NearestWord, is_one_or_two_slips_away) {
    EXPECT_EQ(nearest_word("serv", words), "serve");
    EXPECT_EQ(nearest_word("sevre", words), "serve");
    EXPECT_EQ(nearest_word("cat", words), "cat");
    EXPECT_EQ(nearest_word("vrify", words), "verify");
}

TEST(NearestWord, is_none_where_half_of_it_would_change) {
    EXPECT_EQ(nearest_word("l", words), "");
    EXPECT_EQ(nearest_word("dog", words), "");
    EXPECT_EQ(nearest_word("", words), "");
    EXPECT_EQ(nearest_word(std::string(100'000, 'x'), words), "");
}

}  // namespace

}  // namespace tapalcatl
