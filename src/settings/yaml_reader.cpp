#include "settings/yaml_reader.hpp"

#include "base/text.hpp"

#include <utility>

namespace tapalcatl {

std::string_view kind_of(const YAML::Node& node) {
    return node.IsMap() ? "a mapping" : node.IsSequence() ? "a list" : node.IsScalar() ? "a value" : "nothing";
}

YamlReader::YamlReader(std::string path, const EnvironmentVariables& environment)
    : path_(std::move(path)), environment_(environment) {}

void YamlReader::add_fault(const YAML::Mark& mark, const std::string& what) {
    if (mark.is_null()) {
        faults_.push_back(fmt::format("{}: {}", printable(path_), what));
        return;
    }
    faults_.push_back(fmt::format("{}:{}:{}: {}", printable(path_), mark.line + 1, mark.column + 1, what));
}

void YamlReader::unknown(const YAML::Mark& mark, std::string_view name, std::string_view what,
                         std::span<const std::string_view> known) {
    // Nobody reads hundreds of faults, and each nearest word takes its time.
    const auto nearest = faults_.size() < 100 ? nearest_word(name, known) : std::string_view();
    add_fault(mark, fmt::format("unknown {} '{}'{}", what, printable(name),
                                nearest.empty() ? "" : fmt::format(": did you mean '{}'?", nearest)));
}

bool YamlReader::may_take(const YAML::Node& key, std::set<std::string>& seen) {
    if (!key.IsScalar()) {
        add_fault(key.Mark(), fmt::format("expected a name, found {}", kind_of(key)));
        return false;
    }
    if (!seen.insert(key.Scalar()).second) {
        add_fault(key.Mark(), fmt::format("'{}' is there twice", printable(key.Scalar())));
        return false;
    }
    return true;
}

std::optional<std::string> YamlReader::text_of(const YAML::Node& node, std::string_view name) {
    if (node.IsScalar()) {
        return expanded(node);
    }
    if (node.IsSequence()) {
        std::string list;
        for (const auto& each : node) {
            const auto text = each.IsScalar() ? expanded(each) : std::nullopt;
            if (!text) {
                add_fault(each.Mark(), fmt::format("'{}': expected values in the list, found {}", name, kind_of(each)));
                return std::nullopt;
            }
            list += fmt::format("{}{}", list.empty() ? "" : ",", *text);
        }
        return list;
    }
    add_fault(node.Mark(), fmt::format("'{}': expected a value, found {}{}", name, kind_of(node),
                                       node.IsNull() ? R"(; "" is an empty text)" : ""));
    return std::nullopt;
}

std::optional<std::string> YamlReader::expanded(const YAML::Node& node) {
    const std::string_view text = node.Scalar();
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto rest = text.substr(at);
        if (rest.starts_with("$$")) {
            out += '$';
            at += 2;
        } else if (rest.starts_with("${")) {
            const auto end = rest.find('}');
            if (end == std::string_view::npos) {
                add_fault(node.Mark(), "'${' without '}': expected ${NAME} or ${NAME:-text}; $$ is a $");
                return std::nullopt;
            }
            const auto value = variable(rest.substr(2, end - 2));
            if (!value) {
                add_fault(node.Mark(),
                          fmt::format("variable {} is not set: expected a value for it, or ${{{}:-text}}",
                                      printable(rest.substr(2, end - 2)), printable(rest.substr(2, end - 2))));
                return std::nullopt;
            }
            out += *value;
            at += end + 1;
        } else {
            out += rest.front();
            ++at;
        }
    }
    return out;
}

/// The value of "NAME" or "NAME:-text".
std::optional<std::string> YamlReader::variable(std::string_view reference) const {
    const auto mark = reference.find(":-");
    const auto found = environment_.find(std::string(reference.substr(0, mark)));
    const bool is_set = found != environment_.end();
    if (mark != std::string_view::npos && (!is_set || found->second.empty())) {
        return std::string(reference.substr(mark + 2));
    }
    return is_set ? std::optional(found->second) : std::nullopt;
}

}  // namespace tapalcatl
