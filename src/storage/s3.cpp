#include "storage/s3.hpp"

#include "aws/s3_error.hpp"
#include "aws/sigv4.hpp"
#include "base/bytes.hpp"
#include "base/log.hpp"
#include "credentials/cached_provider.hpp"
#include "net/client.hpp"

#include <optional>
#include <utility>

namespace tapalcatl::storage {
namespace {

constexpr std::string_view default_region = "us-east-1";

/// A smaller skew is not corrected: S3 accepts it.
constexpr std::chrono::seconds least_skew{60};

std::string_view header(const net::Response& response, std::string_view name) {
    return response.find(name).value_or("");
}

/// An IPv6 address is written in brackets in an endpoint and without them in Url.
std::string without_brackets(const std::string& host) {
    return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

class S3RequestBuilder final : public RequestBuilder {
 public:
    S3RequestBuilder(S3Options options, aws::Endpoint endpoint, credentials::CachedProvider& credentials,
                     const Clock& clock)
        : options_(std::move(options)), endpoint_(std::move(endpoint)), credentials_(credentials), clock_(clock) {}

    Awaitable<Result<BuiltRequest>> build(std::string key, std::vector<net::Header> headers,
                                          SteadyTime deadline) override;

    std::string name() const override {
        return fmt::format("s3://{}{}{}", options_.address.bucket, options_.prefix.empty() ? "" : "/", options_.prefix);
    }

 private:
    /// The parameters of a request, to detect that another request has corrected them meanwhile.
    struct Used {
        std::string region;
        std::chrono::seconds skew;
        std::optional<aws::Credentials> credentials;
    };

    void settle_region(const Result<std::string>& found);
    bool move_to(const std::string& region);
    ClassifiedError classify(const net::Response& refusal, const Used& used);
    bool correct_region(const std::string& region, const Used& used);
    bool correct_clock(const net::Response& refusal, const Used& used);

    S3Options options_;
    aws::Endpoint endpoint_;
    credentials::CachedProvider& credentials_;
    const Clock& clock_;
    aws::Signer signer_;
    std::chrono::seconds skew_{0};  ///< how far the clock of S3 is ahead of the local clock
};

Awaitable<Result<BuiltRequest>> S3RequestBuilder::build(std::string key, std::vector<net::Header> headers,
                                                        SteadyTime deadline) {
    if (auto find_region = std::exchange(options_.find_region, nullptr)) {
        const auto region = co_await find_region(deadline);
        settle_region(region);
    }
    auto credentials = co_await credentials_.credentials(deadline);
    if (!credentials) {
        co_return credentials.error();
    }
    if (options_.requester_pays) {
        headers.emplace_back("x-amz-request-payer", "requester");
    }
    headers.emplace_back("Host", endpoint_.authority());

    BuiltRequest built;
    auto& request = built.request;
    const auto path = endpoint_.path_of(options_.prefix.empty() ? key : fmt::format("{}/{}", options_.prefix, key));
    request.url = Url{endpoint_.tls, without_brackets(endpoint_.host), endpoint_.port, path};
    if (*credentials) {
        aws::SignableRequest signable;
        signable.path = path;
        for (const auto& [name, value] : headers) {
            signable.headers.push_back({name, value});
        }
        const aws::SigningScope scope{options_.address.region};
        for (auto& [name, value] : signer_.sign(std::move(signable), **credentials, scope, clock_.wall() + skew_)) {
            headers.emplace_back(std::move(name), std::move(value));
        }
    }
    request.headers = std::move(headers);
    built.classify = [this, used = Used{options_.address.region, skew_, std::move(*credentials)}](
                         const net::Response& refusal) { return classify(refusal, used); };
    co_return built;
}

void S3RequestBuilder::settle_region(const Result<std::string>& found) {
    if (!found) {
        log::warning("no region is configured and instance metadata does not provide one, using {}: {}",
                     options_.address.region, found.error().message);
        return;
    }
    move_to(*found);
}

bool S3RequestBuilder::move_to(const std::string& region) {
    auto address = options_.address;
    address.region = region;
    auto endpoint = aws::endpoint_of(address);
    if (!endpoint) {
        return false;
    }
    options_.address = std::move(address);
    endpoint_ = std::move(*endpoint);
    return true;
}

ClassifiedError S3RequestBuilder::classify(const net::Response& refusal, const Used& used) {
    aws::S3Answer answer;
    answer.status = static_cast<int>(refusal.status);
    answer.body = as_text(refusal.body);
    answer.bucket_region = header(refusal, "x-amz-bucket-region");
    answer.request_id = header(refusal, "x-amz-request-id");
    auto failure = aws::classify(answer, options_.address.bucket);
    ClassifiedError classified{std::move(failure.error), failure.retry};
    switch (failure.remedy) {
        case aws::Remedy::none:
            break;
        case aws::Remedy::refresh_credentials:
            classified.is_corrected = used.credentials && credentials_.invalidate(*used.credentials);
            break;
        case aws::Remedy::correct_clock:
            classified.is_corrected = correct_clock(refusal, used);
            break;
        case aws::Remedy::correct_region:
            classified.is_corrected = correct_region(failure.region, used);
            break;
    }
    if (options_.missing_on_403 && refusal.status == 403 && failure.code == "AccessDenied") {
        return ClassifiedError{fail(Errc::not_found, "{} (taken for a missing object)", classified.error.message)};
    }
    return classified;
}

bool S3RequestBuilder::correct_region(const std::string& region, const Used& used) {
    if (region == used.region) {
        return false;
    }
    if (options_.address.region != used.region) {
        return true;  // another request has corrected it already
    }
    if (!move_to(region)) {
        return false;
    }
    log::warning("bucket {} is in region {}, not {}: using {}; set AWS_REGION={}", options_.address.bucket, region,
                 used.region, region, region);
    return true;
}

bool S3RequestBuilder::correct_clock(const net::Response& refusal, const Used& used) {
    if (skew_ != used.skew) {
        return true;  // another request has corrected it already
    }
    const auto skew = net::clock_offset(header(refusal, "Date"), clock_.wall());
    if (!skew || std::chrono::abs(*skew - used.skew) < least_skew) {
        return false;
    }
    log::warning("this machine's clock is {} s {} the clock of S3: requests are signed with the time of S3",
                 std::abs(skew->count()), skew->count() > 0 ? "behind" : "ahead of");
    skew_ = *skew;
    return true;
}

}  // namespace

Result<std::unique_ptr<Storage>> make_s3_storage(S3Options options, net::Client& client,
                                                 credentials::CachedProvider& credentials,
                                                 boost::asio::any_io_executor executor, const Clock& clock) {
    if (options.address.region.empty()) {
        options.address.region = default_region;
    }
    auto endpoint = aws::endpoint_of(options.address);
    if (!endpoint) {
        return endpoint.error();
    }
    auto http = options.http;
    auto request_builder =
        std::make_unique<S3RequestBuilder>(std::move(options), std::move(*endpoint), credentials, clock);
    return std::make_unique<HttpStorage>(std::move(request_builder), std::move(http), client, std::move(executor));
}

}  // namespace tapalcatl::storage
