#include "base/text.hpp"
#include "settings/config_file.hpp"
#include "settings/config_writer.hpp"
#include "settings/configuration.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

/// What is written as a text is read back as the same text.
void check_written(std::string_view text) {
    if (!tapalcatl::is_utf8(text)) {
        return;
    }
    tapalcatl::ConfigWriter writer;
    writer.comment(text);
    writer.begin("tilesets");
    writer.begin("a");
    writer.member("description", tapalcatl::yaml_text(text), text);
    writer.member("storage", "s3://bucket");
    const auto file = tapalcatl::parse_config_file(writer.text(), "file", {});
    if (!file || file->tilesets.at(0).description != text) {
        std::abort();
    }
}

}  // namespace

/// A configuration file, and the settings and tilesets that it makes; and a text in such a file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using tapalcatl::SettingGroup;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const tapalcatl::EnvironmentVariables environment{{"A", "value"}, {"EMPTY", ""}};
    const auto file = tapalcatl::parse_config_file(text, "file", environment);
    if (file) {
        constexpr std::array groups{SettingGroup::storage, SettingGroup::keys, SettingGroup::tilejson};
        static_cast<void>(tapalcatl::configure(groups, {}, environment, &*file));
    }
    check_written(text);
    return 0;
}
