#include "tests/source/fixture.hpp"

namespace tapalcatl::tests {
namespace {

std::optional<Error> outage(const FakeStorage::Read& /*read*/) {
    return fail(Errc::unavailable, "the storage is down");
}

TEST_F(ArchivesTest, an_outage_is_told_as_such_and_not_remembered) {
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}}));
    storage.fail_with(outage);
    const auto failed = read("a.zip", "0/0/0.mvt");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error(), fail(Errc::unavailable, "a.zip: the storage is down"));
    EXPECT_FALSE(archives().find("a.zip", "0/0/0.mvt"));

    storage.recover();
    EXPECT_EQ(content_of(get("a.zip", "0/0/0.mvt")), "tile");
}

TEST_F(ArchivesTest, tiles_that_are_held_outlive_an_outage_and_say_that_they_are_stale) {
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}}));
    read("a.zip", "0/0/0.mvt");
    storage.fail_with(outage);
    clock.pass(std::chrono::hours(12));

    EXPECT_FALSE(archives().find("a.zip", "0/0/0.mvt")) << "after so long the storage is asked first";
    const auto waited = read("a.zip", "0/0/0.mvt");
    ASSERT_TRUE(waited) << waited.error();
    EXPECT_TRUE(waited->stale);
    const auto at_once = archives().find("a.zip", "0/0/0.mvt");
    ASSERT_TRUE(at_once) << "the next ones need not wait for the same failure";
    EXPECT_TRUE((*at_once)->stale);
}

TEST_F(ArchivesTest, during_an_outage_the_storage_is_asked_once_in_a_while_and_its_return_is_noticed) {
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}}));
    read("a.zip", "0/0/0.mvt");
    storage.fail_with(outage);
    clock.pass(std::chrono::seconds(301));
    storage.forget_reads();
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(archives().find("a.zip", "0/0/0.mvt"));
        settle(context);
    }
    EXPECT_EQ(storage.reads().size(), 1U);

    storage.recover();
    clock.pass(std::chrono::seconds(6));
    EXPECT_TRUE((*archives().find("a.zip", "0/0/0.mvt"))->stale);
    settle(context);
    EXPECT_FALSE((*archives().find("a.zip", "0/0/0.mvt"))->stale);
}

/// Leaves nothing in the cache but blocks that are in use.
void evict_all(source::Memory& memory) {
    const MemoryCharge everything(memory.budget, memory.budget->limit());
    memory.budget->reclaim();
}

TEST_F(ArchivesTest, a_failed_read_makes_nothing_stale_that_is_fresh) {
    for (const auto fresh_for : {std::chrono::seconds(300), std::chrono::seconds(0)}) {
        options.table.freshness.fresh_for = fresh_for;
        restart();
        storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}, {"1/0/0.mvt", "other"}}));
        const auto in_use = read("a.zip", "0/0/0.mvt");
        evict_all(memory());
        storage.fail_with(outage);
        EXPECT_FALSE(read("a.zip", "1/0/0.mvt"));
        storage.recover();
        const auto found = get("a.zip", "0/0/0.mvt");
        EXPECT_FALSE(found->stale);
        clock.pass(std::chrono::seconds(299));
        EXPECT_FALSE(get("a.zip", "0/0/0.mvt")->stale);
        clock.pass(std::chrono::seconds(2));
        EXPECT_FALSE(get("a.zip", "0/0/0.mvt")->stale) << "it is past its freshness, and no revalidation has failed";
        settle(context);
    }
}

TEST_F(ArchivesTest, a_sleep_ages_what_is_held) {
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "old"}}));
    read("a.zip", "0/0/0.mvt");
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "new"}}));
    clock.set_wall_by(std::chrono::hours(8));
    EXPECT_FALSE(archives().find("a.zip", "0/0/0.mvt"));
    EXPECT_EQ(content_of(read("a.zip", "0/0/0.mvt")), "new");
}

