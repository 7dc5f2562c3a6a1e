#pragma once

#include "base/error.hpp"
#include "settings/configuration.hpp"

#include <span>
#include <string>
#include <string_view>

namespace tapalcatl {

/// `text` as a value in a configuration file, which is read back as this text: quoted where YAML needs it, with `$$`
/// for
/// `$`. Requires: is_utf8(text).
std::string yaml_text(std::string_view text);

/// The list of these texts. Requires: as yaml_text().
std::string yaml_list(std::span<const std::string> texts);

/// The value that the variable has where the file is read: "${NAME}".
std::string yaml_variable(std::string_view name);

/// Writes a configuration file, line by line.
class ConfigWriter {
 public:
    /// "# text" on a line of its own. Control characters are escaped.
    void comment(std::string_view text);

    void blank_line() { text_ += '\n'; }

    /// "name: value", and a comment behind it unless that is empty. `value` comes from one of the functions above.
    void member(std::string_view name, std::string_view value, std::string_view comment = {});

    /// "name:", of which the members up to end() are. At least one must follow.
    void begin(std::string_view name);
    void end() { --depth_; }

    const std::string& text() const { return text_; }

 private:
    void indent() { text_.append(2 * depth_, ' '); }

    std::string text_;
    std::size_t depth_ = 0;
};

/// Writes the settings that flags and variables gave, and where each one comes from. Others are at their defaults where
/// the file is read, too. A secret is not written: the file takes it from its variable.
///
/// Requires: `configuration` was made without a configuration file.
/// Fails: usage for a value that is no UTF-8, which YAML cannot have.
Result<void> write_settings(const Configuration& configuration, ConfigWriter& to);

}  // namespace tapalcatl
