#include "app/application.hpp"
#include "base/text.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"

#include <algorithm>
#include <map>

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

/// Where the file gives a tileset's own settings, by their names.
std::map<std::string_view, Origin> origins_of(const FileTileset& tileset, const std::string& path) {
    std::map<std::string_view, Origin> origins;
    for (const auto& setting : setting_table()) {
        const auto given = tileset.settings.values.find(setting.name);
        if (given == tileset.settings.values.end()) {
            continue;
        }
        const Origin origin{Origin::Kind::file, fmt::format("{}:{}", printable(path), given->second.line), {}};
        origins.insert_or_assign(setting.name, origin);
        if (!setting.same_member.empty()) {
            origins.insert_or_assign(setting.same_member, origin);
        }
    }
    return origins;
}

/// The settings that a tileset of the file has, and others in which it differs from the server because of them.
std::vector<Row> rows_of(const TilesetSettings& tileset, const Settings& server,
                         const std::map<std::string_view, Origin>& origins) {
    std::vector<Row> rows;
    for (const auto& setting : setting_table()) {
        auto value = setting.codec.text(tileset.settings);
        const auto origin = origins.find(setting.name);
        if (origin != origins.end()) {
            rows.push_back({setting.name, masked(setting, std::move(value)), origin->second});
        } else if (value != setting.codec.text(server)) {
            rows.push_back({setting.name, masked(setting, std::move(value)), {}});
        }
    }
    return rows;
}

/// The rows of each tileset, in the order of the file.
std::vector<std::vector<Row>> tileset_rows(const Configuration& configuration, const ConfigFile* file) {
    std::vector<std::vector<Row>> all;
    for (std::size_t i = 0; i < configuration.tilesets.size(); ++i) {
        const auto origins = file != nullptr && i < file->tilesets.size() ? origins_of(file->tilesets[i], file->path)
                                                                          : std::map<std::string_view, Origin>();
        all.push_back(rows_of(configuration.tilesets[i], configuration.settings, origins));
    }
    return all;
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

boost::json::object as_json(const std::vector<Row>& rows) {
    boost::json::object document;
    for (const auto& row : rows) {
        boost::json::object about{{"value", utf8(row.value)}, {"from", kind_of(row.origin)}};
        if (row.origin.kind != Origin::Kind::default_value) {
            about.emplace("name", utf8(row.origin.name));
        }
        document.emplace(row.name, std::move(about));
    }
    return document;
}

/// Prints rows in columns that are as wide as the widest of `all`.
void print_rows(const std::vector<Row>& rows, const std::vector<Row>& all, Output& out) {
    constexpr std::size_t widest_value = 40;  // a longer value only moves the origin in its own row
    std::size_t name_width = 0;
    std::size_t value_width = 0;
    for (const auto& row : all) {
        name_width = std::max(name_width, row.name.size());
        value_width = std::max(value_width, std::min(widest_value, printable(row.value).size()));
    }
    for (const auto& row : rows) {
        out.print("{:<{}}  {:<{}}  {}\n", row.name, name_width, row.value.empty() ? "-" : printable(row.value),
                  value_width, row.origin.kind == Origin::Kind::default_value ? "default" : row.origin.name);
    }
}

}  // namespace

Result<void> config(const Configuration& configuration, const ConfigFile* file, Form form, Output& out) {
    const auto rows = rows_of(configuration);
    const auto own_rows = tileset_rows(configuration, file);
    if (form == Form::json) {
        auto document = as_json(rows);
        if (!own_rows.empty()) {
            boost::json::object tilesets;
            for (std::size_t i = 0; i < own_rows.size(); ++i) {
                tilesets.emplace(configuration.tilesets[i].name, as_json(own_rows[i]));
            }
            document.emplace("tilesets", std::move(tilesets));
        }
        out.print("{}\n", json_text(document));
        return {};
    }
    print_rows(rows, rows, out);
    for (std::size_t i = 0; i < own_rows.size(); ++i) {
        out.print("\ntileset {}\n", printable(configuration.tilesets[i].name));
        print_rows(own_rows[i], rows, out);
    }
    return {};
}

Result<void> check_servable(const Configuration& configuration, const EnvironmentVariables& environment) {
    boost::asio::io_context context;
    const auto application = app::Application::make(configuration.settings, environment, context,
                                                    app::BackgroundWork::allowed, configuration.tilesets);
    if (!application) {
        return application.error();
    }
    return {};
}

}  // namespace tapalcatl::cli
