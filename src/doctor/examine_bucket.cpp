
#include "aws/endpoint.hpp"
#include "base/environment.hpp"
#include "base/run_until_done.hpp"
#include "base/text.hpp"
#include "credentials/cached_provider.hpp"
#include "credentials/imds.hpp"
#include "credentials/retrying_client.hpp"
#include "credentials/sts.hpp"
#include "doctor/bucket_access.hpp"
#include "doctor/examination.hpp"
#include "net/client.hpp"

#include <utility>

namespace tapalcatl::doctor {
namespace {

bool is_aws_host(const std::string& host, const std::string& region) {
    return host.ends_with(fmt::format(".{}", aws::dns_suffix(region)));
}

Result<std::string> fetch_arn(const aws::Credentials& credentials, const credentials::StsAddress& sts,
                              net::Client& client, Examination& examination) {
    aws::Signer signer;
    auto request = credentials::caller_identity_request(credentials, sts, signer, system_clock().wall());
    credentials::RetryingClient http(client, system_clock());
    credentials::RetryLimits limits;
    limits.max_attempts = 1;
    const auto answer =
        run_until_done(examination.context, http.send(std::move(request), limits, examination.time.step()));
    if (!answer) {
        return answer.error();
    }
    const auto identity = credentials::parse_caller_identity(answer->body);
    if (!identity) {
        return identity.error();
    }
    return identity->arn;
}

/// Asks STS whose the credentials are. The request only goes to the STS of AWS, or to one that is configured beside S3:
/// no other party may see the access key. It is never a problem if that fails, because the bucket may be
/// readable all the same.
Diagnosis identity_finding(const aws::Credentials& credentials, const aws::Endpoint& endpoint,
                           const credentials::ServiceEndpoints& endpoints, net::Client& client,
                           Examination& examination) {
    constexpr std::string_view name = "identity";
    if (!is_aws_host(endpoint.host, endpoints.region) && !endpoints.names_sts) {
        return ok(name, "not checked: the endpoint is not AWS's, and AWS_ENDPOINT_URL_STS is not set");
    }
    const auto sts = credentials::sts_address(endpoints);
    if (!sts) {
        return warning(name, "unknown: " + sts.error().message);
    }
    const auto arn = fetch_arn(credentials, *sts, client, examination);
    if (!arn) {
        return warning(name, fmt::format("unknown: {} (STS at {})", arn.error().message, sts->url));
    }
    return ok(name, printable(*arn));
}

}  // namespace

namespace {

constexpr std::string_view default_region = "us-east-1";

Diagnosis region_finding(const std::string& region, std::string_view origin) {
    return ok("region", fmt::format("{}, {}", region, origin));
}

ProbeResult probe_result(const StoreAnswer& answer) {
    if (!answer.refusal) {
        return {answer.status, {}, {}};
    }
    return {answer.status, answer.refusal->code, answer.refusal->error};
}

std::string lifetime_of(const aws::Credentials& credentials) {
    if (!credentials.expires) {
        return {};
    }
    const auto left = std::chrono::duration_cast<std::chrono::minutes>(*credentials.expires - system_clock().wall());
    return fmt::format(", valid for another {} min", left.count());
}

class BucketExamination {
 public:
    BucketExamination(const BucketLocation& bucket, Examination& examination)
        : bucket_(bucket), examination_(examination), findings_(examination.findings), settings_(examination.settings) {
        reachable_.storages = std::make_unique<app::StorageFactory>(examination.environment, examination.context);
    }

    std::optional<ReachableStorage> run() {
        if (!configure() || !fetch_credentials()) {
            return std::nullopt;
        }
        check_endpoint();
        if (!first_answer()) {
            return std::nullopt;
        }
        if (user_.credentials) {
            findings_.add(
                identity_finding(*user_.credentials, probe_->endpoint(), aws_.endpoints, *client_, examination_));
        }
        if (!find_access()) {
            return std::nullopt;
        }
        return std::move(reachable_);
    }

