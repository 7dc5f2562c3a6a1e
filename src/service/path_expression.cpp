#include "service/path_expression.hpp"

#include "base/text.hpp"

#include <cstdint>
#include <optional>

namespace tapalcatl::service {
namespace {

constexpr std::size_t max_depth = 16;
constexpr std::uint64_t max_repeats = 256;

std::size_t index_of(char c) {
    return static_cast<unsigned char>(c);
}

bool is_punctuation(char c) {
    return c > ' ' && c <= '~' && !is_ascii_alphanumeric(c);
}

ByteSet range(char first, char last) {
    ByteSet set;
    for (auto i = index_of(first); i <= index_of(last); ++i) {
        set.set(i);
    }
    return set;
}

const ByteSet& all_but_slash() {
    static const ByteSet set = ~range('/', '/');
    return set;
}

void append(PathProgram& program, const PathProgram& more) {
    program.insert(program.end(), more.begin(), more.end());
}

PathStep fork(std::size_t first, std::size_t second) {
    return {PathStep::Kind::fork, {}, static_cast<int>(first), static_cast<int>(second)};
}

PathStep jump(int distance) {
    return {PathStep::Kind::jump, {}, distance, 0};
}

PathProgram optional(const PathProgram& part) {
    PathProgram program{fork(1, part.size() + 1)};
    append(program, part);
    return program;
}

PathProgram any_number(const PathProgram& part) {
    PathProgram program{fork(1, part.size() + 2)};
    append(program, part);
    program.push_back(jump(-static_cast<int>(part.size() + 1)));
    return program;
}

PathProgram either(const PathProgram& left, const PathProgram& right) {
    PathProgram program{fork(1, left.size() + 2)};
    append(program, left);
    program.push_back(jump(static_cast<int>(right.size() + 1)));
    append(program, right);
    return program;
}

struct Repeats {
    std::uint64_t min = 1;
    std::optional<std::uint64_t> max;  ///< unset: any number
};

class PathExpressionParser {
 public:
    explicit PathExpressionParser(std::string_view text) : text_(text) {}

    Result<PathProgram> parse() {
        auto program = alternatives(0);
        if (program && at_ < text_.size()) {
            return unsupported("')' without '('");
        }
        return program;
    }

 private:
    bool is_at(char c) const { return at_ < text_.size() && text_[at_] == c; }

    bool take(char c) {
        if (!is_at(c)) {
            return false;
        }
        ++at_;
        return true;
    }

    Error unsupported(std::string_view what) const {
        return fail(Errc::usage, "'{}': {} at character {}", printable(text_), what, at_ + 1);
    }

    static bool is_too_large(std::size_t steps) { return steps > max_path_steps; }
    Error too_large() const { return fail(Errc::usage, "'{}': more than {} steps", printable(text_), max_path_steps); }

    Result<PathProgram> alternatives(std::size_t depth) {
        std::vector<PathProgram> all;
        std::size_t steps = 0;
        do {
            auto one = sequence(depth);
            if (!one) {
                return one;
            }
            steps += one->size() + 2;
            if (is_too_large(steps)) {
                return too_large();
            }
            all.push_back(std::move(*one));
        } while (take('|'));
        auto program = std::move(all.back());
        for (auto left = all.rbegin() + 1; left != all.rend(); ++left) {
            program = either(*left, program);
        }
        return program;
    }

    Result<PathProgram> sequence(std::size_t depth) {
        PathProgram program;
        while (at_ < text_.size() && !is_at('|') && !is_at(')')) {
            auto part = atom(depth);
            if (!part) {
                return part;
            }
            auto repeated = with_repeats(*part);
            if (!repeated) {
                return repeated;
            }
            append(program, *repeated);
            if (is_too_large(program.size())) {
                return too_large();
            }
        }
        return program;
    }

    Result<PathProgram> atom(std::size_t depth) {
        if (take('(')) {
            if (depth == max_depth) {
                return unsupported("groups are nested too deep");
            }
            if (take('?') && !take(':')) {
                return unsupported("expected (...) or (?:...)");
            }
            auto group = alternatives(depth + 1);
            if (group && !take(')')) {
                return unsupported("'(' without ')'");
            }
            return group;
        }
        const auto set = take('[') ? bracket() : character();
        if (!set) {
            return set.error();
        }
        return PathProgram{{PathStep::Kind::byte, *set & all_but_slash()}};
    }

