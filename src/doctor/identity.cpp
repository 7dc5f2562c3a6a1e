#include "doctor/identity.hpp"

#include "aws/region.hpp"
#include "base/environment.hpp"
#include "base/run_until_done.hpp"
#include "base/text.hpp"
#include "credentials/caller_identity.hpp"
#include "credentials/retrying_client.hpp"
#include "net/client.hpp"

namespace tapalcatl::doctor {
namespace {

bool is_amazons(const std::string& host, const std::string& region) {
    return host.ends_with(fmt::format(".{}", aws::dns_suffix(region)));
}

Result<std::string> ask_for_arn(const aws::Credentials& credentials, const credentials::StsAddress& sts,
                                net::Client& client, Examination& examination) {
    aws::Signer signer;
    auto request = credentials::caller_identity_request(credentials, sts, signer, system_clock().wall());
    credentials::RetryingClient retrying_client(client, system_clock());
    credentials::RetryLimits once;
    once.max_attempts = 1;
    const auto response =
        run_until_done(examination.context, retrying_client.send(std::move(request), once, examination.time.step()));
    if (!response) {
        return response.error();
    }
    const auto identity = credentials::parse_caller_identity(response->body);
    if (!identity) {
        return identity.error();
    }
    return identity->arn;
}

}  // namespace

Diagnosis identity_finding(const aws::Credentials& credentials, const aws::Endpoint& endpoint,
                           const std::string& region, net::Client& client, Examination& examination) {
    constexpr std::string_view name = "identity";
    const auto environment = system_environment(examination.environment);
    if (!is_amazons(endpoint.host, region) && !environment.setting("AWS_ENDPOINT_URL_STS")) {
        return fine(name, "not asked for: this is not AWS, and AWS_ENDPOINT_URL_STS is not set");
    }
    const auto sts = credentials::sts_address(environment, region);
    if (!sts) {
        return remark(name, "not known: " + sts.error().message);
    }
    const auto arn = ask_for_arn(credentials, *sts, client, examination);
    if (!arn) {
        return remark(name, fmt::format("not known: {} (STS at {})", arn.error().message, sts->url));
    }
    return fine(name, printable(*arn));
}

}  // namespace tapalcatl::doctor
