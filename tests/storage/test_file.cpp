#include "storage/file.hpp"
#include "web/date.hpp"

#include "tests/support/archives.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tapalcatl::tests {

/// File storage over a folder of its own, which goes away with the case.
class FileStorageTest : public testing::Test {
 protected:
    FileStorageTest() {
        auto name = (std::filesystem::temp_directory_path() / "tapalcatl-storage-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("no temporary folder");
        }
        folder = name;
        files = storage::make_file_storage(folder.string(), context.get_executor());
    }

    ~FileStorageTest() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }

    std::filesystem::path write(const std::string& key, std::string_view content) const {
        const auto path = folder / key;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
        return path;
    }

    Awaitable<Result<storage::Content>> reading(const std::string& key, storage::Range range = storage::Whole{},
                                                storage::Condition condition = {}) {
        return files->read(key, range, std::move(condition), std::chrono::steady_clock::now() + patience);
    }

    Result<storage::Content> read(const std::string& key, storage::Range range = storage::Whole{},
                                  storage::Condition condition = {}) {
        return run(context, reading(key, range, std::move(condition)));
    }

    /// The version of what is there now. Requires: it is there.
    storage::Version version_of(const std::string& key) {
        const auto content = read(key);
        EXPECT_TRUE(content) << content.error();
        return content ? content->version : storage::Version{};
    }

    static constexpr std::chrono::seconds patience{20};

    boost::asio::io_context context;
    std::filesystem::path folder;
    std::unique_ptr<storage::Storage> files;
};

inline std::string text_of(const storage::Content& content) {
    return std::string(as_text(content.bytes.view()));
}

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
    const auto stuck =
        storage::make_file_storage(folder.string(), context.get_executor(), storage::make_disk_threads(0));
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

/// Gives up root's rights, which no permission binds, until it goes.
class AsNobody {
 public:
    AsNobody() : was_root_(::geteuid() == 0) { become(65534); }
    ~AsNobody() { become(0); }
    AsNobody(const AsNobody&) = delete;
    AsNobody& operator=(const AsNobody&) = delete;

 private:
    void become(uid_t user) const {
        if (was_root_) {
            EXPECT_EQ(::seteuid(user), 0) << "cannot change the user";
        }
    }
    bool was_root_;
};

/// Lets this thread, and those that it starts, have EPERM for preadv2(), as some sandboxes do.
bool forbid_preadv2() {
    // Without the macros of linux/filter.h, which cast in the old style.
    sock_filter program[] = {
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_preadv2},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    };
    const sock_fprog filter{std::size(program), program};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

TEST_F(FileStorageTest, a_sandbox_without_preadv2_reads_by_pread) {
    write("a.zip", "content");
    bool is_sandboxed = false;
    std::string seen;
    std::thread sandbox([&] {
        is_sandboxed = forbid_preadv2();
        const auto inside = storage::make_file_storage(folder.string(), context.get_executor());
        const auto content =
            run(context, inside->read("a.zip", storage::Whole{}, {}, std::chrono::steady_clock::now() + patience));
        seen = content ? text_of(*content) : content.error().message;
    });
    sandbox.join();
    if (!is_sandboxed) {
        GTEST_SKIP() << "no filter of system calls can be set here";
    }
    EXPECT_EQ(seen, "content");
}

TEST_F(FileStorageTest, what_is_not_there_is_not_found) {
    write("a/b.zip", "content");
    const std::string too_long(300, 'x');
    for (const auto& key : {std::string("c.zip"), std::string("a/c.zip"), std::string("c/b.zip"),
                            std::string("a/b.zip/c.zip"), too_long, too_long + "/b.zip"}) {
        EXPECT_EQ(read(key).error().code, Errc::not_found) << key;
    }
}

TEST_F(FileStorageTest, a_key_never_leads_out_of_the_folder) {
    write("inside/a.zip", "content");
    write("secret.zip", "secret");
    const auto inner = storage::make_file_storage((folder / "inside").string(), context.get_executor());
    const auto absolute = (folder / "secret.zip").string();
    for (const auto& key : {std::string("../secret.zip"), std::string("a/../../secret.zip"),
                            std::string("./../secret.zip"), absolute, "/" + absolute, std::string(".."),
                            std::string("a.zip/.."), std::string("../inside/a.zip"), std::string("..//secret.zip"),
                            std::string("a.zip\0x", 7), std::string("../secret.zip\0", 14), std::string()}) {
        const auto content =
            run(context, inner->read(key, storage::Whole{}, {}, std::chrono::steady_clock::now() + patience));
        ASSERT_FALSE(content) << key;
        EXPECT_EQ(content.error(), fail(Errc::not_found, "no such file")) << key;
    }
}

