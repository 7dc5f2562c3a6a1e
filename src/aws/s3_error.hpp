#pragma once

#include "base/error.hpp"
#include "net/retry_policy.hpp"

#include <string>
#include <string_view>

namespace tapalcatl::aws {

/// What S3 says in the body of a failure. Parts that are not there are empty.
struct S3ErrorBody {
    std::string code, message;
    std::string region;  ///< where the bucket is, or what region to sign for; a possible region's name or empty
    std::string endpoint;
    std::string request_id, host_id;
};

/// Reads S3's XML. Fails: corrupt if it is no XML with an Error in it, too_large over 64 KiB.
Result<S3ErrorBody> parse_s3_error(std::string_view body);

/// What may help, beside waiting as the retry class says. Each is worth one try.
enum class Remedy {
    none,
    refresh_credentials,
    correct_clock,   ///< by the answer's Date: clock_offset()
    correct_region,  ///< to S3Failure::region
};

/// An answer that is no success.
struct S3Answer {
    int status = 0;
    std::string_view body;           ///< or the part that came
    std::string_view bucket_region;  ///< x-amz-bucket-region
    std::string_view request_id;     ///< x-amz-request-id
};

/// What an answer means.
struct S3Failure {
    Error error;
    net::RetryClass retry = net::RetryClass::none;
    Remedy remedy = Remedy::none;
    std::string region;  ///< with correct_region
    std::string code;    ///< S3's word; empty if it said none
};

/// Reads and classifies an answer to a read of an object in `bucket`.
///
/// not_found is said only where S3 says that this key is not there. A 404 with a body that is not S3's comes from
/// a proxy or another server and is denied; so is the 404 of a bucket that does not exist. 412 is replaced, 416
/// corrupt. The error's message says what to do, and has S3's code and request id; it is for logs.
S3Failure classify(const S3Answer& answer, std::string_view bucket);
}  // namespace tapalcatl::aws
