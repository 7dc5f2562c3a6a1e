#include "source/held.hpp"

#include "web/date.hpp"

#include <cstring>
#include <string>
#include <utility>

namespace tapalcatl::source {
namespace {

/// What malloc, the shared_ptr's counts and the archive's share cost beside the bytes themselves.
constexpr std::size_t allocation_overhead = 96;

std::string& name_buffer(std::uint32_t storage, std::string_view key) {
    thread_local std::string buffer;
    buffer.assign(reinterpret_cast<const char*>(&storage), sizeof storage).append(key);  // char may alias anything
    return buffer;
}

}  // namespace

ArchiveState::ArchiveState(std::string key, storage::Version version, Moment read_at, std::chrono::seconds fresh_for,
                           std::shared_ptr<Counters> counters)
    : key_(std::make_shared<const std::string>(std::move(key))),
      version_(std::move(version)),
      fresh_for_(fresh_for),
      counters_(std::move(counters)),
      validated_steady_(read_at.steady.time_since_epoch().count()),
      validated_wall_(read_at.wall.time_since_epoch().count()) {
    const auto time = web::parse_date(version_.last_modified);
    if (time && *time <= std::chrono::floor<std::chrono::seconds>(read_at.wall)) {
        last_modified_ = LastModified{version_.last_modified, *time};
    }
}

void ArchiveState::renew(const Moment& at) {
    if (at.steady >= validated_at().steady) {
        validated_steady_.store(at.steady.time_since_epoch().count(), std::memory_order_relaxed);
        validated_wall_.store(at.wall.time_since_epoch().count(), std::memory_order_relaxed);
    }
    failing_.store(false, std::memory_order_relaxed);
}

HeldDirectory::HeldDirectory(std::shared_ptr<ArchiveState> of, std::shared_ptr<const ContainerDirectory> what,
                             const std::shared_ptr<MemoryBudget>& budget)
    : Held(std::move(of)), directory(std::move(what)) {
    weight = sizeof(HeldDirectory) + sizeof(ArchiveState) + directory->memory_size() + 2 * allocation_overhead;
    charge = MemoryCharge(budget, weight);
}

Block::Block(std::shared_ptr<ArchiveState> of, TileContent content, const std::shared_ptr<MemoryBudget>& budget,
             const std::shared_ptr<PageArena>& arena)
    : Held(std::move(of)),
      form(content.encoding == Encoding::gzip ? Form::gzip : Form::identity),
      own_bytes(std::move(content.bytes)),
      bytes(own_bytes),
      size(content.size),
      compressed_size(content.compressed_size),
      crc32(content.crc32),
      method(content.method),
      headers(std::move(content.headers)) {
    if (auto extent = arena != nullptr && bytes.size() >= least_in_arena ? arena->store(bytes) : std::nullopt) {
        in_arena.emplace(std::move(*extent));
        bytes = in_arena->bytes();
        own_bytes = {};
    }
    weight = sizeof(Block) + (in_arena ? in_arena->memory_size() : own_bytes.capacity()) + allocation_overhead;
    if (headers.use_count() == 1) {  // others belong to the archive's directory
        weight += headers->memory_size();
    }
    charge = MemoryCharge(budget, weight);
}

Block::Block(std::shared_ptr<ArchiveState> of, std::vector<std::byte> unchecked,
             const std::shared_ptr<MemoryBudget>& budget)
    : Held(std::move(of)), form(Form::unchecked), own_bytes(std::move(unchecked)), bytes(own_bytes) {
    weight = sizeof(Block) + own_bytes.capacity() + allocation_overhead;
    charge = MemoryCharge(budget, weight);
}

bool Block::is_valid(SteadyTime now, WallTime wall) const {
    return is_cached.load(std::memory_order_relaxed) && archive->is_fresh({now, wall});
}

void Block::note_uses(unsigned times) const {
    add_uses(times);
    archive->count_hits(times);
}

Missing::Missing(Moment when, const std::shared_ptr<MemoryBudget>& budget) : Held(nullptr), since(when) {
    weight = sizeof(Missing) + allocation_overhead;
    charge = MemoryCharge(budget, weight);
}

std::shared_ptr<const HeldDirectory> as_directory(std::shared_ptr<const Held> held) {
    return std::static_pointer_cast<const HeldDirectory>(std::move(held));
}

std::shared_ptr<const Block> as_block(std::shared_ptr<const Held> held) {
    return std::static_pointer_cast<const Block>(std::move(held));
}

std::string_view CacheNames::directory(std::string_view key) const {
    return name_buffer(storage_, key);
}

std::string_view CacheNames::block(std::string_view key, std::string_view entry) const {
    return name_buffer(storage_, key).append(1, '\0').append(entry);  // no key has a NUL in it
}

std::uint32_t CacheNames::storage_of(std::string_view name) {
    std::uint32_t storage = 0;
    std::memcpy(&storage, name.data(), sizeof storage);
    return storage;
}

}  // namespace tapalcatl::source
