#include "zip/location.hpp"

#include "zip/records.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tapalcatl::zip {
namespace {

using Finding = std::variant<DirectoryLocation, NeedsLongerTail>;

// The longest stretch from which an ordinary archive is read: an end record with the longest comment, and before it
// zip64's two records. All that is decided by looking at bytes is decided within it, so that the answer depends on the
// object and not on how much of it was at hand.
constexpr std::uint64_t window_size =
    format::end_size + format::max16 + format::zip64_locator_size + format::zip64_end_size;

// A zip64 end record is followed to wherever its locator says, up to here from the end of the object.
constexpr std::uint64_t farthest_zip64_end = 16 * 1024 * 1024;

// Directories are walked only to tell true end records from look-alikes; a comment made of look-alikes is given up on.
constexpr int most_walks = 64;

/// What an end record leads to, and how far it can be believed.
struct Candidate {
    enum class Trust { contradicted, possible, proven };

    DirectoryLocation location;
    Trust trust = Trust::contradicted;
};

using Judgement = std::variant<Candidate, NeedsLongerTail>;

/// Looks for end records from the end of an object backwards.
class Search {
 public:
    Search(Bytes tail, std::uint64_t object_size)
        : tail_(tail), object_size_(object_size), tail_start_(object_size - tail.size()) {}

    Result<Finding> run();

 private:
    Result<Judgement> judge(const EndRecord& end);
    Result<Judgement> judge_directory(const EndRecord& end, const std::optional<Zip64End>& zip64);
    std::optional<EndRecord> end_record_at(std::uint64_t position) const;
    std::optional<Zip64Locator> locator_before(const EndRecord& end) const;
    std::optional<Zip64End> zip64_end_at(std::uint64_t position, const Zip64Locator& locator) const;
    std::variant<std::optional<Zip64End>, NeedsLongerTail> find_zip64_end(const Zip64Locator& locator);
    void collect_zip64_ends();

    bool reaches(std::uint64_t position) const { return position >= tail_start_; }
    std::uint64_t window() const { return std::min(object_size_, window_size); }
    std::uint64_t from_end(std::uint64_t position) const { return object_size_ - position; }

    /// The bytes at a position of the object; none if the tail does not have them all.
    Bytes at(std::uint64_t position, std::uint64_t size) const;

