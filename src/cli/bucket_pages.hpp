#pragma once

#include "app/storage_factory.hpp"
#include "base/error.hpp"
#include "doctor/bucket_probe.hpp"
#include "net/retry_policy.hpp"
#include "settings/configuration.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tapalcatl::cli {

/// Objects of a bucket, in the order of their keys.
struct BucketPage {
    struct Object {
        std::string key;
        std::uint64_t size_bytes;
    };
    std::vector<Object> objects;
    bool is_truncated = false;  ///< there are more
};

/// Lists buckets, a page of at most 1000 objects after the other. Passing failures are retried.
///
/// Lifetime: `settings` outlives this. Each call runs until the response is there.
class BucketPages {
 public:
    BucketPages(const Settings& settings, const EnvironmentVariables& environment)
        : settings_(settings), storages_(environment, context_) {}

    /// The first objects whose keys begin with `prefix` and follow `after`, which is empty or a key of the page before.
    /// Fails: as StorageFactory::open() and CachedProvider::credentials(); denied, unavailable, timeout, corrupt.
    Result<BucketPage> list(const std::string& bucket, const std::string& prefix, const std::string& after);

 private:
    Result<doctor::BucketProbe*> probe(const std::string& bucket);

    const Settings& settings_;
    boost::asio::io_context context_;
    app::StorageFactory storages_;
    std::map<std::string, std::unique_ptr<doctor::BucketProbe>> probes_;  ///< by bucket
    net::RetryTokens tokens_;
};

}  // namespace tapalcatl::cli
