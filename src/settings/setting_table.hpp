#pragma once

#include "settings/settings.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace tapalcatl {

/// Settings that are asked for together. A verb takes some of the groups.
enum class SettingGroup {
    storage,
    access,
    keys,
    landcover,
    reading,
    cache,
    answers,
    tilejson,
    preview,
    http,
    limits,
    logging,
};

std::string_view title_of(SettingGroup group);

/// Text to one member of Settings and back.
struct SettingCodec {
    std::string value_name;  ///< what stands for the value in help: SIZE
    std::string expected;    ///< completes "expected ..."
    std::function<bool(std::string_view, Settings&)>
        set;                                           ///< false, and nothing changed, for text that is not expected
    std::function<std::string(const Settings&)> text;  ///< as `set` would take it
};

/// What an empty variable means. Compose files and the like often pass variables on that nobody has set.
enum class WhenEmpty {
    unset,  ///< as if it were not there
    value,  ///< as any other text
};

/// A setting as the outside world knows it. Flags, help, `config` and all parsing come from here.
struct Setting {
    std::string_view name;      ///< in files and JSON: "cache_size"
    std::string_view variable;  ///< of the environment
    SettingGroup group;
    std::string_view help;
    SettingCodec codec;
    WhenEmpty when_empty = WhenEmpty::unset;
    bool is_secret = false;
    std::string_view default_text{};  ///< where the default depends on the machine or needs words
    std::string_view same_member{};   ///< the other setting that fills the same member; the later one in the table wins

    std::string flag() const;
    std::string default_value() const;
};

/// All settings, by group.
std::span<const Setting> setting_table();

}  // namespace tapalcatl
