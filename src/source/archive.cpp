#include "source/archive.hpp"

#include <algorithm>
#include <utility>

namespace tapalcatl::source {
namespace {

storage::Range first_range(const ReadPolicy& policy) {
    switch (policy.mode) {
        case ReadMode::whole:
            return storage::Suffix{policy.archive_limit};
        case ReadMode::range:
            return storage::Suffix{zip::max_end_size};
        case ReadMode::automatic:
            break;
    }
    return storage::Suffix{std::max(policy.tail_size, zip::max_end_size)};
}

/// The directory's bytes, if they are in what was read. Lifetime: views `tail`.
std::optional<Bytes> inside(const storage::Content& tail, const zip::DirectoryLocation& location) {
    if (location.offset < tail.offset) {
        return std::nullopt;
    }
    const auto part = slice(tail.bytes.view(), location.offset - tail.offset, location.size);
    if (!part) {
        return std::nullopt;
    }
    return *part;
}

Error directory_too_long(std::uint64_t size, const ReadPolicy& policy) {
    return fail(Errc::too_large, "a zip directory of {} bytes, over the limit of {}", size, policy.directory_limit);
}

}  // namespace

Awaitable<Result<ArchiveHead>> read_head(storage::Storage& storage, std::string key, storage::Condition condition,
                                         ReadPolicy policy, SteadyTime deadline) {
    const auto range = first_range(policy);
    auto tail = co_await storage.read(key, range, condition, deadline);
    if (!tail) {
        co_return tail.error();
    }
    ArchiveHead head;
    head.version = tail->version;
    head.age = tail->time_since_validation;
    if (tail->not_modified) {
        head.not_modified = true;
        co_return head;
    }
    const storage::Condition unchanged = storage::IfMatch{head.version};

    auto found = zip::find_directory(tail->bytes.view(), head.version.size);
    while (found && std::holds_alternative<zip::NeedsLongerTail>(*found)) {
        const auto size = std::get<zip::NeedsLongerTail>(*found).tail_size;
        if (size > policy.directory_limit) {
            co_return directory_too_long(size, policy);
        }
        if (size <= tail->bytes.size()) {
            co_return fail(Errc::corrupt, "the end of the archive cannot be found");
        }
        const storage::Range longer = storage::Suffix{size};
        tail = co_await storage.read(key, longer, unchanged, deadline);
        if (!tail) {
            co_return tail.error();
        }
        found = zip::find_directory(tail->bytes.view(), head.version.size);
    }
    if (!found) {
        co_return found.error();
    }
    const auto& location = std::get<zip::DirectoryLocation>(*found);
    if (location.size > policy.directory_limit) {
        co_return directory_too_long(location.size, policy);
    }

    auto central = inside(*tail, location);
    storage::Content further;
    if (!central) {
        const storage::Range span = storage::Span{location.offset, location.size};
        auto read = co_await storage.read(key, span, unchanged, deadline);
        if (!read) {
            co_return read.error();
        }
        further = std::move(*read);
        central = further.bytes.view();
    }
    auto directory = zip::Directory::parse(*central, location);
    if (!directory) {
        co_return directory.error();
    }
    head.directory = std::make_shared<const zip::Directory>(std::move(*directory));
    head.tail = std::move(*tail);
    co_return head;
}

}  // namespace tapalcatl::source
