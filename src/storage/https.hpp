#pragma once

#include "base/url.hpp"
#include "storage/http_storage.hpp"
#include "storage/storage.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace tapalcatl::net {
class Client;
}

namespace tapalcatl::storage {

struct HttpsOptions {
    Url base;                     ///< keys are below its path; the empty key stands for itself
    bool missing_on_403 = false;  ///< some servers say 403 for what is not there
    HttpStorageOptions http;
};

/// Files on a web server: a public bucket, a CDN. Each segment of a key is encoded once and appended to the base's
/// path.
///
/// 404 and 410 are missing objects. Lifetime: what is passed by reference outlives the storage.
std::unique_ptr<Storage> make_https_storage(HttpsOptions options, net::Client& client,
                                            boost::asio::any_io_executor executor);

}  // namespace tapalcatl::storage