TEST_F(FileStorageTest, dots_in_names_are_names) {
    for (const auto* key : {"..a.zip", "a..zip", ".../a.zip", "a/..b"}) {
        write(key, "content");
        EXPECT_TRUE(read(key)) << key;
    }
}

TEST_F(FileStorageTest, a_folder_is_no_archive) {
    write("folder/a.zip", "content");
    for (const auto* key : {"folder", "folder/", "."}) {
        const auto content = read(key);
        ASSERT_FALSE(content) << key;
        EXPECT_EQ(content.error(), fail(Errc::io, "not a regular file")) << key;
    }
}

TEST_F(FileStorageTest, a_pipe_without_a_writer_does_not_keep_anybody_waiting) {
    ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
    const auto content = read("pipe");
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error(), fail(Errc::io, "not a regular file"));
}

TEST_F(FileStorageTest, links_in_a_circle_are_an_error) {
    std::filesystem::create_symlink("b", folder / "a");
    std::filesystem::create_symlink("a", folder / "b");
    EXPECT_EQ(read("a").error().code, Errc::io);
}

TEST_F(FileStorageTest, a_link_to_nowhere_is_not_found) {
    std::filesystem::create_symlink("nowhere", folder / "a");
    EXPECT_EQ(read("a").error().code, Errc::not_found);
}

TEST_F(FileStorageTest, a_root_that_is_not_there_is_an_outage) {
    for (const auto* root : {"missing", "file.txt"}) {
        write("file.txt", "");
        const auto path = (folder / root).string();
        const auto unmounted = storage::make_file_storage(path, context.get_executor());
        const auto content =
            run(context, unmounted->read("a.zip", storage::Whole{}, {}, std::chrono::steady_clock::now() + patience));
        ASSERT_FALSE(content);
        EXPECT_EQ(content.error().code, Errc::unavailable);
        EXPECT_NE(content.error().message.find(path), std::string::npos) << content.error();
    }
}

TEST_F(FileStorageTest, a_root_that_comes_back_is_served_again) {
    const auto away = folder.string() + "-away";
    write("a.zip", "content");
    std::filesystem::rename(folder, away);
    EXPECT_EQ(read("a.zip").error().code, Errc::unavailable);
    std::filesystem::rename(away, folder);
    EXPECT_TRUE(read("a.zip"));
}

TEST_F(FileStorageTest, a_file_without_permission_is_denied_and_says_what_to_do) {
    const auto path = write("a.zip", "content");
    std::filesystem::permissions(folder, std::filesystem::perms(0755));
    std::filesystem::permissions(path, std::filesystem::perms::none);
    const AsNobody nobody;
    const auto content = read("a.zip");
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().code, Errc::denied);
    EXPECT_NE(content.error().message.find("read permission"), std::string::npos) << content.error();
}

TEST_F(FileStorageTest, a_folder_without_permission_is_denied_also_for_what_is_not_in_it) {
    write("closed/a.zip", "content");
    std::filesystem::permissions(folder, std::filesystem::perms(0755));
    std::filesystem::permissions(folder / "closed", std::filesystem::perms::none);
    {
        const AsNobody nobody;
        EXPECT_EQ(read("closed/a.zip").error().code, Errc::denied);
        EXPECT_EQ(read("closed/b.zip").error().code, Errc::denied);
    }
    std::filesystem::permissions(folder / "closed", std::filesystem::perms::owner_all);
}

using storage::IfMatch;
using storage::IfNoneMatch;

