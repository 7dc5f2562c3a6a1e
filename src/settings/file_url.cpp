#include "settings/file_url.hpp"

#include "base/text.hpp"
#include "base/url.hpp"

#include <fmt/format.h>

namespace tapalcatl {

std::optional<std::string> path_of_file_url(std::string_view url) {
    constexpr std::string_view scheme = "file://";
    constexpr std::string_view local = "localhost/";
    if (!iequals(url.substr(0, scheme.size()), scheme)) {
        return std::nullopt;
    }
    auto rest = url.substr(scheme.size());
    if (iequals(rest.substr(0, local.size()), local)) {
        rest.remove_prefix(local.size() - 1);
    }
    if (rest.empty() || rest.front() != '/' || rest.find_first_of("?#") != std::string_view::npos) {
        return std::nullopt;
    }

    std::string path;
    const auto broken = percent_decode(rest, path);
    if (!broken.empty() || path.find('\0') != std::string::npos) {
        return std::nullopt;
    }
    return path;
}

std::string file_url(std::string_view path) {
    std::string url = "file://";
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= ' ' || byte >= 0x7f || c == '%' || c == '?' || c == '#') {
            url += fmt::format("%{:02X}", byte);
        } else {
            url += c;
        }
    }
    return url;
}

}  // namespace tapalcatl
