#include "cache/file_tier.hpp"
#include "cache/tiered_storage.hpp"

#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_storage.hpp"
#include "tests/support/run.hpp"
#include "tests/support/scratch_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tapalcatl::tests {

/// A tier of files in a folder of its own, which goes away with the case.
class FileTierTest : public testing::Test {
 protected:
    FileTierTest() { options.folder = scratch / "cache"; }

    void TearDown() override { tier_.reset(); }

    cache::Tier& tier() {
        if (tier_ == nullptr) {
            tier_ = cache::make_file_tier(options, context.get_executor());
        }
        return *tier_;
    }

    void restart() {
        tier_.reset();
        tier();
    }

    static SteadyTime soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(30); }

    Result<std::optional<SharedBytes>> get(const std::string& name) { return run(context, tier().get(name, soon())); }

    Result<void> put(const std::string& name, std::string_view value) {
        return run(context, tier().put(name, copy_of(as_bytes(value)), std::chrono::hours(1), soon()));
    }

    /// What is there, or in brackets why there is nothing.
    std::string text(const std::string& name) {
        const auto value = get(name);
        if (!value) {
            return "(" + value.error().message + ")";
        }
        return *value ? std::string(as_text((*value)->view())) : "(nothing)";
    }

    std::filesystem::path own() const { return options.folder / "tapalcatl-t1"; }

    /// All files below `folder`.
    static std::vector<std::filesystem::path> files(const std::filesystem::path& folder) {
        std::vector<std::filesystem::path> found;
        std::error_code error;
        for (const auto& one : std::filesystem::recursive_directory_iterator(folder, error)) {
            if (!one.is_directory()) {
                found.push_back(one.path());
            }
        }
        return found;
    }

    static void write(const std::filesystem::path& path, std::string_view content) {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
    }

    static std::string read(const std::filesystem::path& path) {
        std::ostringstream content;
        content << std::ifstream(path, std::ios::binary).rdbuf();
        return content.str();
    }

    boost::asio::io_context context;
    ScratchFolder scratch_folder;
    std::filesystem::path scratch = scratch_folder.path();
    cache::FileTierOptions options;

 private:
    std::unique_ptr<cache::Tier> tier_;
};

namespace {

namespace fs = std::filesystem;

TEST_F(FileTierTest, a_value_is_there_after_a_restart) {
    EXPECT_EQ(text("a"), "(nothing)");
    ASSERT_TRUE(put("a", "first"));
    EXPECT_EQ(text("a"), "first");
    restart();
    EXPECT_EQ(text("a"), "first");
    EXPECT_EQ(text("b"), "(nothing)");
}

TEST_F(FileTierTest, a_value_takes_the_place_of_the_one_before) {
    ASSERT_TRUE(put("a", "first"));
    ASSERT_TRUE(put("a", ""));
    EXPECT_EQ(text("a"), "");
    ASSERT_TRUE(put("a", "second"));
    EXPECT_EQ(text("a"), "second");
    EXPECT_EQ(files(own()).size(), 1U);
}

TEST_F(FileTierTest, names_may_be_anything) {
    const std::vector<std::string> names{"",     "/", "../../etc/passwd", std::string(5000, 'n'), std::string("\0a", 2),
                                         "a b\n"};
    for (const auto& name : names) {
        ASSERT_TRUE(put(name, fmt::format("value of {}", name.size())));
    }
    for (const auto& name : names) {
        EXPECT_EQ(text(name), fmt::format("value of {}", name.size()));
    }
    EXPECT_EQ(files(own()).size(), names.size());
    EXPECT_EQ(files(scratch).size(), names.size());
}

TEST_F(FileTierTest, reading_makes_no_folder) {
    EXPECT_EQ(text("a"), "(nothing)");
    EXPECT_FALSE(fs::exists(options.folder));
}

TEST_F(FileTierTest, the_folder_may_go_away_meanwhile) {
    ASSERT_TRUE(put("a", "first"));
    fs::remove_all(options.folder);
    EXPECT_EQ(text("a"), "(nothing)");
    ASSERT_TRUE(put("a", "second"));
    EXPECT_EQ(text("a"), "second");
}

TEST_F(FileTierTest, the_budget_is_held_and_what_was_not_used_for_the_longest_time_goes_first) {
    options.max_bytes = 10 * 4096;
    ASSERT_TRUE(put("kept", "in use"));
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(put(fmt::format("{}", i), std::string(100, 'v')));
        EXPECT_EQ(text("kept"), "in use") << i;
        EXPECT_LE(files(own()).size(), 10U);
    }
    EXPECT_EQ(text("49"), std::string(100, 'v'));
    EXPECT_EQ(text("41"), std::string(100, 'v'));
    EXPECT_EQ(text("40"), "(nothing)");
}

TEST_F(FileTierTest, the_budget_counts_large_values_as_large) {
    options.max_bytes = 10 * 4096;
    ASSERT_TRUE(put("a", "small"));
    ASSERT_TRUE(put("b", std::string(9 * 4096, 'v')));
    EXPECT_EQ(text("a"), "small");
    ASSERT_TRUE(put("c", std::string(4097, 'v')));
    EXPECT_EQ(text("b"), "(nothing)");
    EXPECT_EQ(files(own()).size(), 2U);
}

TEST_F(FileTierTest, a_value_over_the_budget_is_refused_and_removes_nothing) {
    options.max_bytes = 2 * 4096;
    ASSERT_TRUE(put("a", "small"));
    const auto done = put("b", std::string(2 * 4096 + 1, 'v'));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::too_large);
    EXPECT_EQ(text("a"), "small");
}

