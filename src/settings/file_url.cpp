#include "settings/file_url.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <charconv>

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
    for (std::size_t i = 0; i < rest.size(); ++i) {
        if (rest[i] != '%') {
            path += rest[i];
            continue;
        }
        const auto digits = rest.substr(i + 1, 2);
        unsigned char byte = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        if (digits.size() != 2 || error != std::errc{} || end != digits.data() + 2 || byte == 0) {
            return std::nullopt;
        }
        path += static_cast<char>(byte);
        i += 2;
    }
    if (path.find('\0') != std::string::npos) {
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
