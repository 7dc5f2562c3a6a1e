#include "tests/source/fixture.hpp"

#include <memory>
#include <vector>

namespace tapalcatl::tests {
namespace {

constexpr std::uint64_t kibi = 1024;

TEST_F(ArchivesTest, a_small_archive_costs_one_read_for_all_of_its_entries) {
    storage.put("a.zip", make_archive(metatile(1000)));
    for (const auto& member : metatile(1000)) {
        EXPECT_EQ(content_of(get("a.zip", member.name)), member.content) << member.name;
    }
    EXPECT_EQ(storage.reads().size(), 1U);
}

TEST_F(ArchivesTest, what_was_read_once_is_found_without_waiting) {
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}}));
    EXPECT_FALSE(archives().find("a.zip", "0/0/0.mvt"));
    EXPECT_FALSE(read("a.zip", "0/0/0.mvt")->hit);
    const auto found = archives().find("a.zip", "0/0/0.mvt");
    ASSERT_TRUE(found);
    EXPECT_TRUE((*found)->hit);
    EXPECT_EQ(content_of(*found), "tile");
}

TEST_F(ArchivesTest, many_who_ask_at_once_share_one_read) {
    storage.put("a.zip", make_archive(metatile(1000)));
    storage.hold();
    std::vector<std::unique_ptr<Running<Result<source::Found>>>> clients;
    for (const auto& member : metatile(1000)) {
        clients.push_back(std::make_unique<Running<Result<source::Found>>>(context, reading("a.zip", member.name)));
        clients.push_back(std::make_unique<Running<Result<source::Found>>>(context, reading("a.zip", member.name)));
    }
    settle(context);
    EXPECT_EQ(storage.reads().size(), 1U);
    storage.release();
    context.restart();
    context.run();
    for (const auto& client : clients) {
        ASSERT_TRUE(client->done());
        EXPECT_TRUE(**client) << (*client)->error();
    }
    EXPECT_EQ(storage.reads().size(), 1U);
}

TEST_F(ArchivesTest, a_large_archive_is_read_by_its_tail_and_the_ranges_that_are_wanted) {
    const auto members = metatile(100 * kibi);
    storage.put("a.zip", make_archive(members));
    EXPECT_EQ(content_of(get("a.zip", members.front().name)), members.front().content);
    ASSERT_EQ(storage.reads().size(), 2U);
    EXPECT_EQ(storage.reads()[0].suffix(), 256 * kibi);
    EXPECT_EQ(storage.reads()[1].span().offset, 0U);
    EXPECT_LT(storage.reads()[1].span().size, 101 * kibi);

    // The last two entries were in the tail.
    EXPECT_EQ(content_of(get("a.zip", members.back().name)), members.back().content);
    EXPECT_EQ(storage.reads().size(), 2U);
}

TEST_F(ArchivesTest, entries_wanted_together_come_in_merged_ranges) {
    const auto members = metatile(100 * kibi);
    storage.put("a.zip", make_archive(members));
    get("a.zip", members.back().name);
    storage.forget_reads();

    std::vector<std::unique_ptr<Running<Result<source::Found>>>> clients;
    for (const std::size_t i : {0U, 1U, 3U, 12U}) {
        clients.push_back(std::make_unique<Running<Result<source::Found>>>(context, reading("a.zip", members[i].name)));
    }
    context.restart();
    context.run();
    // 0, 1 and 3 are near to each other: the gap of 2 costs less than another read. 12 is too far away.
    ASSERT_EQ(storage.reads().size(), 2U);
    EXPECT_EQ(storage.reads()[0].span().offset, 0U);
    EXPECT_NEAR(static_cast<double>(storage.reads()[0].span().size), 400.0 * kibi, 2000);
    EXPECT_EQ(content_of(**clients[3]), members[12].content);
    // The gap was read anyway, so it is kept.
    storage.forget_reads();
    EXPECT_EQ(content_of(get("a.zip", members[2].name)), members[2].content);
    EXPECT_TRUE(storage.reads().empty());
}

TEST_F(ArchivesTest, a_directory_longer_than_the_tail_costs_one_read_more) {
    std::vector<Member> members;
    for (unsigned i = 0; i < 9000; ++i) {
        members.push_back({fmt::format("entry-{:05}.mvt", i), "x"});
    }
    storage.put("a.zip", make_archive(members));
    EXPECT_EQ(content_of(get("a.zip", "entry-00000.mvt")), "x");
    EXPECT_EQ(storage.reads().size(), 3U);
}

TEST_F(ArchivesTest, a_directory_over_the_limit_is_refused) {
    options.read.directory_limit = 1000;
    storage.put("a.zip", make_archive(metatile(10)));
    const auto found = read("a.zip", "0/0/0.mvt");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Errc::too_large);
}

