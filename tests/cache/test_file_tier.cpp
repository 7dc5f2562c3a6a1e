#include "tests/cache/file_tier_fixture.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace tapalcatl::tests {
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

}  // namespace
}  // namespace tapalcatl::tests
