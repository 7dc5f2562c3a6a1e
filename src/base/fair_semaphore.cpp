#include "base/fair_semaphore.hpp"

namespace tapalcatl {

Awaitable<std::optional<FairSemaphore::Permit>> FairSemaphore::acquire(std::size_t size, SteadyTime deadline) {
    if (waiters_.front() == nullptr && fits(size)) {
        used_ += size;
        co_return Permit(weak_from_this(), size);
    }
    auto permit = co_await waiters_.wait(size, deadline);
    if (!permit) {
        serve_waiters();  // those behind may be smaller
    }
    co_return permit;
}

void FairSemaphore::release(std::size_t size) {
    used_ -= size;
    serve_waiters();
}

void FairSemaphore::serve_waiters() {
    for (const auto* size = waiters_.front(); size != nullptr && fits(*size); size = waiters_.front()) {
        used_ += *size;
        waiters_.serve_front(Permit(weak_from_this(), *size));
    }
}

}  // namespace tapalcatl