TEST_F(ArchivesTest, in_mode_whole_an_archive_comes_in_one_read) {
    options.read.mode = source::ReadMode::whole;
    const auto members = metatile(100 * kibi);
    storage.put("a.zip", make_archive(members));
    EXPECT_EQ(content_of(get("a.zip", members.front().name)), members.front().content);
    EXPECT_EQ(content_of(get("a.zip", members.back().name)), members.back().content);
    EXPECT_EQ(storage.reads().size(), 1U);
}

TEST_F(ArchivesTest, a_missing_entry_is_known_from_the_directory_alone) {
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}}));
    const auto first = read("a.zip", "1/0/0.mvt");
    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().code, Errc::no_tile);
    const auto again = archives().find("a.zip", "1/1/1.mvt");
    ASSERT_TRUE(again);
    EXPECT_EQ(again->error().code, Errc::no_tile);
    EXPECT_EQ(storage.reads().size(), 1U);
}

/// Moves the last entry of an archive to another disk, as its directory says.
std::vector<std::byte> with_the_last_entry_elsewhere(std::vector<std::byte> archive) {
    const auto text = as_text(archive);
    archive[text.rfind("PK\x01\x02") + 34] = std::byte{1};
    return archive;
}

TEST_F(ArchivesTest, an_entry_that_the_directory_shows_to_be_bad_is_refused_without_a_read_and_alone) {
    const auto members = metatile(100 * kibi);
    storage.put("a.zip", with_the_last_entry_elsewhere(make_archive(members)));
    EXPECT_EQ(content_of(read("a.zip", members.front().name)), members.front().content);
    const auto reads = storage.reads().size();
    for (int i = 0; i < 2; ++i) {
        const auto bad = read("a.zip", members.back().name);
        ASSERT_FALSE(bad);
        EXPECT_EQ(bad.error().code, Errc::unsupported);
        EXPECT_EQ(bad.error().message,
                  "a.zip: " + members.back().name + ": starts on disk 1: archives over several disks are not read");
    }
    EXPECT_EQ(storage.reads().size(), reads);
    EXPECT_EQ(content_of(read("a.zip", members[1].name)), members[1].content);
}

TEST_F(ArchivesTest, content_that_is_gzip_in_the_archive_is_served_as_if_it_were_not) {
    const std::string tile(1000, 't');
    const std::string twice(as_text(zip::gzip(as_bytes(tile))));
    storage.put("a.zip", make_archive({{"0/0/0.mvt", twice}, {"1/0/0.mvt", twice, true}, {"file.gz", twice, true}}));
    for (const auto* name : {"0/0/0.mvt", "1/0/0.mvt"}) {
        const auto found = read("a.zip", name);
        ASSERT_TRUE(found) << found.error();
        EXPECT_EQ(found->block->form, source::Block::Form::gzip) << name;
        EXPECT_EQ(found->block->size, tile.size()) << name;
        EXPECT_EQ(found->block->crc32, zip::crc32(as_bytes(tile))) << name;
        EXPECT_EQ(content_of(found), tile) << name;
    }
    EXPECT_EQ(content_of(read("a.zip", "file.gz")), twice);
}

TEST_F(ArchivesTest, content_that_is_damaged_gzip_is_refused) {
    auto twice = std::string(as_text(zip::gzip(as_bytes(std::string(1000, 't')))));
    twice.pop_back();
    storage.put("a.zip", make_archive({{"0/0/0.mvt", twice}}));
    const auto found = read("a.zip", "0/0/0.mvt");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Errc::corrupt);
}

TEST_F(ArchivesTest, a_missing_archive_is_remembered_for_a_while) {
    EXPECT_EQ(read("a.zip", "0/0/0.mvt").error().code, Errc::not_found);
    const auto again = archives().find("a.zip", "0/0/0.mvt");
    ASSERT_TRUE(again);
    EXPECT_EQ(again->error().code, Errc::not_found);
    EXPECT_EQ(storage.reads().size(), 1U);

    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}}));
    clock.pass(std::chrono::seconds(31));
    EXPECT_EQ(content_of(get("a.zip", "0/0/0.mvt")), "tile");
}

TEST_F(ArchivesTest, past_freshness_the_client_gets_what_is_held_and_the_storage_is_asked_behind_its_back) {
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}, {"1/0/0.mvt", "other"}}));
    read("a.zip", "0/0/0.mvt");
    read("a.zip", "1/0/0.mvt");
    storage.forget_reads();
    clock.pass(std::chrono::seconds(301));

    const auto found = archives().find("a.zip", "0/0/0.mvt");
    ASSERT_TRUE(found);
    EXPECT_FALSE((*found)->stale);
    EXPECT_TRUE(archives().find("a.zip", "0/0/0.mvt"));
    settle(context);
    ASSERT_EQ(storage.reads().size(), 1U) << "one revalidation, however many ask";
    EXPECT_TRUE(std::holds_alternative<storage::IfNoneMatch>(storage.reads()[0].condition));

    // The 304 renewed the other entry too.
    EXPECT_TRUE(archives().find("a.zip", "1/0/0.mvt"));
    settle(context);
    EXPECT_EQ(storage.reads().size(), 1U);
}

