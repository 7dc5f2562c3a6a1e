#include "credentials/ini.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace tapalcatl::credentials {
namespace {

class Parser {
 public:
    Result<std::vector<IniSection>> parse(std::string_view text) {
        if (text.starts_with("\xef\xbb\xbf")) {
            text.remove_prefix(3);  // the byte order mark that editors on Windows write
        }
        while (!text.empty()) {
            ++line_number_;
            auto line = next_field(text, '\n');
            if (line.ends_with('\r')) {
                line.remove_suffix(1);
            }
            if (const auto problem = take(line); !problem.empty()) {
                return fail(Errc::usage, "line {}: {}", line_number_, problem);
            }
        }
        return std::move(sections_);
    }

 private:
    /// The problem with the line; empty if there is none.
    std::string_view take(std::string_view line) {
        const auto content = trim(line);
        if (content.empty() || content.front() == '#' || content.front() == ';') {
            return {};
        }
        const auto indent = static_cast<std::size_t>(content.data() - line.data());
        if (section_ != nullptr && !key_.empty() && indent > key_indent_) {
            return take_continuation(content);
        }
        key_.clear();
        return content.front() == '[' ? take_section(content) : take_key(content, indent);
    }

    std::string_view take_section(std::string_view content) {
        const auto end = content.rfind(']');
        if (end == std::string_view::npos) {
            return "the name of a section without ']'";
        }
        const auto name = trim(content.substr(1, end - 1));
        if (name.empty()) {
            return "a section without a name";
        }
        const auto found = std::find_if(sections_.begin(), sections_.end(),
                                        [&](const IniSection& section) { return section.name == name; });
        if (found != sections_.end()) {
            section_ = &*found;
        } else {
            section_ = &sections_.emplace_back(IniSection{std::string(name), {}, {}});
        }
        return {};
    }

    std::string_view take_key(std::string_view content, std::size_t indent) {
        if (section_ == nullptr) {
            return "a setting before the first section";
        }
        const auto separator = content.find_first_of("=:");
        if (separator == std::string_view::npos) {
            return "neither a section nor \"key = value\"";
        }
        key_ = lower_case(trim(content.substr(0, separator)));
        if (key_.empty()) {
            return "a value without a key";
        }
        key_indent_ = indent;
        section_->values[key_] = trim(content.substr(separator + 1));
        section_->nested.erase(key_);
        return {};
    }

    std::string_view take_continuation(std::string_view content) {
        auto& value = section_->values[key_];
        if (!value.empty()) {
            value += '\n';
            value += content;
            return {};
        }
        const auto separator = content.find('=');
        const auto key = trim(content.substr(0, separator));
        if (separator == std::string_view::npos || key.empty()) {
            return "an indented line that is not \"key = value\"";
        }
        section_->nested[key_][lower_case(key)] = trim(content.substr(separator + 1));
        return {};
    }

    std::vector<IniSection> sections_;
    IniSection* section_ = nullptr;  ///< points into sections_; set again whenever that grows
    std::string key_;
    std::size_t key_indent_ = 0;
    std::size_t line_number_ = 0;
};

}  // namespace

Result<std::vector<IniSection>> parse_ini(std::string_view text) {
    if (text.size() > max_ini_bytes) {
        return fail(Errc::usage, "{} bytes are more than the limit of {}", text.size(), max_ini_bytes);
    }
    return Parser().parse(text);
}

}  // namespace tapalcatl::credentials
