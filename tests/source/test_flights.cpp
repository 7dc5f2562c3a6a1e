#include "tests/source/fixture.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace tapalcatl::tests {
namespace {

constexpr std::uint64_t kibibyte = 1024;

/// Who waits for what. Reads stand still at the storage until they are released.
class Flights : public ArchivesTest {
 protected:
    using Client = Running<Result<source::Found>>;

    std::unique_ptr<Client> client(const std::string& key, const std::string& entry) {
        auto made = std::make_unique<Client>(context, reading(key, entry));
        settle(context);
        return made;
    }

    void release() {
        storage.release();
        settle(context);
    }

    /// An archive whose first entries take reads of their own, and whose last two come with the first read.
    const std::vector<Member>& put_large(unsigned seed = 1) {
        members = metatile(100 * kibibyte, seed);
        storage.put("a.zip", make_archive(members));
        return members;
    }

    static bool is_range(const Read& read) { return std::holds_alternative<storage::Span>(read.range); }
    static bool is_revalidation(const Read& read) {
        return std::holds_alternative<storage::IfNoneMatch>(read.condition);
    }

    std::vector<Member> members;
};

TEST_F(Flights, a_tile_in_memory_is_answered_while_its_archive_is_revalidated) {
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}, {"1/0/0.mvt", "came along"}}));
    read("a.zip", "0/0/0.mvt");
    clock.pass(std::chrono::seconds(301));
    storage.hold();
    EXPECT_TRUE(archives().find("a.zip", "0/0/0.mvt"));
    settle(context);
    ASSERT_EQ(storage.reads().size(), 2U);
    EXPECT_TRUE(is_revalidation(storage.reads().back()));
    const auto other = client("a.zip", "1/0/0.mvt");
    ASSERT_TRUE(other->done());
    EXPECT_EQ(content_of(**other), "came along");
    release();
}

TEST_F(Flights, an_entry_that_must_be_read_does_not_wait_for_a_revalidation) {
    put_large();
    read("a.zip", members.back().name);
    clock.pass(std::chrono::seconds(301));
    storage.hold(is_revalidation);
    EXPECT_TRUE(archives().find("a.zip", members.back().name));
    settle(context);
    const auto other = client("a.zip", members.front().name);
    ASSERT_TRUE(other->done());
    EXPECT_EQ(content_of(**other), members.front().content);
    release();
}

TEST_F(Flights, nobody_waits_for_a_range_that_is_not_his) {
    put_large();
    read("a.zip", members.back().name);
    storage.hold([](const Read& read) { return is_range(read) && read.span().offset == 0; });
    const auto slow = client("a.zip", members.front().name);
    const auto in_memory = client("a.zip", members[members.size() - 2].name);
    const auto elsewhere = client("a.zip", members[10].name);
    EXPECT_FALSE(slow->done());
    ASSERT_TRUE(in_memory->done());
    ASSERT_TRUE(elsewhere->done());
    EXPECT_EQ(content_of(**elsewhere), members[10].content);
    release();
    ASSERT_TRUE(slow->done());
    EXPECT_EQ(content_of(**slow), members.front().content);
}

TEST_F(Flights, two_ranges_that_are_wanted_at_once_land_each_by_itself) {
    put_large();
    read("a.zip", members.back().name);
    storage.hold([](const Read& read) { return is_range(read) && read.span().offset == 0; });
    const Client slow(context, reading("a.zip", members.front().name));
    const Client quick(context, reading("a.zip", members[10].name));
    settle(context);
    EXPECT_FALSE(slow.done());
    EXPECT_TRUE(quick.done());
    release();
    EXPECT_TRUE(slow.done());
}

TEST_F(Flights, an_entry_is_read_once_for_all_who_come_while_it_is_read) {
    put_large();
    read("a.zip", members.back().name);
    storage.forget_reads();
    storage.hold();
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 10; ++i) {
        clients.push_back(client("a.zip", members.front().name));
    }
    EXPECT_EQ(storage.reads().size(), 1U);
    release();
    for (const auto& each : clients) {
        ASSERT_TRUE(each->done());
        EXPECT_EQ(content_of(**each), members.front().content);
    }
    EXPECT_EQ(storage.reads().size(), 1U);
}

