#pragma once

#include "aws/endpoint.hpp"
#include "base/clock.hpp"
#include "net/retry_policy.hpp"
#include "storage/http_storage.hpp"
#include "storage/storage.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <string>

namespace tapalcatl::net {
class Client;
}

namespace tapalcatl::credentials {
class CachedProvider;
}

namespace tapalcatl::storage {

struct S3Options {
    aws::BucketAddress
        address;  ///< an empty region: the result of `find_region`, else us-east-1 until S3 names the right one
    /// Finds the region of this machine; called at the first read. May be null.
    std::function<Awaitable<Result<std::string>>(SteadyTime deadline)> find_region;
    std::string prefix;           ///< prepended to each key with a '/'; may be empty
    bool requester_pays = false;  ///< confirm that the requester pays (x-amz-request-payer)
    bool missing_on_403 =
        false;  ///< treat AccessDenied as a missing object: S3 sends it without the permission s3:ListBucket
    HttpStorageOptions http;
};

/// A storage in a bucket of S3 or of an S3-compatible store.
///
/// Every request is signed, unless `credentials` are anonymous. A wrong region and a wrong clock are corrected from the
/// error responses of S3, once for all reads, with a warning. If S3 rejects the credentials, they are refreshed and the
/// request is sent once more. Lifetime: what is passed by reference outlives the storage. Fails: usage for an invalid
/// bucket or endpoint.
Result<std::unique_ptr<Storage>> make_s3_storage(S3Options options, net::Client& client,
                                                 credentials::CachedProvider& credentials,
                                                 boost::asio::any_io_executor executor, const Clock& clock);

}  // namespace tapalcatl::storage
