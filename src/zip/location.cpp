#include "zip/location.hpp"

#include "zip/records.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <string_view>
#include <utility>

namespace tapalcatl::zip {
namespace {

using Finding = std::variant<DirectoryLocation, NeedsLongerTail>;

// A zip64 end record is read at the offset that its locator gives, if that is not farther from the object's end.
constexpr std::uint64_t max_zip64_end_distance = 16 * 1024 * 1024;

// Hostile comments can hold thousands of look-alikes of each record. The search gives up on those after so many.
constexpr int max_walks = 64;
constexpr int max_zip64_end_tries = 4096;

/// What an end record leads to, and how far it can be trusted.
struct Candidate {
    enum class Trust { contradicted, possible, proven };

    DirectoryLocation location;
    Trust trust = Trust::contradicted;
};

/// Searches the end of an object backwards for end records. Everything that is decided by looking at bytes is decided
/// within the last max_end_size bytes, so that the answer depends on the object and not on the tail's length.
class Search {
 public:
    /// Requires: `tail` has max_end_size bytes or the whole object.
    Search(Bytes tail, std::uint64_t object_size)
        : tail_(tail),
          object_size_(object_size),
          tail_start_(object_size - tail.size()),
          window_start_(object_size - std::min(object_size, max_end_size)) {}

    Result<Finding> run();

 private:
    Result<std::variant<Candidate, NeedsLongerTail>> judge(const EndRecord& end);
    Result<Candidate> judge_directory(const EndRecord& end, const std::optional<Zip64End>& zip64);
    std::variant<std::optional<Zip64End>, NeedsLongerTail> find_zip64_end(const Zip64Locator& locator);
    std::optional<Zip64End> zip64_end_at(std::uint64_t position, const Zip64Locator& locator) const;

    /// The bytes at a position of the object; none if the tail does not have them all.
    Bytes at(std::uint64_t position, std::uint64_t size) const;

