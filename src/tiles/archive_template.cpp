#include "tiles/archive_template.hpp"

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>

namespace tapalcatl {
namespace {

constexpr std::string_view variables = "zxyh";

std::string spreading_hash(std::string_view text) {
    return hex(Bytes(md5(as_bytes(text))).first(3)).substr(0, 5);
}

/// What is wrong with the braces of `source`.
std::optional<Error> fault_of(std::string_view source) {
    std::array<bool, variables.size()> seen{};
    for (auto rest = source; !rest.empty();) {
        const auto open = rest.find_first_of("{}");
        if (open == std::string_view::npos) {
            break;
        }
        const auto variable = rest.substr(open, 3);
        const auto known = variable.size() == 3 ? variables.find(variable[1]) : std::string_view::npos;
        if (!variable.starts_with('{') || !variable.ends_with('}') || known == std::string_view::npos) {
            return fail(Errc::corrupt, "'{}' at byte {}: expected {{z}}, {{x}}, {{y}} or {{h}}",
                        printable(rest.substr(open, 10)), source.size() - rest.size() + open);
        }
        seen[known] = true;
        rest.remove_prefix(open + 3);
    }
    for (const auto required : {'z', 'x', 'y'}) {
        if (!seen[variables.find(required)]) {
            return fail(Errc::corrupt, "there is no {{{}}} in it", required);
        }
    }
    return std::nullopt;
}

/// The scheme of a URL in lower case; empty for a relative reference.
std::string scheme_of(std::string_view url) {
    const auto end = url.find("://");
    const bool is_scheme = end != std::string_view::npos && end > 0 &&
                           std::all_of(url.begin(), url.begin() + static_cast<std::ptrdiff_t>(end),
                                       [](char c) { return is_ascii_alphanumeric(c) || c == '+' || c == '-'; });
    return is_scheme ? lower_case(url.substr(0, end)) : std::string();
}

/// The end of scheme and host, or of scheme and bucket.
std::size_t authority_end(std::string_view url) {
    const auto start = url.find("://") + 3;
    return std::min(url.find('/', start), url.size());
}

bool needs_base(std::string_view source) {
    return source.starts_with('/') || source.starts_with("../") || source.find("/../") != std::string_view::npos;
}

/// `path` without "." and ".." (RFC 3986, section 5.2.4). It begins with a slash.
std::string without_dots(std::string_view path) {
    std::string result;
    auto rest = path.substr(1);
    for (;;) {
        const auto end = rest.find('/');
        const auto segment = rest.substr(0, end);
        if (segment == "..") {
            result.resize(std::min(result.rfind('/'), result.size()));
        } else if (segment != ".") {
            result.append(1, '/').append(segment);
        }
        if (end == std::string_view::npos) {
            return result;
        }
        rest.remove_prefix(end + 1);
    }
}

/// An absolute URL cut into a folder without variables and the template of the keys in it.
Result<ArchivePlace> cut(std::string_view url) {
    const auto path_start = authority_end(url);
    const auto first = url.find('{');
    if (first < path_start) {
        return fail(Errc::corrupt, "a variable in the name of the host or bucket: expected variables in the path only");
    }
    const auto scheme = scheme_of(url);
    if (scheme != "s3" && url.find_first_of("?#") != std::string_view::npos) {
        return fail(Errc::corrupt, "it has a query or a fragment: expected none");
    }
    const auto slash = url.rfind('/', first);
    const auto folder = url.substr(0, std::max(slash, path_start));
    return ArchivePlace{std::string(folder) + (slash == path_start ? "/" : ""), std::string(url.substr(slash + 1))};
}

}  // namespace

ArchiveTemplate::ArchiveTemplate(std::string_view text) {
    for (;;) {
        const auto open = text.find('{');
        if (open == std::string_view::npos || text.size() - open < 3) {
            parts_.push_back({std::string(text), 0});
            return;
        }
        parts_.push_back({std::string(text.substr(0, open)), text[open + 1]});
        text.remove_prefix(open + 3);
    }
}

std::string ArchiveTemplate::name(TileId archive) const {
    std::string name;
    for (const auto& [text, variable] : parts_) {
        name += text;
        switch (variable) {
            case 'z':
                name += fmt::format_int(archive.z).c_str();
                break;
            case 'x':
                name += fmt::format_int(archive.x).c_str();
                break;
            case 'y':
                name += fmt::format_int(archive.y).c_str();
                break;
            case 'h':
                name += spreading_hash(to_string(archive));
                break;
            default:
                break;
        }
    }
    return name;
}

Result<ArchivePlace> resolve_archives(std::string_view source, std::string_view meta_url) {
    if (source.empty()) {
        return fail(Errc::corrupt, "it is empty: expected a template with {{z}}, {{x}} and {{y}}");
    }
    const bool has_control =
        std::any_of(source.begin(), source.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (has_control) {
        return fail(Errc::corrupt, "it has control characters");
    }
    if (auto fault = fault_of(source)) {
        return std::move(*fault);
    }
    const auto scheme = scheme_of(source);
    const auto base_scheme = scheme_of(meta_url);
    if (scheme.empty() && !needs_base(source)) {
        auto keys = source;
        while (keys.starts_with("./")) {
            keys.remove_prefix(2);
        }
        if (base_scheme != "s3" && base_scheme != "file" && keys.find_first_of("?#") != std::string_view::npos) {
            return fail(Errc::corrupt, "it has a query or a fragment: expected none");
        }
        return ArchivePlace{{}, std::string(keys)};
    }
    if (scheme.empty()) {
        const auto base = meta_url.substr(0, meta_url.find('?'));
        if (base_scheme.empty()) {
            return fail(Errc::corrupt, "it leaves the folder of its meta.json, whose URL is not known");
        }
        const auto path_start = authority_end(base);
        const auto path = source.starts_with('/')
                              ? std::string(source)
                              : fmt::format("{}/{}", base.substr(path_start, base.rfind('/') - path_start), source);
        return cut(fmt::format("{}{}", base.substr(0, path_start), without_dots(path)));
    }
    if (scheme != "s3" && scheme != "https" && scheme != "http" && scheme != "file") {
        return fail(Errc::corrupt, "scheme '{}': expected s3, https, http, file, or a path beside the meta.json",
                    printable(scheme));
    }
    if (scheme == "file" && base_scheme != "file") {
        return fail(Errc::corrupt, "it names files of this machine: only a meta.json that is a file itself may");
    }
    return cut(source);
}

}  // namespace tapalcatl
