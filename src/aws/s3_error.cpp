#include "aws/s3_error.hpp"

#include "aws/endpoint.hpp"
#include "aws/xml.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tapalcatl::aws {
namespace {

/// What a code of S3 means, and what to do about it.
struct Meaning {
    std::string_view code;
    Errc errc;
    net::RetryClass retry;
    Remedy remedy;
    std::string_view advice;
};

using enum net::RetryClass;

// The throttling codes and RequestTimeout are those of AWS's standard retry mode; what S3 answers comes first.
constexpr std::array meanings{
    Meaning{"NoSuchKey", Errc::not_found, none, Remedy::none, "no such object"},
    Meaning{"NotFound", Errc::not_found, none, Remedy::none, "no such object"},
    Meaning{"NoSuchVersion", Errc::not_found, none, Remedy::none, "no such object"},
    Meaning{"NoSuchBucket", Errc::denied, none, Remedy::none, "no such bucket"},
    Meaning{"AccessDenied", Errc::denied, none, Remedy::none,
            "access denied: the credentials need s3:GetObject on the keys, and s3:ListBucket on the bucket, without "
            "which a missing key is denied too"},
    Meaning{"AllAccessDisabled", Errc::denied, none, Remedy::none, "all access to the bucket is disabled"},
    Meaning{"AccountProblem", Errc::denied, none, Remedy::none, "something is wrong with the AWS account"},
    Meaning{"InvalidAccessKeyId", Errc::denied, none, Remedy::refresh_credentials,
            "the access key id is not known there"},
    Meaning{"InvalidToken", Errc::denied, none, Remedy::refresh_credentials, "the session token is not valid"},
    Meaning{"ExpiredToken", Errc::denied, none, Remedy::refresh_credentials, "the session token has expired"},
    Meaning{"TokenRefreshRequired", Errc::denied, none, Remedy::refresh_credentials, "the session token has expired"},
    Meaning{"RequestTimeTooSkewed", Errc::denied, none, Remedy::correct_clock,
            "the clock here is more than 15 minutes off"},
    Meaning{"RequestExpired", Errc::denied, none, Remedy::correct_clock, "the clock here is off"},
    Meaning{"SignatureDoesNotMatch", Errc::denied, none, Remedy::none,
            "the signature is wrong: the secret access key does not belong to the access key id"},
    Meaning{"AuthorizationHeaderMalformed", Errc::denied, none, Remedy::none, "the signature is for another region"},
    Meaning{"PermanentRedirect", Errc::denied, none, Remedy::none, "the bucket is in another region"},
    Meaning{"TemporaryRedirect", Errc::unavailable, transient, Remedy::none, "the bucket is elsewhere for now"},
    Meaning{"IllegalLocationConstraintException", Errc::denied, none, Remedy::none, "the bucket is in another region"},
    Meaning{"InvalidObjectState", Errc::denied, none, Remedy::none,
            "the object is in an archive's storage class: restore it first"},
    Meaning{"InvalidBucketName", Errc::denied, none, Remedy::none, "the bucket's name is not valid"},
    Meaning{"PreconditionFailed", Errc::replaced, none, Remedy::none, "the object has been replaced"},
    Meaning{"InvalidRange", Errc::corrupt, none, Remedy::none, "the range is outside of the object"},
    Meaning{"InternalError", Errc::unavailable, transient, Remedy::none, "S3 failed"},
    Meaning{"ServiceUnavailable", Errc::unavailable, transient, Remedy::none, "S3 is not available"},
    Meaning{"RequestTimeout", Errc::unavailable, transient, Remedy::none, "S3 waited too long for the request"},
    Meaning{"RequestTimeoutException", Errc::unavailable, transient, Remedy::none,
            "S3 waited too long for the request"},
    Meaning{"SlowDown", Errc::unavailable, throttling, Remedy::none, "S3 throttles"},
    Meaning{"Throttling", Errc::unavailable, throttling, Remedy::none, "S3 throttles"},
    Meaning{"ThrottlingException", Errc::unavailable, throttling, Remedy::none, "S3 throttles"},
    Meaning{"ThrottledException", Errc::unavailable, throttling, Remedy::none, "S3 throttles"},
    Meaning{"RequestThrottledException", Errc::unavailable, throttling, Remedy::none, "S3 throttles"},
    Meaning{"RequestThrottled", Errc::unavailable, throttling, Remedy::none, "S3 throttles"},
    Meaning{"TooManyRequestsException", Errc::unavailable, throttling, Remedy::none, "S3 throttles"},
    Meaning{"TooManyRequests", Errc::unavailable, throttling, Remedy::none, "S3 throttles"},
    Meaning{"ProvisionedThroughputExceededException", Errc::unavailable, throttling, Remedy::none, "S3 throttles"},
    Meaning{"RequestLimitExceeded", Errc::unavailable, throttling, Remedy::none, "S3 throttles"},
    Meaning{"BandwidthLimitExceeded", Errc::unavailable, throttling, Remedy::none, "S3 throttles"},
    Meaning{"LimitExceededException", Errc::unavailable, throttling, Remedy::none, "S3 throttles"},
    Meaning{"TransactionInProgressException", Errc::unavailable, throttling, Remedy::none, "S3 throttles"},
    Meaning{"PriorRequestNotComplete", Errc::unavailable, throttling, Remedy::none, "S3 throttles"},
    Meaning{"EC2ThrottledException", Errc::unavailable, throttling, Remedy::none, "S3 throttles"},
};

/// Statuses that S3 gives without a body, as gateways and stores of others do.
Meaning meaning_of_status(int status, bool has_body) {
    switch (status) {
        case 301:
        case 302:
        case 307:
        case 308:
            return {"", Errc::denied, none, Remedy::none, "redirected: is this the bucket's endpoint?"};
        case 401:
            return {"", Errc::denied, none, Remedy::none, "not authorized"};
        case 403:
            return {"", Errc::denied, none, Remedy::none, "access denied"};
        case 404:
            if (has_body) {
                return {"", Errc::denied, none, Remedy::none, "404, but not in S3's words: is the endpoint right?"};
            }
            return {"", Errc::not_found, none, Remedy::none, "no such object"};
        case 408:
            return {"", Errc::unavailable, transient, Remedy::none, "S3 waited too long for the request"};
        case 412:
            return {"", Errc::replaced, none, Remedy::none, "the object has been replaced"};
        case 416:
            return {"", Errc::corrupt, none, Remedy::none, "the range is outside of the object"};
        case 429:
            return {"", Errc::unavailable, throttling, Remedy::none, "S3 throttles"};
        case 500:
        case 502:
        case 503:
        case 504:
            return {"", Errc::unavailable, transient, Remedy::none, "S3 failed"};
        default:
            break;
    }
    if (status >= 500) {
        return {"", Errc::unavailable, none, Remedy::none, "S3 failed"};
    }
    return {"", Errc::denied, none, Remedy::none, "S3 refused the request"};
}

Meaning meaning_of(const S3ErrorBody& said, const S3Answer& answer, bool is_s3s) {
    const auto* const known = std::find_if(meanings.begin(), meanings.end(),
                                           [&](const Meaning& meaning) { return meaning.code == said.code; });
    if (known == meanings.end() || said.code.empty()) {
        return meaning_of_status(answer.status, !answer.body.empty() && !is_s3s);
    }
    // A word that says "absent" under a status that does not is not believed: a tile would be taken for missing.
    if (known->errc == Errc::not_found && answer.status != 404) {
        return meaning_of_status(answer.status, true);
    }
    return *known;
}

/// Whether another region than the one asked would answer.
bool is_about_region(int status, std::string_view code) {
    return status == 301 || status == 307 || status == 308 || code == "AuthorizationHeaderMalformed" ||
           code == "PermanentRedirect" || code == "IllegalLocationConstraintException" ||
           (status == 400 && code.empty());
}

std::string region_of(const S3ErrorBody& said, const S3Answer& answer) {
    if (is_region_name(answer.bucket_region)) {
        return std::string(answer.bucket_region);
    }
    return said.region.empty() ? region_in_host(said.endpoint) : said.region;
}

std::string message_of(const Meaning& meaning, const S3ErrorBody& said, const S3Answer& answer,
                       std::string_view bucket) {
    auto message = fmt::format("bucket {}: {} (status {}", printable(bucket), meaning.advice, answer.status);
    if (!said.code.empty()) {
        message += ", " + printable(std::string_view(said.code).substr(0, 64));
    }
    if (!said.message.empty()) {
        message += ": " + printable(std::string_view(said.message).substr(0, 200));
    }
    const auto request = answer.request_id.empty() ? std::string_view(said.request_id) : answer.request_id;
    if (!request.empty()) {
        message += "; request " + printable(request.substr(0, 64));
    }
    return message + ')';
}

}  // namespace

