#pragma once

#include "app/storage_access.hpp"
#include "app/storage_factory.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "doctor/bucket_probe.hpp"
#include "doctor/lister.hpp"
#include "settings/location.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>

namespace tapalcatl::doctor {

/// A probe of a bucket with the configured endpoint. Sends nothing yet.
/// Fails: as StorageFactory::aws(), app::bucket_address() and aws::endpoint_of(). Lifetime: as BucketProbe.
Result<std::unique_ptr<BucketProbe>> open_bucket_probe(const BucketLocation& bucket, const app::StorageAccess& access,
                                                       app::StorageFactory& storages);

/// A lister of the keys at `location`; null for a web server, which lists nothing. Fetches credentials for a bucket.
/// `deadline` is called for each request.
///
/// Fails: as open_bucket_probe() and CachedProvider::credentials().
/// Lifetime: `storages` and `context` outlive the lister.
Result<std::unique_ptr<Lister>> open_lister(const Location& location, const app::StorageAccess& access,
                                            app::StorageFactory& storages, boost::asio::io_context& context,
                                            std::function<SteadyTime()> deadline);

}  // namespace tapalcatl::doctor
