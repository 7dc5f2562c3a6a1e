#pragma once

#include "aws/credentials.hpp"
#include "aws/endpoint.hpp"
#include "aws/object_list.hpp"
#include "aws/s3_error.hpp"
#include "aws/sigv4.hpp"
#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/url.hpp"
#include "doctor/lister.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tapalcatl::net {
class Client;
struct Response;
}  // namespace tapalcatl::net

namespace tapalcatl::doctor {

/// The response of a store.
struct StoreAnswer {
    unsigned status = 0;
    std::string body;
    std::optional<aws::S3Failure> refusal;  ///< the classified error; nullopt for a 2xx

    std::string_view code() const { return refusal ? std::string_view(refusal->code) : std::string_view(); }
};

/// The listing in the response to a request for one. Fails: as its refusal; corrupt.
Result<aws::ObjectList> read_object_list(const StoreAnswer& answer);

/// Sends one request at a time to a bucket and returns the response as it was. Like the server's storage, it follows
/// S3 to the bucket's region and signs with S3's clock; it repeats a request for no other reason.
///
/// Lifetime: the client outlives this, and this its calls.
class BucketProbe {
 public:
    /// Requires: `address` has a region.
    BucketProbe(aws::BucketAddress address, aws::Endpoint endpoint, net::Client& client, const Clock& clock)
        : address_(std::move(address)), endpoint_(std::move(endpoint)), client_(client), clock_(clock) {}

    struct Ask {
        std::string key;  ///< empty: the bucket itself
        Query query = {};
        bool requester_pays = false;
        std::optional<aws::Credentials> credentials = {};  ///< nullopt: the request is not signed
        SteadyTime deadline;
    };

    /// Requests only the first byte of an object. Fails: as net::Client::send().
    Awaitable<Result<StoreAnswer>> get(Ask ask);

    /// The current target of requests.
    const aws::Endpoint& endpoint() const { return endpoint_; }
    const std::string& region() const { return address_.region; }
    /// How far S3's clock is ahead of this machine's, once S3 has rejected a signature for it.
    std::chrono::seconds skew() const { return skew_; }

 private:
    Awaitable<Result<StoreAnswer>> send_once(Ask ask);
    aws::S3Failure read_refusal(const net::Response& response);
    bool correct(const aws::S3Failure& refusal, std::optional<std::chrono::seconds> skew);

    aws::BucketAddress address_;
    aws::Endpoint endpoint_;
    net::Client& client_;
    const Clock& clock_;
    aws::Signer signer_;
    std::chrono::seconds skew_{0};
    std::optional<std::chrono::seconds> reported_skew_;  ///< in the last error response
};

/// As whom requests to a bucket are sent.
struct BucketUser {
    std::optional<aws::Credentials> credentials;  ///< nullopt: anonymous
    bool requester_pays = false;
};

/// The keys of a bucket, below `prefix` unless that is empty. Each call runs the context until the response is there.
class BucketLister final : public Lister {
 public:
    BucketLister(std::shared_ptr<BucketProbe> probe, std::string prefix, BucketUser user,
                 boost::asio::io_context& context, std::function<SteadyTime()> deadline)
        : probe_(std::move(probe)),
          prefix_(prefix.empty() ? std::move(prefix) : prefix + '/'),
          user_(std::move(user)),
          context_(context),
          deadline_(std::move(deadline)) {}

    Result<Listing> list(const std::string& prefix, Depth depth) override;

    /// Whether keys below a prefix may be listed. Fails: as list(), if there was no response.
    Result<bool> may_list(const std::string& prefix);

 private:
    Result<StoreAnswer> ask(const std::string& prefix, Depth depth, std::size_t limit);

    std::shared_ptr<BucketProbe> probe_;
    std::string prefix_;
    BucketUser user_;
    boost::asio::io_context& context_;
    std::function<SteadyTime()> deadline_;
};

}  // namespace tapalcatl::doctor
