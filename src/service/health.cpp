#include "service/health.hpp"

#include "base/log.hpp"
#include "service/text_answer.hpp"
#include "web/failure.hpp"

namespace tapalcatl::service {
namespace {

constexpr std::chrono::seconds look_timeout{1};
constexpr std::chrono::seconds keep_for{5};

}  // namespace

Health::Health(const source::MetatileSource& tiles, const Clock& clock) : tiles_(tiles), clock_(clock) {
    const auto place = tiles.place(TileId{0, 0, 0}, 256, "mvt");
    key_ = place ? place->key : std::string{};
}

std::optional<web::Response> Health::known() {
    const std::lock_guard lock(mutex_);
    if (problem_ && (looking_ || clock_.now() < good_until_)) {
        return as_response(*problem_);
    }
    return std::nullopt;
}

Awaitable<web::Response> Health::look() {
    {
        const std::lock_guard lock(mutex_);
        looking_ = true;
    }
    const auto deadline = std::chrono::steady_clock::now() + look_timeout;
    const auto version = co_await tiles_.archives().probe(key_, deadline);
    std::string problem;
    if (!version && version.error().code != Errc::not_found) {
        problem = web::public_text(version.error().code);
        log::warning("health check: {}", version.error().message);
    }
    {
        const std::lock_guard lock(mutex_);
        looking_ = false;
        problem_ = problem;
        good_until_ = clock_.now() + keep_for;
    }
    co_return as_response(problem);
}

web::Response Health::as_response(const std::string& problem) const {
    return problem.empty() ? state_answer(200, "OK") : state_answer(503, problem);
}

}  // namespace tapalcatl::service
