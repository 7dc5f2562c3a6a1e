#include "cache/invalidation_times.hpp"

#include "tests/cache/tiered_fixture.hpp"

namespace tapalcatl::tests {
namespace {

using storage::IfMatch;
using storage::IfNoneMatch;
using storage::Span;

/// Objects that change while the tier still has what was there before.
class TieredChangesTest : public TieredTest {
 protected:
    /// The version of the first state, of which the tier has the first read.
    storage::Version read_first_state() {
        const auto version = read()->version;
        clock.pass(std::chrono::seconds(1));
        replace("second State");
        origin->forget_reads();
        return version;
    }
};

TEST_F(TieredChangesTest, after_replaced_the_first_read_comes_from_the_storage) {
    const auto version = read_first_state();
    EXPECT_EQ(read(storage::IfMatch{version}, storage::Span{0, 5}).error().code, Errc::replaced);
    const auto again = read();
    EXPECT_EQ(text_of(again), "State");
    EXPECT_EQ(read(storage::IfMatch{again->version}, storage::Span{0, 6})->version, again->version);
    EXPECT_EQ(origin->reads().size(), 3U);
}

TEST_F(TieredChangesTest, after_replaced_the_new_first_read_is_kept) {
    const auto version = read_first_state();
    read(storage::IfMatch{version}, storage::Span{0, 5});
    clock.pass(std::chrono::seconds(1));
    read();
    origin->forget_reads();
    EXPECT_EQ(text_of(read()), "State");
    EXPECT_TRUE(origin->reads().empty());
}

TEST_F(TieredChangesTest, the_old_first_read_is_not_used_even_if_the_new_one_could_not_be_put) {
    options.fresh_for = std::chrono::seconds(0);
    const auto version = read_first_state();
    tier->puts = Mode::fails;
    EXPECT_EQ(text_of(read(storage::IfNoneMatch{version})), "State");
    clock.pass(std::chrono::seconds(1));
    EXPECT_EQ(text_of(read()), "State");
    EXPECT_EQ(text_of(read()), "State");
}

TEST_F(TieredChangesTest, other_objects_are_still_answered_by_the_tier) {
    origin->put("b", std::vector<std::byte>(11, std::byte{'b'}));
    read({}, storage::Suffix{5}, "b");
    const auto version = read_first_state();
    read(storage::IfMatch{version}, storage::Span{0, 5});
    origin->forget_reads();
    EXPECT_EQ(text_of(read({}, storage::Suffix{5}, "b")), "bbbbb");
    EXPECT_TRUE(origin->reads().empty());
}

TEST_F(TieredChangesTest, an_object_that_was_removed_is_not_answered_by_the_tier) {
    const auto version = read_first_state();
    origin->erase("a");
    EXPECT_EQ(read(storage::IfNoneMatch{version}).error().code, Errc::not_found);
    EXPECT_EQ(read().error().code, Errc::not_found);
}

TEST_F(TieredChangesTest, what_is_held_of_a_version_may_still_be_read_out_of_the_tier) {
    const auto version = read()->version;
    EXPECT_EQ(text_of(read(storage::IfMatch{version}, storage::Span{0, 5})), "first");
    clock.pass(std::chrono::seconds(1));
    replace("second State");
    EXPECT_EQ(text_of(read(storage::IfMatch{version}, storage::Span{0, 5})), "first");
}

TEST_F(TieredChangesTest, damage_that_was_kept_is_forgotten) {
    const auto version = read()->version;
    read(storage::IfMatch{version}, storage::Span{0, 5});
    clock.pass(std::chrono::seconds(1));
    origin->forget_reads();
    tiered->invalidate("a");
    read();
    read(storage::IfMatch{version}, storage::Span{0, 5});
    EXPECT_EQ(origin->reads().size(), 2U);
    clock.pass(std::chrono::seconds(1));
    tiered->invalidate("b");
    tiered->invalidate("a");
    clock.pass(std::chrono::seconds(1));
    read();
    read();
    EXPECT_EQ(origin->reads().size(), 3U) << "what was read since is trusted";
}

/// As clocks of machines are: not at the begin of a microsecond.
class ExactClock final : public Clock {
 public:
    SteadyTime now() const override { return SteadyTime(time_); }
    WallTime wall() const override { return WallTime(time_); }

 private:
    std::chrono::nanoseconds time_{1'600'000'000'123'456'789};
};

TEST_F(TieredChangesTest, what_replaced_an_object_counts_from_the_moment_it_was_asked_for) {
    const ExactClock exact;
    auto inner = std::make_unique<FakeStorage>();
    origin = inner.get();
    replace("second State");
    tiered = cache::make_tiered_storage(std::move(inner), std::make_unique<FakeTier>(tier), options,
                                        context.get_executor(), exact);
    EXPECT_EQ(text_of(read(storage::IfNoneMatch{storage::Version{"\"before\"", "", 11}})), "State");
    EXPECT_EQ(text_of(read()), "State");
    EXPECT_EQ(origin->reads().size(), 1U);
    tiered.reset();
}

TEST(InvalidationTimes, hold_for_their_key_alone) {
    cache::InvalidationTimes times;
    const WallTime time(std::chrono::seconds(1000));
    times.invalidate_before("a", time);
    EXPECT_TRUE(times.is_valid("a", time));
    EXPECT_FALSE(times.is_valid("a", time - std::chrono::microseconds(1)));
    EXPECT_TRUE(times.is_valid("b", WallTime()));
}

TEST(InvalidationTimes, do_not_go_back) {
    cache::InvalidationTimes times;
    times.invalidate_before("a", WallTime(std::chrono::seconds(1000)));
    times.invalidate_before("a", WallTime(std::chrono::seconds(10)));
    EXPECT_FALSE(times.is_valid("a", WallTime(std::chrono::seconds(999))));
}

TEST(InvalidationTimes, forget_none_when_they_are_too_many) {
    cache::InvalidationTimes times(10);
    for (int i = 0; i < 1000; ++i) {
        times.invalidate_before(fmt::format("{}", i), WallTime(std::chrono::seconds(1000 + i)));
    }
    for (int i = 0; i < 1000; ++i) {
        EXPECT_FALSE(times.is_valid(fmt::format("{}", i), WallTime(std::chrono::seconds(999 + i)))) << i;
    }
    EXPECT_TRUE(times.is_valid("0", WallTime(std::chrono::seconds(2000))));
}

}  // namespace
}  // namespace tapalcatl::tests
