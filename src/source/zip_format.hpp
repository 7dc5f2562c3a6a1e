#pragma once

#include "source/archive.hpp"
#include "source/container_format.hpp"
#include "source/tapalcatl2_comments.hpp"
#include "zip/directory.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tapalcatl::source {

/// What the comments of a zip archive and of its entries are.
enum class ZipComments {
    ignored,  ///< text of no meaning
    headers,  ///< Tapalcatl 2's headers for its tiles
};

/// The directory of a zip archive.
class ZipDirectory final : public ContainerDirectory {
 public:
    ZipDirectory(zip::Directory directory, std::uint64_t tile_limit, ZipComments comments);

    const std::shared_ptr<const zip::Directory>& zip() const { return directory_; }

    std::size_t size() const override { return directory_->entries().size(); }
    std::string_view name_of(std::size_t entry) const override { return directory_->entries()[entry].name; }
    std::optional<std::size_t> find(std::string_view name) const override;
    Result<storage::Span> locate(std::size_t entry) const override;
    bool is_worth_keeping(std::size_t entry) const override;
    Result<TileContent> content(std::size_t entry, Bytes bytes) const override;
    std::string_view warning() const override { return warning_; }
    std::size_t memory_size() const override;

 private:
    Result<TileContent> checked_tile(std::size_t entry, Bytes bytes) const;

    std::shared_ptr<const zip::Directory> directory_;
    std::uint64_t tile_limit_;
    ZipComments comments_;
    ArchiveHeaders headers_;
    std::string warning_;
};

/// Zip archives, as Tilezen's metatiles and Tapalcatl 2's archives are.
///
/// content() checks that the local header agrees with the directory and that the content has the size and CRC-32 it
/// should, and puts deflated data into a gzip member as they are. Stored content is compressed if that gains something,
/// so that it is done once. Content that is gzip itself (zip::holds_gzip()) is served as if it had been put into the
/// archive without, whatever its headers say. The headers in comments, where they count, come with the content; one
/// that says a Content-Encoding other than gzip makes it unsupported.
class ZipFormat final : public ContainerFormat {
 public:
    /// `tile_limit`: bytes of one entry's content.
    ZipFormat(const ReadPolicy& policy, std::uint64_t tile_limit, ZipComments comments = ZipComments::ignored)
        : policy_(policy), tile_limit_(tile_limit), comments_(comments) {}

    storage::Range first_read() const override;
    Result<Step> open(std::span<const storage::Content> pieces, std::uint64_t size) const override;

 private:
    ReadPolicy policy_;
    std::uint64_t tile_limit_;
    ZipComments comments_;
};

}  // namespace tapalcatl::source