 private:
    bool give_up(std::string_view name, const Error& error) {
        findings_.add(problem(name, error));
        return false;
    }

    /// Everything that can be found out without a request.
    bool configure() {
        auto access = app::storage_access(settings_);
        auto configured = reachable_.storages->aws(access.credentials);
        if (!configured && configured.error().code == Errc::denied) {
            // No provider has any. Anonymous requests still show whether the store responds and whether it needs any.
            missing_credentials_ = configured.error();
            access.credentials.anonymous = true;
            configured = reachable_.storages->aws(access.credentials);
        }
        if (!configured) {
            return give_up("credentials", missing_credentials_.value_or(configured.error()));
        }
        aws_ = std::move(*configured);
        auto address = app::bucket_address(bucket_, access.addressing, aws_);
        if (!address) {
            return give_up("endpoint", address.error());
        }
        const auto client = reachable_.storages->client();
        if (!client) {
            return give_up("proxy", client.error());
        }
        client_ = *client;
        region_ = resolve_region(*address);
        const auto endpoint = aws::endpoint_of(*address);
        if (!endpoint) {
            return give_up("endpoint", endpoint.error());
        }
        findings_.add(ok("endpoint", fmt::format("{}, {}", endpoint->url(), endpoint_origin())));
        if (auto proxy = proxy_finding({endpoint->tls, endpoint->host, endpoint->port}, examination_.environment)) {
            findings_.add(std::move(*proxy));
        }
        corrected_ = aws::without_bucket_in_endpoint(*address);
        probe_ = std::make_shared<BucketProbe>(std::move(*address), *endpoint, *client_, system_clock());
        return true;
    }

    std::string_view endpoint_origin() const {
        const auto& origin = aws_.endpoints.origins.s3;
        return origin.empty() ? std::string_view("AWS's default") : std::string_view(origin);
    }

    /// Finds out whether an endpoint that seems to contain the bucket does so, and goes on with the corrected one then.
    /// Listings tell: they name the bucket and no key. All requests go to the host that is configured.
    void check_endpoint() {
        const auto endpoint = corrected_ ? aws::endpoint_of(*corrected_) : fail(Errc::usage, "the endpoint is right");
        if (!endpoint) {
            return;
        }
        const auto can_list = lister_for(user_)->may_list("");
        if (can_list && *can_list) {
            return;  // the bucket is where requests look for it
        }
        const auto doubled =
            std::exchange(probe_, std::make_shared<BucketProbe>(*corrected_, *endpoint, *client_, system_clock()));
        BucketLister own(probe_, "", user_, examination_.context, [&time = examination_.time] { return time.step(); });
        const auto is_bucket = own.may_list("");
        const auto keys = own.list(bucket_.bucket + '/', Depth::one_level);
        const bool is_proven = is_bucket && *is_bucket && keys && keys->keys.empty() && keys->folders.empty();
        findings_.add(doubled_finding(doubled->endpoint().url(), is_proven));
        if (!is_proven) {
            probe_ = doubled;
            return;
        }
        for (const auto& [variable, value] : endpoint_advice()) {
            examination_.environment[variable] = value;
        }
        settings_.access.addressing = corrected_->addressing;
        auto storages = std::make_unique<app::StorageFactory>(examination_.environment, examination_.context);
        if (const auto client = storages->client()) {
            client_ = *client;
            probe_ = std::make_shared<BucketProbe>(*corrected_, *endpoint, *client_, system_clock());
            reachable_.storages = std::move(storages);
        }
    }

    std::vector<Advice> endpoint_advice() const {
        const auto& origin = aws_.endpoints.origins.s3;
        std::vector<Advice> advice{
            {origin.starts_with("AWS_") ? origin : "AWS_ENDPOINT_URL_S3", corrected_->endpoint_url}};
        if (corrected_->addressing == aws::Addressing::virtual_host) {
            advice.push_back({"TAPALCATL_ADDRESSING", "virtual"});
        }
        return advice;
    }

