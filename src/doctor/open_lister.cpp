#include "doctor/open_lister.hpp"

#include "base/run_until_done.hpp"
#include "credentials/cached_provider.hpp"

#include <utility>
#include <variant>

namespace tapalcatl::doctor {

Result<std::unique_ptr<BucketProbe>> open_bucket_probe(const BucketLocation& bucket, const app::StorageAccess& access,
                                                       app::StorageFactory& storages) {
    const auto client = storages.client();
    if (!client) {
        return client.error();
    }
    const auto configured = storages.aws(access.credentials);
    if (!configured) {
        return configured.error();
    }
    auto address = app::bucket_address(bucket, access.addressing, *configured);
    if (!address) {
        return address.error();
    }
    if (address->region.empty()) {
        address->region = "us-east-1";  // S3 tells of another one
    }
    auto endpoint = aws::endpoint_of(*address);
    if (!endpoint) {
        return endpoint.error();
    }
    return std::make_unique<BucketProbe>(std::move(*address), std::move(*endpoint), **client, system_clock());
}

namespace {

Result<std::unique_ptr<Lister>> open_bucket_lister(const BucketLocation& bucket, const app::StorageAccess& access,
                                                   app::StorageFactory& storages, boost::asio::io_context& context,
                                                   std::function<SteadyTime()> deadline) {
    auto probe = open_bucket_probe({bucket.bucket, {}}, access, storages);
    if (!probe) {
        return probe.error();
    }
    const auto provider = storages.credentials(access.credentials);
    if (!provider) {
        return provider.error();
    }
    auto credentials = run_until_done(context, (*provider)->credentials(deadline()));
    if (!credentials) {
        return credentials.error();
    }
    return std::make_unique<BucketLister>(std::move(*probe), bucket.prefix,
                                          BucketUser{std::move(*credentials), access.requester_pays}, context,
                                          std::move(deadline));
}

}  // namespace

Result<std::unique_ptr<Lister>> open_lister(const Location& location, const app::StorageAccess& access,
                                            app::StorageFactory& storages, boost::asio::io_context& context,
                                            std::function<SteadyTime()> deadline) {
    if (const auto* folder = std::get_if<FolderLocation>(&location)) {
        return std::make_unique<FolderLister>(folder->path, std::move(deadline));
    }
    if (const auto* bucket = std::get_if<BucketLocation>(&location)) {
        return open_bucket_lister(*bucket, access, storages, context, std::move(deadline));
    }
    return std::unique_ptr<Lister>();
}

}  // namespace tapalcatl::doctor
