// What comes from AWS, from its metadata services and from its configuration files: nothing that is said there becomes
// a broken log line, a header with a line break or another host's name. The first byte chooses the parser.

#include "aws/endpoint.hpp"
#include "aws/object_list.hpp"
#include "aws/s3_error.hpp"
#include "aws/timestamp.hpp"
#include "aws/xml.hpp"
#include "base/bytes.hpp"
#include "base/text.hpp"
#include "credentials/chain.hpp"
#include "credentials/container.hpp"
#include "credentials/ini.hpp"
#include "credentials/json_response.hpp"
#include "credentials/process.hpp"
#include "credentials/profile.hpp"
#include "credentials/sso.hpp"
#include "credentials/sts.hpp"
#include "net/retry_policy.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace {

using namespace tapalcatl;
using namespace tapalcatl::aws;
using namespace tapalcatl::credentials;

void require(bool claim) {
    if (!claim) {
        std::abort();
    }
}

void check_message(const Error& error) {
    require(!error.message.empty());
    require(std::all_of(error.message.begin(), error.message.end(), [](char c) { return c >= ' ' && c <= '~'; }));
}

void check_ini(std::string_view text) {
    const auto sections = parse_ini(text);
    if (!sections) {
        check_message(sections.error());
        return;
    }
    for (const auto& section : *sections) {
        require(!section.name.empty());
        require(std::count_if(sections->begin(), sections->end(),
                              [&](const IniSection& other) { return other.name == section.name; }) == 1);
        for (const auto& [key, value] : section.values) {
            require(!key.empty() && std::none_of(key.begin(), key.end(), [](char c) { return c >= 'A' && c <= 'Z'; }));
        }
        for (const auto& [key, values] : section.nested) {
            require(section.values.count(key) == 1 && section.values.at(key).empty());
        }
    }
}

void check_config(const ProviderConfig& config) {
    if (const auto* role = std::get_if<AssumeRole>(&config.kind)) {
        require(role->source != nullptr && !role->role_arn.empty());
        check_config(*role->source);
    }
    if (const auto* keys = std::get_if<StaticCredentials>(&config.kind)) {
        require(checked(keys->credentials).has_value());
    }
}

/// The config file, the credentials file and the profile's name, separated by 0x1e.
void check_profiles(std::string_view rest) {
    const auto config = next_field(rest, '\x1e');
    const auto credentials = next_field(rest, '\x1e');
    const auto name = std::string(next_field(rest, '\x1e'));
    const auto profiles = parse_profiles(config, credentials);
    if (!profiles) {
        check_message(profiles.error());
        return;
    }
    const Environment environment{
        [&](const std::string& variable) -> std::optional<std::string> {
            return variable == "AWS_PROFILE" ? std::optional(name) : std::nullopt;
        },
        [](const std::string&) -> Result<std::string> { return fail(Errc::not_found, "none"); }};
    const auto chain = resolve_chain(environment, *profiles);
    if (chain) {
        check_config(*chain);
    } else {
        check_message(chain.error());
    }
}

void check_xml(std::string_view text) {
    const auto leaves = XmlLeaves::parse(text);
    if (!leaves) {
        check_message(leaves.error());
        return;
    }
    require(!leaves->root().empty() && !leaves->all().empty());
    std::size_t size = 0;
    for (const auto& leaf : leaves->all()) {
        size += leaf.text.size();
        require(static_cast<std::size_t>(std::count(leaf.path.begin(), leaf.path.end(), '/')) < XmlLeaves::max_depth);
    }
    require(size <= text.size());  // nothing expands
}

/// Status, header and body, separated by 0x1e.
void check_s3_error(std::string_view rest) {
    const auto status = parse_number(next_field(rest, '\x1e')).value_or(0) % 1000;
    const auto header = next_field(rest, '\x1e');
    const auto failure = classify(
        {.status = static_cast<int>(status), .body = rest, .bucket_region = header, .request_id = header}, "tiles");
    check_message(failure.error);
    require((failure.remedy == Remedy::correct_region) == !failure.region.empty());
    require(failure.region.empty() || is_region_name(failure.region));
    require(failure.error.code != Errc::not_found || status == 404);
    require(failure.retry == net::RetryClass::none || failure.error.code == Errc::unavailable);
}

void check_answers(std::string_view text) {
    for (const auto parse : {parse_sts_response, parse_container_response, parse_process_output, parse_sso_response}) {
        const auto credentials = parse(text);
        if (credentials) {
            require(checked(*credentials).has_value());
        } else {
            check_message(credentials.error());
        }
    }
    const auto token = parse_sso_token(text);
    require(!token || token->access_token.reveal().find('\n') == std::string::npos);
}

void check_list(std::string_view text) {
    const auto list = parse_object_list(text);
    if (!list) {
        check_message(list.error());
        return;
    }
    std::size_t size = 0;
    for (const auto& names : {list->keys, list->common_prefixes}) {
        for (const auto& name : names) {
            size += name.size();
        }
    }
    require(size <= text.size());
}

void check_identity(std::string_view text) {
    const auto identity = parse_caller_identity(text);
    if (identity) {
        require(!identity->arn.empty());
    } else {
        check_message(identity.error());
    }
}

void check_endpoint(std::string_view rest) {
    BucketAddress address;
    address.bucket = next_field(rest, '\x1e');
    address.region = next_field(rest, '\x1e');
    address.endpoint_url = rest;
    for (const auto addressing : {Addressing::automatic, Addressing::virtual_host, Addressing::path}) {
        address.addressing = addressing;
        const auto endpoint = endpoint_of(address);
        if (!endpoint) {
            check_message(endpoint.error());
            continue;
        }
        const auto url = endpoint->url();
        require(std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c <= '~'; }));
        require(endpoint->host.find_first_of("@/?#\\") == std::string::npos);
        require(endpoint->path_of("k").starts_with('/'));
    }
}

void check_small(std::string_view text) {
    const auto time = parse_timestamp(text);
    require(!time || amz_date(*time).size() == 16);
    const auto wait = net::retry_after(text, text, WallTime(std::chrono::hours(500'000)));
    require(!wait || (wait->count() >= 0 && *wait <= std::chrono::hours(24)));
    const auto region = region_in_host(text);
    require(region.empty() || is_region_name(region));
    const Environment environment{
        [&](const std::string& name) -> std::optional<std::string> {
            return name == "AWS_CONTAINER_CREDENTIALS_FULL_URI" ? std::optional(std::string(text)) : std::nullopt;
        },
        nullptr};
    if (const auto url = container_url(environment); !url) {
        check_message(url.error());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const auto text = as_text(std::as_bytes(std::span(data, size)).subspan(1));
    switch (data[0]) {
        case 'i':
            check_ini(text);
            break;
        case 'p':
            check_profiles(text);
            break;
        case 'x':
            check_xml(text);
            break;
        case 'e':
            check_s3_error(text);
            break;
        case 'a':
            check_answers(text);
            break;
        case 'l':
            check_list(text);
            break;
        case 'c':
            check_identity(text);
            break;
        case 'u':
            check_endpoint(text);
            break;
        default:
            check_small(text);
            break;
    }
    return 0;
}
