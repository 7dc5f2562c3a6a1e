#include "source/archive.hpp"

#include "source/ranges.hpp"
#include "source/zip_format.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tapalcatl::source {
namespace {

/// Reads for one directory: the end of the archive, a longer end, the directory. Formats that have leaves read those
/// with the entries.
constexpr std::size_t max_reads_to_open = 4;

void add_piece(std::vector<storage::Content>& pieces, storage::Content piece) {
    const auto span = [](const storage::Content& of) { return storage::Span{of.offset, of.bytes.size()}; };
    std::erase_if(pieces, [&](const storage::Content& other) { return is_inside(span(other), span(piece)); });
    pieces.push_back(std::move(piece));
}

}  // namespace

Awaitable<Result<OpenedArchive>> open_archive(storage::Storage& storage, std::shared_ptr<const ContainerFormat> format,
                                              std::string key, storage::Condition condition, SteadyTime deadline) {
    OpenedArchive opened;
    auto range = format->first_read();
    for (std::size_t reads = 0; reads < max_reads_to_open; ++reads) {
        auto content = co_await storage.read(key, range, condition, deadline);
        if (!content) {
            co_return content.error();
        }
        if (reads == 0) {
            opened.version = content->version;
            opened.age = content->time_since_validation;
            opened.not_modified = content->not_modified;
            condition = storage::IfMatch{opened.version};
        }
        if (opened.not_modified) {
            co_return opened;
        }
        add_piece(opened.pieces, std::move(*content));
        auto step = format->open(opened.pieces, opened.version.size);
        if (!step) {
            co_return step.error();
        }
        if (auto* const directory = std::get_if<std::shared_ptr<const ContainerDirectory>>(&*step)) {
            opened.directory = std::move(*directory);
            co_return opened;
        }
        range = std::get<storage::Range>(*step);
    }
    co_return fail(Errc::corrupt, "its directory cannot be found in {} reads", max_reads_to_open);
}

Awaitable<Result<ArchiveHead>> read_head(storage::Storage& storage, std::string key, storage::Condition condition,
                                         ReadPolicy policy, SteadyTime deadline) {
    const auto format = std::make_shared<const ZipFormat>(policy, std::numeric_limits<std::uint64_t>::max());
    auto opened = co_await open_archive(storage, format, key, condition, deadline);
    if (!opened) {
        co_return opened.error();
    }
    ArchiveHead head;
    head.version = std::move(opened->version);
    head.not_modified = opened->not_modified;
    if (head.not_modified) {
        co_return head;
    }
    head.directory = static_cast<const ZipDirectory&>(*opened->directory).zip();
    auto& pieces = opened->pieces;
    const auto tail = std::max_element(pieces.begin(), pieces.end(), [](const auto& one, const auto& other) {
        return one.offset + one.bytes.size() < other.offset + other.bytes.size();
    });
    head.tail = std::move(*tail);
    co_return head;
}

}  // namespace tapalcatl::source
