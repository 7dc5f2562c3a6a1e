#include "source/metatile_source.hpp"
#include "source/ordered_source.hpp"

#include "tests/source/fixture.hpp"

#include <gmock/gmock.h>

#include <array>
#include <chrono>
#include <vector>

namespace tapalcatl::tests {
namespace {

using source::OnFailure;
using source::OrderedSource;
using testing::HasSubstr;

const source::TileRequest wanted{TileId{2, 1, 1}, 256, "mvt"};
constexpr auto wanted_key = "all/0/0/0.zip";
constexpr auto wanted_entry = "2/1/1.mvt";

/// Three sources, each with a storage of its own.
class OrderedSourceTest : public ArchivesTest {
 protected:
    static constexpr std::size_t count = 3;

    ~OrderedSourceTest() override {
        ordered_.reset();
        settle(context);
    }

    OrderedSource& ordered(OnFailure on_failure = OnFailure::fail) {
        std::vector<OrderedSource::Member> members;
        const std::array names{"today", "yesterday", "last_week"};
        for (std::size_t i = 0; i < count; ++i) {
            archives_of_.at(i) =
                std::make_shared<source::Archives>(storages.at(i), memory(), context.get_executor(), clock, options);
            members.push_back({names.at(i), std::make_shared<source::MetatileSource>(
                                                archives_of_.at(i), MetatileScheme{sizes.at(i), std::nullopt},
                                                KeyPattern{KeyLayout::no_hash, "", "all"})});
        }
        source::TilesetDescription description;
        description.name = "World";
        ordered_ = std::make_unique<OrderedSource>(std::move(members), on_failure, std::move(description));
        return *ordered_;
    }

    void put(std::size_t source, std::string_view content, const char* entry = wanted_entry) {
        storages.at(source).put(wanted_key, make_archive({{entry, std::string(content)}}));
    }

    void fail(std::size_t source, Errc code = Errc::unavailable) {
        storages.at(source).fail_with([code](const Read&) { return Error{code, "an outage"}; });
    }

    Result<source::Tile> get(const OrderedSource& from, const source::TileRequest& request = wanted) {
        if (auto found = from.find(request)) {
            return *found;
        }
        return run(context, from.read(request, patient()));
    }

    static SteadyTime patient() { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

    std::size_t reads() const {
        return storages[0].reads().size() + storages[1].reads().size() + storages[2].reads().size();
    }

    std::array<FakeStorage, count> storages;
    std::array<unsigned, count> sizes{4, 4, 4};

 private:
    std::array<std::shared_ptr<source::Archives>, count> archives_of_;
    std::unique_ptr<OrderedSource> ordered_;
};

TEST_F(OrderedSourceTest, the_first_that_has_the_tile_answers) {
    const auto& tiles = ordered();
    put(1, "second");
    put(2, "third");
    const auto found = get(tiles);
    EXPECT_EQ(content_of(found), "second");
    EXPECT_EQ(found->stored.source, "yesterday");
    EXPECT_FALSE(found->stale);
    EXPECT_TRUE(storages[2].reads().empty());
}

TEST_F(OrderedSourceTest, an_archive_without_the_tile_leaves_it_to_the_next_source) {
    const auto& tiles = ordered();
    put(0, "another tile", "2/0/0.mvt");
    put(1, "second");
    EXPECT_EQ(content_of(get(tiles)), "second");
}

TEST_F(OrderedSourceTest, what_is_known_is_answered_without_waiting) {
    const auto& tiles = ordered();
    put(1, "second");
    EXPECT_FALSE(tiles.find(wanted));
    get(tiles);
    const auto known = tiles.find(wanted);
    ASSERT_TRUE(known);
    EXPECT_EQ(content_of(*known), "second");
    EXPECT_TRUE((*known)->hit);
}

TEST_F(OrderedSourceTest, that_all_lack_the_tile_is_known_afterwards) {
    const auto& tiles = ordered();
    put(1, "another tile", "2/0/0.mvt");
    EXPECT_EQ(get(tiles).error().code, Errc::not_found);
    const auto known = tiles.find(wanted);
    ASSERT_TRUE(known);
    EXPECT_EQ(known->error().code, Errc::not_found);
    EXPECT_EQ(reads(), 3U);
}

TEST_F(OrderedSourceTest, an_archive_that_an_earlier_source_gets_is_seen_when_its_absence_is_past_its_freshness) {
    const auto& tiles = ordered();
    put(1, "old");
    EXPECT_EQ(content_of(get(tiles)), "old");
    put(0, "new");
    clock.pass(options.table.missing_for - std::chrono::seconds(1));
    EXPECT_EQ(content_of(get(tiles)), "old");
    clock.pass(std::chrono::seconds(2));
    EXPECT_EQ(content_of(get(tiles)), "new");
}

TEST_F(OrderedSourceTest, an_entry_that_an_earlier_source_gets_is_seen_when_its_archive_is_past_its_freshness) {
    const auto& tiles = ordered();
    put(0, "another tile", "2/0/0.mvt");
    put(1, "old");
    EXPECT_EQ(content_of(get(tiles)), "old");
    put(0, "new");
    clock.pass(options.table.freshness.fresh_for + std::chrono::seconds(1));
    get(tiles);
    settle(context);  // the revalidation behind the answer
    EXPECT_EQ(content_of(get(tiles)), "new");
}

TEST_F(OrderedSourceTest, a_tile_of_a_later_source_may_not_be_sent_again_without_looking) {
    const auto& tiles = ordered();
    put(1, "second");
    EXPECT_EQ(get(tiles)->validity, nullptr);
    EXPECT_EQ(get(tiles)->validity, nullptr);
}

TEST_F(OrderedSourceTest, a_tile_of_the_first_source_may) {
    const auto& tiles = ordered();
    put(0, "first");
    EXPECT_NE(get(tiles)->validity, nullptr);
}

TEST_F(OrderedSourceTest, a_source_that_fails_fails_the_request) {
    const auto& tiles = ordered();
    fail(0);
    put(1, "old");
    const auto found = get(tiles);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Errc::unavailable);
    EXPECT_THAT(found.error().message, HasSubstr("today: "));
    EXPECT_TRUE(storages[1].reads().empty());
    EXPECT_EQ(tiles.counters().passed_over.load(), 0U);
}

TEST_F(OrderedSourceTest, a_damaged_archive_is_a_failure_and_no_missing_tile) {
    const auto& tiles = ordered();
    storages[0].put_with_version(wanted_key, "no archive", {"\"1\"", "", 10});
    put(1, "old");
    EXPECT_EQ(get(tiles).error().code, Errc::corrupt);
}

TEST_F(OrderedSourceTest, that_a_failing_source_is_passed_over_is_counted_and_its_tile_is_stale) {
    const auto& tiles = ordered(OnFailure::next);
    fail(0);
    put(1, "old");
    const auto found = get(tiles);
    EXPECT_EQ(content_of(found), "old");
    EXPECT_TRUE(found->stale);
    EXPECT_EQ(tiles.counters().passed_over.load(), 1U);
}

TEST_F(OrderedSourceTest, a_failure_that_no_later_source_makes_up_for_is_no_missing_tile) {
    const auto& tiles = ordered(OnFailure::next);
    fail(0, Errc::denied);
    const auto found = get(tiles);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Errc::denied);
    EXPECT_EQ(tiles.counters().passed_over.load(), 1U);
}

TEST_F(OrderedSourceTest, all_failures_are_told) {
    const auto& tiles = ordered(OnFailure::next);
    fail(0, Errc::denied);
    fail(2);
    const auto found = get(tiles);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Errc::denied);
    EXPECT_THAT(found.error().message, HasSubstr("today: "));
    EXPECT_THAT(found.error().message, HasSubstr("last_week: "));
    EXPECT_EQ(tiles.counters().passed_over.load(), 1U);  // none follows the last one
}