    Bytes tail_;
    std::uint64_t object_size_;
    std::uint64_t tail_start_;
    int walks_left_ = most_walks;
    /// Ends and positions of all that may be a zip64 end record, sorted.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> zip64_ends_;
    bool has_collected_ = false;
};

/// The bytes of a signature in the order in which they stand in a file.
constexpr std::array<char, 4> spelled(std::uint32_t signature) {
    return {static_cast<char>(signature & 0xff), static_cast<char>(signature >> 8 & 0xff),
            static_cast<char>(signature >> 16 & 0xff), static_cast<char>(signature >> 24)};
}

constexpr auto end_letters = spelled(format::end_signature);
constexpr auto zip64_end_letters = spelled(format::zip64_end_signature);
constexpr std::string_view end_text(end_letters.data(), end_letters.size());
constexpr std::string_view zip64_end_text(zip64_end_letters.data(), zip64_end_letters.size());

Bytes Search::at(std::uint64_t position, std::uint64_t size) const {
    if (!reaches(position)) {
        return {};
    }
    const auto found = slice(tail_, position - tail_start_, size);
    return found ? *found : Bytes{};
}

std::optional<EndRecord> Search::end_record_at(std::uint64_t position) const {
    auto end = read_end_record(at(position, format::end_size));
    if (end) {
        end->position = position;
    }
    return end;
}

std::optional<Zip64Locator> Search::locator_before(const EndRecord& end) const {
    if (end.position < format::zip64_locator_size) {
        return std::nullopt;
    }
    const auto position = end.position - format::zip64_locator_size;
    auto locator = read_zip64_locator(at(position, format::zip64_locator_size));
    if (locator) {
        locator->position = position;
    }
    return locator;
}

std::optional<Zip64End> Search::zip64_end_at(std::uint64_t position, const Zip64Locator& locator) const {
    if (position > locator.position) {
        return std::nullopt;
    }
    auto end = read_zip64_end(at(position, locator.position - position));
    // The directory ends where this record starts; both are counted from the archive's start, so that it is true behind
    // a prefix too.
    if (!end || end->size > locator.end_offset || end->offset != locator.end_offset - end->size) {
        return std::nullopt;
    }
    end->position = position;
    return end;
}

void Search::collect_zip64_ends() {
    has_collected_ = true;
    const auto first = object_size_ - window();
    const auto text = as_text(at(first, window()));
    for (auto found = text.find(zip64_end_text); found != text.npos; found = text.find(zip64_end_text, found + 1)) {
        const auto position = first + found;
        Cursor cursor(at(position, 12));
        cursor.skip(4);
        const auto size = cursor.u64();
        if (cursor.ok() && size <= window()) {
            zip64_ends_.emplace_back(position + 12 + size, position);
        }
    }
    std::sort(zip64_ends_.begin(), zip64_ends_.end());
}

std::variant<std::optional<Zip64End>, NeedsLongerTail> Search::find_zip64_end(const Zip64Locator& locator) {
    const bool may_be_there = locator.end_offset < locator.position;
    const bool is_near = may_be_there && from_end(locator.end_offset) <= window();
    if (is_near) {
        if (!reaches(locator.end_offset)) {
            return NeedsLongerTail{from_end(locator.end_offset)};
        }
        if (auto end = zip64_end_at(locator.end_offset, locator)) {
            return end;
        }
    }
    // It is not where the locator says: bytes stand before the archive. Or it is far away, behind a long extension.
    if (tail_.size() < window()) {
        return NeedsLongerTail{window()};
    }
    if (!has_collected_) {
        collect_zip64_ends();
    }
    auto known =
        std::lower_bound(zip64_ends_.begin(), zip64_ends_.end(), std::pair{locator.position, std::uint64_t{0}});
    for (; known != zip64_ends_.end() && known->first == locator.position; ++known) {
        if (auto end = zip64_end_at(known->second, locator)) {
            return end;
        }
    }
    if (may_be_there && !is_near && from_end(locator.end_offset) <= farthest_zip64_end) {
        if (!reaches(locator.end_offset)) {
            return NeedsLongerTail{from_end(locator.end_offset)};
        }
        return zip64_end_at(locator.end_offset, locator);
    }
    return std::nullopt;
}

Result<Judgement> Search::judge(const EndRecord& end) {
    if (end.position >= format::zip64_locator_size && !reaches(end.position - format::zip64_locator_size)) {
        return NeedsLongerTail{window()};
    }
    std::optional<Zip64End> zip64;
    if (const auto locator = locator_before(end)) {
        const auto found = find_zip64_end(*locator);
        if (const auto* needs = std::get_if<NeedsLongerTail>(&found)) {
            return *needs;
        }
        zip64 = std::get<std::optional<Zip64End>>(found);
        if (!zip64 && end.points_to_zip64()) {
            return fail(Errc::corrupt, "the zip64 locator at byte {} points to byte {}, where no zip64 end record is",
                        locator->position, locator->end_offset);
        }
        if (zip64 && (locator->disk != 0 || locator->disks > 1)) {
            return fail(Errc::unsupported, "the archive spans {} disks", locator->disks);
        }
    }
    return judge_directory(end, zip64);
}

Result<Judgement> Search::judge_directory(const EndRecord& end, const std::optional<Zip64End>& zip64) {
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
        // Twenty-two bytes with few demands on them: believed if there is nothing better.
        candidate.trust = Candidate::Trust::possible;
    } else if (from_end(location.offset) > window()) {
        candidate.trust = location.prefix == 0 ? Candidate::Trust::proven : Candidate::Trust::possible;
    } else if (!reaches(location.offset)) {
        return NeedsLongerTail{from_end(location.offset)};
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
    if (object_size_ < format::end_size) {
        return fail(Errc::corrupt, "not a zip archive: {} bytes are too few", object_size_);
    }
    const auto comment_of = [this](const EndRecord& end) {
        return std::string(as_text(at(end.position + format::end_size, end.comment_size)));
    };

    std::optional<Candidate> best;
    EndRecord best_end;
    std::optional<Error> first_error;
    std::optional<EndRecord> stray;
    const auto text = as_text(tail_.last(std::min<std::uint64_t>(tail_.size(), format::end_size + format::max16)));
    for (auto found = text.rfind(end_text); found != text.npos;
         found = found == 0 ? text.npos : text.rfind(end_text, found - 1)) {
        const auto position = object_size_ - text.size() + found;
        const auto end = end_record_at(position);
        if (!end) {
            continue;
        }
        if (from_end(position) != format::end_size + end->comment_size) {
            stray = stray ? stray : end;
            continue;
        }
        const auto judgement = judge(*end);
        if (!judgement) {
            first_error = first_error ? first_error : judgement.error();
            continue;
        }
        if (const auto* needs = std::get_if<NeedsLongerTail>(&*judgement)) {
            return *needs;
        }
        const auto& candidate = std::get<Candidate>(*judgement);
        if (!best || candidate.trust > best->trust) {
            best = candidate;
            best_end = *end;
        }
        if (best->trust == Candidate::Trust::proven) {
            break;
        }
    }

    const bool is_proven = best && best->trust == Candidate::Trust::proven;
    if (!is_proven && tail_.size() < window()) {
        return NeedsLongerTail{window()};
    }
    // One that is contradicted is still answered: Directory::parse() tells what is wrong with it.
    if (best) {
        best->location.comment = comment_of(best_end);
        return std::move(best->location);
    }
    if (first_error) {
        return *first_error;
    }
    if (stray) {
        const auto behind = from_end(stray->position) - format::end_size;
        return fail(
            Errc::corrupt,
            "the end record at byte {} has a comment of {} bytes, but {} bytes follow it: the archive is cut off, "
            "or something was appended",
            stray->position, stray->comment_size, behind);
    }
    return fail(Errc::corrupt, "no end of central directory record: not a zip archive, or one that is cut off");
}

}  // namespace

Result<std::variant<DirectoryLocation, NeedsLongerTail>> find_directory(Bytes tail, std::uint64_t object_size) {
    assert(tail.size() <= object_size);
    return Search(tail, object_size).run();
}

}  // namespace tapalcatl::zip
