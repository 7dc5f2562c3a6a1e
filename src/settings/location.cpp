#include "settings/location.hpp"

#include "aws/endpoint.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
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

namespace {

constexpr std::string_view s3_scheme = "s3://";

std::string_view without_slashes(std::string_view text) {
    const auto first = std::min(text.find_first_not_of('/'), text.size());
    return text.substr(first, text.find_last_not_of('/') + 1 - first);
}

std::optional<BucketLocation> parse_bucket(std::string_view rest) {
    const auto bucket = rest.substr(0, rest.find('/'));
    const bool has_control =
        std::any_of(rest.begin(), rest.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (has_control || !aws::check_bucket_name(bucket)) {
        return std::nullopt;
    }
    return BucketLocation{std::string(bucket), std::string(without_slashes(rest.substr(bucket.size())))};
}

struct ToUrl {
    std::string operator()(const FolderLocation& folder) const { return file_url(folder.path); }
    std::string operator()(const BucketLocation& bucket) const {
        return fmt::format("{}{}{}{}", s3_scheme, bucket.bucket, bucket.prefix.empty() ? "" : "/", bucket.prefix);
    }
    std::string operator()(const WebLocation& web) const {
        const bool has_query = web.url.target.find('?') != std::string::npos;
        return fmt::format("{}{}", web.url.for_people(), has_query ? "?***" : "");
    }
};

}  // namespace

std::optional<Location> parse_location(std::string_view url) {
    if (iequals(url.substr(0, s3_scheme.size()), s3_scheme)) {
        auto bucket = parse_bucket(url.substr(s3_scheme.size()));
        return bucket ? std::optional<Location>(std::move(*bucket)) : std::nullopt;
    }
    if (auto path = path_of_file_url(url)) {
        return FolderLocation{std::move(*path)};
    }
    if (auto web = parse_url(url)) {
        return WebLocation{std::move(*web)};
    }
    return std::nullopt;
}

std::string url_of(const Location& location) {
    return std::visit(ToUrl{}, location);
}

std::string exact_url_of(const Location& location) {
    const auto* web = std::get_if<WebLocation>(&location);
    return web != nullptr ? web->url.text() : url_of(location);
}

namespace {

/// Cuts "folder/name.json" into the two; empty for anything else.
std::string take_document_of_path(std::string& path) {
    if (!path.ends_with(document_suffix)) {
        return {};
    }
    const auto slash = path.rfind('/');
    auto key = path.substr(slash + 1);  // all of it where there is no slash
    path.resize(slash == std::string::npos ? 0 : std::max<std::size_t>(slash, path.starts_with('/') ? 1 : 0));
    return key;
}

}  // namespace

std::string take_document(Location& location) {
    if (auto* folder = std::get_if<FolderLocation>(&location)) {
        return take_document_of_path(folder->path);
    }
    if (auto* bucket = std::get_if<BucketLocation>(&location)) {
        return take_document_of_path(bucket->prefix);
    }
    auto& target = std::get<WebLocation>(location).url.target;
    const auto query = target.substr(std::min(target.find('?'), target.size()));
    target.resize(target.size() - query.size());
    auto key = take_document_of_path(target);
    target += query;
    return key;
}

}  // namespace tapalcatl