TEST_F(OrderedSourceTest, a_source_that_does_not_answer_takes_all_of_the_time) {
    const auto& tiles = ordered();
    storages[0].hold();
    put(1, "old");
    const auto found =
        run(context, tiles.read(wanted, std::chrono::steady_clock::now() + std::chrono::milliseconds(20)));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Errc::timeout);
    EXPECT_TRUE(storages[1].reads().empty());
    storages[0].release();
}

TEST_F(OrderedSourceTest, a_source_that_does_not_answer_leaves_time_for_the_next_where_that_is_asked) {
    const auto& tiles = ordered(OnFailure::next);
    storages[0].hold();
    put(1, "old");
    // A third of the time: what the others need of the rest does not depend on the machine.
    const auto found = run(context, tiles.read(wanted, std::chrono::steady_clock::now() + std::chrono::seconds(3)));
    EXPECT_EQ(content_of(found), "old");
    EXPECT_TRUE(found->stale);
    storages[0].release();
}

TEST_F(OrderedSourceTest, a_size_that_one_source_cannot_have_comes_from_another) {
    sizes = {1, 4, 1};
    const auto& tiles = ordered();
    storages[1].put("all/2/1/1.zip", make_archive({{"0/0/0.mvt", "large"}}));
    const source::TileRequest large{TileId{2, 1, 1}, 1024, "mvt"};
    EXPECT_EQ(content_of(get(tiles, large)), "large");
    EXPECT_EQ(tiles.locate(large)->source, "yesterday");
    EXPECT_EQ(tiles.locate({TileId{2, 1, 1}, 300, "mvt"}).error().code, Errc::bad_request);
}

TEST_F(OrderedSourceTest, the_place_of_a_tile_is_in_the_source_that_has_it) {
    const auto& tiles = ordered();
    put(1, "second");
    EXPECT_EQ(tiles.locate(wanted)->source, "today");  // which may have it
    get(tiles);
    const auto place = tiles.locate(wanted);
    ASSERT_TRUE(place);
    EXPECT_EQ(place->source, "yesterday");
    EXPECT_EQ(place->key, wanted_key);
}

TEST_F(OrderedSourceTest, a_probe_asks_all) {
    const auto& tiles = ordered(OnFailure::next);
    EXPECT_TRUE(run(context, tiles.probe(patient())));
    EXPECT_EQ(reads(), 3U);
    fail(2);
    const auto probed = run(context, tiles.probe(patient()));
    ASSERT_FALSE(probed);
    EXPECT_THAT(probed.error().message, HasSubstr("last_week: "));
}

TEST_F(OrderedSourceTest, a_storage_of_several_sources_is_named_once) {
    EXPECT_EQ(ordered().info().storage, "fake://");
}

TEST_F(OrderedSourceTest, describes_itself_as_it_was_told) {
    const auto& tiles = ordered();
    EXPECT_EQ(tiles.description()->name, "World");
    const auto described = run(context, tiles.describe(patient()));
    EXPECT_EQ((*described)->name, "World");
}

}  // namespace
}  // namespace tapalcatl::tests
