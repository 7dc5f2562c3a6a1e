#include "service/replaceable_service.hpp"

#include <utility>

namespace tapalcatl::service {

std::shared_ptr<const Service> ReplaceableService::replace(std::shared_ptr<Service> next) {
    const std::scoped_lock lock(mutex_);
    if (is_draining_) {
        next->begin_drain();
    }
    current_.store(next.get(), std::memory_order_release);
    return std::exchange(owner_, std::move(next));
}

void ReplaceableService::begin_drain() {
    const std::scoped_lock lock(mutex_);
    is_draining_ = true;
    owner_->begin_drain();
}

}  // namespace tapalcatl::service
