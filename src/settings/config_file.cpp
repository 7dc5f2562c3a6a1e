#include "settings/config_file.hpp"

#include "base/text.hpp"
#include "service/route_pattern.hpp"
#include "service/tilesets.hpp"
#include "settings/configuration.hpp"
#include "settings/file_member.hpp"
#include "settings/settings.hpp"
#include "settings/yaml_reader.hpp"
#include "tiles/tile_path.hpp"
#include "web/message.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <yaml-cpp/yaml.h>

// One file: each member of the document has a reader here, and the readers refer to what others found.

namespace tapalcatl {
namespace {

constexpr std::size_t max_source_name = 64;

const Setting* find_setting(std::string_view name) {
    const auto table = setting_table();
    const auto found = std::find_if(table.begin(), table.end(), [&](const Setting& each) { return each.name == name; });
    return found != table.end() ? &*found : nullptr;
}

/// What is wrong with a header, in words that follow its name. `others`: those that are there already.
std::optional<std::string> fault_of_header(std::string_view name, std::string_view value,
                                           const source::HeaderList& others) {
    if (iequals(name, "Content-Type") || iequals(name, "Content-Encoding")) {
        return "it depends on the tile";
    }
    const auto is_same = [&](const source::HeaderField& each) { return iequals(each.name, name); };
    if (std::any_of(others.begin(), others.end(), is_same)) {
        return "it is there twice";
    }
    return source::header_fault(name, value);
}

class ConfigFileReader : private YamlReader {
 public:
    ConfigFileReader(std::string path, const EnvironmentVariables& environment) : YamlReader(path, environment) {
        file_.path = std::move(path);
    }

    Result<ConfigFile> read(std::string_view text) {
        try {
            const auto documents = YAML::LoadAll(std::string(text));
            if (!documents.empty()) {
                read_document(documents.front());
            }
            for (std::size_t i = 1; i < documents.size(); ++i) {
                if (!documents[i].IsNull()) {
                    add_fault(documents[i].Mark(), "another document: expected one in the file");
                }
            }
        } catch (const YAML::Exception& exception) {
            add_fault(exception.mark, exception.msg);
        }
        if (faults().empty()) {
            return std::move(file_);
        }
        return error_of_faults(faults(), file_.path);
    }

 private:
    void read_document(const YAML::Node& document) {
        if (!document.IsDefined() || document.IsNull()) {
            return;  // an empty file: everything is at its default
        }
        if (!document.IsMap()) {
            add_fault(document.Mark(), fmt::format("expected settings and 'tilesets', found {}", kind_of(document)));
            return;
        }
        std::vector<std::string_view> known;
        for (const auto& member : document_members()) {
            known.push_back(member.name);
        }
        for (const auto& setting : setting_table()) {
            known.push_back(setting.name);
        }
        for_each_member(document, [&](const YAML::Node& key, const YAML::Node& value) {
            if (const auto* member = find_member(document_members(), key.Scalar())) {
                read_member(member->member, value, nullptr);
            } else if (const auto* setting = find_setting(key.Scalar())) {
                read_setting(*setting, value, file_.settings);
            } else {
                unknown(key, "setting", known);
            }
        });
        check_references();
        check_routes();
    }

    void read_sources(const YAML::Node& sources) {
        if (!sources.IsMap()) {
            add_fault(sources.Mark(),
                      fmt::format("'sources': expected a mapping of names to sources, found {}", kind_of(sources)));
            return;
        }
        for_each_member(sources, [&](const YAML::Node& key, const YAML::Node& value) { read_source(key, value); });
    }

    void read_source(const YAML::Node& key, const YAML::Node& source) {
        FileSource read{key.Scalar(), static_cast<unsigned>(key.Mark().line + 1), {}};
        if (!web::is_token(read.name) || read.name.size() > max_source_name) {
            add_fault(key.Mark(),
                      fmt::format("name of a source '{}': expected up to {} characters without blanks and commas",
                                  printable(read.name), max_source_name));
        }
        if (!source.IsMap()) {
            add_fault(source.Mark(), fmt::format("source '{}': expected a mapping with its settings, found {}",
                                                 printable(read.name), kind_of(source)));
        } else {
            std::vector<std::string_view> known;
            for (const auto& setting : setting_table()) {
                if (is_of_source(setting)) {
                    known.push_back(setting.name);
                }
            }
            for_each_member(source, [&](const YAML::Node& name, const YAML::Node& value) {
                const auto* setting = find_setting(name.Scalar());
                if (setting == nullptr) {
                    unknown(name, "setting of a source", known);
                } else if (!is_of_source(*setting)) {
                    add_fault(name.Mark(), fmt::format("'{}' is no setting of a source: expected it {}", setting->name,
                                                       may_differ(*setting) ? "in the tilesets that use it"
                                                                            : "outside of 'sources'"));
                } else {
                    read_setting(*setting, value, read.settings);
                }
            });
        }
        file_.sources.push_back(std::move(read));
    }

