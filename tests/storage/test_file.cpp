#include "tests/storage/fixture.hpp"
#include "tests/support/archives.hpp"

#include <algorithm>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace tapalcatl::tests {
namespace {

using storage::Span;
using storage::Suffix;
using storage::Whole;

/// Takes a file out of the page cache, so that reading it has to wait for the disk where there is one.
void forget_pages(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    ASSERT_GE(fd, 0);
    EXPECT_EQ(::fsync(fd), 0);
    EXPECT_EQ(::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
    ::close(fd);
}

struct RangeCase {
    storage::Range range;
    std::string content;
    std::uint64_t offset;
};

class FileRanges : public FileStorageTest, public testing::WithParamInterface<RangeCase> {};

TEST_P(FileRanges, bring_exactly_what_was_asked_for) {
    write("a/b/c.zip", "0123456789");
    const auto& want = GetParam();
    const auto content = read("a/b/c.zip", want.range);
    ASSERT_TRUE(content) << content.error();
    EXPECT_EQ(text_of(*content), want.content);
    EXPECT_EQ(content->offset, want.offset);
    EXPECT_EQ(content->version.size, 10U);
    EXPECT_FALSE(content->not_modified);
}

INSTANTIATE_TEST_SUITE_P(OfTenBytes, FileRanges,
                         testing::Values(RangeCase{Whole{}, "0123456789", 0}, RangeCase{Suffix{1}, "9", 9},
                                         RangeCase{Suffix{9}, "123456789", 1}, RangeCase{Suffix{10}, "0123456789", 0},
                                         RangeCase{Suffix{11}, "0123456789", 0},
                                         RangeCase{Suffix{~std::uint64_t{0}}, "0123456789", 0},
                                         RangeCase{Suffix{0}, "", 10}, RangeCase{Span{0, 1}, "0", 0},
                                         RangeCase{Span{3, 4}, "3456", 3}, RangeCase{Span{9, 1}, "9", 9},
                                         RangeCase{Span{0, 10}, "0123456789", 0}));

class FileSpansOutside : public FileStorageTest, public testing::WithParamInterface<Span> {};

TEST_P(FileSpansOutside, are_corrupt_and_allocate_nothing) {
    write("a.zip", "0123456789");
    const auto content = read("a.zip", GetParam());
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().code, Errc::corrupt);
    EXPECT_NE(content.error().message.find("of 10 bytes"), std::string::npos) << content.error();
}

INSTANTIATE_TEST_SUITE_P(OfTenBytes, FileSpansOutside,
                         testing::Values(Span{0, 11}, Span{9, 2}, Span{10, 1}, Span{11, 1}, Span{1, ~std::uint64_t{0}},
                                         Span{~std::uint64_t{0}, 1}, Span{~std::uint64_t{0}, ~std::uint64_t{0}}));

TEST_F(FileStorageTest, an_empty_file_has_a_version_and_no_bytes) {
    write("a.zip", "");
    for (const storage::Range range : {storage::Range{Whole{}}, storage::Range{Suffix{100}}}) {
        const auto content = read("a.zip", range);
        ASSERT_TRUE(content) << content.error();
        EXPECT_TRUE(content->bytes.empty());
        EXPECT_EQ(content->version.size, 0U);
        EXPECT_TRUE(content->version.has_strong_etag());
    }
    EXPECT_EQ(read("a.zip", Span{0, 1}).error().code, Errc::corrupt);
}

TEST_F(FileStorageTest, a_file_that_is_not_in_the_page_cache_is_read_too) {
    const auto text = noise(3'000'000, 7);
    const auto path = write("cold.zip", text);
    forget_pages(path);
    const auto whole = read("cold.zip");
    ASSERT_TRUE(whole) << whole.error();
    EXPECT_EQ(text_of(*whole), text);

    forget_pages(path);
    const auto part = read("cold.zip", Span{1'234'567, 1'000'000});
    ASSERT_TRUE(part) << part.error();
    EXPECT_EQ(text_of(*part), text.substr(1'234'567, 1'000'000));
}

TEST_F(FileStorageTest, many_reads_at_once_each_bring_their_own_bytes) {
    const auto text = noise(200'000, 3);
    const auto path = write("a.zip", text);
    forget_pages(path);
    std::vector<Running<Result<storage::Content>>> reads;
    for (std::uint64_t i = 0; i < 400; ++i) {
        reads.emplace_back(context, reading("a.zip", Span{i * 499, 700}));
        reads.emplace_back(context, reading("missing" + std::to_string(i)));
    }
    context.restart();
    context.run();
    for (std::size_t i = 0; i < 400; ++i) {
        const auto& content = *reads[2 * i];
        ASSERT_TRUE(content) << content.error();
        EXPECT_EQ(text_of(*content), text.substr(i * 499, 700));
        EXPECT_EQ((*reads[2 * i + 1]).error().code, Errc::not_found);
    }
}

TEST_F(FileStorageTest, a_disk_that_does_not_answer_is_a_time_out_at_the_deadline) {
    // Without threads nothing is ever read; a name that nobody has looked up is in no cache of the kernel's.
    const auto stuck = storage::make_file_storage(folder.string(), context.get_executor(), 0);
    const auto start = std::chrono::steady_clock::now();
    const auto content =
        run(context, stuck->read("never-looked-up.zip", Whole{}, {}, start + std::chrono::milliseconds(30)));
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().code, Errc::timeout) << content.error();
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(30));
}

TEST_F(FileStorageTest, it_may_go_away_while_somebody_reads) {
    const auto path = write("a.zip", noise(1'000'000, 5));
    forget_pages(path);
    const Running<Result<storage::Content>> late(
        context, files->read("a.zip", Whole{}, {}, std::chrono::steady_clock::now() + std::chrono::milliseconds(50)));
    context.restart();
    context.poll_one();  // the read has begun
    files.reset();
    context.restart();
    context.run();
    EXPECT_TRUE(late.done());
}

TEST_F(FileStorageTest, a_symbolic_link_is_followed) {
    write("real/a.zip", "content");
    std::filesystem::create_symlink("real", folder / "linked");
    std::filesystem::create_symlink("a.zip", folder / "real" / "b.zip");
    const auto content = read("linked/b.zip");
    ASSERT_TRUE(content) << content.error();
    EXPECT_EQ(text_of(*content), "content");
}

TEST_F(FileStorageTest, slashes_at_the_end_of_the_root_make_no_difference) {
    write("a.zip", "content");
    const auto other = storage::make_file_storage(folder.string() + "/", context.get_executor());
    EXPECT_TRUE(run(context, other->read("a.zip", Whole{}, {}, std::chrono::steady_clock::now() + patience)));
    EXPECT_EQ(other->name(), "file://" + folder.string() + "/");
    EXPECT_EQ(files->name(), other->name());
}

}  // namespace
}  // namespace tapalcatl::tests
