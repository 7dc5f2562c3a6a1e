#include "aws/sigv4.hpp"

#include "aws/timestamp.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>

namespace tapalcatl::aws {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

/// Two regions and two days at midnight, for two sets of credentials while one replaces the other.
constexpr std::size_t max_kept = 8;

/// Headers that proxies and load balancers rewrite; other stores behind S3's interface do so with Accept-Encoding.
bool is_signed(std::string_view name) {
    constexpr std::array<std::string_view, 9> changeable{
        "accept-encoding",   "authorization", "connection", "expect", "keep-alive", "proxy-authorization", "te",
        "transfer-encoding", "user-agent"};
    return std::find(changeable.begin(), changeable.end(), name) == changeable.end() && name != "x-amzn-trace-id";
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    return result;
}

/// `value` without blanks at its ends, and with one space for each run of blanks.
std::string canonical_value(std::string_view value) {
    std::string result;
    bool blank = false;
    for (const char c : trim(value)) {
        const bool is_blank = c == ' ' || c == '\t';
        if (!is_blank) {
            result += c;
        } else if (!blank) {
            result += ' ';
        }
        blank = is_blank;
    }
    return result;
}

/// The signed headers: lower-case name to canonical value, sorted by name.
std::map<std::string, std::string> canonical_headers(const Headers& headers) {
    std::map<std::string, std::string> canonical;
    for (const auto& header : headers) {
        auto name = lower(header.name);
        if (is_signed(name)) {
            const auto [place, is_new] = canonical.try_emplace(std::move(name), canonical_value(header.value));
            if (!is_new) {
                place->second += ',' + canonical_value(header.value);
            }
        }
    }
    return canonical;
}

std::string names_of(const std::map<std::string, std::string>& headers) {
    std::string names;
    for (const auto& [name, value] : headers) {
        names += names.empty() ? "" : ";";
        names += name;
    }
    return names;
}

std::string scope_text(std::string_view day, const SigningScope& scope) {
    return fmt::format("{}/{}/{}/aws4_request", day, scope.region, scope.service);
}

}  // namespace

std::string canonical_request(const SignableRequest& request) {
    const auto headers = canonical_headers(request.headers);
    auto text = fmt::format("{}\n{}\n{}\n", request.method, request.path, canonical_query(request.query));
    for (const auto& [name, value] : headers) {
        fmt::format_to(std::back_inserter(text), "{}:{}\n", name, value);
    }
    text += '\n' + names_of(headers) + '\n' + request.payload_sha256;
    return text;
}

std::string string_to_sign(std::string_view canonical_request, std::string_view date, const SigningScope& scope) {
    return fmt::format("{}\n{}\n{}\n{}", algorithm, date, scope_text(date.substr(0, 8), scope),
                       hex(sha256(as_bytes(canonical_request))));
}

Digest signing_key(const Secret& secret_access_key, std::string_view day, const SigningScope& scope) {
    const auto of_secret = hmac_sha256(as_bytes("AWS4" + secret_access_key.reveal()), as_bytes(day));
    const auto of_region = hmac_sha256(of_secret, as_bytes(scope.region));
    const auto of_service = hmac_sha256(of_region, as_bytes(scope.service));
    return hmac_sha256(of_service, as_bytes("aws4_request"));
}

std::string authorization(const SignableRequest& request, const Credentials& credentials, std::string_view date,
                          const SigningScope& scope, const Digest& key) {
    const auto signature = hmac_sha256(key, as_bytes(string_to_sign(canonical_request(request), date, scope)));
    return fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", algorithm, credentials.access_key_id,
                       scope_text(date.substr(0, 8), scope), names_of(canonical_headers(request.headers)),
                       hex(signature));
}

Headers Signer::sign(SignableRequest request, const Credentials& credentials, const SigningScope& scope, WallTime now) {
    const auto date = amz_date(now);
    Headers added{{"x-amz-date", date}, {"x-amz-content-sha256", request.payload_sha256}};
    if (!credentials.session_token.empty()) {
        added.push_back({"x-amz-security-token", credentials.session_token.reveal()});
    }
    request.headers.insert(request.headers.end(), added.begin(), added.end());
    const auto& signed_with = key(credentials.secret_access_key, std::string_view(date).substr(0, 8), scope);
    added.push_back({"authorization", authorization(request, credentials, date, scope, signed_with)});
    return added;
}

const Digest& Signer::key(const Secret& secret, std::string_view day, const SigningScope& scope) {
    const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& kept) {
        return kept.day == day && kept.region == scope.region && kept.service == scope.service && kept.secret == secret;
    });
    if (found != kept_.end()) {
        return found->key;
    }
    if (kept_.size() == max_kept) {
        kept_.erase(kept_.begin());
    }
    ++derived_;
    kept_.push_back({secret, std::string(day), scope.region, scope.service, signing_key(secret, day, scope)});
    return kept_.back().key;
}

}  // namespace tapalcatl::aws
