#include "net/message.hpp"

#include "base/text.hpp"

namespace tapalcatl::net {

std::optional<std::string_view> Response::find(std::string_view name) const {
    for (const auto& [own_name, value] : headers) {
        if (iequals(own_name, name)) {
            return value;
        }
    }
    return std::nullopt;
}

}  // namespace tapalcatl::net