    /// A name of a source in a tileset.
    struct Reference {
        YAML::Mark mark;
        std::string name;
    };

    void read_references(const YAML::Node& node, FileTileset& tileset) {
        if (!node.IsSequence() || node.size() == 0) {
            add_fault(node.Mark(), fmt::format("'sources': expected a list of names of sources, found {}",
                                               node.IsSequence() ? "an empty one" : kind_of(node)));
            return;
        }
        for (const auto& each : node) {
            auto name = each.IsSequence() ? std::nullopt : text_of(each, "sources");
            if (each.IsSequence()) {
                add_fault(each.Mark(), "'sources': expected names in the list, found a list");
            }
            if (!name) {
                continue;
            }
            if (std::find(tileset.sources.begin(), tileset.sources.end(), *name) != tileset.sources.end()) {
                add_fault(each.Mark(), fmt::format("source '{}' is there twice", printable(*name)));
                continue;
            }
            tileset.sources.push_back(*name);
            references_.push_back({each.Mark(), std::move(*name)});
        }
    }

    void read_on_failure(const YAML::Node& node, FileTileset& tileset) {
        const auto text = text_of(node, "on_failure");
        if (!text) {
            return;
        }
        if (*text != "next" && *text != "fail") {
            add_fault(node.Mark(), fmt::format("'on_failure': {}: expected fail or next", printable(*text)));
        }
        tileset.on_failure = *text == "next" ? source::OnFailure::next : source::OnFailure::fail;
    }

    /// A route of a tileset.
    struct RouteReference {
        YAML::Mark mark;
        service::RoutePattern pattern;
    };

    void read_routes(const YAML::Node& node, FileTileset& tileset) {
        if (!node.IsSequence()) {
            add_fault(node.Mark(), fmt::format("'routes': expected a list of patterns, found {}", kind_of(node)));
            return;
        }
        for (const auto& each : node) {
            if (!each.IsScalar()) {
                add_fault(each.Mark(), fmt::format("'routes': expected a pattern in quotes, such as "
                                                   "\"/tiles/{{z}}/{{x}}/{{y}}.{{format}}\", found {}",
                                                   kind_of(each)));
                continue;
            }
            const auto text = expanded(each);
            if (!text) {
                continue;
            }
            auto pattern = service::RoutePattern::parse(*text);
            if (!pattern) {
                add_fault(each.Mark(), pattern.error().message);
                continue;
            }
            tileset.routes.push_back(*pattern);
            routes_.push_back({each.Mark(), std::move(*pattern)});
        }
    }

    /// Looks for routes that are there twice, and for those that other routes hide.
    void check_routes() {
        std::set<std::string_view> seen;
        std::set<std::string_view, std::less<>> names;
        for (const auto& tileset : file_.tilesets) {
            names.insert(tileset.name);
        }
        for (const auto& [mark, pattern] : routes_) {
            const auto first = std::string_view(pattern.text()).substr(1, pattern.text().find('/', 1) - 1);
            if (!seen.insert(pattern.text()).second) {
                add_fault(mark, fmt::format("route '{}' is there twice", printable(pattern.text())));
            } else if (pattern.is_behind_preview()) {
                add_fault(mark, fmt::format("route '{}' is one of the preview: expected another first part",
                                            printable(pattern.text())));
            } else if (names.contains(first) && pattern.is_behind_tileset(first)) {
                add_fault(mark, fmt::format("route '{}' is that of the tileset '{}': expected another first part",
                                            printable(pattern.text()), first));
            }
        }
    }