    Diagnosis doubled_finding(const std::string& doubled, bool is_proven) const {
        const auto text = fmt::format("the endpoint {} it, so that requests go to {}/KEY",
                                      is_proven ? "contains" : "seems to contain", doubled);
        const auto& origin = aws_.endpoints.origins.s3;
        auto finding = is_proven ? problem("bucket", fail(Errc::usage, "{}", text)) : warning("bucket", text);
        if (!origin.starts_with("AWS_")) {
            finding = std::move(finding).with(fmt::format("{} should be {}", origin, corrected_->endpoint_url));
        }
        if (!is_proven) {
            std::string set;
            for (const auto& [variable, value] : endpoint_advice()) {
                set += fmt::format(" {}={}", variable, value);
            }
            return std::move(finding).with("if that is wrong, set" + set);
        }
        for (auto& advice : endpoint_advice()) {
            finding = std::move(finding).with(std::move(advice));
        }
        return finding;
    }

    /// Puts the region that the server would start with into `address`.
    Diagnosis resolve_region(aws::BucketAddress& address) {
        if (!address.region.empty()) {
            const auto environment = system_environment(examination_.environment);
            for (const auto* variable : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
                if (environment.setting(variable)) {
                    return region_finding(address.region, variable);
                }
            }
            return region_finding(address.region, fmt::format("profile {}", printable(aws_.profile.name)));
        }
        address.region = default_region;
        const auto* instance = std::get_if<credentials::InstanceMetadata>(&aws_.provider.kind);
        if (instance == nullptr || !aws_.endpoints.s3_url.empty()) {
            return region_finding(address.region, "until S3 names the bucket's region, because none is configured");
        }
        auto told =
            run_until_done(examination_.context,
                           credentials::metadata_region(*instance, *client_, system_clock(), examination_.time.step()));
        if (!told) {
            return warning("region",
                           fmt::format("{}, because none is configured and instance metadata does not provide one: {}",
                                       address.region, told.error().message))
                .with("set AWS_REGION");
        }
        address.region = std::move(*told);
        return region_finding(address.region, "instance metadata");
    }

    bool fetch_credentials() {
        if (missing_credentials_) {
            return true;
        }
        const auto provider = reachable_.storages->credentials(app::storage_access(settings_).credentials);
        if (!provider) {
            return give_up("credentials", provider.error());
        }
        auto credentials = run_until_done(examination_.context, (*provider)->credentials(examination_.time.step()));
        if (!credentials) {
            missing_credentials_ = credentials.error();
            return true;
        }
        user_ = {std::move(*credentials), settings_.access.requester_pays};
        if (!user_.credentials) {
            credentials_ = ok("credentials", "none: requests are not signed (TAPALCATL_ANONYMOUS is on)");
            return true;
        }
        credentials_ =
            ok("credentials", fmt::format("{}, from {}{}", printable(user_.credentials->access_key_id),
                                          printable((*provider)->origin()), lifetime_of(*user_.credentials)));
        return true;
    }

    bool first_answer() {
        const auto began = std::chrono::steady_clock::now();
        const auto before = probe_->region();
        const auto answer = read_missing(user_);
        if (answer && probe_->region() != before) {
            region_.severity = Severity::warning;
            region_.text += fmt::format("; the bucket is in {}", printable(probe_->region()));
            region_.what_to_do = {
                "the server finds the region by itself, but its first request fails each time it starts"};
            region_.advice = {{"AWS_REGION", probe_->region()}};
            examination_.environment["AWS_REGION"] = probe_->region();
        }
        const bool is_public = missing_credentials_ && answer && probe_result(*answer).is_missing_key();
        if (missing_credentials_) {
            credentials_ = problem("credentials", *missing_credentials_);
        }
        if (is_public) {
            credentials_ = std::move(credentials_)
                               .with("anonymous access works: the bucket is public")
                               .with(Advice{"TAPALCATL_ANONYMOUS", "on"});
            settings_.access.anonymous = true;
        }
        findings_.add(region_);
        findings_.add(credentials_);
        if (!answer) {
            return give_up("reachable", answer.error());
        }
        findings_.add(reachable_finding(began));
        if (missing_credentials_ && !is_public) {
            return false;
        }
        if (const auto skew = probe_->skew().count(); skew != 0) {
            findings_.add(warning("clock", fmt::format("{} s {} S3's clock: requests are signed with S3's time",
                                                       std::abs(skew), skew > 0 ? "behind" : "ahead of"))
                              .with("synchronise the clock of this machine (NTP)"));
        }
        probes_.configured = probe_result(*answer);
        return true;
    }