TEST_F(Flights, what_lies_within_a_range_that_is_being_read_comes_with_it) {
    put_large();
    read("a.zip", members.back().name);
    storage.forget_reads();
    storage.hold();
    const Client first(context, reading("a.zip", members[0].name));
    const Client third(context, reading("a.zip", members[2].name));
    settle(context);
    const auto between = client("a.zip", members[1].name);
    EXPECT_EQ(storage.reads().size(), 1U);
    release();
    ASSERT_TRUE(between->done());
    EXPECT_EQ(content_of(**between), members[1].content);
}

TEST_F(Flights, entries_that_are_wanted_one_after_another_while_their_archive_is_read_share_a_range) {
    options.gather.beside_reads = std::chrono::milliseconds(200);
    put_large();
    read("a.zip", members.back().name);
    storage.forget_reads();
    storage.hold();
    const auto alone = client("a.zip", members[0].name);
    ASSERT_EQ(storage.reads().size(), 1U);
    const auto second = client("a.zip", members[10].name);
    const auto third = client("a.zip", members[11].name);
    EXPECT_EQ(storage.reads().size(), 1U);
    while (storage.reads().size() < 2) {
        context.restart();
        context.run_one();
    }
    EXPECT_GT(storage.reads()[1].span().size, 200 * kibibyte);
    release();
    ASSERT_TRUE(alone->done() && second->done() && third->done());
    EXPECT_EQ(content_of(**second), members[10].content);
    EXPECT_EQ(content_of(**third), members[11].content);
    EXPECT_EQ(storage.reads().size(), 2U);
}

TEST_F(Flights, an_entry_waits_for_others_if_it_is_alone_too) {
    options.gather.alone = std::chrono::milliseconds(200);
    put_large();
    read("a.zip", members.back().name);
    storage.forget_reads();
    const auto first = client("a.zip", members[0].name);
    EXPECT_EQ(storage.reads().size(), 0U);
    const auto second = client("a.zip", members[1].name);
    while (!first->done() || !second->done()) {
        context.restart();
        context.run_one();
    }
    EXPECT_EQ(storage.reads().size(), 1U);
}

TEST_F(Flights, the_first_entry_of_an_archive_waits_for_no_others) {
    options.gather.alone = options.gather.beside_reads = std::chrono::hours(1);
    put_large();
    const auto first = client("a.zip", members.front().name);
    ASSERT_TRUE(first->done());
    EXPECT_EQ(content_of(**first), members.front().content);
}

TEST_F(Flights, a_client_that_must_wait_for_the_storage_joins_the_revalidation) {
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}}));
    read("a.zip", "0/0/0.mvt");
    clock.pass(std::chrono::seconds(301));
    storage.hold();
    EXPECT_TRUE(archives().find("a.zip", "0/0/0.mvt"));
    settle(context);
    clock.pass(std::chrono::hours(2));
    EXPECT_FALSE(archives().find("a.zip", "0/0/0.mvt"));
    const auto waiting = client("a.zip", "0/0/0.mvt");
    EXPECT_EQ(storage.reads().size(), 2U) << "the first read and one revalidation";
    release();
    ASSERT_TRUE(waiting->done());
    EXPECT_EQ(content_of(**waiting), "tile");
    EXPECT_EQ(storage.reads().size(), 2U);
}

TEST_F(Flights, a_directory_that_was_evicted_is_read_although_its_revalidation_says_unchanged) {
    put_large();
    read("a.zip", members.front().name);
    const auto in_use = archives().find("a.zip", members.front().name);
    ASSERT_TRUE(in_use);
    clock.pass(std::chrono::seconds(301));
    storage.hold(is_revalidation);
    EXPECT_TRUE(archives().find("a.zip", members.front().name));
    settle(context);
    {
        const MemoryCharge everything(memory().budget, memory().budget->limit());
        memory().budget->reclaim();
    }
    const auto waiting = client("a.zip", members[10].name);
    EXPECT_FALSE(waiting->done());
    release();
    ASSERT_TRUE(waiting->done());
    EXPECT_EQ(content_of(**waiting), members[10].content);
}

