#include "storage/settled_storage.hpp"

#include "base/fair_semaphore.hpp"
#include "base/hash.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tapalcatl::storage {
namespace {

/// How long after its last replacement an object is read whole by its first read.
constexpr std::chrono::minutes unsettled_for{1};

constexpr std::string_view content_tag = "\"tapalcatl-sha256-";

/// The version of an object by its content. Nothing else of it is reliable.
Version version_by_content(Bytes content) {
    return Version{fmt::format("{}{}\"", content_tag, hex(sha256(content))), {}, content.size()};
}

bool is_by_content(const Version& version) {
    return version.etag.starts_with(content_tag);
}

/// The version that a condition names; null if there is no condition.
const Version* version_in(const Condition& condition) {
    if (const auto* match = std::get_if<IfMatch>(&condition)) {
        return &match->version;
    }
    const auto* held = std::get_if<IfNoneMatch>(&condition);
    return held != nullptr ? &held->version : nullptr;
}

/// What is known of an object that changed its version.
struct Unsettled {
    SteadyTime replaced_at;
    bool was_read = false;       ///< whole: the next three are valid
    Version told;                ///< by the storage, with the content
    Version by_content;          ///< of the same
    bool is_misleading = false;  ///< the same content came under another version
    SharedBytes content;         ///< empty if it is not held any more
    MemoryCharge charge;         ///< of the content
    SteadyTime used_at;
    std::uint64_t size = 0;               ///< as far as it is known
    std::shared_ptr<FairSemaphore> turn;  ///< of reading it whole for its parts; made when it is needed
};

class SettledStorage final : public Storage {
 public:
    SettledStorage(std::unique_ptr<Storage> inner, SettledOptions options, boost::asio::any_io_executor executor,
                   const Clock& clock)
        : inner_(std::move(inner)),
          options_(options),
          executor_(std::move(executor)),
          clock_(clock),
          memory_(std::make_shared<FairSemaphore>(executor_, std::max<std::size_t>(options.held_limit, 1))) {}

    Awaitable<Result<Content>> read(std::string key, Range range, Condition condition, SteadyTime deadline) override {
        const auto* version = version_in(condition);
        const bool asks_by_content = version != nullptr && is_by_content(*version);
        if (objects_.empty() && !asks_by_content) {
            auto content = co_await read_as_told(key, range, condition, deadline);
            co_return content;
        }
        if (std::holds_alternative<IfMatch>(condition) && asks_by_content) {
            const auto wanted = *version;
            auto content = co_await read_part(key, range, wanted, deadline);
            co_return content;
        }
        if (std::holds_alternative<IfMatch>(condition) || !is_unsettled(key)) {
            auto content = co_await read_as_told(key, range, condition, deadline);
            co_return content;
        }
        auto content = co_await read_first(key, range, condition, deadline);
        co_return content;
    }

    std::string name() const override { return inner_->name(); }
    Storage& origin() override { return inner_->origin(); }
    void invalidate(const std::string& key) override { inner_->invalidate(key); }
    Awaitable<bool> settle(SteadyTime deadline) override { return inner_->settle(deadline); }

 private:
    /// Reads from the storage under its own versions.
    Awaitable<Result<Content>> read_as_told(std::string key, Range range, Condition condition, SteadyTime deadline) {
        auto content = co_await inner_->read(key, range, condition, deadline);
        if (!content && content.error().code == Errc::replaced) {
            note_replacement(key, version_in(condition));
        }
        co_return content;
    }

    /// Reads of an object that is unsettled, without condition or with IfNoneMatch.
    Awaitable<Result<Content>> read_first(std::string key, Range range, Condition condition, SteadyTime deadline) {
        const auto known = objects_.find(key);
        const auto* held = std::get_if<IfNoneMatch>(&condition);
        if (known != objects_.end() && known->second.was_read && !known->second.is_misleading && held != nullptr &&
            held->version == known->second.by_content) {
            const Condition unless_same = IfNoneMatch{known->second.told};
            auto content = co_await inner_->read(key, range, unless_same, deadline);
            if (content && content->not_modified) {
                content->version = held->version;
                co_return content;
            }
            if (!content && content.error().code != Errc::replaced) {
                co_return content;
            }
        }
        auto whole = co_await read_whole(key, deadline);
        if (!whole) {
            co_return whole;
        }
        if (held != nullptr && held->version == whole->version) {
            co_return Content{true, {}, 0, whole->version};
        }
        co_return part_of(*whole, range);
    }

    /// Reads a part of the object with that content.
    Awaitable<Result<Content>> read_part(std::string key, Range range, Version version, SteadyTime deadline) {
        auto held = held_content(key, version);
        if (held) {
            co_return part_of(*held, range);
        }
        const auto known = objects_.find(key);
        if (known != objects_.end() && known->second.by_content == version && !known->second.is_misleading) {
            const Condition unchanged = IfMatch{known->second.told};
            auto content = co_await inner_->read(key, range, unchanged, deadline);
            if (content || content.error().code != Errc::replaced) {
                if (content) {
                    content->version = version;
                }
                co_return content;
            }
        }
        // Several parts are wanted at once: the first one brings the object for all.
        const auto turns = turns_of(key);
        const auto turn = co_await turns->acquire(1, deadline);
        if (!turn) {
            co_return timed_out();
        }
        held = held_content(key, version);
        if (held) {
            co_return part_of(*held, range);
        }
        auto whole = co_await read_whole(key, deadline);
        if (!whole) {
            co_return whole;
        }
        if (whole->version != version) {
            co_return fail(Errc::replaced, "the object changed since it was first read");
        }
        co_return part_of(*whole, range);
    }

