#pragma once

#include "base/url.hpp"
#include "storage/http_storage.hpp"
#include "storage/storage.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string_view>

namespace tapalcatl::net {
class Client;
}

namespace tapalcatl::storage {

/// The URL of the object `key` below `base`: the key goes behind the path and before the query.
Url url_of_object(const Url& base, std::string_view key);

struct HttpsOptions {
    Url base;  ///< keys are appended to its path, its query goes with every read; the empty key means this URL itself
    bool missing_on_403 = false;  ///< for servers that answer 403 for missing objects
    HttpStorageOptions http;
};

/// A storage on a web server, such as a CDN or a public bucket. Each segment of a key is percent-encoded once and
/// appended to the path of `base`. The query of `base` may be a signature: no message shows it.
///
/// 404 and 410 mean a missing object. Lifetime: the client outlives the storage.
std::unique_ptr<Storage> make_https_storage(HttpsOptions options, net::Client& client,
                                            boost::asio::any_io_executor executor);

}  // namespace tapalcatl::storage
