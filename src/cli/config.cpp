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

Origin origin_at(const std::string& path, unsigned line) {
    return {Origin::Kind::file, fmt::format("{}:{}", printable(path), line), {}};
}

/// Where the file gives a source's or tileset's own settings, by their names.
std::map<std::string_view, Origin> origins_of(const FileValues& own, const std::string& path) {
    std::map<std::string_view, Origin> origins;
    for (const auto& setting : setting_table()) {
        const auto given = own.values.find(setting.name);
        if (given == own.values.end()) {
            continue;
        }
        const auto origin = origin_at(path, given->second.line);
        origins.insert_or_assign(setting.name, origin);
        if (!setting.same_member.empty()) {
            origins.insert_or_assign(setting.same_member, origin);
        }
    }
    return origins;
}

/// The settings that a source or tileset of the file has, and others in which it differs from the server because of
/// them.
std::vector<Row> rows_of(const Settings& own, const Settings& server,
                         const std::map<std::string_view, Origin>& origins) {
    std::vector<Row> rows;
    for (const auto& setting : setting_table()) {
        auto value = setting.codec.text(own);
        const auto origin = origins.find(setting.name);
        if (origin != origins.end()) {
            rows.push_back({setting.name, masked(setting, std::move(value)), origin->second});
        } else if (value != setting.codec.text(server)) {
            rows.push_back({setting.name, masked(setting, std::move(value)), {}});
        }
    }
    return rows;
}

/// The rows of a source or tileset, in the order of the file.
struct Part {
    std::string_view kind;
    std::string_view name;
    std::vector<Row> rows;
};

/// Adds the headers that are sent with tiles. `origin`: of the server or tileset that has them.
void add_header_row(const Settings& settings, const Origin& origin, std::vector<Row>& rows) {
    if (settings.answers.headers == nullptr) {
        return;
    }
    std::string text;
    for (const auto& [name, value] : settings.answers.headers->fields) {
        text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", name, value);
    }
    rows.push_back({"headers", std::move(text), origin});
}

/// Adds the sources of a tileset. `origin`: of the tileset.
void add_source_rows(const TilesetSettings& tileset, const Origin& origin, std::vector<Row>& rows) {
    if (tileset.sources.empty()) {
        return;
    }
    std::string names;
    for (const auto& source : tileset.sources) {
        names += fmt::format("{}{}", names.empty() ? "" : ",", source->name);
    }
    const bool asks_next = tileset.on_failure == source::OnFailure::next;
    rows.push_back({"sources", std::move(names), origin});
    rows.push_back({"on_failure", asks_next ? "next" : "fail", asks_next ? origin : Origin()});
}

/// Adds the routes of a tileset. `origin`: of the tileset.
void add_route_rows(const TilesetSettings& tileset, const Origin& origin, std::vector<Row>& rows) {
    std::string routes;
    for (const auto& route : tileset.routes) {
        routes += fmt::format("{}{}", routes.empty() ? "" : ", ", route.text());
    }
    if (!routes.empty()) {
        rows.push_back({"routes", std::move(routes), origin});
    }
}

std::vector<Part> source_parts(const Configuration& configuration, const ConfigFile* file) {
    std::vector<Part> parts;
    for (std::size_t i = 0; i < configuration.sources.size(); ++i) {
        const auto& source = *configuration.sources[i];
        const auto origins = file != nullptr && i < file->sources.size()
                                 ? origins_of(file->sources[i].settings, file->path)
                                 : std::map<std::string_view, Origin>();
        parts.push_back({"source", source.name, rows_of(source.settings, configuration.settings, origins)});
    }
    return parts;
}

std::vector<Part> tileset_parts(const Configuration& configuration, const ConfigFile* file) {
    std::vector<Part> parts;
    for (std::size_t i = 0; i < configuration.tilesets.size(); ++i) {
        const auto& tileset = configuration.tilesets[i];
        std::map<std::string_view, Origin> origins;
        Origin origin;
        if (file != nullptr && i < file->tilesets.size()) {
            origins = origins_of(file->tilesets[i].settings, file->path);
            origin = origin_at(file->path, file->tilesets[i].line);
        }
        auto rows = rows_of(tileset.settings, configuration.settings, origins);
        if (tileset.settings.answers.headers != configuration.settings.answers.headers) {
            add_header_row(tileset.settings, origin, rows);
        }
        add_source_rows(tileset, origin, rows);
        add_route_rows(tileset, origin, rows);
        parts.push_back({"tileset", tileset.name, std::move(rows)});
    }
    return parts;
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

/// Adds what there is of `parts` as a member.
void add_parts(std::string_view member, const std::vector<Part>& parts, boost::json::object& document) {
    if (parts.empty()) {
        return;
    }
    boost::json::object all;
    for (const auto& part : parts) {
        all.emplace(part.name, as_json(part.rows));
    }
    document.emplace(member, std::move(all));
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
    auto rows = rows_of(configuration);
    add_header_row(configuration.settings,
                   file != nullptr ? Origin{Origin::Kind::file, printable(file->path), {}} : Origin(), rows);
    const auto sources = source_parts(configuration, file);
    const auto tilesets = tileset_parts(configuration, file);
    if (form == Form::json) {
        auto document = as_json(rows);
        add_parts("sources", sources, document);
        add_parts("tilesets", tilesets, document);
        out.print("{}\n", json_text(document));
        return {};
    }
    print_rows(rows, rows, out);
    for (const auto* parts : {&sources, &tilesets}) {
        for (const auto& [kind, name, own_rows] : *parts) {
            out.print("\n{} {}\n", kind, printable(name));
            print_rows(own_rows, rows, out);
        }
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
