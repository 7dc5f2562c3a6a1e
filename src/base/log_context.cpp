#include "base/log_context.hpp"

#include <mutex>

namespace tapalcatl::log {
namespace {

struct Shared {
    std::mutex mutex;
    std::shared_ptr<const Context> fields = std::make_shared<const Context>();
};

Shared& shared() {
    static Shared shared;
    return shared;
}

}  // namespace

void set_context(Context fields) {
    auto next = std::make_shared<const Context>(std::move(fields));
    const std::lock_guard lock(shared().mutex);
    shared().fields = std::move(next);
}

std::shared_ptr<const Context> context() {
    const std::lock_guard lock(shared().mutex);
    return shared().fields;
}

}  // namespace tapalcatl::log
