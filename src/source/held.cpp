#include "source/held.hpp"

namespace tapalcatl::source {
namespace {

/// What malloc, the shared_ptr's counts and the archive's share cost beside the bytes themselves.
constexpr std::size_t overhead = 96;

}  // namespace

HeldDirectory::HeldDirectory(std::shared_ptr<ArchiveState> of, std::shared_ptr<const zip::Directory> what)
    : Held(std::move(of)), directory(std::move(what)) {
    weight = sizeof(HeldDirectory) + sizeof(ArchiveState) + directory->memory_size() + 2 * overhead;
}

Block::Block(std::shared_ptr<ArchiveState> of, Form as, std::vector<std::byte> what, const zip::Entry& entry)
    : Held(std::move(of)),
      form(as),
      bytes(std::move(what)),
      size(entry.size),
      compressed_size(entry.compressed_size),
      crc32(entry.crc32),
      method(entry.method) {
    weight = sizeof(Block) + bytes.capacity() + overhead;
}

}  // namespace tapalcatl::source
