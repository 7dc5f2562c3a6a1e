#pragma once

#include "base/work_tracker.hpp"
#include "source/archive_table.hpp"
#include "source/counters.hpp"
#include "source/read_queue.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>

namespace tapalcatl::source {

/// What all flights of a storage work with. Lifetime: what is referred to outlives the flights.
struct FlightContext {
    ReadQueue& queue;
    ArchiveTable& table;
    Counters& counters;
    WorkTracker& work;
    boost::asio::any_io_executor upstream;
    std::chrono::milliseconds timeout;  ///< of each read, with the time that it queues
};

}  // namespace tapalcatl::source
