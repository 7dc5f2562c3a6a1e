#pragma once

#include <string>

namespace tapalcatl::cli {

/// All settings as tables in Markdown. Each group's table stands between the lines "<!-- settings: TITLE -->" and
/// "<!-- end of settings -->", as in docs/configuration.md.
std::string markdown_reference();

/// The manual page tapalcatl(1), in roff with the macros of man(7).
std::string manual_page();

}  // namespace tapalcatl::cli
