#include "zip/directory.hpp"

#include "zip/records.hpp"

#include <algorithm>
#include <numeric>

namespace tapalcatl::zip {
namespace {

/// Copies pieces of text one behind the other.
class TextStore {
 public:
    explicit TextStore(std::span<std::byte> room) : room_(room) {}

    std::string_view keep(Bytes text) {
        const auto copy = room_.first(text.size());
        std::copy(text.begin(), text.end(), copy.begin());
        room_ = room_.subspan(text.size());
        return as_text(copy);
    }

 private:
    std::span<std::byte> room_;
};

void set_fault(Entry& entry, Fault fault, std::uint64_t number) {
    entry.fault = fault;
    entry.end_limit = number;
}

/// The numbers of a header, with those that its zip64 field (APPNOTE 4.5.3) holds in place of the header's own.
Entry numbers_of(const CentralHeader& header) {
    Entry entry;
    entry.flags = header.flags;
    entry.method = header.method;
    entry.crc32 = header.crc32;
    entry.size = header.size;
    entry.compressed_size = header.compressed_size;
    entry.header_offset = header.offset;
    std::uint32_t disk = header.disk;
    if (const auto field = find_extra(header.extra, format::zip64_extra)) {
        Cursor cursor(*field);
        if (header.size == format::max32) {
            entry.size = cursor.u64();
        }
        if (header.compressed_size == format::max32) {
            entry.compressed_size = cursor.u64();
        }
        if (header.offset == format::max32) {
            entry.header_offset = cursor.u64();
        }
        if (header.disk == format::max16) {
            disk = cursor.u32();
        }
        if (!cursor.ok()) {
            set_fault(entry, Fault::short_zip64_field, field->size());
            return entry;
        }
    }
    if (disk != 0) {
        set_fault(entry, Fault::other_disk, disk);
    }
    return entry;
}

/// Sets `header_offset` of a sound entry, so that it counts from the object's start.
void place(Entry& entry, const DirectoryLocation& location) {
    const auto room = location.offset - location.prefix;
    if (entry.header_offset > room || entry.compressed_size > room || min_extent(entry) > room - entry.header_offset) {
        set_fault(entry, Fault::outside, room);
        return;
    }
    entry.header_offset += location.prefix;
}

Error no_header(Bytes central, const CentralSummary& summary, const DirectoryLocation& location) {
    const auto position = location.offset + summary.headers_size;
    Cursor cursor(central);
    cursor.skip(summary.headers_size);
    const auto left = cursor.left();
    if (cursor.u32() == format::extra_data_signature) {
        return fail(Errc::unsupported, "the central directory is encrypted");
    }
    return fail(Errc::corrupt,
                "directory damaged at byte {}, after {} of {} entries: no whole header in the last {} bytes", position,
                summary.entry_count, location.entry_count, left);
}

}  // namespace

Result<Directory> Directory::parse(Bytes central, const DirectoryLocation& location) {
    if (central.size() != location.size || location.prefix > location.offset) {
        return fail(Errc::corrupt, "{} bytes of a directory of {}", central.size(), location.size);
    }
    const auto summary = summarize(central);
    if (!summary.is_whole) {
        return no_header(central, summary, location);
    }
    const auto counted = location.count_is_exact ? summary.entry_count : summary.entry_count & format::max16;
    if (counted != location.entry_count) {
        return fail(Errc::corrupt, "the directory at byte {} has {} entries, the end record says {}", location.offset,
                    summary.entry_count, location.entry_count);
    }

    Directory directory;
    directory.comment_ = location.comment;
    directory.text_size_ = static_cast<std::size_t>(summary.text_size);
    directory.text_ = std::make_unique_for_overwrite<std::byte[]>(directory.text_size_);
    directory.entries_.reserve(static_cast<std::size_t>(summary.entry_count));
    TextStore texts(std::span(directory.text_.get(), directory.text_size_));
    Cursor cursor(central);
    while (const auto header = next_central_header(cursor)) {
        auto entry = numbers_of(*header);
        entry.name = texts.keep(header->name);
        texts.keep(header->comment);  // behind the name, where Entry::comment() looks for it
        entry.comment_size = static_cast<std::uint16_t>(header->comment.size());
        if (entry.fault == Fault::none) {
            place(entry, location);
        }
        directory.entries_.push_back(entry);
    }
    directory.limit_entries(location.offset);
    directory.index_names();
    return directory;
}

void Directory::limit_entries(std::uint64_t directory_offset) {
    std::vector<std::uint32_t> order;
    order.reserve(entries_.size());
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
        if (entries_[i].fault == Fault::none) {
            order.push_back(i);
        }
    }
    std::sort(order.begin(), order.end(), [this](std::uint32_t a, std::uint32_t b) {
        return entries_[a].header_offset < entries_[b].header_offset;
    });
    for (std::size_t i = 0; i < order.size(); ++i) {
        const bool is_last = i + 1 == order.size();
        entries_[order[i]].end_limit = is_last ? directory_offset : entries_[order[i + 1]].header_offset;
    }
    // Of entries that overlap it is not known which one is right, so none of them is read.
    std::uint64_t farthest_end = 0;
    Entry* farthest = nullptr;
    for (const auto i : order) {
        auto& entry = entries_[i];
        const auto end = entry.header_offset + min_extent(entry);
        if (farthest != nullptr && entry.header_offset < farthest_end) {
            set_fault(*farthest, Fault::overlap, entry.header_offset);
            set_fault(entry, Fault::overlap, farthest->header_offset);
        }
        if (farthest == nullptr || end > farthest_end) {
            farthest_end = end;
            farthest = &entry;
        }
    }
}

void Directory::index_names() {
    by_name_.resize(entries_.size());
    std::iota(by_name_.begin(), by_name_.end(), 0U);
    // Of the same name the last one comes first, and is the one that std::unique() leaves.
    std::sort(by_name_.begin(), by_name_.end(), [this](std::uint32_t a, std::uint32_t b) {
        const auto order = entries_[a].name.compare(entries_[b].name);
        return order != 0 ? order < 0 : a > b;
    });
    const auto same = [this](std::uint32_t a, std::uint32_t b) { return entries_[a].name == entries_[b].name; };
    by_name_.erase(std::unique(by_name_.begin(), by_name_.end(), same), by_name_.end());
}

const Entry* Directory::find(std::string_view name) const {
    const auto found = std::lower_bound(by_name_.begin(), by_name_.end(), name,
                                        [this](std::uint32_t i, std::string_view n) { return entries_[i].name < n; });
    if (found == by_name_.end() || entries_[*found].name != name) {
        return nullptr;
    }
    return &entries_[*found];
}

std::size_t Directory::memory_size() const {
    return sizeof(*this) + entries_.capacity() * sizeof(Entry) + by_name_.capacity() * sizeof(std::uint32_t) +
           text_size_ + comment_.capacity();
}

}  // namespace tapalcatl::zip
