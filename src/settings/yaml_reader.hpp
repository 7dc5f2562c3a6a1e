#pragma once

#include "settings/configuration.hpp"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>
#include <yaml-cpp/yaml.h>

namespace tapalcatl {

/// "a mapping", "a list", "a value" or "nothing".
std::string_view kind_of(const YAML::Node& node);

/// What reading any part of a configuration file takes: values with their variables replaced, and a list of faults,
/// each with its place.
class YamlReader {
 public:
    /// `path`: for messages. Lifetime: `environment` outlives this.
    YamlReader(std::string path, const EnvironmentVariables& environment);

    /// "path:line:column: what is wrong", one for each.
    const std::vector<std::string>& faults() const { return faults_; }

    void add_fault(const YAML::Mark& mark, const std::string& what);

    /// Adds the fault that `name` is none of `known`, with the nearest of them.
    void unknown(const YAML::Mark& mark, std::string_view name, std::string_view what,
                 std::span<const std::string_view> known);
    void unknown(const YAML::Node& key, std::string_view what, std::span<const std::string_view> known) {
        unknown(key.Mark(), key.Scalar(), what, known);
    }

    /// Calls `take(key, value)` for each member of a mapping, and adds faults for keys that are none or are there
    /// twice.
    template <class Take>
    void for_each_member(const YAML::Node& mapping, Take take) {
        std::set<std::string> seen;
        for (const auto& member : mapping) {
            if (may_take(member.first, seen)) {
                take(member.first, member.second);
            }
        }
    }

    /// The text of a value, `name` in messages. A list of values is one text with commas between them, as variables
    /// have it. nullopt: a fault was added.
    std::optional<std::string> text_of(const YAML::Node& node, std::string_view name);

    /// The scalar with its variables replaced. nullopt: a fault was added.
    std::optional<std::string> expanded(const YAML::Node& node);

 private:
    bool may_take(const YAML::Node& key, std::set<std::string>& seen);
    std::optional<std::string> variable(std::string_view reference) const;

    std::string path_;
    const EnvironmentVariables& environment_;
    std::vector<std::string> faults_;
};

}  // namespace tapalcatl
