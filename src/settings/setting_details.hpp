#pragma once

#include <span>
#include <string_view>

namespace tapalcatl {

/// What the reference of the settings says beyond Setting::help, with Markdown's `code`.
struct SettingDetails {
    std::string_view name;  ///< Setting::name
    std::string_view text;  ///< full sentences
};

std::span<const SettingDetails> all_setting_details();

/// Empty for most settings.
std::string_view details_of(std::string_view name);

}  // namespace tapalcatl