    Bytes tail_;
    std::uint64_t object_size_;
    std::uint64_t tail_start_;
    std::uint64_t window_start_;
    int walks_left_ = max_walks;
    int zip64_end_tries_left_ = max_zip64_end_tries;
};

/// Whether an end record that other bytes follow is the archive's. More is required of it, because the end of an
/// archive inside of another one that is cut off looks the same: its offsets must count from the object's start.
bool is_believable_before_other_bytes(const Candidate& candidate) {
    return candidate.trust != Candidate::Trust::contradicted && candidate.location.prefix == 0;
}

/// The bytes of a signature in the order of a file.
constexpr std::array<char, 4> bytes_of_signature(std::uint32_t signature) {
    return {static_cast<char>(signature & 0xff), static_cast<char>(signature >> 8 & 0xff),
            static_cast<char>(signature >> 16 & 0xff), static_cast<char>(signature >> 24)};
}

constexpr auto end_letters = bytes_of_signature(format::end_signature);
constexpr auto zip64_end_letters = bytes_of_signature(format::zip64_end_signature);
constexpr std::string_view end_text(end_letters.data(), end_letters.size());
constexpr std::string_view zip64_end_text(zip64_end_letters.data(), zip64_end_letters.size());

/// The last place before `end` where `wanted` starts in `text`; npos if there is none.
std::size_t last_before(std::string_view text, std::string_view wanted, std::size_t end) {
    return end == 0 ? std::string_view::npos : text.rfind(wanted, end - 1);
}

Bytes Search::at(std::uint64_t position, std::uint64_t size) const {
    if (position < tail_start_) {
        return {};
    }
    const auto found = slice(tail_, position - tail_start_, size);
    return found ? *found : Bytes{};
}

std::optional<Zip64End> Search::zip64_end_at(std::uint64_t position, const Zip64Locator& locator) const {
    auto end = read_zip64_end(at(position, locator.position - position));
    // The directory ends where this record starts. Both count from the archive's start, so this also holds behind a
    // prefix.
    if (!end || end->size > locator.end_offset || end->offset != locator.end_offset - end->size) {
        return std::nullopt;
    }
    end->position = position;
    return end;
}

std::variant<std::optional<Zip64End>, NeedsLongerTail> Search::find_zip64_end(const Zip64Locator& locator) {
    const bool may_be_there = locator.end_offset < locator.position;
    if (may_be_there && locator.end_offset >= window_start_) {
        if (auto end = zip64_end_at(locator.end_offset, locator)) {
            return end;
        }
    }
    // If it is not where the locator says, either bytes stand before the archive, or a long extension moves it out of
    // the window. The first is tried before more bytes are read for the second.
    const auto before = as_text(at(window_start_, locator.position - window_start_));
    for (auto found = last_before(before, zip64_end_text, before.size());
         found != before.npos && zip64_end_tries_left_ > 0; found = last_before(before, zip64_end_text, found)) {
        --zip64_end_tries_left_;
        if (auto end = zip64_end_at(window_start_ + found, locator)) {
            return end;
        }
    }
    if (may_be_there && locator.end_offset < window_start_ &&
        object_size_ - locator.end_offset <= max_zip64_end_distance) {
        if (locator.end_offset < tail_start_) {
            return NeedsLongerTail{object_size_ - locator.end_offset};
        }
        return zip64_end_at(locator.end_offset, locator);
    }
    return std::nullopt;
}

Result<std::variant<Candidate, NeedsLongerTail>> Search::judge(const EndRecord& end) {
    const auto position = end.position - std::min(end.position, format::zip64_locator_size);
    auto locator = read_zip64_locator(at(position, end.position - position));
    std::optional<Zip64End> zip64;
    if (locator) {
        locator->position = position;
        const auto found = find_zip64_end(*locator);
        if (const auto* needs = std::get_if<NeedsLongerTail>(&found)) {
            return *needs;
        }
        zip64 = std::get<std::optional<Zip64End>>(found);
        if (!zip64 && end.points_to_zip64()) {
            return fail(Errc::corrupt,
                        "the zip64 locator at byte {} points to byte {}, but there is no zip64 end record",
                        locator->position, locator->end_offset);
        }
        if (zip64 && (locator->disk != 0 || locator->disks > 1)) {
            return fail(Errc::unsupported, "the archive spans {} disks", locator->disks);
        }
    }
    auto candidate = judge_directory(end, zip64);
    if (!candidate) {
        return candidate.error();
    }
    return std::move(*candidate);
}

Result<Candidate> Search::judge_directory(const EndRecord& end, const std::optional<Zip64End>& zip64) {
    const std::uint64_t size = zip64 ? zip64->size : end.size;
    const std::uint64_t offset = zip64 ? zip64->offset : end.offset;
    const std::uint64_t entries = zip64 ? zip64->entries : end.entries;
    const std::uint64_t entries_here = zip64 ? zip64->entries_here : end.entries_here;
    const std::uint32_t disk = zip64 ? zip64->disk : end.disk;
    const std::uint32_t directory_disk = zip64 ? zip64->directory_disk : end.directory_disk;
    const std::uint64_t directory_end = zip64 ? zip64->position : end.position;

    if (disk != 0 || directory_disk != 0 || entries_here != entries) {
        return fail(Errc::unsupported, "the archive spans several disks: this is disk {}, its directory starts on {}",
                    disk, directory_disk);
    }
    if (zip64) {
        // Writers that count past 65535 may leave the low 16 bits in the old field instead of 65535.
        const bool agrees = (end.size == format::max32 || end.size == size) &&
                            (end.offset == format::max32 || end.offset == offset) &&
                            (end.entries == format::max16 || end.entries == (entries & format::max16));
        if (!agrees) {
            return fail(Errc::corrupt,
                        "the end record at byte {} and the zip64 end record at byte {} contradict each other",
                        end.position, zip64->position);
        }
        if (zip64->directory_is_encrypted()) {
            return fail(Errc::unsupported, "the central directory is encrypted");
        }
    }
    if (size > directory_end || offset > directory_end - size) {
        return fail(Errc::corrupt,
                    "the end record at byte {} says that a directory of {} bytes starts at byte {}, but only {} bytes "
                    "come before it",
                    end.position, size, offset, directory_end);
    }
    if (entries > size / format::central_size) {
        return fail(Errc::corrupt, "a directory of {} bytes cannot have {} entries", size, entries);
    }

    Candidate candidate;
    auto& location = candidate.location;
    location.offset = directory_end - size;
    location.size = size;
    location.entry_count = entries;
    location.prefix = location.offset - offset;
    location.count_is_exact = zip64.has_value();

    if (size == 0) {
        // Twenty-two bytes that almost nothing can contradict: accepted if there is nothing better.
        candidate.trust = Candidate::Trust::possible;
    } else if (location.offset < window_start_) {
        candidate.trust = location.prefix == 0 ? Candidate::Trust::proven : Candidate::Trust::possible;
    } else if (walks_left_ > 0) {
        --walks_left_;
        const auto summary = summarize(at(location.offset, size));
        const auto counted = zip64 ? summary.entry_count : summary.entry_count & format::max16;
        if (summary.is_whole && counted == entries) {
            candidate.trust = Candidate::Trust::proven;
        }
    }
    return candidate;
}

Result<Finding> Search::run() {
    std::optional<Candidate> best;
    std::optional<Error> first_error;
    std::optional<EndRecord> misplaced;
    const auto text = as_text(tail_.last(std::min<std::uint64_t>(tail_.size(), format::end_size + format::max16)));
    for (auto found = last_before(text, end_text, text.size()); found != text.npos;
         found = last_before(text, end_text, found)) {
        const auto from_end = text.size() - found;
        auto end = read_end_record(at(object_size_ - from_end, format::end_size));
        if (!end) {
            continue;
        }
        end->position = object_size_ - from_end;
        const auto record_size = format::end_size + end->comment_size;
        if (from_end < record_size) {
            misplaced = misplaced ? misplaced : end;
            continue;
        }
        const auto judgement = judge(*end);
        if (judgement && std::holds_alternative<NeedsLongerTail>(*judgement)) {
            return std::get<NeedsLongerTail>(*judgement);
        }
        const auto* candidate = judgement ? &std::get<Candidate>(*judgement) : nullptr;
        if (from_end > record_size && !(candidate != nullptr && is_believable_before_other_bytes(*candidate))) {
            misplaced = misplaced ? misplaced : end;
            continue;
        }
        if (candidate == nullptr) {
            first_error = first_error ? first_error : judgement.error();
            continue;
        }
        if (!best || candidate->trust > best->trust) {
            best = *candidate;
            best->location.comment = as_text(at(end->position + format::end_size, end->comment_size));
        }
        if (best->trust == Candidate::Trust::proven) {
            break;
        }
    }

    // A candidate that is contradicted is still answered: Directory::parse() says what is wrong with it.
    if (best) {
        return std::move(best->location);
    }
    if (first_error) {
        return *first_error;
    }
    if (misplaced) {
        return fail(Errc::corrupt,
                    "the end record at byte {} has a comment of {} bytes, but {} bytes follow it: the archive is cut "
                    "off or damaged",
                    misplaced->position, misplaced->comment_size,
                    object_size_ - misplaced->position - format::end_size);
    }
    return fail(Errc::corrupt, "no end of central directory record: not a zip archive, or one that is cut off");
}

}  // namespace

Result<Finding> find_directory(Bytes tail, std::uint64_t object_size) {
    assert(tail.size() <= object_size);
    if (object_size < format::end_size) {
        return fail(Errc::corrupt, "not a zip archive: {} bytes are too few", object_size);
    }
    const auto needed = std::min(object_size, max_end_size);
    if (tail.size() < needed) {
        return NeedsLongerTail{needed};
    }
    return Search(tail, object_size).run();
}

}  // namespace tapalcatl::zip
