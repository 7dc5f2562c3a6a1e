#pragma once

#include "aws/credentials.hpp"
#include "base/clock.hpp"
#include "doctor/bucket_probe.hpp"
#include "doctor/lister.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tapalcatl::doctor {

/// As whom a bucket is asked.
struct BucketUser {
    std::optional<aws::Credentials> credentials;  ///< nullopt: nobody
    bool requester_pays = false;
};

/// The keys of a bucket, below `prefix` where that is not empty. Runs the context until each answer is there.
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

    /// Whether keys may be listed below a prefix. Fails: as list(), where the answer was not a refusal.
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