TEST_F(Flights, an_archive_that_is_replaced_under_two_ranges_is_read_anew_for_both) {
    put_large();
    read("a.zip", members.back().name);
    storage.hold(is_range);
    const Client first(context, reading("a.zip", members[0].name));
    const Client second(context, reading("a.zip", members[10].name));
    settle(context);
    put_large(1000);
    release();
    ASSERT_TRUE(first.done());
    ASSERT_TRUE(second.done());
    EXPECT_EQ(content_of(*first), members[0].content);
    EXPECT_EQ(content_of(*second), members[10].content);
}

TEST_F(Flights, a_range_leaves_out_what_nobody_waits_for_any_more) {
    options.reads_at_once = 1;
    put_large();
    storage.put("b.zip", make_archive({{"0/0/0.mvt", "tile"}}));
    read("a.zip", members.back().name);
    storage.forget_reads();
    storage.hold();
    const auto in_front = client("b.zip", "0/0/0.mvt");
    const Client gave_up(context, archives().read("a.zip", members[0].name, std::chrono::steady_clock::now()));
    const Client waits(context, reading("a.zip", members[1].name));
    while (!gave_up.done()) {
        context.restart();
        context.run_one();
    }
    release();
    ASSERT_TRUE(waits.done());
    EXPECT_EQ(content_of(*waits), members[1].content);
    ASSERT_EQ(storage.reads().size(), 2U);
    EXPECT_LT(storage.reads()[1].span().size, 110 * kibibyte);
}

TEST_F(Flights, a_probe_does_not_queue_behind_reads) {
    options.reads_at_once = 1;
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}}));
    storage.hold([](const Read& read) { return read.key != "probe.zip"; });
    const auto first = client("a.zip", "0/0/0.mvt");
    const auto queued = client("b.zip", "0/0/0.mvt");
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    EXPECT_EQ(run(context, archives().probe("probe.zip", deadline)).error().code, Errc::not_found);
    EXPECT_FALSE(first->done());
    release();
}

TEST_F(Flights, settling_waits_for_what_nobody_waits_for) {
    const auto later = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    EXPECT_TRUE(run(context, archives().settle(later)));
    put_large();
    read("a.zip", members.back().name);
    clock.pass(std::chrono::seconds(301));
    storage.hold();
    EXPECT_TRUE(archives().find("a.zip", members.back().name));
    EXPECT_FALSE(run(context, archives().settle(std::chrono::steady_clock::now())));
    const auto reading = client("a.zip", members.front().name);
    const Running<bool> settling(context, archives().settle(later));
    settle(context);
    EXPECT_FALSE(settling.done());
    release();
    ASSERT_TRUE(settling.done());
    EXPECT_TRUE(*settling);
    EXPECT_TRUE(reading->done());
    EXPECT_EQ(storage.reads().size(), 3U);
}

TEST_F(Flights, without_background_work_the_client_waits_for_a_revalidation) {
    options.table.revalidates_behind = false;
    storage.put("a.zip", make_archive({{"0/0/0.mvt", "tile"}}));
    read("a.zip", "0/0/0.mvt");
    clock.pass(std::chrono::seconds(301));
    EXPECT_FALSE(archives().find("a.zip", "0/0/0.mvt"));
    EXPECT_EQ(storage.reads().size(), 1U) << "nothing runs by itself";
    EXPECT_FALSE(read("a.zip", "0/0/0.mvt")->stale);
    EXPECT_EQ(storage.reads().size(), 2U);
    EXPECT_TRUE(archives().find("a.zip", "0/0/0.mvt"));
    clock.pass(std::chrono::seconds(301));
    storage.fail_with([](const Read&) { return fail(Errc::unavailable, "down"); });
    EXPECT_FALSE(archives().find("a.zip", "0/0/0.mvt"));
    EXPECT_TRUE(read("a.zip", "0/0/0.mvt")->stale);
    EXPECT_TRUE((*archives().find("a.zip", "0/0/0.mvt"))->stale) << "it is asked again after a while";
}

TEST_F(Flights, reads_take_turns) {
    options.reads_at_once = 2;
    storage.hold();
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 5; ++i) {
        clients.push_back(client(fmt::format("{}.zip", i), "0/0/0.mvt"));
    }
    EXPECT_EQ(storage.reads().size(), 2U);
    release();
    EXPECT_EQ(storage.reads().size(), 5U);
}

}  // namespace
}  // namespace tapalcatl::tests
