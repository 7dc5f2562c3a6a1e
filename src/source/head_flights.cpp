#include "source/head_flights.hpp"

#include "base/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace tapalcatl::source {

namespace asio = boost::asio;

struct HeadFlights::Flight final : Interest {
    Flight(std::string of, WorkTracker::Work under_way) : key(std::move(of)), work(std::move(under_way)) {}
    Flight(const Flight&) = delete;
    Flight& operator=(const Flight&) = delete;
    ~Flight() override {
        for (const auto& archive : checked) {
            archive->end_check();
        }
    }

    bool is_wanted() const override {
        return !checked.empty() ||
               std::any_of(wanted.begin(), wanted.end(), [](const auto& each) { return each.second.is_wanted(); });
    }

    std::vector<Wanted> take_wanted() {
        std::vector<Wanted> all;
        for (auto& each : wanted) {
            all.push_back(std::move(each.second));
        }
        wanted.clear();
        return all;
    }

    std::string key;
    WorkTracker::Work work;
    std::unordered_map<std::string, Wanted> wanted;      ///< by entry
    std::vector<std::shared_ptr<ArchiveState>> checked;  ///< whose revalidation this is
};

std::shared_ptr<HeadFlights::Flight> HeadFlights::flight_of(const std::string& key) {
    auto& flight = flights_[key];
    if (flight != nullptr) {
        return flight;
    }
    flight = std::make_shared<Flight>(key, context_.work.begin());
    asio::co_spawn(context_.upstream, fly(flight), [this, flight](std::exception_ptr crash) {
        if (crash) {
            // Out of memory, then: those who wait must hear of it.
            leave(*flight);
            landed_({flight->key, flight->take_wanted(), fail(Errc::unavailable, "out of memory"), {}});
        }
    });
    return flights_.at(key);
}

void HeadFlights::join(Wanted wanted) {
    const auto flight = flight_of(wanted.key);
    const auto there = flight->wanted.try_emplace(wanted.entry, Wanted{wanted.key, wanted.entry, {}}).first;
    there->second.join(std::move(wanted));
}

void HeadFlights::revalidate(const std::shared_ptr<ArchiveState>& archive) {
    flight_of(*archive->key())->checked.push_back(archive);
}

void HeadFlights::leave(const Flight& flight) {
    const auto found = flights_.find(flight.key);
    if (found != flights_.end() && found->second.get() == &flight) {
        flights_.erase(found);
    }
}

Awaitable<void> HeadFlights::fly(std::shared_ptr<Flight> flight) {
    // Whoever asks at the same moment comes along.
    co_await asio::post(asio::use_awaitable);
    Landing landing{flight->key, {}, fail(Errc::unavailable, "nothing was read"), {}};
    co_await bring(flight, &landing);
    leave(*flight);
    landing.wanted = flight->take_wanted();
    landed_(std::move(landing));
}

Awaitable<void> HeadFlights::bring(std::shared_ptr<Flight> flight, Landing* landing) {
    const auto& key = flight->key;
    const auto deadline = std::chrono::steady_clock::now() + context_.timeout;
    const auto state = context_.table.state(key);
    auto held = context_.table.directory(key);
    if (held != nullptr && flight->checked.empty() && context_.table.standing_of(*held->archive).may_be_served) {
        landing->held = std::move(held);
        co_return;
    }
    storage::Condition condition;
    if (held != nullptr) {
        condition = storage::IfNoneMatch{held->archive->version()};
    } else if (state != nullptr && flight->wanted.empty()) {
        condition = storage::IfNoneMatch{state->version()};
    }
    auto opened = co_await open(flight, condition, deadline);
    if (!opened && opened.error().code == Errc::replaced) {
        // Between its own reads; more likely so where the first of them came out of a cache.
        const storage::Condition always;
        opened = co_await open(flight, always, deadline);
    }
    if (opened && opened->not_modified) {
        auto& renewed = held != nullptr ? held->archive : state;
        context_.table.renew(*renewed, opened->age);
        landing->held = std::move(held);
        co_return;
    }
    if (opened) {
        landing->held = context_.table.install(key, *opened);
        landing->pieces = std::move(opened->pieces);
        co_return;
    }
    landing->held = opened.error();
    if (opened.error().code == Errc::not_found) {
        context_.table.forget(key);
    } else if (state != nullptr && flight->is_wanted()) {
        context_.table.failed(*state, opened.error());
        if (held != nullptr && context_.table.standing_of(*held->archive).may_be_served) {
            landing->held = std::move(held);
        }
    }
}

Awaitable<Result<OpenedArchive>> HeadFlights::open(std::shared_ptr<Flight> flight, storage::Condition condition,
                                                   SteadyTime deadline) {
    const auto place = co_await context_.queue.enter(flight, deadline);
    if (!place) {
        co_return place.error();
    }
    ReadQueue::Reader reader(context_.queue, context_.queue.storage(), flight);
    auto opened = co_await open_archive(reader, format_, flight->key, condition, deadline);
    if (!opened && opened.error().code == Errc::corrupt) {
        count(context_.counters.corrupt);
        context_.queue.storage().invalidate(flight->key);
    }
    if (opened && opened->directory != nullptr && !opened->directory->warning().empty()) {
        log::limited(log::Level::warning, "comment", "{}: headers of the archive's comment are not used: {}",
                     flight->key, opened->directory->warning());
    }
    co_return opened;
}

}  // namespace tapalcatl::source
