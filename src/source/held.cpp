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

std::shared_ptr<const HeldDirectory> as_directory(std::shared_ptr<const Held> held) {
    return std::static_pointer_cast<const HeldDirectory>(std::move(held));
}

std::shared_ptr<const Block> as_block(std::shared_ptr<const Held> held) {
    return std::static_pointer_cast<const Block>(std::move(held));
}

std::string_view block_key(std::string_view key, std::string_view entry) {
    thread_local std::string buffer;
    buffer.assign(key).append(1, '\0').append(entry);
    return buffer;
}

}  // namespace tapalcatl::source
