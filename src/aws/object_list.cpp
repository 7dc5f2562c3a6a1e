#include "aws/object_list.hpp"

#include "aws/xml.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace tapalcatl::aws {
namespace {

/// Decodes a key of a list. S3 encodes it like a form, with '+' for a blank. nullopt if an escape is invalid.
std::optional<std::string> decode_form(std::string text) {
    std::replace(text.begin(), text.end(), '+', ' ');
    std::string decoded;
    return percent_decode(text, decoded).empty() ? std::optional(std::move(decoded)) : std::nullopt;
}

}  // namespace

Query list_query(const ListOptions& options) {
    // Encoded keys, as XML cannot carry every character that a key may have.
    Query query{{"list-type", "2"}, {"encoding-type", "url"}, {"max-keys", std::to_string(options.max_keys)}};
    if (!options.prefix.empty()) {
        query.emplace_back("prefix", options.prefix);
    }
    if (!options.delimiter.empty()) {
        query.emplace_back("delimiter", options.delimiter);
    }
    if (!options.start_after.empty()) {
        query.emplace_back("start-after", options.start_after);
    }
    return query;
}

Result<ObjectList> parse_object_list(std::string_view body) {
    const auto leaves = XmlLeaves::parse(body, max_list_bytes);
    if (!leaves) {
        return leaves.error();
    }
    if (leaves->root() != "ListBucketResult") {
        return fail(Errc::corrupt, "expected a list of keys, got <{}>", printable(leaves->root().substr(0, 64)));
    }
    const bool is_encoded = leaves->text("ListBucketResult/EncodingType") == "url";
    ObjectList list;
    list.is_truncated = leaves->text("ListBucketResult/IsTruncated") == "true";
    for (const auto& leaf : leaves->all()) {
        if (leaf.path == "ListBucketResult/Contents/Size" && !list.sizes.empty()) {
            list.sizes.back() = parse_number(leaf.text).value_or(0);
            continue;
        }
        const bool is_key = leaf.path == "ListBucketResult/Contents/Key";
        if (!is_key && leaf.path != "ListBucketResult/CommonPrefixes/Prefix") {
            continue;
        }
        auto name = is_encoded ? decode_form(leaf.text) : std::optional(leaf.text);
        if (!name) {
            return fail(Errc::corrupt, "a key with an invalid escape: {}",
                        printable(std::string_view(leaf.text).substr(0, 200)));
        }
        (is_key ? list.keys : list.common_prefixes).push_back(std::move(*name));
        list.sizes.resize(list.keys.size());
    }
    return list;
}

}  // namespace tapalcatl::aws
