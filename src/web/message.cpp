#include "web/message.hpp"

#include "base/text.hpp"

namespace tapalcatl::web {

std::string_view Headers::find(std::string_view name) const {
    std::string_view rest = text_;
    while (!rest.empty()) {
        const auto end = rest.find("\r\n");
        if (rest.size() > name.size() && rest[name.size()] == ':' && iequals(rest.substr(0, name.size()), name)) {
            const auto start = name.size() + 2;  // past ": "
            return rest.substr(start, end - start);
        }
        rest.remove_prefix(end + 2);
    }
    return {};
}

}  // namespace tapalcatl::web