    /// Looks for each source that a tileset names, and for sources that none names.
    void check_references() {
        std::vector<std::string_view> known;
        for (const auto& source : file_.sources) {
            known.push_back(source.name);
        }
        const std::set<std::string_view> existing(known.begin(), known.end());
        std::set<std::string_view> used;
        for (const auto& [mark, name] : references_) {
            used.insert(name);
            if (!existing.contains(name)) {
                unknown(mark, name, "source", known);
            }
        }
        for (const auto& source : file_.sources) {
            if (!used.contains(source.name)) {
                file_.warnings.push_back(fmt::format("{}:{}: source '{}' is not used by any tileset",
                                                     printable(file_.path), source.line, printable(source.name)));
            }
        }
    }

    /// Reads a member that is no setting. `tileset` is the one that has it; null for those of the document.
    void read_member(FileMember member, const YAML::Node& value, FileTileset* tileset) {
        switch (member) {
            case FileMember::tilesets:
                return read_tilesets(value);
            case FileMember::named_sources:
                return read_sources(value);
            case FileMember::sources:
                return read_references(value, *tileset);
            case FileMember::on_failure:
                return read_on_failure(value, *tileset);
            case FileMember::headers:
                return read_headers(value, tileset != nullptr ? tileset->headers : file_.headers);
            case FileMember::routes:
                return read_routes(value, *tileset);
            case FileMember::formats:
                return read_formats(value, tileset->formats);
            case FileMember::description:
                tileset->description = text_of(value, "description").value_or("");
                return;
        }
    }

    void read_tilesets(const YAML::Node& tilesets) {
        if (!tilesets.IsMap() || tilesets.size() == 0) {
            add_fault(tilesets.Mark(), fmt::format("'tilesets': expected a mapping of names to tilesets, found {}",
                                                   tilesets.IsMap() ? "an empty one" : kind_of(tilesets)));
            return;
        }
        for_each_member(tilesets, [&](const YAML::Node& key, const YAML::Node& value) { read_tileset(key, value); });
    }

    void read_tileset(const YAML::Node& key, const YAML::Node& tileset) {
        FileTileset read;
        read.name = key.Scalar();
        read.line = static_cast<unsigned>(key.Mark().line + 1);
        if (!service::is_tileset_name(read.name)) {
            add_fault(key.Mark(), fmt::format("name of a tileset '{}': expected {}", printable(read.name),
                                              service::expected_tileset_name));
        }
        if (!tileset.IsMap()) {
            add_fault(tileset.Mark(), fmt::format("tileset '{}': expected a mapping with its settings, found {}",
                                                  printable(read.name), kind_of(tileset)));
            return;
        }
        std::vector<std::string_view> known;
        for (const auto& member : tileset_members()) {
            known.push_back(member.name);
        }
        for (const auto& setting : setting_table()) {
            if (may_differ(setting)) {
                known.push_back(setting.name);
            }
        }
        std::vector<YAML::Node> of_sources;
        std::optional<YAML::Mark> on_failure;
        bool has_sources = false;
        for_each_member(tileset, [&](const YAML::Node& name, const YAML::Node& value) {
            const auto* setting = find_setting(name.Scalar());
            if (setting != nullptr && is_of_source(*setting)) {
                of_sources.push_back(name);
            }
            if (const auto* member = find_member(tileset_members(), name.Scalar())) {
                has_sources = has_sources || member->member == FileMember::sources;
                on_failure = member->member == FileMember::on_failure ? std::optional(name.Mark()) : on_failure;
                read_member(member->member, value, &read);
            } else if (setting == nullptr) {
                unknown(name, "setting of a tileset", known);
            } else if (!may_differ(*setting)) {
                add_fault(name.Mark(), fmt::format("'{}' is a setting of the server: expected it outside of 'tilesets'",
                                                   setting->name));
            } else {
                read_setting(*setting, value, read.settings);
            }
        });
        if (!has_sources && on_failure) {
            add_fault(*on_failure, "'on_failure' is for a tileset with 'sources'");
        }
        for (const auto& name : of_sources) {
            if (has_sources) {
                add_fault(name.Mark(), fmt::format("'{}' beside 'sources': expected it in the sources", name.Scalar()));
            }
        }
        file_.tilesets.push_back(std::move(read));
    }