TEST_F(ArchivesTest, a_wall_clock_that_is_set_back_neither_renews_nor_ages_what_is_held) {
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "old"}}));
    read("a.zip", "0/0/0.mvt");
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "new"}}));
    clock.set_wall_by(-std::chrono::hours(8));
    clock.pass(std::chrono::seconds(299));
    EXPECT_EQ(content_of(get("a.zip", "0/0/0.mvt")), "old");
    settle(context);
    EXPECT_EQ(storage.reads().size(), 1U);
    clock.pass(std::chrono::seconds(2));
    EXPECT_EQ(content_of(get("a.zip", "0/0/0.mvt")), "old");
    settle(context);
    EXPECT_EQ(content_of(get("a.zip", "0/0/0.mvt")), "new");
}

TEST_F(ArchivesTest, a_missing_archive_is_looked_for_again_after_a_sleep) {
    EXPECT_EQ(read("a.zip", "0/0/0.mvt").error().code, Errc::not_found);
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}}));
    EXPECT_TRUE(archives().find("a.zip", "0/0/0.mvt"));
    clock.set_wall_by(std::chrono::seconds(31));
    EXPECT_EQ(content_of(get("a.zip", "0/0/0.mvt")), "tile");
}

TEST_F(ArchivesTest, stale_tiles_end_after_a_day) {
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}}));
    read("a.zip", "0/0/0.mvt");
    storage.fail_with(outage);
    clock.pass(std::chrono::seconds(300) + std::chrono::hours(24) + std::chrono::seconds(1));
    EXPECT_EQ(get("a.zip", "0/0/0.mvt").error().code, Errc::unavailable);
}

