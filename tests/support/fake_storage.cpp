#include "tests/support/fake_storage.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace tapalcatl::tests {

void FakeStorage::put(const std::string& key, std::vector<std::byte> bytes) {
    const auto size = bytes.size();
    objects_[key] = Object{std::move(bytes), {fmt::format("\"v{}\"", ++puts_), "Fri, 25 Jan 2019 12:00:00 GMT", size}};
}

void FakeStorage::put_with_version(const std::string& key, std::string_view content, storage::Version version) {
    const auto bytes = as_bytes(content);
    objects_[key] = Object{{bytes.begin(), bytes.end()}, std::move(version)};
}

void FakeStorage::release() {
    holds_ = nullptr;
    for (const auto& held : std::exchange(held_, {})) {
        held.put(true);
    }
}

Awaitable<Result<storage::Content>> FakeStorage::read(std::string key, storage::Range range,
                                                      storage::Condition condition, SteadyTime deadline) {
    const Read read{key, range, condition};
    reads_.push_back(read);
    if (holds_ && holds_(read)) {
        const auto executor = co_await boost::asio::this_coro::executor;
        Handoff<bool> turn(executor);
        held_.push_back(turn);
        const auto released = co_await turn.wait(deadline);
        if (!released) {
            co_return fail(Errc::timeout, "the storage did not answer in time");
        }
    }
    if (act_) {
        act_(read);
    }
    auto content = answer(read);
    if (content) {
        bytes_served_ += content->bytes.size();
    }
    co_return content;
}

Result<storage::Content> FakeStorage::answer(const Read& read) {
    if (fault_) {
        if (const auto error = fault_(read)) {
            return *error;
        }
    }
    const auto found = objects_.find(read.key);
    if (found == objects_.end()) {
        return fail(Errc::not_found, "no such object");
    }
    const auto& [bytes, version] = found->second;
    if (const auto* match = std::get_if<storage::IfMatch>(&read.condition);
        match != nullptr && match->version != version) {
        return fail(Errc::replaced, "the object changed");
    }
    if (const auto* held = std::get_if<storage::IfNoneMatch>(&read.condition);
        held != nullptr && held->version == version) {
        return storage::Content{true, {}, 0, version};
    }
    std::uint64_t offset = 0;
    std::uint64_t size = bytes.size();
    if (const auto* suffix = std::get_if<storage::Suffix>(&read.range)) {
        size = std::min<std::uint64_t>(suffix->size, bytes.size());
        offset = bytes.size() - size;
    } else if (const auto* span = std::get_if<storage::Span>(&read.range)) {
        offset = span->offset;
        size = span->size;
    }
    const auto part = slice(bytes, offset, size);
    if (!part) {
        return part.error();
    }
    return storage::Content{false, copy_of(*part), offset, version};
}

}  // namespace tapalcatl::tests
