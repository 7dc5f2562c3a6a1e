#include "aws/object_list.hpp"

#include "aws/xml.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace tapalcatl::aws {
namespace {

std::optional<unsigned> digit_of(char c) {
    if (c >= '0' && c <= '9') {
        return static_cast<unsigned>(c - '0');
    }
    const auto letter = static_cast<char>(c | 0x20);
    if (letter >= 'a' && letter <= 'f') {
        return static_cast<unsigned>(letter - 'a') + 10;
    }
    return std::nullopt;
}

/// S3 encodes keys in lists as forms are, with '+' for a blank.
std::optional<std::string> decoded(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        const auto high = i + 2 < text.size() ? digit_of(text[i + 1]) : std::nullopt;
        const auto low = i + 2 < text.size() ? digit_of(text[i + 2]) : std::nullopt;
        if (!high || !low) {
            return std::nullopt;
        }
        plain += static_cast<char>(static_cast<unsigned char>(*high << 4U | *low));
        i += 2;
    }
    return plain;
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
        return fail(Errc::corrupt, "no list of keys, but <{}>", printable(leaves->root().substr(0, 64)));
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
        auto name = is_encoded ? decoded(leaf.text) : leaf.text;
        if (!name) {
            return fail(Errc::corrupt, "a key that is not encoded as it should be: {}",
                        printable(std::string_view(leaf.text).substr(0, 200)));
        }
        (is_key ? list.keys : list.common_prefixes).push_back(std::move(*name));
        list.sizes.resize(list.keys.size());
    }
    return list;
}

}  // namespace tapalcatl::aws
