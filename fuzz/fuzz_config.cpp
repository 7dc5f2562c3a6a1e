#include "settings/config_file.hpp"
#include "settings/configuration.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// A configuration file, and the settings and tilesets that it makes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using tapalcatl::SettingGroup;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const tapalcatl::EnvironmentVariables environment{{"A", "value"}, {"EMPTY", ""}};
    const auto file = tapalcatl::parse_config_file(text, "file", environment);
    if (file) {
        constexpr std::array groups{SettingGroup::storage, SettingGroup::keys, SettingGroup::tilejson};
        static_cast<void>(tapalcatl::configure(groups, {}, environment, &*file));
    }
    return 0;
}
