#pragma once

#include "source/archives.hpp"
#include "source/memory.hpp"
#include "source/tile_source.hpp"
#include "zip/deflate.hpp"

#include "tests/support/archives.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_storage.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace tapalcatl::tests {

/// Archives over a fake storage and clock, all on one context.
class ArchivesTest : public testing::Test {
 protected:
    using Read = FakeStorage::Read;

    source::Archives& archives() {
        if (archives_ == nullptr) {
            archives_ = std::make_shared<source::Archives>(storage, memory(), context.get_executor(), clock, options);
        }
        return *archives_;
    }

    std::shared_ptr<source::Archives> shared_archives() {
        archives();
        return archives_;
    }

    source::Memory& memory() {
        if (memory_ == nullptr) {
            memory_ = std::make_unique<source::Memory>(context.get_executor(), memory_size);
            memory_->arena = memory_size > 0 ? PageArena::open(2 * memory_size) : nullptr;
        }
        return *memory_;
    }

    /// From now on with the options as they are, and with nothing in memory.
    void restart() {
        archives_.reset();
        memory_.reset();
    }

    Awaitable<Result<source::Found>> reading(const std::string& key, const std::string& entry) {
        return archives().read(key, entry, std::chrono::steady_clock::now() + std::chrono::seconds(20));
    }

    Result<source::Found> read(const std::string& key, const std::string& entry) {
        return run(context, reading(key, entry));
    }

    /// What a client would get: from memory if that is possible, else by waiting.
    Result<source::Found> get(const std::string& key, const std::string& entry) {
        if (const auto found = archives().find(key, entry)) {
            return *found;
        }
        return read(key, entry);
    }

    static std::string content_of(const source::Found& found) {
        const auto& block = *found.block;
        if (block.form == source::Block::Form::identity) {
            return std::string(as_text(block.bytes));
        }
        std::vector<std::byte> content(block.size);
        zip::Inflater inflater;
        const auto inflated = inflater.inflate_into(zip::deflate_data(block.bytes), content);
        EXPECT_TRUE(inflated) << inflated.error();
        return std::string(as_text(content));
    }

    static std::string content_of(const Result<source::Tile>& tile) {
        EXPECT_TRUE(tile) << tile.error();
        if (!tile || tile->encoding == source::Encoding::identity) {
            return tile ? std::string(as_text(tile->bytes.view())) : std::string{};
        }
        std::vector<std::byte> content(tile->validator.size);
        zip::Inflater inflater;
        const auto inflated = inflater.inflate_into(zip::deflate_data(tile->bytes.view()), content);
        EXPECT_TRUE(inflated) << inflated.error();
        return std::string(as_text(content));
    }

    static std::string content_of(const Result<source::Found>& found) {
        EXPECT_TRUE(found) << found.error();
        return found ? content_of(*found) : std::string{};
    }

    /// 21 tiles of `size` bytes that do not compress, named as in a metatile of size 4.
    static std::vector<Member> metatile(std::size_t size, unsigned seed = 1) {
        std::vector<Member> members;
        for (unsigned z = 0; z < 3; ++z) {
            for (unsigned x = 0; x < 1U << z; ++x) {
                for (unsigned y = 0; y < 1U << z; ++y) {
                    members.push_back({fmt::format("{}/{}/{}.mvt", z, x, y), noise(size, seed++)});
                }
            }
        }
        return members;
    }

    boost::asio::io_context context;
    FakeStorage storage;
    FakeClock clock;
    source::Archives::Options options;
    std::size_t memory_size = 256'000'000;

 private:
    std::unique_ptr<source::Memory> memory_;
    std::shared_ptr<source::Archives> archives_;
};

}  // namespace tapalcatl::tests