TEST_F(ArchivesTest, a_held_directory_does_not_make_up_for_an_entry_that_is_not_held) {
    const auto members = metatile(100'000);
    storage.put("a.zip", make_archive(members));
    read("a.zip", members.back().name);
    storage.fail_with(outage);
    EXPECT_EQ(get("a.zip", members.front().name).error().code, Errc::unavailable);
    EXPECT_EQ(content_of(get("a.zip", members.back().name)), members.back().content);
}

TEST_F(ArchivesTest, an_archive_replaced_between_directory_and_entry_is_read_again) {
    const auto old_members = metatile(100'000, 1);
    const auto new_members = metatile(100'000, 1000);
    storage.put("a.zip", make_archive(old_members));
    bool replaced = false;
    storage.before_answer([&](const Read& read) {
        if (std::holds_alternative<storage::Span>(read.range) && !replaced) {
            replaced = true;
            storage.put("a.zip", make_archive(new_members));
        }
    });
    EXPECT_EQ(content_of(get("a.zip", "0/0/0.mvt")), new_members.front().content);
    EXPECT_EQ(storage.reads().size(), 4U);
}

TEST_F(ArchivesTest, an_archive_that_is_replaced_again_and_again_is_given_up) {
    unsigned seed = 1;
    storage.put("a.zip", make_archive(metatile(100'000, seed)));
    storage.before_answer([&](const Read& read) {
        if (std::holds_alternative<storage::Span>(read.range)) {
            storage.put("a.zip", make_archive(metatile(100'000, seed += 100)));
        }
    });
    EXPECT_EQ(read("a.zip", "0/0/0.mvt").error().code, Errc::replaced);
    EXPECT_EQ(storage.reads().size(), 4U);
}

TEST_F(ArchivesTest, a_damaged_entry_is_refused_each_time_and_its_neighbours_are_served) {
    auto bytes = make_archive({{"0/0/0.mvt", noise(1000, 1)}, {"1/0/0.mvt", "good"}});
    bytes[200] ^= std::byte{1};
    storage.put("a.zip", bytes);
    for (int i = 0; i < 2; ++i) {
        const auto damaged = get("a.zip", "0/0/0.mvt");
        ASSERT_FALSE(damaged);
        EXPECT_EQ(damaged.error().code, Errc::corrupt);
        EXPECT_NE(damaged.error().message.find("a.zip: 0/0/0.mvt: "), std::string::npos) << damaged.error();
    }
    EXPECT_EQ(content_of(get("a.zip", "1/0/0.mvt")), "good");
}

TEST_F(ArchivesTest, what_is_no_archive_is_corrupt) {
    storage.put("a.zip", std::vector<std::byte>(1000, std::byte{42}));
    storage.put("b.zip", {});
    EXPECT_EQ(get("a.zip", "0/0/0.mvt").error().code, Errc::corrupt);
    EXPECT_EQ(get("b.zip", "0/0/0.mvt").error().code, Errc::corrupt);
}

TEST_F(ArchivesTest, a_tile_over_the_limit_is_refused) {
    options.tile_limit = 1000;
    storage.put("a.zip", make_archive({{"0/0/0.mvt", std::string(1001, 'a')}, {"1/0/0.mvt", std::string(1000, 'a')}}));
    EXPECT_EQ(get("a.zip", "0/0/0.mvt").error().code, Errc::too_large);
    EXPECT_TRUE(get("a.zip", "1/0/0.mvt"));
}

TEST_F(ArchivesTest, an_entry_that_lies_in_more_bytes_than_any_tile_may_have_is_not_even_read) {
    options.tile_limit = 1000;
    storage.put("a.zip",
                make_archive({{"0/0/0.mvt", noise(600'000, 1), true}, {"1/0/0.mvt", noise(300'000, 2), true}}));
    EXPECT_EQ(get("a.zip", "0/0/0.mvt").error().code, Errc::too_large);
    EXPECT_EQ(storage.reads().size(), 1U);
}

TEST_F(ArchivesTest, an_archive_that_became_damaged_does_not_take_away_what_is_held) {
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}}));
    read("a.zip", "0/0/0.mvt");
    storage.put("a.zip", std::vector<std::byte>(1000, std::byte{42}));
    clock.pass(std::chrono::seconds(301));
    EXPECT_TRUE(get("a.zip", "0/0/0.mvt"));
    settle(context);
    const auto found = get("a.zip", "0/0/0.mvt");
    EXPECT_EQ(content_of(found), "tile");
    EXPECT_TRUE(found->stale);
}

TEST_F(ArchivesTest, a_probe_asks_the_storage_past_everything_held) {
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}}));
    read("a.zip", "0/0/0.mvt");
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    EXPECT_TRUE(run(context, archives().probe("a.zip", deadline)));
    EXPECT_EQ(run(context, archives().probe("b.zip", deadline)).error().code, Errc::not_found);
    storage.fail_with(outage);
    EXPECT_EQ(run(context, archives().probe("a.zip", deadline)).error().code, Errc::unavailable);
}

TEST_F(ArchivesTest, a_read_that_nobody_waits_for_any_more_is_not_begun) {
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}}));
    storage.put("b.zip", make_archive({{"0/0/0.mvt", "tile"}}));
    options.reads_at_once = 1;
    storage.hold();
    const Running<Result<source::Found>> first(context, reading("a.zip", "0/0/0.mvt"));
    settle(context);
    const auto gave_up = run(context, archives().read("b.zip", "0/0/0.mvt", std::chrono::steady_clock::now()));
    EXPECT_EQ(gave_up.error().code, Errc::timeout);
    storage.release();
    context.restart();
    while (!first.done()) {
        ASSERT_GT(context.run_one(), 0U);
    }
    settle(context);
    EXPECT_TRUE(*first);
    ASSERT_EQ(storage.reads().size(), 1U);
    EXPECT_EQ(storage.reads()[0].key, "a.zip");
    EXPECT_EQ(content_of(get("b.zip", "0/0/0.mvt")), "tile") << "who comes later is served";
}

TEST_F(ArchivesTest, what_came_damaged_is_not_remembered) {
    const auto good = make_archive(metatile(20'000));
    const storage::Version version{"\"same\"", "", good.size()};
    auto bad = good;
    bad[1000] ^= std::byte{1};
    storage.put_with_version("a.zip", as_text(bad), version);
    const auto damaged = get("a.zip", "0/0/0.mvt");
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().code, Errc::corrupt);
    storage.put_with_version("a.zip", as_text(good), version);
    EXPECT_TRUE(content_of(get("a.zip", "0/0/0.mvt")) == metatile(20'000)[0].content);
}

}  // namespace
}  // namespace tapalcatl::tests
