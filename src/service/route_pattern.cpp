#include "service/route_pattern.hpp"

#include "base/text.hpp"
#include "tiles/tile_path.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace tapalcatl::service {
namespace {

constexpr std::size_t max_variables = 8;
constexpr std::size_t max_pattern_size = 1024;
constexpr std::size_t max_key_part = 64;

/// Places in a path, by slot.
using Marks = std::array<std::uint16_t, 2 * max_variables>;

/// Follows all ways through a program at once, the preferred one first, so that no way is gone twice.
class PathRun {
 public:
    explicit PathRun(const PathProgram& program) : program_(program), seen_(program.size() + 1, 0) {}

    std::optional<Marks> match(std::string_view path) {
        std::vector<Thread> now;
        std::vector<Thread> next;
        follow(now, 0, Marks{}, 0);
        for (std::size_t at = 0; at < path.size(); ++at) {
            ++generation_;
            next.clear();
            for (const auto& thread : now) {
                const bool takes = thread.step < program_.size() &&
                                   program_[thread.step].bytes.test(static_cast<unsigned char>(path[at]));
                if (takes) {
                    follow(next, thread.step + 1, thread.marks, at + 1);
                }
            }
            std::swap(now, next);
            if (now.empty()) {
                return std::nullopt;
            }
        }
        for (const auto& thread : now) {
            if (thread.step == program_.size()) {
                return thread.marks;
            }
        }
        return std::nullopt;
    }

 private:
    /// A way that waits for a byte, or is at the end of the program.
    struct Thread {
        std::size_t step = 0;
        Marks marks{};
    };

    /// Adds the steps that take a byte and are reached from `step`, in order of preference.
    void follow(std::vector<Thread>& threads, std::size_t step, Marks marks, std::size_t at) {
        ways_.clear();
        ways_.push_back({step, marks});
        while (!ways_.empty()) {
            auto way = ways_.back();
            ways_.pop_back();
            if (std::exchange(seen_[way.step], generation_) == generation_) {
                continue;
            }
            if (way.step == program_.size() || program_[way.step].kind == PathStep::Kind::byte) {
                threads.push_back(way);
                continue;
            }
            const auto& taken = program_[way.step];
            const auto distant = [&](int distance) {
                return static_cast<std::size_t>(static_cast<std::ptrdiff_t>(way.step) + distance);
            };
            if (taken.kind == PathStep::Kind::mark) {
                way.marks[static_cast<std::size_t>(taken.first)] = static_cast<std::uint16_t>(at);
                ways_.push_back({way.step + 1, way.marks});
                continue;
            }
            if (taken.kind == PathStep::Kind::fork) {
                ways_.push_back({distant(taken.second), way.marks});
            }
            ways_.push_back({distant(taken.first), way.marks});
        }
    }

    const PathProgram& program_;
    std::vector<unsigned> seen_;  ///< the generation in which a step was reached last
    unsigned generation_ = 1;
    std::vector<Thread> ways_;
};

std::size_t slashes_in(std::string_view text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '/'));
}

/// The size of "{...}" at the start of `text`, braces inside included; npos if it does not end.
std::size_t size_of_variable(std::string_view text) {
    std::size_t depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '{') {
            ++depth;
        } else if (text[i] == '}') {
            --depth;
        }
        if (depth == 0) {
            return i + 1;
        }
    }
    return std::string_view::npos;
}

}  // namespace