TEST_F(ArchivesTest, a_replaced_archive_shows_after_its_revalidation) {
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "old"}}));
    read("a.zip", "0/0/0.mvt");
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "new"}}));
    clock.pass(std::chrono::seconds(301));
    EXPECT_EQ(content_of(get("a.zip", "0/0/0.mvt")), "old");
    settle(context);
    EXPECT_EQ(content_of(get("a.zip", "0/0/0.mvt")), "new");
}

TEST_F(ArchivesTest, an_hour_past_freshness_the_client_waits_for_the_storage) {
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "old"}}));
    read("a.zip", "0/0/0.mvt");
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "new"}}));
    clock.pass(std::chrono::seconds(300 + 3601));
    EXPECT_FALSE(archives().find("a.zip", "0/0/0.mvt"));
    EXPECT_EQ(content_of(read("a.zip", "0/0/0.mvt")), "new");
}

TEST_F(ArchivesTest, an_hour_past_freshness_an_unchanged_archive_is_not_read_again) {
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}}));
    read("a.zip", "0/0/0.mvt");
    const auto served = storage.bytes_served();
    clock.pass(std::chrono::seconds(300 + 3601));
    EXPECT_EQ(content_of(get("a.zip", "0/0/0.mvt")), "tile");
    EXPECT_EQ(storage.bytes_served(), served);
}

TEST_F(ArchivesTest, freshness_of_0_lasts_for_ever) {
    options.table.freshness.fresh_for = std::chrono::seconds(0);
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}}));
    read("a.zip", "0/0/0.mvt");
    clock.pass(std::chrono::hours(24 * 365));
    EXPECT_TRUE(archives().find("a.zip", "0/0/0.mvt"));
    settle(context);
    EXPECT_EQ(storage.reads().size(), 1U);
}

TEST_F(ArchivesTest, a_removed_archive_is_missing_after_its_revalidation) {
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}}));
    read("a.zip", "0/0/0.mvt");
    storage.erase("a.zip");
    clock.pass(std::chrono::seconds(301));
    EXPECT_TRUE(get("a.zip", "0/0/0.mvt"));
    settle(context);
    EXPECT_EQ(get("a.zip", "0/0/0.mvt").error().code, Errc::not_found);
}

TEST_F(ArchivesTest, stored_entries_are_compressed_once_where_that_gains_something) {
    const std::string text(10'000, 'a');
    const auto picture = "\x89PNG" + std::string(10'000, 'a');
    storage.put("a.zip",
                make_archive({{"a.json", text, true}, {"a.png", picture, true}, {"b.json", noise(5000, 1), true}}));
    const auto compressed = read("a.zip", "a.json");
    EXPECT_EQ(compressed->block->form, source::Block::Form::gzip);
    EXPECT_EQ(content_of(compressed), text);
    EXPECT_EQ(read("a.zip", "a.png")->block->form, source::Block::Form::identity);
    EXPECT_EQ(read("a.zip", "b.json")->block->form, source::Block::Form::identity);
}

TEST_F(ArchivesTest, without_a_cache_every_request_reads_and_still_shares_flights) {
    memory_size = 0;
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}, {"1/0/0.mvt", "other"}}));
    EXPECT_EQ(content_of(get("a.zip", "0/0/0.mvt")), "tile");
    EXPECT_EQ(content_of(get("a.zip", "0/0/0.mvt")), "tile");
    EXPECT_EQ(storage.reads().size(), 2U);
    EXPECT_EQ(memory().cache.used(), 0U);
}

TEST_F(ArchivesTest, memory_stays_inside_its_budget) {
    memory_size = 2'000'000;
    for (unsigned i = 0; i < 200; ++i) {
        storage.put(fmt::format("{}.zip", i), make_archive(metatile(2000, i * 100)));
    }
    for (unsigned i = 0; i < 200; ++i) {
        const auto key = fmt::format("{}.zip", i);
        EXPECT_EQ(content_of(get(key, "2/3/3.mvt")), noise(2000, i * 100 + 20));
        EXPECT_LE(memory().cache.used(), memory_size);
    }
    EXPECT_EQ(memory().budget->used(), memory().cache.used()) << "nothing else is held";
}

TEST_F(ArchivesTest, a_waiter_leaves_at_its_deadline_and_the_flight_still_lands_in_the_cache) {
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}}));
    storage.hold();
    const auto late = run(context, archives().read("a.zip", "0/0/0.mvt", std::chrono::steady_clock::now()));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Errc::timeout);
    storage.release();
    context.restart();
    context.run();
    EXPECT_TRUE(archives().find("a.zip", "0/0/0.mvt"));
}

TEST_F(ArchivesTest, the_entry_of_one_name_that_was_written_last_is_served) {
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "first"}, {"0/0/0.mvt", "last"}}));
    EXPECT_EQ(content_of(get("a.zip", "0/0/0.mvt")), "last");
}

}  // namespace
}  // namespace tapalcatl::tests
