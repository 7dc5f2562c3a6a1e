#include "cache/tiered_storage.hpp"

#include "tests/cache/file_tier_fixture.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_storage.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdint>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tapalcatl::tests {
namespace {

namespace fs = std::filesystem;

class FileTierFailingTest : public FileTierTest {};

/// While it lives, files longer than this cannot be written: to the writer, a full disk.
class FullDisk {
 public:
    explicit FullDisk(rlim_t size) {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit now{size, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &now);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;
    ~FullDisk() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, SIG_DFL);
    }

 private:
    rlimit before_{};
};

TEST_F(FileTierFailingTest, a_full_disk_fails_the_put_and_changes_nothing) {
    ASSERT_TRUE(put("a", "first"));
    {
        const FullDisk full(1000);
        const auto done = put("a", std::string(5000, 'v'));
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().code, Errc::io) << done.error();
        EXPECT_EQ(text("a"), "first");
        EXPECT_EQ(files(own()).size(), 1U) << "nothing half written is left";
    }
    ASSERT_TRUE(put("a", std::string(5000, 'v')));
    EXPECT_EQ(text("a"), std::string(5000, 'v'));
}

TEST_F(FileTierFailingTest, a_folder_that_cannot_be_written_fails_the_put) {
    write(options.folder, "a file where the folder should be");
    EXPECT_FALSE(put("a", "first"));
    EXPECT_EQ(text("a"), "(nothing)");
    fs::remove(options.folder);
    EXPECT_TRUE(put("a", "first"));
}

TEST_F(FileTierFailingTest, a_system_that_forbids_folders_fails_the_put) {
    options.folder = "/proc/self/cache";
    EXPECT_FALSE(put("a", "first"));
    EXPECT_EQ(text("a"), "(nothing)");
}

TEST_F(FileTierFailingTest, what_a_killed_writer_left_is_removed) {
    put("a", "first");
    write(own() / "new" / "0123abcd-7.tmp", "half of a va");
    restart();
    put("b", "second");
    EXPECT_FALSE(fs::exists(own() / "new" / "0123abcd-7.tmp"));
    EXPECT_EQ(text("a"), "first");
}

TEST_F(FileTierFailingTest, after_a_kill_all_that_is_there_is_whole) {
    const auto value_of = [](int i) { return std::string(static_cast<std::size_t>(10'000 + i), 'v'); };
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        boost::asio::io_context own_context;
        const auto own_tier = cache::make_file_tier(options, own_context.get_executor());
        for (int i = 0;; ++i) {
            run(own_context, own_tier->put("a", copy_of(as_bytes(value_of(i % 1000))), std::chrono::hours(1), soon()));
        }
    }
    // Into the middle of its work, wherever that is.
    const auto patience = soon();
    while (text("a") == "(nothing)" && std::chrono::steady_clock::now() < patience) {
    }
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    const auto value = get("a");
    ASSERT_TRUE(value) << value.error();
    ASSERT_TRUE(*value);
    const auto size = static_cast<int>((*value)->size());
    EXPECT_EQ(as_text((*value)->view()), value_of(size - 10'000));
    restart();
    put("b", "second");
    EXPECT_EQ(files(own()).size(), 2U);
}

TEST_F(FileTierFailingTest, neither_links_nor_folders_nor_pipes_are_values) {
    ASSERT_TRUE(put("a", "first"));
    const auto place = files(own()).front();
    write(scratch / "elsewhere", "secret");
    fs::remove(place);
    fs::create_symlink(scratch / "elsewhere", place);
    EXPECT_EQ(text("a").find("secret"), std::string::npos);
    fs::remove(place);
    ASSERT_EQ(::mkfifo(place.c_str(), 0600), 0);
    EXPECT_FALSE(get("a"));
    fs::remove(place);
    fs::create_directory(place);
    EXPECT_FALSE(get("a"));
    EXPECT_FALSE(put("a", "second"));
    fs::remove(place);
    EXPECT_TRUE(put("a", "third"));
    EXPECT_EQ(text("a"), "third");
    EXPECT_EQ(read(scratch / "elsewhere"), "secret");
}

TEST_F(FileTierFailingTest, a_link_is_replaced_and_not_written_through) {
    ASSERT_TRUE(put("a", "first"));
    const auto place = files(own()).front();
    write(scratch / "elsewhere", "mine");
    fs::remove(place);
    fs::create_symlink(scratch / "elsewhere", place);
    ASSERT_TRUE(put("a", "second"));
    EXPECT_EQ(text("a"), "second");
    EXPECT_EQ(read(scratch / "elsewhere"), "mine");
}

TEST_F(FileTierFailingTest, a_huge_file_in_a_values_place_takes_no_memory) {
    ASSERT_TRUE(put("a", "first"));
    fs::resize_file(files(own()).front(), std::uintmax_t{1} << 40U);
    const auto value = get("a");
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code, Errc::too_large);
}

TEST_F(FileTierFailingTest, too_many_who_wait_are_refused_at_once) {
    options.gets_limit = 0;
    const auto value = get("a");
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code, Errc::overloaded);
}

TEST_F(FileTierFailingTest, nothing_is_done_past_the_deadline) {
    const auto past = std::chrono::steady_clock::now() - std::chrono::seconds(1);
    const auto done = run(context, tier().put("a", copy_of(as_bytes("first")), std::chrono::hours(1), past));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::timeout);
    EXPECT_EQ(text("a"), "(nothing)");
    const auto value = run(context, tier().get("a", past));
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code, Errc::timeout);
}

TEST_F(FileTierFailingTest, it_may_end_with_work_under_way) {
    for (int i = 0; i < 100; ++i) {
        restart();
        Running<Result<void>> putting(context,
                                      tier().put("a", copy_of(as_bytes("first")), std::chrono::hours(1), soon()));
        Running<Result<std::optional<SharedBytes>>> getting(context, tier().get("a", soon()));
        settle(context);
    }
}

/// The storage in front of which files are, from end to end.
TEST_F(FileTierFailingTest, a_file_cut_anywhere_is_read_from_the_storage_instead) {
    FakeClock clock;
    auto inner = std::make_unique<FakeStorage>();
    auto& origin = *inner;
    const auto content = as_bytes("what the storage has");
    origin.put("key", {content.begin(), content.end()});
    cache::TieredOptions tiered_options;
    tiered_options.budget = std::chrono::seconds(30);  // what is asked here is what it reads, not when
    const auto tiered =
        cache::make_tiered_storage(std::move(inner), cache::make_file_tier(options, context.get_executor()),
                                   tiered_options, context.get_executor(), clock);
    std::uint64_t puts = 0;
    const auto read_once = [&](bool puts_it) {
        const auto read = run(context, tiered->read("key", storage::Whole{}, {}, soon()));
        ASSERT_TRUE(read) << read.error();
        EXPECT_EQ(as_text(read->bytes.view()), "what the storage has");
        puts += puts_it ? 1 : 0;
        context.restart();
        while (tiered->counters().puts < puts && context.run_one() != 0) {
        }
    };
    read_once(true);
    const auto whole = read(files(own()).front());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        write(files(own()).front(), whole.substr(0, size));
        read_once(true);
    }
    EXPECT_EQ(tiered->counters().damaged, whole.size());
    EXPECT_EQ(tiered->counters().hits, 0U);
    read_once(false);
    EXPECT_EQ(tiered->counters().hits, 1U);
    EXPECT_EQ(origin.reads().size(), whole.size() + 1);
}

}  // namespace
}  // namespace tapalcatl::tests
