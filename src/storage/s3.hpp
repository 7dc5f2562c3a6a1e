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
    aws::BucketAddress address;  ///< an empty region: as `find_region` says, else us-east-1 until S3 says which
    /// Tells the region of this machine, asked at the first read. May be null.
    std::function<Awaitable<Result<std::string>>(SteadyTime deadline)> find_region;
    std::string prefix;           ///< keys are below it, after a '/'; empty: keys as they are
    bool requester_pays = false;  ///< agree to pay for each request
    bool missing_on_403 = false;  ///< without the right to list, S3 says 403 for keys that are not there
    HttpStorageOptions http;
};

/// Objects in a bucket of S3, or of a store that speaks as S3 does.
///
/// Every request is signed, unless `credentials` are anonymous. A wrong region and a clock that is off are corrected
/// from S3's answers, once for all, with a warning; refused credentials are fetched anew and tried once more.
/// Lifetime: what is passed by reference outlives the storage. Fails: usage, for a bucket or endpoint that cannot be.
Result<std::unique_ptr<Storage>> make_s3_storage(S3Options options, net::Client& client,
                                                 credentials::CachedProvider& credentials,
                                                 boost::asio::any_io_executor executor, const Clock& clock);

}  // namespace tapalcatl::storage
