#pragma once

#include "settings/settings.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl {

/// Groups of related settings. Each verb takes some of the groups.
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
    lambda,
    logging,
};

std::string_view title_of(SettingGroup group);

/// All groups, in the order in which they are shown.
std::span<const SettingGroup> all_setting_groups();

/// What kind of text a codec accepts, for schemas. The codec is what counts: it may refuse more.
struct ValueForm {
    enum class Kind {
        text,
        number,    ///< a whole number
        size,      ///< a whole number with a unit or without
        duration,  ///< the same
        choice,    ///< one of `words`
        truth,     ///< true or false
        list,      ///< values with commas between them
    };

    Kind kind = Kind::text;
    std::uint64_t min = 0;
    std::uint64_t max = std::numeric_limits<std::uint64_t>::max();  ///< of numbers and sizes
    std::vector<std::string_view> words{};
    unsigned length = 0;        ///< of a list; 0: any
    bool may_be_empty = false;  ///< the empty text has a meaning
};

/// Converts text to one member of Settings and back.
struct SettingCodec {
    std::string value_name;                                 ///< the placeholder of the value in help: SIZE
    std::string expected;                                   ///< completes "expected ..."
    std::function<bool(std::string_view, Settings&)> set;   ///< returns false and changes nothing for invalid text
    std::function<std::string(const Settings&)> text;       ///< in the form that `set` accepts, secrets in it masked
    std::function<std::string(std::string_view)> reason{};  ///< more on why a text is invalid; may be null
    ValueForm form{};
};

/// The meaning of an empty variable. Compose files often pass on variables that nobody has set.
enum class WhenEmpty {
    unset,  ///< like an unset variable
    value,  ///< like any other text
};

/// A setting, as users see it. Flags, help, `config` and parsing are made from this table.
struct Setting {
    std::string_view name;      ///< in files and JSON: "cache_size"
    std::string_view variable;  ///< of the environment
    SettingGroup group;
    std::string_view help;
    SettingCodec codec;
    WhenEmpty when_empty = WhenEmpty::unset;
    bool is_secret = false;
    std::string_view default_text{};  ///< if the default depends on the machine or needs words
    std::string_view
        same_member{};          ///< the other setting of the same member; the later one in the table takes precedence
    bool keeps_blanks = false;  ///< blanks around the value count, as they do for tapalcatl-py

    std::string flag() const;
    std::string default_value() const;
};

/// All settings, by group.
std::span<const Setting> setting_table();

/// Whether each tileset may have its own value of the setting. All others belong to the server.
bool may_differ(const Setting& setting);

/// Whether the setting says where metatiles are. A tileset with sources leaves it to them.
bool is_of_source(const Setting& setting);

/// Whether another value takes effect when a server reads its configuration anew. All others need a new start.
bool takes_effect_on_reload(const Setting& setting);

}  // namespace tapalcatl