bool is_key_part(std::string_view text) {
    return !text.empty() && text.size() <= max_key_part && text != "." && text != ".." &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_ascii_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

Result<RoutePattern> RoutePattern::parse(std::string_view text) {
    const auto within = fmt::format("route '{}'", printable(text));
    if (!text.starts_with('/') || text.size() > max_pattern_size) {
        return fail(Errc::usage, "expected a path of up to {} characters that starts with '/'", max_pattern_size)
            .within(within);
    }
    RoutePattern pattern;
    pattern.text_ = text;
    for (std::size_t at = 0; at < text.size();) {
        const bool is_variable = text[at] == '{';
        const auto size = is_variable ? size_of_variable(text.substr(at)) : 1;
        if (size == std::string_view::npos) {
            return fail(Errc::usage, "'{{' without '}}'").within(within);
        }
        const auto added =
            is_variable ? pattern.add_variable(text.substr(at + 1, size - 2)) : pattern.add_literal(text[at]);
        if (!added) {
            return added.error().within(within);
        }
        at += size;
    }
    const auto checked = pattern.check_variables();
    if (!checked) {
        return checked.error().within(within);
    }
    return pattern;
}

std::optional<RoutePattern::Variable> RoutePattern::variable_of(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, Variable>, 9> names{{{"z", Variable::z},
                                                                          {"x", Variable::x},
                                                                          {"y", Variable::y},
                                                                          {"format", Variable::format},
                                                                          {"fmt", Variable::format},
                                                                          {"prefix", Variable::prefix},
                                                                          {"layer", Variable::layer},
                                                                          {"size", Variable::size},
                                                                          {"scale", Variable::scale}}};
    const auto* const found =
        std::find_if(names.begin(), names.end(), [&](const auto& each) { return each.first == name; });
    return found != names.end() ? std::optional(found->second) : std::nullopt;
}

bool RoutePattern::has(Variable variable) const {
    return std::find(variables_.begin(), variables_.end(), variable) != variables_.end();
}

Result<void> RoutePattern::add_literal(char c) {
    if (c == '}' || c == '?' || c == '#' || c == '%' || c < ' ' || c == '\x7f') {
        return fail(Errc::usage, "'{}' is not a character of a route", printable(std::string_view(&c, 1)));
    }
    if (c == '/' && text_.find("//") != std::string::npos) {
        return fail(Errc::usage, "expected one slash between segments");
    }
    slashes_ += c == '/' ? 1 : 0;
    if (variables_.empty()) {
        literal_start_ += c;
    }
    ByteSet bytes;
    bytes.set(static_cast<unsigned char>(c));
    program_.push_back({PathStep::Kind::byte, bytes});
    return {};
}

Result<void> RoutePattern::add_variable(std::string_view text) {
    const auto colon = text.find(':');
    const auto name = text.substr(0, colon);
    const auto variable = variable_of(name);
    if (!variable) {
        return fail(Errc::usage,
                    "unknown variable '{}': expected z, x, y, format (or fmt), size, scale, prefix or layer",
                    printable(name));
    }
    if (has(*variable)) {
        return fail(Errc::usage, "'{}' is there twice", name);
    }
    const bool is_text = *variable == Variable::format || *variable == Variable::prefix || *variable == Variable::layer;
    const auto expression = colon != std::string_view::npos ? text.substr(colon + 1) : is_text ? ".+" : "[0-9]+";
    const auto compiled = compile_path_expression(expression);
    if (!compiled) {
        return compiled.error().within(name);
    }
    const auto slot = static_cast<int>(2 * variables_.size());
    program_.push_back({PathStep::Kind::mark, {}, slot, 0});
    program_.insert(program_.end(), compiled->begin(), compiled->end());
    program_.push_back({PathStep::Kind::mark, {}, slot + 1, 0});
    if (program_.size() > max_path_steps) {
        return fail(Errc::usage, "more than {} steps", max_path_steps);
    }
    variables_.push_back(*variable);
    replaces_keys_ = replaces_keys_ || *variable == Variable::prefix || *variable == Variable::layer;
    return {};
}

Result<void> RoutePattern::check_variables() const {
    if (!has(Variable::z) || !has(Variable::x) || !has(Variable::y) || !has(Variable::format)) {
        return fail(Errc::usage, "expected the variables {{z}}, {{x}}, {{y}} and {{format}}");
    }
    if (has(Variable::size) && has(Variable::scale)) {
        return fail(Errc::usage, "expected {{size}} or {{scale}}, not both");
    }
    return {};
}

bool RoutePattern::is_behind_tileset(std::string_view name) const {
    constexpr std::size_t slashes_of_native_route = 4;
    return slashes_ == slashes_of_native_route && literal_start_.size() > name.size() + 1 &&
           literal_start_.substr(1).starts_with(name) && literal_start_[name.size() + 1] == '/';
}

std::optional<TileRoute> RoutePattern::match(std::string_view path) const {
    if (path.size() > max_path_size || !path.starts_with(literal_start_) || slashes_in(path) != slashes_) {
        return std::nullopt;
    }
    const auto marks = PathRun(program_).match(path);
    if (!marks) {
        return std::nullopt;
    }
    TileRoute tile;
    tile.set = TileSet::named;
    for (std::size_t i = 0; i < variables_.size(); ++i) {
        const auto start = (*marks)[2 * i];
        const auto value = path.substr(start, std::size_t{(*marks)[2 * i + 1]} - start);
        switch (variables_[i]) {
            case Variable::z:
                tile.z = value;
                break;
            case Variable::x:
                tile.x = value;
                break;
            case Variable::y:
                tile.y = value;
                break;
            case Variable::format:
                tile.format = value;
                break;
            case Variable::prefix:
                tile.prefix = value;
                break;
            case Variable::layer:
                tile.layer = value;
                break;
            case Variable::size:
                tile.pixel_size = value;
                break;
            case Variable::scale:
                tile.scale = value;
                break;
        }
    }
    return is_tile(tile) ? std::optional(tile) : std::nullopt;
}

}  // namespace tapalcatl::service