    /// Reads the whole object in one read and gives it a version by its content.
    Awaitable<Result<Content>> read_whole(std::string key, SteadyTime deadline) {
        log::limited(log::Level::info, "unsettled", "{}: {}: its version changes between reads: reading all of it",
                     inner_->name(), printable(key));
        const auto size = static_cast<std::size_t>(objects_[key].size);
        const auto room = co_await memory_->acquire(size, deadline);
        if (!room) {
            co_return timed_out();
        }
        const MemoryCharge charge(options_.budget, size);
        // Not Whole: of an object that has grown meanwhile, no more than this is read.
        const Range all = Suffix{options_.archive_limit};
        const Condition always;
        auto content = co_await inner_->read(key, all, always, deadline);
        if (!content) {
            co_return content;
        }
        if (content->offset != 0) {
            objects_.erase(key);
            co_return fail(Errc::replaced, "the object grew over {} bytes while it was read", options_.archive_limit);
        }
        const auto told = std::exchange(content->version, version_by_content(content->bytes.view()));
        learn(key, told, *content);
        co_return content;
    }

    static Error timed_out() { return fail(Errc::timeout, "timed out waiting for reads of whole objects"); }

    std::shared_ptr<FairSemaphore> turns_of(const std::string& key) {
        auto& object = objects_[key];
        if (object.turn == nullptr) {
            object.turn = std::make_shared<FairSemaphore>(executor_, 1);
        }
        return object.turn;
    }

    static Result<Content> part_of(const Content& whole, const Range& range) {
        const auto span = resolve(range, whole.version.size);
        if (!span) {
            return span.error();
        }
        return Content{false,
                       whole.bytes.part(static_cast<std::size_t>(span->offset), static_cast<std::size_t>(span->size)),
                       span->offset, whole.version, whole.time_since_validation};
    }

    bool is_unsettled(const std::string& key) {
        const auto known = objects_.find(key);
        if (known == objects_.end()) {
            return false;
        }
        if (!known->second.was_read && clock_.now() - known->second.replaced_at > unsettled_for) {
            objects_.erase(known);
            return false;
        }
        return true;
    }

    void note_replacement(const std::string& key, const Version* expected) {
        if (expected != nullptr && expected->size > options_.archive_limit) {
            log::limited(log::Level::warning, "unsettled",
                         "{}: {}: its version changed between two reads, and its {} bytes are too many to read all of "
                         "it at once",
                         inner_->name(), printable(key), expected->size);
            return;
        }
        auto& object = objects_[key];
        object.replaced_at = clock_.now();
        object.size = expected != nullptr ? expected->size : object.size;
        if (objects_.size() > options_.max_objects) {
            objects_.erase(std::min_element(objects_.begin(), objects_.end(), [](const auto& a, const auto& b) {
                return a.second.replaced_at < b.second.replaced_at;
            }));
        }
    }

    void learn(const std::string& key, const Version& told, const Content& whole) {
        auto& object = objects_[key];
        const bool is_same_content = object.was_read && object.by_content == whole.version;
        if (is_same_content && object.told != told && !std::exchange(object.is_misleading, true)) {
            log::limited(log::Level::warning, "misleading versions",
                         "{}: {}: the same content has another version ({}, then {}): such archives are read whole, "
                         "which takes longer",
                         inner_->name(), printable(key), printable(object.told.etag), printable(told.etag));
        }
        if (!is_same_content) {
            object.is_misleading = false;
        }
        object.was_read = true;
        object.told = told;
        object.by_content = whole.version;
        object.size = whole.version.size;
        object.replaced_at = clock_.now();
        hold(object, whole.bytes);
    }

    void hold(Unsettled& object, const SharedBytes& content) {
        object.content = content;
        object.charge = MemoryCharge(options_.budget, content.size());
        object.used_at = clock_.now();
        std::size_t held = 0;
        for (const auto& [key, other] : objects_) {
            held += other.content.size();
        }
        while (held > options_.held_limit) {
            auto oldest = objects_.end();
            for (auto other = objects_.begin(); other != objects_.end(); ++other) {
                const bool is_held = other->second.content.size() > 0;
                if (is_held && (oldest == objects_.end() || other->second.used_at < oldest->second.used_at)) {
                    oldest = other;
                }
            }
            held -= oldest->second.content.size();
            oldest->second.content = {};
            oldest->second.charge.resize(0);
        }
    }

    std::optional<Content> held_content(const std::string& key, const Version& version) {
        const auto known = objects_.find(key);
        if (known == objects_.end() || known->second.by_content != version ||
            known->second.content.size() != version.size) {
            return std::nullopt;
        }
        known->second.used_at = clock_.now();
        return Content{false, known->second.content, 0, version};
    }

    std::unique_ptr<Storage> inner_;
    SettledOptions options_;
    boost::asio::any_io_executor executor_;
    const Clock& clock_;
    std::unordered_map<std::string, Unsettled> objects_;
    std::shared_ptr<FairSemaphore> memory_;  ///< of whole objects that are being read
};

}  // namespace

std::unique_ptr<Storage> make_settled_storage(std::unique_ptr<Storage> inner, SettledOptions options,
                                              boost::asio::any_io_executor executor, const Clock& clock) {
    return std::make_unique<SettledStorage>(std::move(inner), options, std::move(executor), clock);
}

}  // namespace tapalcatl::storage