    bool find_access() {
        const ConfiguredAccess configured{settings_.access.requester_pays, settings_.access.missing_on_403,
                                          settings_.access.anonymous};
        if (needs_more_probes(probes_.configured)) {
            if (!user_.requester_pays && user_.credentials) {
                probes_.paying = probe_as({user_.credentials, true});
            }
            if (user_.credentials) {
                probes_.anonymous = probe_as({});
            }
        }
        auto lister = lister_for(user_);
        const auto where = settings_.keys.prefix.empty() ? std::string() : settings_.keys.prefix + '/';
        auto may_list = lister->may_list(where);
        probes_.may_list = may_list ? std::optional(*may_list) : std::nullopt;
        auto access = diagnose_access(probes_, configured);
        findings_.add(std::move(access.findings));
        auto& wanted = settings_.access;
        wanted.requester_pays = access.requester_pays;
        wanted.anonymous = access.anonymous;
        wanted.missing_on_403 = access.missing_on_403;
        if (!access.may_read) {
            return false;
        }
        if (access.requester_pays != configured.requester_pays || access.anonymous != configured.anonymous) {
            lister = lister_for({access.anonymous ? std::nullopt : user_.credentials, access.requester_pays});
            may_list = lister->may_list(where);
        }
        if (may_list && *may_list) {
            reachable_.lister = std::move(lister);
        } else {
            findings_.add(ok("listing", fmt::format("{}: keys are searched for by reading",
                                                    may_list ? "not allowed" : may_list.error().message)));
        }
        return true;
    }

    std::unique_ptr<BucketLister> lister_for(BucketUser user) {
        return std::make_unique<BucketLister>(probe_, bucket_.prefix, std::move(user), examination_.context,
                                              [&time = examination_.time] { return time.step(); });
    }

    Result<StoreAnswer> read_missing(const BucketUser& user) {
        const auto key = impossible_key(settings_);
        BucketProbe::Ask ask{.key = bucket_.prefix.empty() ? key : fmt::format("{}/{}", bucket_.prefix, key),
                             .requester_pays = user.requester_pays,
                             .credentials = user.credentials,
                             .deadline = examination_.time.step()};
        return run_until_done(examination_.context, probe_->get(std::move(ask)));
    }

    std::optional<ProbeResult> probe_as(const BucketUser& user) {
        const auto answer = read_missing(user);
        return answer ? std::optional(probe_result(*answer)) : std::nullopt;
    }

    const BucketLocation& bucket_;
    Examination& examination_;
    Diagnoses& findings_;
    Settings& settings_;
    ReachableStorage reachable_;
    app::StorageFactory::Aws aws_;
    net::Client* client_ = nullptr;
    std::shared_ptr<BucketProbe> probe_;
    std::optional<aws::BucketAddress> corrected_;  ///< if the endpoint seems to contain the bucket
    BucketUser user_;
    std::optional<Error> missing_credentials_;
    Diagnosis region_;
    Diagnosis credentials_;
    AccessProbes probes_;
};

}  // namespace

std::optional<ReachableStorage> examine_bucket(const BucketLocation& bucket, Examination& examination) {
    return BucketExamination(bucket, examination).run();
}

}  // namespace tapalcatl::doctor
