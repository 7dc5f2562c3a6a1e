#include "web/target.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "web/message.hpp"

#include <algorithm>

namespace tapalcatl::web {
namespace {

/// What follows "http://" or "https://", or empty.
std::string_view without_scheme(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (iequals(target.substr(0, scheme.size()), scheme)) {
            return target.substr(scheme.size());
        }
    }
    return {};
}

}  // namespace

std::string_view authority_of(std::string_view target) {
    const auto rest = without_scheme(target);
    return rest.substr(0, rest.find_first_of("/?#"));
}

Result<Target> parse_target(std::string_view target, std::string& buffer) {
    Target parsed;
    auto rest = target.substr(0, target.find('#'));
    if (rest == "*") {
        parsed.path = rest;
        return parsed;
    }
    if (!rest.starts_with('/')) {
        parsed.authority = authority_of(rest);
        if (parsed.authority.empty()) {
            return fail(Errc::bad_request, "request target '{}': expected a path that starts with /",
                        printable(target.substr(0, 80)));
        }
        rest = without_scheme(rest).substr(parsed.authority.size());
    }

    const auto question_mark = rest.find('?');
    if (question_mark != std::string_view::npos) {
        parsed.query = rest.substr(question_mark + 1);
    }
    parsed.path = rest.substr(0, question_mark);
    if (parsed.path.empty()) {
        parsed.path = "/";  // "http://host" and "http://host?query" mean the root
    }
    if (parsed.path.find('%') != std::string_view::npos) {
        // A decoded slash would split a segment.
        const auto broken = percent_decode(parsed.path, buffer, '/');
        if (!broken.empty()) {
            return fail(Errc::bad_request, "path: '{}': expected two hex digits after %", printable(broken));
        }
        parsed.path = buffer;
    }
    if (has_control(parsed.path)) {
        return fail(Errc::bad_request, "path: expected no control characters, not even escaped");
    }
    if (!is_utf8(parsed.path)) {
        return fail(Errc::bad_request, "path: expected UTF-8");
    }
    return parsed;
}

Segments::Segments(std::string_view path) {
    auto rest = path;
    while (!rest.empty()) {
        rest.remove_prefix(std::min(rest.find_first_not_of('/'), rest.size()));
        const auto part = size_ + 1 < max_count ? rest.substr(0, rest.find('/')) : rest;
        parts_[size_++] = part;
        rest.remove_prefix(part.size());
    }
}

}  // namespace tapalcatl::web
