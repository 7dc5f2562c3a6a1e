#pragma once

#include "base/awaitable.hpp"
#include "base/handoff.hpp"
#include "storage/storage.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::tests {

/// Objects in memory, read by the rules of storage::Storage, with faults by script and a count of all that was asked.
///
/// Used on one context.
class FakeStorage final : public storage::Storage {
 public:
    struct Read {
        std::string key;
        storage::Range range;
        storage::Condition condition;

        bool is_conditional() const { return !std::holds_alternative<std::monostate>(condition); }
        std::uint64_t suffix() const { return std::get<storage::Suffix>(range).size; }
        storage::Span span() const { return std::get<storage::Span>(range); }
    };

    /// Puts an object, with an ETag of its own for each call.
    void put(const std::string& key, std::vector<std::byte> bytes);
    /// The same with a version of the caller's choice.
    void put_with_version(const std::string& key, std::string_view content, storage::Version version);
    void erase(const std::string& key) { objects_.erase(key); }

    /// From now on each read fails with what this returns, if anything.
    void fail_with(std::function<std::optional<Error>(const Read&)> fault) { fault_ = std::move(fault); }
    void recover() { fault_ = nullptr; }

    /// From now on reads wait until release(): all, or those that `which` chooses.
    void hold(std::function<bool(const Read&)> which = [](const Read&) { return true; }) { holds_ = std::move(which); }
    void release();

    /// Runs before each read is answered: the world changes while somebody reads.
    void before_answer(std::function<void(const Read&)> act) { act_ = std::move(act); }

    const std::vector<Read>& reads() const { return reads_; }
    void forget_reads() { reads_.clear(); }
    std::uint64_t bytes_served() const { return bytes_served_; }

    Awaitable<Result<storage::Content>> read(std::string key, storage::Range range, storage::Condition condition,
                                             SteadyTime deadline) override;
    std::string name() const override { return "fake://"; }

 private:
    struct Object {
        std::vector<std::byte> bytes;
        storage::Version version;
    };

    Result<storage::Content> answer(const Read& read);

    std::map<std::string, Object> objects_;
    std::vector<Read> reads_;
    std::function<std::optional<Error>(const Read&)> fault_;
    std::function<void(const Read&)> act_;
    std::vector<Handoff<bool>> held_;
    std::function<bool(const Read&)> holds_;
    unsigned puts_ = 0;
    std::uint64_t bytes_served_ = 0;
};

}  // namespace tapalcatl::tests
