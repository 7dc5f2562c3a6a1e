#include "tests/cache/tiered_fixture.hpp"

namespace tapalcatl::tests {
namespace {

using storage::IfMatch;
using storage::IfNoneMatch;
using storage::Span;
using storage::Suffix;
using storage::Version;

TEST_F(TieredTest, a_read_is_answered_by_the_tier_after_a_restart) {
    const auto before = read();
    start();
    const auto after = read();
    ASSERT_TRUE(after) << after.error();
    EXPECT_EQ(text_of(after), "state");
    EXPECT_EQ(after->version, before->version);
    EXPECT_EQ(after->offset, before->offset);
    EXPECT_TRUE(origin->reads().empty());
    EXPECT_EQ(tiered->counters().hits, 1U);
}

TEST_F(TieredTest, a_read_of_a_version_is_answered_by_the_tier_however_old) {
    options.keep_for = std::chrono::hours(24);
    const auto version = read()->version;
    EXPECT_EQ(text_of(read(storage::IfMatch{version}, storage::Span{0, 5})), "first");
    clock.pass(std::chrono::hours(23));
    start();
    EXPECT_EQ(text_of(read(storage::IfMatch{version}, storage::Span{0, 5})), "first");
    EXPECT_TRUE(origin->reads().empty());
}

TEST_F(TieredTest, another_version_or_range_is_not_what_the_tier_has) {
    const auto version = read()->version;
    read(storage::IfMatch{version}, storage::Span{0, 5});
    origin->forget_reads();
    EXPECT_EQ(text_of(read(storage::IfMatch{version}, storage::Span{0, 4})), "firs");
    const auto other =
        read(storage::IfMatch{storage::Version{"\"other\"", version.last_modified, version.size}}, storage::Span{0, 5});
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Errc::replaced);
    EXPECT_EQ(origin->reads().size(), 2U);
}

TEST_F(TieredTest, revalidation_always_asks_the_storage) {
    const auto version = read()->version;
    const auto puts = tier->puts_asked;
    for (int i = 0; i < 2; ++i) {
        const auto content = read(storage::IfNoneMatch{version});
        ASSERT_TRUE(content) << content.error();
        EXPECT_TRUE(content->not_modified);
    }
    EXPECT_EQ(origin->reads().size(), 3U);
    EXPECT_EQ(tier->puts_asked, puts) << "'not modified' is nothing to keep";
}

TEST_F(TieredTest, what_replaced_an_object_is_kept_as_its_first_read) {
    const auto version = read()->version;
    clock.pass(std::chrono::seconds(1));
    replace("second State");
    EXPECT_EQ(text_of(read(storage::IfNoneMatch{version})), "State");
    origin->forget_reads();
    EXPECT_EQ(text_of(read()), "State");
    EXPECT_TRUE(origin->reads().empty());
}

TEST_F(TieredTest, a_first_read_is_used_while_it_is_fresh) {
    options.fresh_for = std::chrono::seconds(300);
    start();
    EXPECT_EQ(read()->time_since_validation, std::chrono::seconds(0));
    clock.pass(std::chrono::seconds(299));
    EXPECT_EQ(read()->time_since_validation, std::chrono::seconds(299)) << "whoever keeps it must know how old it is";
    EXPECT_EQ(origin->reads().size(), 1U);
    clock.pass(std::chrono::seconds(1));
    EXPECT_EQ(read()->time_since_validation, std::chrono::seconds(0));
    EXPECT_EQ(origin->reads().size(), 2U);
    clock.pass(std::chrono::seconds(299));
    read();
    EXPECT_EQ(origin->reads().size(), 2U) << "the newer one took the place of the older";
}

TEST_F(TieredTest, a_first_read_is_used_for_ever_if_nothing_gets_old) {
    options.fresh_for = std::chrono::seconds(0);
    start();
    read();
    clock.pass(std::chrono::hours(1000));
    read();
    EXPECT_EQ(origin->reads().size(), 1U);
}

TEST_F(TieredTest, a_value_out_of_the_future_is_not_used) {
    options.fresh_for = std::chrono::seconds(0);
    start();
    clock.pass(std::chrono::seconds(10));
    read();
    clock.pass(std::chrono::seconds(-10));
    read();
    EXPECT_EQ(origin->reads().size(), 2U);
}

TEST_F(TieredTest, the_tier_is_told_how_long_values_are_of_use) {
    options.fresh_for = std::chrono::seconds(60);
    options.keep_for = std::chrono::seconds(7200);
    start();
    const auto version = read()->version;
    ASSERT_EQ(tier->values.size(), 1U);
    EXPECT_EQ(tier->values.begin()->second.keep_for, std::chrono::seconds(60));
    tier->values.clear();
    read(storage::IfMatch{version}, storage::Span{0, 5});
    ASSERT_EQ(tier->values.size(), 1U);
    EXPECT_EQ(tier->values.begin()->second.keep_for, std::chrono::seconds(7200));
}

TEST_F(TieredTest, failures_are_not_kept) {
    for (const auto code : {Errc::unavailable, Errc::denied, Errc::timeout, Errc::corrupt, Errc::replaced}) {
        origin->fail_with([code](const FakeStorage::Read&) { return fail(code, "out of order"); });
        const auto content = read();
        ASSERT_FALSE(content);
        EXPECT_EQ(content.error().code, code);
    }
    origin->recover();
    EXPECT_EQ(read({}, storage::Suffix{5}, "missing").error().code, Errc::not_found);
    EXPECT_EQ(tier->puts_asked, 0U);
    EXPECT_EQ(text_of(read()), "state");
}

TEST_F(TieredTest, an_object_whose_states_cannot_be_told_apart_is_not_kept) {
    const auto only_size = storage::Version{"", "", 5};
    origin->put_with_version("a", "12345", only_size);
    EXPECT_EQ(text_of(read()), "12345");
    EXPECT_EQ(text_of(read(storage::IfMatch{only_size})), "12345");
    EXPECT_EQ(tier->puts_asked, 0U);

    origin->put_with_version("a", "12345", storage::Version{"", "Fri, 25 Jan 2019 12:00:00 GMT", 5});
    EXPECT_EQ(text_of(read()), "12345");
    EXPECT_EQ(tier->puts_asked, 1U) << "a date is enough";
}

TEST_F(TieredTest, a_version_that_is_too_long_is_not_kept) {
    origin->put_with_version("a", "12345", storage::Version{fmt::format("\"{}\"", std::string(70'000, 'v')), "", 5});
    EXPECT_EQ(text_of(read()), "12345");
    EXPECT_EQ(tier->puts_asked, 0U);
}

TEST_F(TieredTest, a_value_over_the_limit_is_not_kept) {
    options.value_limit = 4;
    start();
    read({}, storage::Suffix{5});
    EXPECT_EQ(tier->puts_asked, 0U);
    read({}, storage::Suffix{4});
    EXPECT_EQ(tier->puts_asked, 1U);
}

TEST_F(TieredTest, a_damaged_value_is_a_miss_and_is_replaced) {
    read();
    auto& value = tier->values.begin()->second.bytes;
    std::vector<std::byte> damaged(value.view().begin(), value.view().end());
    damaged.back() ^= std::byte{1};
    value = SharedBytes(std::move(damaged));
    EXPECT_EQ(text_of(read()), "state");
    EXPECT_EQ(tiered->counters().damaged, 1U);
    EXPECT_EQ(text_of(read()), "state");
    EXPECT_EQ(tiered->counters().hits, 1U);
    EXPECT_EQ(origin->reads().size(), 2U);
}

TEST_F(TieredTest, a_value_under_another_name_is_a_miss) {
    origin->put("b", std::vector<std::byte>(11, std::byte{'b'}));
    read();
    const auto a = tier->values.begin()->second;
    read({}, storage::Suffix{5}, "b");
    for (auto& [name, value] : tier->values) {
        value = a;  // somebody mixed the files up
    }
    EXPECT_EQ(text_of(read({}, storage::Suffix{5}, "b")), "bbbbb");
}

TEST_F(TieredTest, storages_and_prefixes_do_not_meet_in_one_tier) {
    read();
    options.prefix = "other:";
    start();
    read();
    options.storage_name = "s3://other";
    start();
    read();
    EXPECT_EQ(tier->values.size(), 3U);
    EXPECT_EQ(tier->values.begin()->first.rfind("other:t1:", 0), 0U) << tier->values.begin()->first;
}

TEST_F(TieredTest, what_lies_behind_the_tier_can_be_asked_itself) {
    read();
    origin->forget_reads();
    EXPECT_EQ(&tiered->origin(), origin);
    EXPECT_EQ(tiered->name(), origin->name());
}

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
