#include "service/health.hpp"

#include "base/log.hpp"
#include "service/responses.hpp"
#include "web/responses.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tapalcatl::service {
namespace {

constexpr std::chrono::seconds check_timeout{1};
constexpr std::chrono::seconds cache_time{5};

}  // namespace

std::optional<web::Response> Health::cached() {
    const std::lock_guard lock(mutex_);
    if (problem_ && (is_checking_ || clock_.now() < cached_until_)) {
        return response_for(*problem_);
    }
    return std::nullopt;
}

Awaitable<web::Response> Health::check(Sources sources, SteadyTime latest) {
    {
        const std::lock_guard lock(mutex_);
        is_checking_ = true;
    }
    const auto deadline = std::min(std::chrono::steady_clock::now() + check_timeout, latest);
    std::string problem;
    for (const auto& source : sources) {
        const auto probed = co_await source->probe(deadline);
        if (!probed) {
            problem = web::public_text(server_fault(probed.error()).code);
            log::warning("health check: {}", probed.error().message);
            break;
        }
    }
    {
        const std::lock_guard lock(mutex_);
        is_checking_ = false;
        problem_ = problem;
        cached_until_ = clock_.now() + cache_time;
    }
    co_return response_for(problem);
}

web::Response Health::response_for(const std::string& problem) const {
    return problem.empty() ? state_response(200, "OK") : state_response(503, problem);
}

}  // namespace tapalcatl::service
