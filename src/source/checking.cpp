#include "source/checking.hpp"

#include "zip/deflate.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace tapalcatl::source {
namespace {

/// Shorter content is sent as it is: gzip's own 18 bytes eat the gain.
constexpr std::size_t least_worth_compressing = 256;

/// Whether `content` starts like a format that is compressed already: PNG, JPEG, gzip, RIFF (WebP), zstd.
bool is_compressed_format(Bytes content) {
    constexpr std::array<std::string_view, 5> starts{"\x89PNG", "\xff\xd8\xff", "\x1f\x8b", "RIFF", "\x28\xb5\x2f\xfd"};
    const auto text = as_text(content);
    for (const auto start : starts) {
        if (text.starts_with(start)) {
            return true;
        }
    }
    return false;
}

/// The block of an entry whose content is gzip once more. HTTP would have clients undo one of the two, and what they
/// then hold is no tile: so the inner member is what is sent, and size and CRC-32 are those of its content.
Result<std::shared_ptr<const Block>> block_of_inner_gzip(std::shared_ptr<ArchiveState> archive, zip::Entry entry,
                                                         Bytes content, std::uint64_t limit) {
    const auto inner = zip::open_gzip(content, limit);
    if (!inner) {
        return inner.error().within(zip::shown(entry.name));
    }
    entry.size = inner->size;
    entry.crc32 = inner->crc32;
    return std::make_shared<const Block>(std::move(archive), Block::Form::gzip,
                                         zip::gzip_member(inner->deflate, inner->crc32, inner->size), entry);
}

}  // namespace

Age age_of(const ArchiveState& state, SteadyTime now, std::chrono::seconds refresh_behind,
           std::chrono::seconds stale_for) {
    if (state.is_retired()) {
        return Age::retired;
    }
    const auto fresh_until = state.fresh_until();
    if (now < fresh_until) {
        return Age::fresh;
    }
    const auto past = now - fresh_until;
    if (state.is_failing()) {
        return past <= stale_for ? Age::past : Age::expired;
    }
    return past <= refresh_behind ? Age::past : Age::expired;
}

Result<std::shared_ptr<const Block>> make_block(std::shared_ptr<ArchiveState> archive, const zip::Entry& entry,
                                                Bytes bytes, zip::Inflater& inflater, std::uint64_t limit) {
    const auto data = zip::stored_data(entry, bytes);
    if (!data) {
        return data.error();
    }
    const auto content = zip::checked_content(entry, *data, limit, inflater);
    if (!content) {
        return content.error();
    }
    if (zip::holds_gzip(entry, *content)) {
        return block_of_inner_gzip(std::move(archive), entry, *content, limit);
    }
    const auto block = [&](Block::Form form, std::vector<std::byte> made) {
        return std::make_shared<const Block>(std::move(archive), form, std::move(made), entry);
    };
    if (entry.method == static_cast<std::uint16_t>(zip::Method::deflated)) {
        return block(Block::Form::gzip, zip::gzip_member(*data, entry.crc32, entry.size));
    }
    if (content->size() >= least_worth_compressing && !is_compressed_format(*content)) {
        auto compressed = zip::gzip(*content);
        if (compressed.size() < content->size()) {
            return block(Block::Form::gzip, std::move(compressed));
        }
    }
    return block(Block::Form::identity, std::vector<std::byte>(content->begin(), content->end()));
}

}  // namespace tapalcatl::source