TEST_F(FileTierTest, the_number_of_values_can_be_limited) {
    options.max_items = 3;
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(put(fmt::format("{}", i), "value"));
    }
    EXPECT_EQ(files(own()).size(), 3U);
    EXPECT_EQ(text("9"), "value");
}

TEST_F(FileTierTest, a_smaller_budget_holds_after_a_restart_and_the_oldest_files_go_first) {
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(put(fmt::format("{}", i), fmt::format("value {}", i)));
    }
    // Younger from file to file, by their content.
    for (const auto& file : files(own())) {
        const auto number = std::stoi(read(file).substr(6));
        fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(100 - number));
    }
    options.max_bytes = 5 * 4096;
    restart();
    ASSERT_TRUE(put("new", "value"));  // what is there is counted before
    EXPECT_EQ(files(own()).size(), 5U);
    EXPECT_EQ(text("19"), "value 19");
    EXPECT_EQ(text("16"), "value 16");
    EXPECT_EQ(text("15"), "(nothing)");
}

TEST_F(FileTierTest, what_another_server_writes_is_found) {
    put("a", "first");
    auto other = cache::make_file_tier(options, context.get_executor());
    ASSERT_TRUE(run(context, other->put("b", copy_of(as_bytes("second")), std::chrono::hours(1), soon())));
    EXPECT_EQ(text("b"), "second");
}

TEST_F(FileTierTest, foreign_files_are_neither_read_nor_changed) {
    // A cache of cachelib's in the same folder, and things that are almost ours.
    const std::string pickle = "2029240f6d1128be89ddc32729463129";
    const auto hex = std::string(62, 'a');
    const std::vector<fs::path> foreign{options.folder / pickle,
                                        options.folder / "__wz_cache_count",
                                        options.folder / "aa" / hex,
                                        own() / "README",
                                        own() / pickle,
                                        own() / "new" / "notes.txt",
                                        own() / "ab" / "short",
                                        own() / "ab" / (std::string(61, 'a') + "G"),
                                        own() / "abc" / std::string(61, 'a'),
                                        own() / "ab" / hex / "folder"};
    for (const auto& file : foreign) {
        write(file, "mine");
    }
    options.max_bytes = 2 * 4096;
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(put(fmt::format("{}", i), "value"));
    }
    restart();
    ASSERT_TRUE(put("more", "value"));
    for (const auto& file : foreign) {
        EXPECT_EQ(read(file), "mine") << file;
    }
    EXPECT_EQ(files(options.folder).size(), foreign.size() + 2);
}

TEST_F(FileTierTest, its_name_is_the_folder) {
    EXPECT_EQ(tier().name(), "file://" + own().string());
}

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

cache::LruIndex::Id id_of(std::string_view name) {
    return sha256(as_bytes(name));
}

TEST(LruIndex, counts_whole_blocks) {
    cache::LruIndex index(1'000'000, 0);
    index.use(id_of("a"), 1);
    index.use(id_of("b"), 4096);
    index.use(id_of("c"), 4097);
    index.use(id_of("d"), 0);
    EXPECT_EQ(index.bytes(), 4096U + 4096U + 8192U);
    EXPECT_EQ(index.items(), 4U);
    EXPECT_EQ(cache::LruIndex::weight_of(~std::uint64_t{0} - 5000), ~std::uint64_t{0} - 4095);
}

TEST(LruIndex, counts_each_file_once) {
    cache::LruIndex index(1'000'000, 0);
    index.use(id_of("a"), 10'000);
    index.use(id_of("a"), 1);
    index.append(id_of("a"), 10'000);
    EXPECT_EQ(index.bytes(), 4096U);
    index.erase(id_of("a"));
    index.erase(id_of("a"));
    EXPECT_EQ(index.bytes(), 0U);
    EXPECT_EQ(index.items(), 0U);
}

TEST(LruIndex, names_what_was_not_used_for_the_longest_time) {
    cache::LruIndex index(3 * 4096, 0);
    index.use(id_of("a"), 1);
    index.use(id_of("b"), 1);
    index.use(id_of("a"), 1);
    EXPECT_EQ(index.to_evict_for(1), std::nullopt);
    EXPECT_EQ(index.to_evict_for(4097), id_of("b"));
    index.append(id_of("old"), 1);
    index.append(id_of("older"), 1);
    EXPECT_EQ(index.to_evict(), id_of("older"));
    index.erase(id_of("older"));
    EXPECT_EQ(index.to_evict(), std::nullopt);
    EXPECT_EQ(index.to_evict_for(1), id_of("old"));
}

TEST(LruIndex, limits_the_number_of_files) {
    cache::LruIndex index(1'000'000, 2);
    index.use(id_of("a"), 1);
    EXPECT_EQ(index.to_evict_for(1), std::nullopt);
    index.use(id_of("b"), 1);
    EXPECT_EQ(index.to_evict(), std::nullopt);
    EXPECT_EQ(index.to_evict_for(1), id_of("a"));
}

TEST(LruIndex, names_nothing_where_nothing_is) {
    const cache::LruIndex index(4096, 0);
    EXPECT_EQ(index.to_evict_for(1'000'000), std::nullopt);
    EXPECT_EQ(index.to_evict_for(~std::uint64_t{0}), std::nullopt);
}

}  // namespace

}  // namespace tapalcatl::tests
