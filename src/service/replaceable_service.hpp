#pragma once

#include "service/handler.hpp"
#include "service/service.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

namespace tapalcatl::service {

/// A service that can be replaced while it answers requests. Each request is answered by one service from its start to
/// its end.
class ReplaceableService final : public Handler {
 public:
    /// Requires: `first` is not null.
    explicit ReplaceableService(std::shared_ptr<Service> first) : owner_(std::move(first)), current_(owner_.get()) {}

    /// Answers with `next` from now on. Returns the service until now. The caller holds it until no thread can be
    /// within answer_at_once() or refuse() any more, or about to await answer(), since before the call. Requests that
    /// are being answered hold it by themselves. Safe from any thread. Requires: `next` is not null.
    [[nodiscard]] std::shared_ptr<const Service> replace(std::shared_ptr<Service> next);

    std::optional<web::Response> answer_at_once(const web::Request& request) override {
        return current().answer_at_once(request);
    }
    Awaitable<web::Response> answer(web::Request request) override { return current().answer(request); }
    web::Response refuse(const web::Request& request) override { return current().refuse(request); }
    void begin_drain() override;

 private:
    Service& current() const { return *current_.load(std::memory_order_acquire); }

    std::mutex mutex_;
    std::shared_ptr<Service> owner_;
    bool is_draining_ = false;
    std::atomic<Service*> current_;  ///< owner_, without a lock
};

}  // namespace tapalcatl::service