TEST_F(FileStorageTest, a_version_is_a_strong_etag_a_date_and_a_size) {
    const auto path = write("a.zip", "content");
    std::filesystem::last_write_time(
        path, std::chrono::file_clock::from_sys(std::chrono::sys_seconds(std::chrono::seconds(784'111'777))));
    const auto version = version_of("a.zip");
    EXPECT_TRUE(version.has_strong_etag()) << version.etag;
    EXPECT_EQ(version.etag.back(), '"');
    EXPECT_EQ(version.last_modified, "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(version.size, 7U);
}

TEST_F(FileStorageTest, a_file_that_stays_keeps_its_version) {
    write("a.zip", "content");
    const auto version = version_of("a.zip");
    EXPECT_EQ(version_of("a.zip"), version);
    const auto again = storage::make_file_storage(folder.string(), context.get_executor());
    const auto content =
        run(context, again->read("a.zip", storage::Whole{}, {}, std::chrono::steady_clock::now() + patience));
    ASSERT_TRUE(content);
    EXPECT_EQ(content->version, version) << "also for another process that serves the same folder";
}

TEST_F(FileStorageTest, a_touched_file_is_another_version) {
    const auto path = write("a.zip", "content");
    const auto before = version_of("a.zip");
    std::filesystem::last_write_time(path, std::filesystem::last_write_time(path) + std::chrono::nanoseconds(1));
    EXPECT_NE(version_of("a.zip").etag, before.etag);
}

TEST_F(FileStorageTest, a_file_renamed_over_another_of_the_same_size_and_time_is_another_version) {
    const auto path = write("a.zip", "content");
    const auto before = version_of("a.zip");
    const auto other = write("b.zip", "CONTENT");
    std::filesystem::last_write_time(other, std::filesystem::last_write_time(path));
    std::filesystem::rename(other, path);
    EXPECT_NE(version_of("a.zip").etag, before.etag);
}

TEST_F(FileStorageTest, a_file_that_grew_within_the_same_time_is_another_version) {
    const auto path = write("a.zip", "content");
    const auto time = std::filesystem::last_write_time(path);
    const auto before = version_of("a.zip");
    write("a.zip", "content!");
    std::filesystem::last_write_time(path, time);
    EXPECT_NE(version_of("a.zip").etag, before.etag);
}

TEST_F(FileStorageTest, if_match_reads_the_version_that_it_names) {
    write("a.zip", "content");
    const auto content = read("a.zip", storage::Span{3, 4}, IfMatch{version_of("a.zip")});
    ASSERT_TRUE(content) << content.error();
    EXPECT_EQ(text_of(*content), "tent");
}

TEST_F(FileStorageTest, if_match_refuses_every_other_version_as_replaced) {
    write("a.zip", "content");
    const auto version = version_of("a.zip");
    auto other = version;
    other.size = 8;
    EXPECT_EQ(read("a.zip", storage::Whole{}, IfMatch{other}).error().code, Errc::replaced);
    EXPECT_EQ(read("a.zip", storage::Whole{}, IfMatch{{}}).error().code, Errc::replaced);

    const auto renamed = write("b.zip", "a new archive");
    std::filesystem::rename(renamed, folder / "a.zip");
    const auto content = read("a.zip", storage::Span{0, 7}, IfMatch{version});
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().code, Errc::replaced);
}

TEST_F(FileStorageTest, a_replaced_file_is_replaced_also_where_the_span_no_longer_fits) {
    write("a.zip", "0123456789");
    const auto version = version_of("a.zip");
    write("a.zip", "0");
    EXPECT_EQ(read("a.zip", storage::Span{5, 5}, IfMatch{version}).error().code, Errc::replaced);
}

TEST_F(FileStorageTest, if_none_match_brings_no_bytes_while_nothing_changed) {
    write("a.zip", "content");
    const auto version = version_of("a.zip");
    const auto content = read("a.zip", storage::Suffix{3}, IfNoneMatch{version});
    ASSERT_TRUE(content) << content.error();
    EXPECT_TRUE(content->not_modified);
    EXPECT_TRUE(content->bytes.empty());
    EXPECT_EQ(content->version, version);
}

TEST_F(FileStorageTest, if_none_match_brings_the_new_bytes_once_it_changed) {
    write("a.zip", "content");
    const auto version = version_of("a.zip");
    write("a.zip", "another content");
    const auto content = read("a.zip", storage::Whole{}, IfNoneMatch{version});
    ASSERT_TRUE(content) << content.error();
    EXPECT_FALSE(content->not_modified);
    EXPECT_EQ(text_of(*content), "another content");
    EXPECT_NE(content->version, version);
}

TEST_F(FileStorageTest, a_condition_on_a_file_that_is_gone_is_not_found) {
    write("a.zip", "content");
    const auto version = version_of("a.zip");
    std::filesystem::remove(folder / "a.zip");
    EXPECT_EQ(read("a.zip", storage::Whole{}, IfMatch{version}).error().code, Errc::not_found);
    EXPECT_EQ(read("a.zip", storage::Whole{}, IfNoneMatch{version}).error().code, Errc::not_found);
}

/// Some file systems in user space tell the time of each look-up as the modification time.
TEST_F(FileStorageTest, a_file_whose_modification_time_is_always_now_is_read) {
    const std::string content(8 * 1024 * 1024, 'x');
    const auto path = write("a.zip", content);
    std::atomic<bool> is_done = false;
    std::atomic<unsigned> changes = 0;
    std::thread toucher([&] {
        for (long i = 1; !is_done; ++i) {
            const std::array<timespec, 2> times{{{1'500'000'000 + i, 0}, {1'500'000'000 + i, 0}}};
            ::utimensat(AT_FDCWD, path.c_str(), times.data(), 0);
            ++changes;
        }
    });
    while (changes == 0) {
        std::this_thread::yield();
    }
    const auto read_once = read("a.zip");
    is_done = true;
    toucher.join();
    ASSERT_TRUE(read_once) << read_once.error();
    EXPECT_EQ(read_once->bytes.size(), content.size());
}

}  // namespace

}  // namespace tapalcatl::tests
