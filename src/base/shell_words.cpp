#include "base/shell_words.hpp"

#include <optional>
#include <utility>

namespace tapalcatl {

Result<std::vector<std::string>> shell_words(std::string_view line) {
    std::vector<std::string> words;
    std::optional<std::string> word;  // quotes make one even where nothing is between them
    char quote = '\0';
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (c == '\0') {
            return fail(Errc::usage, "a NUL among the characters");
        }
        if (c == '\\' && quote != '\'') {
            if (++i == line.size()) {
                return fail(Errc::usage, "nothing follows the backslash at the end");
            }
            // Between double quotes it is special in front of itself and of the quote only.
            if (quote == '"' && line[i] != '"' && line[i] != '\\') {
                word->push_back('\\');
            }
            word = word.value_or("") + line[i];
        } else if (quote != '\0') {
            if (c == quote) {
                quote = '\0';
            } else {
                word->push_back(c);
            }
        } else if (c == '"' || c == '\'') {
            quote = c;
            word = word.value_or("");
        } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            if (word) {
                words.push_back(*std::exchange(word, std::nullopt));
            }
        } else {
            word = word.value_or("") + c;
        }
    }
    if (quote != '\0') {
        return fail(Errc::usage, "a quote is not closed");
    }
    if (word) {
        words.push_back(std::move(*word));
    }
    return words;
}

}  // namespace tapalcatl
