#include "aws/xml.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace tapalcatl::aws {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
    const auto begin = std::min(text.find_first_not_of(blanks), text.size());
    const auto end = text.find_last_not_of(blanks);
    return end == std::string_view::npos ? std::string_view() : text.substr(begin, end + 1 - begin);
}

void append_utf8(std::string& text, std::uint32_t code) {
    const auto put = [&](std::uint32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xc0U | code >> 6U);
        put(0x80U | (code & 0x3fU));
    } else if (code < 0x10000) {
        put(0xe0U | code >> 12U);
        put(0x80U | (code >> 6U & 0x3fU));
        put(0x80U | (code & 0x3fU));
    } else {
        put(0xf0U | code >> 18U);
        put(0x80U | (code >> 12U & 0x3fU));
        put(0x80U | (code >> 6U & 0x3fU));
        put(0x80U | (code & 0x3fU));
    }
}

/// The character that "#38" or "#x26" stands for; nullopt if there is none.
std::optional<std::uint32_t> numbered_character(std::string_view reference) {
    reference.remove_prefix(1);
    const bool hexadecimal = reference.starts_with('x');
    reference.remove_prefix(hexadecimal ? 1 : 0);
    if (reference.empty() || reference.size() > 7) {
        return std::nullopt;
    }
    std::uint32_t code = 0;
    for (const char c : reference) {
        const bool is_digit = c >= '0' && c <= '9';
        const auto letter = static_cast<char>(c | 0x20);
        if (!is_digit && !(hexadecimal && letter >= 'a' && letter <= 'f')) {
            return std::nullopt;
        }
        const auto value = static_cast<std::uint32_t>(is_digit ? c - '0' : letter - 'a' + 10);
        code = code * (hexadecimal ? 16 : 10) + value;
    }
    const bool is_character = code != 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    return is_character ? std::optional(code) : std::nullopt;
}

