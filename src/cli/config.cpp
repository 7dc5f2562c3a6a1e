#include "base/text.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"

#include <algorithm>

namespace tapalcatl::cli {
namespace {

struct Row {
    std::string_view name;
    std::string value;
    Origin origin;
};

/// Every secret gets the same number of stars, so that they do not show its length.
std::string masked(const Setting& setting, std::string value) {
    return setting.is_secret && !value.empty() ? "****" : value;
}

std::vector<Row> rows_of(const Configuration& configuration) {
    std::vector<Row> rows;
    const auto table = setting_table();
    for (std::size_t i = 0; i < table.size(); ++i) {
        rows.push_back(
            {table[i].name, masked(table[i], table[i].codec.text(configuration.settings)), configuration.origins[i]});
    }
    return rows;
}

/// The settings in which a tileset differs from the server. Their origins are not told.
std::vector<Row> rows_of(const TilesetSettings& tileset, const Settings& server) {
    std::vector<Row> rows;
    for (const auto& setting : setting_table()) {
        auto value = setting.codec.text(tileset.settings);
        if (value != setting.codec.text(server)) {
            rows.push_back({setting.name, masked(setting, std::move(value)), {}});
        }
    }
    return rows;
}

std::string_view kind_of(const Origin& origin) {
    switch (origin.kind) {
        case Origin::Kind::flag:
            return "flag";
        case Origin::Kind::variable:
            return "variable";
        case Origin::Kind::file:
            return "file";
        case Origin::Kind::default_value:
            break;
    }
    return "default";
}

}  // namespace

Result<void> config(const Configuration& configuration, Form form, Output& out) {
    const auto rows = rows_of(configuration);
    if (form == Form::json) {
        boost::json::object document;
        for (const auto& row : rows) {
            boost::json::object about{{"value", utf8(row.value)}, {"from", kind_of(row.origin)}};
            if (row.origin.kind != Origin::Kind::default_value) {
                about.emplace("name", row.origin.name);
            }
            document.emplace(row.name, std::move(about));
        }
        if (!configuration.tilesets.empty()) {
            boost::json::object tilesets;
            for (const auto& tileset : configuration.tilesets) {
                boost::json::object own;
                for (const auto& row : rows_of(tileset, configuration.settings)) {
                    own.emplace(row.name, utf8(row.value));
                }
                tilesets.emplace(tileset.name, std::move(own));
            }
            document.emplace("tilesets", std::move(tilesets));
        }
        out.print("{}\n", json_text(document));
        return {};
    }

    constexpr std::size_t widest_value = 40;  // a longer value only moves the origin in its own row
    std::size_t name_width = 0;
    std::size_t value_width = 0;
    for (const auto& row : rows) {
        name_width = std::max(name_width, row.name.size());
        value_width = std::max(value_width, std::min(widest_value, printable(row.value).size()));
    }
    for (const auto& row : rows) {
        out.print("{:<{}}  {:<{}}  {}\n", row.name, name_width, row.value.empty() ? "-" : printable(row.value),
                  value_width, row.origin.kind == Origin::Kind::default_value ? "default" : row.origin.name);
    }
    for (const auto& tileset : configuration.tilesets) {
        out.print("\ntileset {}\n", printable(tileset.name));
        for (const auto& row : rows_of(tileset, configuration.settings)) {
            out.print("{:<{}}  {}\n", row.name, name_width, row.value.empty() ? "-" : printable(row.value));
        }
    }
    return {};
}

}  // namespace tapalcatl::cli
