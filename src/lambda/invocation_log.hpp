#pragma once

#include "base/clock.hpp"
#include "web/message.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tapalcatl::lambda {

/// What was read of the storage since the process started.
struct Reads {
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
};

/// What is logged of an invocation.
struct InvocationRecord {
    std::string_view request_id;
    std::string_view trace_id;  ///< of X-Ray; may be empty
    std::string_view peer;
    std::string_view method;
    std::string_view path;  ///< without the query, which may have API keys
    unsigned status = 0;
    std::uint64_t bytes = 0;  ///< of the body that is sent
    std::chrono::microseconds took{0};
    web::CacheState cache = web::CacheState::none;
    std::string_view archive_key;  ///< empty where no archive was read
};

/// Writes lines of JSON about the requests to a descriptor, which CloudWatch Logs takes up: an access log, and metrics
/// in CloudWatch's embedded format. A line is written before the call returns, because the process may be frozen or
/// ended after it.
class InvocationLog {
 public:
    struct Options {
        int fd = 1;
        bool has_access_log = true;
        /// The access log has one of so many requests, and each with a status of 500 or more. The first is always one.
        std::uint64_t sample = 1;
        bool has_metrics = false;
        std::string function_name;     ///< the dimension of the metrics
        std::function<Reads()> reads;  ///< null: the metrics have none
    };

    /// Lifetime: `clock` outlives this.
    InvocationLog(Options options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}

    void add(const InvocationRecord& record);

 private:
    std::string access_line(const InvocationRecord& record) const;
    std::string metrics_line(const InvocationRecord& record);

    Options options_;
    const Clock& clock_;
    std::uint64_t requests_ = 0;
    Reads reads_before_;
};

}  // namespace tapalcatl::lambda
