#include "settings/location.hpp"

#include "aws/endpoint.hpp"
#include "base/text.hpp"
#include "settings/file_url.hpp"

#include <algorithm>

namespace tapalcatl {
namespace {

constexpr std::string_view s3_scheme = "s3://";

std::string_view without_slashes(std::string_view text) {
    const auto first = std::min(text.find_first_not_of('/'), text.size());
    return text.substr(first, text.find_last_not_of('/') + 1 - first);
}

std::optional<BucketLocation> parse_bucket(std::string_view rest) {
    const auto bucket = rest.substr(0, rest.find('/'));
    const bool has_control = std::any_of(rest.begin(), rest.end(), [](char c) { return c >= 0 && c < ' '; });
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
    std::string operator()(const WebLocation& web) const { return web.url.text(); }
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

}  // namespace tapalcatl
