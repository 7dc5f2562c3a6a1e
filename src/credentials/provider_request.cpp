#include "credentials/provider_request.hpp"

#include "aws/region.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tapalcatl::credentials {
namespace {

constexpr std::string_view form = "application/x-www-form-urlencoded; charset=utf-8";
constexpr std::string_view no_name = "tapalcatl";

/// What stands between "//" and the path.
std::string authority_of(std::string_view url) {
    const auto begin = std::min(url.find("//"), url.size());
    auto rest = url.substr(std::min(begin + 2, url.size()));
    return std::string(rest.substr(0, rest.find_first_of("/?#")));
}

bool fits_a_header(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

/// A path of the metadata service, asked for with its token.
Result<ProviderRequest> metadata_request(const InstanceMetadata& config, const Secret& token, std::string_view path) {
    const auto text = trim(token.reveal());
    if (text.empty() || !fits_a_header(text)) {
        return fail(Errc::corrupt, "the metadata service's token is none");
    }
    return ProviderRequest{
        .url = config.endpoint + std::string(path),
        .headers = {{"host", authority_of(config.endpoint)}, {"x-aws-ec2-metadata-token", std::string(text)}}};
}

constexpr std::string_view roles_path = "/latest/meta-data/iam/security-credentials/";

}  // namespace

Result<StsAddress> sts_address(const Environment& environment, std::string_view region) {
    const auto name = region.empty() ? std::string_view("us-east-1") : region;
    if (!aws::is_region_name(name)) {
        return fail(Errc::usage, "\"{}\" is no AWS region", printable(name));
    }
    auto url = environment.setting("AWS_ENDPOINT_URL_STS");
    if (!url) {
        url = environment.setting("AWS_ENDPOINT_URL");
    }
    if (!url) {
        return StsAddress{fmt::format("https://sts.{}.{}/", name, aws::dns_suffix(name)), std::string(name)};
    }
    while (url->ends_with('/')) {
        url->pop_back();
    }
    const auto authority = authority_of(*url);
    const bool is_whole = *url == "https://" + authority || *url == "http://" + authority;
    if (!is_whole || authority.empty() || !fits_a_header(authority) ||
        authority.find_first_of("@\\ ") != std::string::npos) {
        return fail(Errc::usage, "the endpoint of STS is no URL like https://host:port");
    }
    return StsAddress{*url + '/', std::string(name)};
}

ProviderRequest sts_request(Query action, const aws::Credentials& credentials, const StsAddress& sts,
                            aws::Signer& signer, WallTime now) {
    action.emplace_back("Version", "2011-06-15");
    ProviderRequest request{.method = "POST",
                            .url = sts.url,
                            .headers = {{"host", authority_of(sts.url)}, {"content-type", std::string(form)}},
                            .body = canonical_query(action)};
    const aws::SignableRequest to_sign{
        .method = request.method, .headers = request.headers, .payload_sha256 = hex(sha256(as_bytes(request.body)))};
    const auto added = signer.sign(to_sign, credentials, {sts.region, "sts"}, now);
    request.headers.insert(request.headers.end(), added.begin(), added.end());
    return request;
}

ProviderRequest assume_role_request(const AssumeRole& config, const aws::Credentials& source, const StsAddress& sts,
                                    aws::Signer& signer, WallTime now) {
    Query parameters{{"Action", "AssumeRole"},
                     {"RoleArn", config.role_arn},
                     {"RoleSessionName", config.session_name.empty() ? std::string(no_name) : config.session_name}};
    if (!config.external_id.empty()) {
        parameters.emplace_back("ExternalId", config.external_id);
    }
    if (config.duration) {
        parameters.emplace_back("DurationSeconds", std::to_string(config.duration->count()));
    }
    return sts_request(std::move(parameters), source, sts, signer, now);
}

Result<ProviderRequest> web_identity_request(const WebIdentity& config, std::string_view token, const StsAddress& sts) {
    const auto end = token.find_last_not_of(" \t\r\n");
    if (end == std::string_view::npos) {
        return fail(Errc::usage, "the web identity token file is empty");
    }
    const Query parameters{
        {"Action", "AssumeRoleWithWebIdentity"},
        {"Version", "2011-06-15"},
        {"RoleArn", config.role_arn},
        {"RoleSessionName", config.session_name.empty() ? std::string(no_name) : config.session_name},
        {"WebIdentityToken", std::string(token.substr(0, end + 1))}};
    return ProviderRequest{.method = "POST",
                           .url = sts.url,
                           .headers = {{"host", authority_of(sts.url)}, {"content-type", std::string(form)}},
                           .body = canonical_query(parameters)};
}

Result<ProviderRequest> container_request(const Container& config, const Secret& token) {
    ProviderRequest request{.url = config.url, .headers = {{"host", authority_of(config.url)}}};
    if (!token.empty()) {
        // A line break at the end of the file is an editor's; one inside would be another header.
        const std::string_view text = token.reveal();
        const auto end = text.find_last_not_of("\r\n");
        const auto value = end == std::string_view::npos ? std::string_view() : text.substr(0, end + 1);
        if (value.empty() || !fits_a_header(value)) {
            return fail(Errc::usage, "the container's authorization token cannot be in a header");
        }
        request.headers.push_back({"authorization", std::string(value)});
    }
    return request;
}

ProviderRequest metadata_token_request(const InstanceMetadata& config) {
    return {.method = "PUT",
            .url = config.endpoint + "/latest/api/token",
            .headers = {{"host", authority_of(config.endpoint)}, {"x-aws-ec2-metadata-token-ttl-seconds", "21600"}}};
}

Result<ProviderRequest> metadata_role_request(const InstanceMetadata& config, const Secret& token) {
    return metadata_request(config, token, roles_path);
}

Result<ProviderRequest> metadata_credentials_request(const InstanceMetadata& config, const Secret& token,
                                                     std::string_view role) {
    const auto name = trim(role.substr(0, role.find_first_of("\r\n")));
    if (name.empty() || !fits_a_header(name)) {
        return fail(Errc::corrupt, "the metadata service's role has no name");
    }
    return metadata_request(config, token, std::string(roles_path) + uri_encode(name));
}

Result<ProviderRequest> metadata_region_request(const InstanceMetadata& config, const Secret& token) {
    return metadata_request(config, token, "/latest/meta-data/placement/region");
}

Result<ProviderRequest> sso_request(const Sso& config, const SsoToken& token, WallTime now) {
    if (token.expires <= now) {
        return fail(Errc::denied, "the cached single sign-on token has expired: run `aws sso login`");
    }
    if (!aws::is_region_name(config.region)) {
        return fail(Errc::usage, "\"{}\" is no AWS region", printable(config.region));
    }
    const auto host = fmt::format("portal.sso.{}.{}", config.region, aws::dns_suffix(config.region));
    const auto query = canonical_query({{"role_name", config.role_name}, {"account_id", config.account_id}});
    return ProviderRequest{.url = fmt::format("https://{}/federation/credentials?{}", host, query),
                           .headers = {{"host", host}, {"x-amz-sso_bearer_token", token.access_token.reveal()}}};
}

}  // namespace tapalcatl::credentials