Result<S3ErrorBody> parse_s3_error(std::string_view body) {
    const auto leaves = XmlLeaves::parse(body);
    if (!leaves) {
        return leaves.error();
    }
    S3ErrorBody said;
    said.code = leaves->text("Error/Code");
    if (said.code.empty()) {
        return fail(Errc::corrupt, "XML without an error's code");
    }
    said.message = leaves->text("Error/Message");
    said.endpoint = leaves->text("Error/Endpoint");
    said.request_id = leaves->text("RequestId");
    said.host_id = leaves->text("HostId");
    for (const auto* name : {"Error/Region", "Error/BucketRegion"}) {
        if (said.region.empty() && is_region_name(leaves->text(name))) {
            said.region = leaves->text(name);
        }
    }
    return said;
}

S3Failure classify(const S3Answer& answer, std::string_view bucket) {
    auto parsed = parse_s3_error(answer.body);
    const bool is_s3s = parsed.has_value();
    const auto said = is_s3s ? std::move(*parsed) : S3ErrorBody{};
    const auto meaning = meaning_of(said, answer, is_s3s);
    S3Failure failure;
    failure.error = Error{meaning.errc, message_of(meaning, said, answer, bucket)};
    failure.retry = meaning.retry;
    failure.remedy = meaning.remedy;
    failure.code = said.code;
    if (is_about_region(answer.status, said.code)) {
        failure.region = region_of(said, answer);
        failure.remedy = failure.region.empty() ? failure.remedy : Remedy::correct_region;
    }
    return failure;
}

}  // namespace tapalcatl::aws