/// Appends `raw` with its references resolved. Returns false at one that is none.
bool append_text(std::string& text, std::string_view raw) {
    constexpr std::array<std::pair<std::string_view, char>, 5> named{
        {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
    while (!raw.empty()) {
        const auto plain = std::min(raw.find('&'), raw.size());
        text += raw.substr(0, plain);
        raw.remove_prefix(plain);
        if (raw.empty()) {
            return true;
        }
        const auto end = raw.find(';');
        if (end == std::string_view::npos) {
            return false;
        }
        const auto reference = raw.substr(1, end - 1);
        raw.remove_prefix(end + 1);
        const auto* const known =
            std::find_if(named.begin(), named.end(), [&](const auto& one) { return one.first == reference; });
        if (known != named.end()) {
            text += known->second;
            continue;
        }
        const auto code = reference.starts_with('#') ? numbered_character(reference) : std::nullopt;
        if (!code) {
            return false;
        }
        append_utf8(text, *code);
    }
    return true;
}

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
}

/// Walks through a document, tag by tag.
class Scanner {
 public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    /// Requires: called once. Returns what is wrong, or an empty text.
    std::string_view scan() {
        if (rest_.starts_with("\xef\xbb\xbf")) {
            rest_.remove_prefix(3);
        }
        while (!rest_.empty()) {
            const auto problem = rest_.front() == '<' ? markup() : characters();
            if (!problem.empty()) {
                return problem;
            }
        }
        if (root_.empty()) {
            return "no element";
        }
        return open_.empty() ? "" : "it ends inside an element";
    }

    const std::string& root() const { return root_; }
    std::vector<XmlLeaf> take_leaves() { return std::move(leaves_); }

 private:
    struct Open {
        std::string name;       ///< with its prefix
        std::size_t path_size;  ///< of path_ before this element
        bool is_leaf;
    };

    std::string_view characters() {
        const auto size = std::min(rest_.find('<'), rest_.size());
        const auto raw = rest_.substr(0, size);
        rest_.remove_prefix(size);
        if (open_.empty()) {
            return trimmed(raw).empty() ? "" : "text outside of its element";
        }
        return append_text(text_, raw) ? "" : "a reference that is none";
    }

    std::string_view markup() {
        if (rest_.starts_with("<?")) {
            return skip("?>");
        }
        if (rest_.starts_with("<!--")) {
            rest_.remove_prefix(4);
            return skip("-->");
        }
        if (rest_.starts_with("<![CDATA[")) {
            return literal();
        }
        if (rest_.starts_with("<!")) {
            return "a document type";
        }
        if (rest_.starts_with("</")) {
            return closing_tag();
        }
        return opening_tag();
    }

    std::string_view skip(std::string_view end) {
        const auto found = rest_.find(end);
        if (found == std::string_view::npos) {
            return "it ends inside markup";
        }
        rest_.remove_prefix(found + end.size());
        return "";
    }

    std::string_view literal() {
        const auto end = rest_.find("]]>");
        if (end == std::string_view::npos || open_.empty()) {
            return "a literal text that has no end or stands outside of an element";
        }
        text_ += rest_.substr(9, end - 9);
        rest_.remove_prefix(end + 3);
        return "";
    }

    std::string_view name() {
        const auto* const end = std::find_if_not(rest_.begin(), rest_.end(), is_name_character);
        const auto name = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(name.size());
        return name;
    }

    void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size())); }

    std::string_view closing_tag() {
        rest_.remove_prefix(2);
        const auto closed = name();
        skip_blanks();
        if (open_.empty() || closed != open_.back().name || !rest_.starts_with('>')) {
            return "a closing tag that closes nothing";
        }
        rest_.remove_prefix(1);
        close();
        return "";
    }

    std::string_view opening_tag() {
        rest_.remove_prefix(1);
        const auto opened = name();
        if (opened.empty()) {
            return "a tag without a name";
        }
        if (open_.empty() && !root_.empty()) {
            return "a second outermost element";
        }
        if (open_.size() == XmlLeaves::most_depth) {
            return "elements nested too deep";
        }
        if (const auto problem = attributes(); !problem.empty()) {
            return problem;
        }
        open(opened);
        if (rest_.starts_with('/')) {
            rest_.remove_prefix(1);
            close();
        }
        rest_.remove_prefix(1);  // the '>' that attributes() has seen
        return "";
    }

    /// Passes over the attributes, up to ">" or "/>".
    std::string_view attributes() {
        for (;;) {
            const auto before = rest_.size();
            skip_blanks();
            if (rest_.starts_with('>') || rest_.starts_with("/>")) {
                return "";
            }
            if (rest_.size() == before || name().empty()) {
                return "a tag that does not end";
            }
            skip_blanks();
            if (!rest_.starts_with('=')) {
                return "an attribute without a value";
            }
            rest_.remove_prefix(1);
            skip_blanks();
            const char quote = rest_.empty() ? '\0' : rest_.front();
            const auto end = quote == '"' || quote == '\'' ? rest_.find(quote, 1) : std::string_view::npos;
            if (end == std::string_view::npos || rest_.substr(0, end).find('<') != std::string_view::npos) {
                return "an attribute without a value";
            }
            rest_.remove_prefix(end + 1);
        }
    }

    void open(std::string_view name) {
        const auto colon = name.rfind(':');
        const auto local = colon == std::string_view::npos ? name : name.substr(colon + 1);
        if (!open_.empty()) {
            open_.back().is_leaf = false;
        }
        open_.push_back({std::string(name), path_.size(), true});
        path_ += path_.empty() ? "" : "/";
        path_ += local;
        if (root_.empty()) {
            root_ = name;
        }
        text_.clear();
    }

    void close() {
        if (open_.back().is_leaf) {
            leaves_.push_back({path_, std::string(trimmed(text_))});
        }
        path_.resize(open_.back().path_size);
        open_.pop_back();
        text_.clear();
    }

    std::string root_;
    std::vector<XmlLeaf> leaves_;
    std::string_view rest_;
    std::vector<Open> open_;
    std::string path_;
    std::string text_;
};

}  // namespace

Result<XmlLeaves> XmlLeaves::parse(std::string_view text, std::size_t most) {
    if (text.size() > most) {
        return fail(Errc::too_large, "an XML answer of {} bytes, expected up to {}", text.size(), most);
    }
    Scanner scanner(text);
    if (const auto problem = scanner.scan(); !problem.empty()) {
        return fail(Errc::corrupt, "no XML as AWS writes it: {}", problem);
    }
    XmlLeaves leaves;
    leaves.root_ = scanner.root();
    leaves.leaves_ = scanner.take_leaves();
    return leaves;
}

std::string_view XmlLeaves::text(std::string_view path) const {
    const auto found = std::find_if(leaves_.begin(), leaves_.end(), [&](const XmlLeaf& leaf) {
        const std::string_view whole = leaf.path;
        return whole == path ||
               (whole.size() > path.size() && whole.ends_with(path) && whole[whole.size() - path.size() - 1] == '/');
    });
    return found == leaves_.end() ? std::string_view() : std::string_view(found->text);
}

}  // namespace tapalcatl::aws
