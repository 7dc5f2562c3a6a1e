#include "zip/shown.hpp"

#include "base/text.hpp"

namespace tapalcatl::zip {

std::string shown(std::string_view name) {
    constexpr std::size_t longest = 120;
    if (name.empty()) {
        return "(entry without a name)";
    }
    if (name.size() <= longest) {
        return printable(name);
    }
    return printable(name.substr(0, longest)) + "...";
}

}  // namespace tapalcatl::zip