    Result<ByteSet> character() {
        const char c = text_[at_];
        if (c == '\\') {
            return escape();
        }
        if (c == '.') {
            ++at_;
            return all_but_slash();
        }
        if (std::string_view("?*+{}^$/]").find(c) != std::string_view::npos) {
            return unsupported(fmt::format("'{}' is not supported here", c));
        }
        ++at_;
        return range(c, c);
    }

    /// What follows a backslash: \d, \w or punctuation.
    Result<ByteSet> escape() {
        ++at_;
        if (at_ == text_.size()) {
            return unsupported("nothing follows the backslash");
        }
        const char c = text_[at_];
        if (c != 'd' && c != 'w' && !is_punctuation(c)) {
            return unsupported("this escape is not supported");
        }
        ++at_;
        if (c == 'd') {
            return range('0', '9');
        }
        if (c == 'w') {
            return range('0', '9') | range('a', 'z') | range('A', 'Z') | range('_', '_');
        }
        return range(c, c);
    }

    /// What follows "[", up to and with "]".
    Result<ByteSet> bracket() {
        const bool is_negated = take('^');
        ByteSet set;
        bool is_first = true;
        while (at_ < text_.size() && (!is_at(']') || is_first)) {
            is_first = false;
            if (text_.substr(at_).starts_with("[:")) {
                return unsupported("named classes are not supported");
            }
            if (is_at('\\')) {
                const auto escaped = escape();
                if (!escaped) {
                    return escaped;
                }
                set |= *escaped;
                continue;
            }
            const char first = text_[at_++];
            char last = first;
            if (is_at('-') && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
                last = text_[at_ + 1];
                if (last == '\\' || index_of(last) < index_of(first)) {
                    return unsupported("expected a range such as a-z");
                }
                at_ += 2;
            }
            set |= range(first, last);
        }
        if (!take(']')) {
            return unsupported("'[' without ']'");
        }
        return is_negated ? ~set : set;
    }

    Result<PathProgram> with_repeats(const PathProgram& part) {
        Repeats repeats;
        if (take('?')) {
            repeats = {0, 1};
        } else if (take('*')) {
            repeats = {0, std::nullopt};
        } else if (take('+')) {
            repeats = {1, std::nullopt};
        } else if (take('{')) {
            const auto counted = count();
            if (!counted) {
                return counted.error();
            }
            repeats = *counted;
        } else {
            return part;
        }
        if (is_at('?') || is_at('*') || is_at('+') || is_at('{')) {
            return unsupported("a second repetition is not supported");
        }
        const auto most = repeats.max ? *repeats.max : repeats.min + 1;
        if (is_too_large(most * (part.size() + 2))) {
            return too_large();
        }
        PathProgram program;
        for (std::uint64_t i = 0; i < repeats.min; ++i) {
            append(program, part);
        }
        PathProgram rest = repeats.max ? PathProgram() : any_number(part);
        for (std::uint64_t i = repeats.min; repeats.max && i < *repeats.max; ++i) {
            auto one_more = part;
            append(one_more, rest);
            rest = optional(one_more);
        }
        append(program, rest);
        return program;
    }

    /// What follows "{": "n}", "n,}" or "n,m}".
    Result<Repeats> count() {
        const auto end = text_.find('}', at_);
        if (end == std::string_view::npos) {
            return unsupported("'{' without '}'");
        }
        auto max_text = text_.substr(at_, end - at_);
        const bool has_comma = max_text.find(',') != std::string_view::npos;
        const auto min = parse_number(next_field(max_text, ','));
        const auto max = has_comma ? parse_number(max_text) : min;
        const bool is_open = has_comma && max_text.empty();
        if (!min || *min > max_repeats || (!is_open && (!max || *max > max_repeats || *max < *min))) {
            return unsupported(fmt::format("expected {{n}}, {{n,}} or {{n,m}}, up to {}", max_repeats));
        }
        at_ = end + 1;
        return Repeats{*min, is_open ? std::nullopt : max};
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

Result<PathProgram> compile_path_expression(std::string_view text) {
    return PathExpressionParser(text).parse();
}

}  // namespace tapalcatl::service
