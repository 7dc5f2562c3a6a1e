#include "cli/reload.hpp"

#include "base/text.hpp"
#include "service/service.hpp"
#include "settings/setting_table.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace tapalcatl::cli {
namespace {

/// A longer list says nothing that a person would read.
constexpr std::size_t most_names = 8;

std::vector<std::string> texts_of(const Settings& settings) {
    std::vector<std::string> texts;
    for (const auto& setting : setting_table()) {
        texts.push_back(setting.codec.text(settings));
    }
    return texts;
}

std::set<std::string> names_of(const std::vector<TilesetSettings>& tilesets) {
    std::set<std::string> names;
    for (const auto& tileset : tilesets) {
        names.insert(tileset.name);
    }
    return names;
}

/// "; new: a, b" of the names in `these` that are not among `others`; empty if there are none.
std::string list_of_new(std::string_view title, const std::set<std::string>& these,
                        const std::set<std::string>& others) {
    std::vector<std::string> names;
    std::set_difference(these.begin(), these.end(), others.begin(), others.end(), std::back_inserter(names));
    std::string list;
    for (std::size_t i = 0; i < std::min(names.size(), most_names); ++i) {
        list += fmt::format("{}{}", i == 0 ? "" : ", ", names[i]);
    }
    if (names.size() > most_names) {
        list += fmt::format(" and {} more", names.size() - most_names);
    }
    return list.empty() ? list : fmt::format("; {}: {}", title, list);
}

}  // namespace

Reload::Reload(app::Application& application, http::Server& server, ReadableConfig file, const Settings& settings,
               const std::vector<TilesetSettings>& served, std::vector<TilesetSettings> of_arguments)
    : application_(application),
      server_(server),
      file_(std::move(file)),
      of_arguments_(std::move(of_arguments)),
      values_(texts_of(settings)),
      log_form_(settings.logging.form),
      names_(names_of(served)) {}

void Reload::operator()() {
    auto next = file_.read();
    if (next) {
        std::vector<TilesetSettings> tilesets = of_arguments_;
        std::move(next->tilesets.begin(), next->tilesets.end(), std::back_inserter(tilesets));
        auto replaced = application_.reload(next->settings, tilesets);
        if (replaced) {
            server_.forget_responses(*replaced);
            tell(*next, tilesets);
            return;
        }
        next = replaced.error();
    }
    log::error("{}: not put into effect; the configuration until now stays", printable(file_.path));
    const auto error = next.error();
    for (std::string_view rest = error.message; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        log::error("{}", line);
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    }
}

void Reload::tell(const Configuration& next, const std::vector<TilesetSettings>& tilesets) {
    const auto names = names_of(tilesets);
    log::configure(next.settings.logging.level, log_form_);
    for (const auto& warning : next.warnings) {
        log::warning("{}", warning);
    }
    warn_of_settings(next);
    log::info("{}: put into effect: {}{}{}", printable(file_.path),
              tilesets.empty() ? "the tiles of its settings"
                               : fmt::format("{} tileset{}", tilesets.size(), tilesets.size() == 1 ? "" : "s"),
              list_of_new("new", names, names_), list_of_new("gone", names_, names));
    names_ = names;
}

void Reload::warn_of_settings(const Configuration& next) const {
    const auto table = setting_table();
    const auto values = texts_of(next.settings);
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (!takes_effect_on_reload(table[i]) && values[i] != values_[i]) {
            log::warning("{}: takes effect when the server is started again", given_setting(next, table[i].name));
        }
    }
}

}  // namespace tapalcatl::cli