    /// {X-Build: "20261128"}
    void read_headers(const YAML::Node& node, source::HeaderList& headers) {
        if (!node.IsMap()) {
            add_fault(node.Mark(),
                      fmt::format("'headers': expected a mapping of names to values, found {}", kind_of(node)));
            return;
        }
        std::size_t size = 0;
        for_each_member(node, [&](const YAML::Node& key, const YAML::Node& value) {
            const auto& name = key.Scalar();
            const auto text = value.IsScalar() ? expanded(value) : std::nullopt;
            if (!value.IsScalar()) {
                add_fault(value.Mark(),
                          fmt::format("header '{}': expected a value, found {}", printable(name), kind_of(value)));
            }
            if (!text) {
                return;
            }
            if (const auto fault = fault_of_header(name, *text, headers)) {
                add_fault(key.Mark(), fmt::format("header '{}': {}", printable(name), *fault));
                return;
            }
            size += name.size() + text->size();
            headers.push_back({name, *text});
        });
        if (headers.size() > source::max_header_count || size > source::max_headers_size) {
            add_fault(node.Mark(), fmt::format("'headers': expected at most {} with {} bytes", source::max_header_count,
                                               source::max_headers_size));
        }
    }

    /// [mvt, json] or {mvt: application/x-protobuf, json: application/json}
    void read_formats(const YAML::Node& node, std::vector<source::TileFormat>& formats) {
        const auto add = [&](const YAML::Node& extension, std::string content_type) {
            auto text = text_of(extension, "formats");
            if (!text) {
                return;
            }
            const bool is_type = content_type.empty() || (content_type.find('/') != std::string::npos &&
                                                          content_type.find_first_of("\r\n") == std::string::npos);
            if (!is_format(*text) || !is_type) {
                add_fault(
                    extension.Mark(),
                    fmt::format("'formats': '{}': expected an extension such as mvt, and a MIME type for it or none",
                                printable(*text)));
                return;
            }
            formats.push_back({std::move(*text), std::move(content_type)});
        };
        if (node.IsMap()) {
            for_each_member(node, [&](const YAML::Node& key, const YAML::Node& value) {
                if (auto type = text_of(value, "formats")) {
                    add(key, std::move(*type));
                }
            });
        } else if (node.IsSequence()) {
            for (const auto& each : node) {
                add(each, {});
            }
        } else {
            add_fault(node.Mark(), "'formats': expected a list of extensions, or a mapping to their MIME types");
            return;
        }
        if (formats.empty() && faults().empty()) {
            add_fault(node.Mark(), "'formats': expected at least one");
        }
    }

    void read_setting(const Setting& setting, const YAML::Node& node, FileValues& values) {
        auto text = text_of(node, setting.name);
        if (!text) {
            return;
        }
        const auto value = value_of(setting, *text);
        Settings scratch;
        if (!setting.codec.set(value, scratch)) {
            const auto reason = setting.codec.reason ? setting.codec.reason(value) : std::string();
            add_fault(node.Mark(), fmt::format("'{}': {}: expected {}{}{}", setting.name,
                                               setting.is_secret ? "..." : text_for_people(value),
                                               setting.codec.expected, reason.empty() ? "" : "; ", reason));
            return;
        }
        values.values.insert_or_assign(
            std::string(setting.name),
            FileValues::Value{std::string(value), static_cast<unsigned>(node.Mark().line + 1)});
    }

    ConfigFile file_;
    std::vector<Reference> references_;
    std::vector<RouteReference> routes_;
};

}  // namespace

Error error_of_faults(std::span<const std::string> faults, const std::string& path) {
    constexpr std::size_t max_faults = 20;  // a file with more of them is probably of another kind
    std::string message;
    for (std::size_t i = 0; i < std::min(faults.size(), max_faults); ++i) {
        message += fmt::format("{}{}", i == 0 ? "" : "\n", faults[i]);
    }
    if (faults.size() > max_faults) {
        message += fmt::format("\n{}: and {} more faults", printable(path), faults.size() - max_faults);
    }
    return {Errc::usage, std::move(message)};
}

Result<ConfigFile> parse_config_file(std::string_view text, std::string path, const EnvironmentVariables& environment) {
    return ConfigFileReader(std::move(path), environment).read(text);
}

Result<ConfigFile> read_config_file(const std::string& path, const EnvironmentVariables& environment) {
    const auto text = system_environment(environment).file(path);
    if (!text) {
        const auto within = fmt::format("configuration file {}", printable(path));
        return Error{Errc::usage, text.error().within(within).message};
    }
    return parse_config_file(*text, path, environment);
}

}  // namespace tapalcatl
