#include "tests/credentials/provider_fixture.hpp"

namespace tapalcatl::credentials::tests {
namespace {

class CachedProviderTest : public ProviderTest {
 protected:
    /// One that an agent has given credentials of this life.
    void provide_for(std::chrono::seconds life, const std::vector<std::string>& later) {
        std::vector<std::string> answers{given("one", life)};
        answers.insert(answers.end(), later.begin(), later.end());
        provide(container_config(answers));
        EXPECT_EQ(ask_for_id(), "one");
        EXPECT_EQ(server->requests.size(), 1U);
    }
};

TEST_F(CachedProviderTest, hands_out_known_keys_as_they_are) {
    const aws::Credentials keys{"AKIA", Secret("HUSH"), Secret(), std::nullopt};
    provide({StaticCredentials{keys}, "environment"});
    const auto answer = ask();
    ASSERT_TRUE(answer) << answer.error();
    EXPECT_EQ(*answer, keys);
    EXPECT_EQ(provider().origin(), "environment");
    EXPECT_FALSE(provider().invalidate(keys));
}

TEST_F(CachedProviderTest, has_nothing_for_anonymous_access) {
    provide({Anonymous{}, "anonymous"});
    EXPECT_EQ(ask_for_id(), "none");
    EXPECT_FALSE(provider().invalidate({}));
}

TEST_F(CachedProviderTest, fetches_once_for_all_who_wait) {
    provide(container_config({given("one", hours(1))}));
    std::vector<tapalcatl::tests::Running<Answer>> callers;
    callers.reserve(1000);
    for (int i = 0; i < 1000; ++i) {
        callers.push_back(start_asking());
    }
    run_until([&] { return callers.back().done(); });
    for (const auto& caller : callers) {
        ASSERT_TRUE(caller.done());
        ASSERT_EQ(id_of(*caller), "one");
    }
    EXPECT_EQ(server->requests.size(), 1U);
}

TEST_F(CachedProviderTest, hands_out_all_parts_of_what_was_given) {
    provide(container_config({given("one", hours(1))}));
    const auto answer = ask();
    ASSERT_TRUE(answer) << answer.error();
    EXPECT_EQ(*answer, (aws::Credentials{"one", Secret("HUSH-one"), Secret("HUSH-token"), clock.wall() + hours(1)}));
}

TEST_F(CachedProviderTest, keeps_what_was_given) {
    provide_for(hours(1), {given("two", hours(2))});
    EXPECT_EQ(ask_for_id(), "one");
    clock.pass(minutes(49));
    EXPECT_EQ(ask_for_id(), "one");
    round_trip();
    EXPECT_EQ(server->requests.size(), 1U);
}

TEST_F(CachedProviderTest, renews_behind_the_callers_back_from_ten_minutes_before_the_end) {
    provide_for(hours(1), {given("two", hours(2))});
    clock.pass(minutes(51));
    EXPECT_EQ(ask_for_id(), "one");
    EXPECT_EQ(server->requests.size(), 1U);  // the answer did not wait for another request
    expect_soon("two");
    EXPECT_EQ(server->requests.size(), 2U);
}

TEST_F(CachedProviderTest, renews_short_lived_ones_in_the_last_quarter) {
    provide_for(minutes(8), {given("two", minutes(30))});
    clock.pass(seconds(5 * 60 + 59));
    EXPECT_EQ(ask_for_id(), "one");
    round_trip();
    EXPECT_EQ(server->requests.size(), 1U);
    clock.pass(seconds(2));
    EXPECT_EQ(ask_for_id(), "one");
    expect_soon("two");
}

TEST_F(CachedProviderTest, does_not_ask_over_and_over_for_ones_that_are_given_again) {
    provide_for(minutes(60), {given("one", minutes(60)), given("two", hours(2))});
    clock.pass(minutes(51));
    EXPECT_EQ(ask_for_id(), "one");
    run_until([&] { return server->requests.size() == 2; });
    round_trip();
    clock.pass(minutes(2));
    EXPECT_EQ(ask_for_id(), "one");  // of nine minutes that were left, more than a quarter is
    round_trip();
    EXPECT_EQ(server->requests.size(), 2U);
    clock.pass(minutes(5));
    EXPECT_EQ(ask_for_id(), "one");
    expect_soon("two");
}

TEST_F(CachedProviderTest, waits_for_the_renewal_in_the_last_minute) {
    provide_for(hours(1), {given("two", hours(2))});
    clock.pass(seconds(59 * 60 + 1));
    EXPECT_EQ(ask_for_id(), "two");
}

TEST_F(CachedProviderTest, goes_on_with_the_old_ones_while_they_last_if_the_renewal_fails) {
    provide_for(hours(1), {status("404 Not Found", "HUSH")});
    clock.pass(seconds(59 * 60 + 1));
    testing::internal::CaptureStderr();
    EXPECT_EQ(ask_for_id(), "one");
    const auto log = testing::internal::GetCapturedStderr();
    EXPECT_NE(log.find("not renewed"), std::string::npos) << log;
    EXPECT_NE(log.find("404"), std::string::npos) << log;
    expect_no_secrets(log);
    EXPECT_EQ(server->requests.size(), 2U);
    EXPECT_EQ(ask_for_id(), "one");
    round_trip();
    EXPECT_EQ(server->requests.size(), 2U);  // another try comes a while later
    clock.pass(seconds(16));
    EXPECT_EQ(ask_for_id(), "one");
    EXPECT_EQ(server->requests.size(), 3U);
    clock.pass(minutes(1));
    expect_failure(ask(), Errc::denied, {"container", "404"});
}

TEST_F(CachedProviderTest, remembers_a_failure_for_a_moment) {
    provide(container_config({status("403 Forbidden"), given("one", hours(1))}));
    expect_failure(ask(), Errc::denied, {"container", "403"});
    expect_failure(ask(), Errc::denied, {"container", "403"});
    EXPECT_EQ(server->requests.size(), 1U);
    clock.pass(seconds(2));
    EXPECT_EQ(ask_for_id(), "one");
    EXPECT_EQ(server->requests.size(), 2U);
}

TEST_F(CachedProviderTest, tells_all_who_wait_of_a_failure) {
    provide(container_config({status("403 Forbidden")}));
    const auto first = start_asking();
    const auto second = start_asking();
    run_until([&] { return first.done() && second.done(); });
    expect_failure(*first, Errc::denied, {"403"});
    expect_failure(*second, Errc::denied, {"403"});
    EXPECT_EQ(server->requests.size(), 1U);
}

TEST_F(CachedProviderTest, goes_on_fetching_when_the_deadline_of_who_asked_has_passed) {
    provide(container_config({given("one", hours(1))}));
    const auto hurried = start_asking(std::chrono::steady_clock::now());
    const auto patient = start_asking();
    run_until([&] { return patient.done(); });
    ASSERT_TRUE(hurried.done());
    expect_failure(*hurried, Errc::timeout, {"container"});
    EXPECT_EQ(id_of(*patient), "one");
    EXPECT_EQ(server->requests.size(), 1U);
}

TEST_F(CachedProviderTest, hands_out_old_ones_that_still_last_when_there_is_no_time_to_wait) {
    provide_for(hours(1), {given("two", hours(2))});
    clock.pass(seconds(59 * 60 + 1));
    const auto hurried = start_asking(std::chrono::steady_clock::now());
    run_until([&] { return hurried.done(); });
    EXPECT_EQ(id_of(*hurried), "one");
    expect_soon("two");
}

TEST_F(CachedProviderTest, leaves_the_caller_time_if_the_renewal_hangs) {
    server = &serve({{{given("one", hours(1))}}, {{"", Then::hold}}});
    provide({Container{url_of(*server), {}, {}}, "container"});
    EXPECT_EQ(ask_for_id(), "one");
    clock.pass(seconds(59 * 60 + 1));
    const auto begin = std::chrono::steady_clock::now();
    const auto caller = start_asking(begin + seconds(2));
    run_until([&] { return caller.done(); });
    EXPECT_EQ(id_of(*caller), "one");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(2));
}

TEST_F(CachedProviderTest, hands_out_nothing_that_expires_within_seconds) {
    provide_for(hours(1), {status("404 Not Found")});
    clock.pass(seconds(59 * 60 + 56));
    expect_failure(ask(), Errc::denied, {"container", "404"});
}

TEST_F(CachedProviderTest, replaces_ones_that_are_refused) {
    provide_for(hours(1), {given("two", hours(1))});
    const auto refused = ask();
    clock.pass(seconds(11));
    EXPECT_TRUE(provider().invalidate(**refused));
    EXPECT_EQ(ask_for_id(), "two");
    EXPECT_TRUE(provider().invalidate(**refused));  // by a request that was signed before
    EXPECT_EQ(ask_for_id(), "two");
    EXPECT_EQ(server->requests.size(), 2U);
}

TEST_F(CachedProviderTest, does_not_replace_ones_that_were_given_a_moment_ago) {
    provide_for(hours(1), {});
    const auto refused = ask();
    EXPECT_FALSE(provider().invalidate(**refused));
    EXPECT_EQ(ask_for_id(), "one");
    EXPECT_EQ(server->requests.size(), 1U);
}

TEST_F(CachedProviderTest, does_not_use_ones_that_are_given_expired) {
    provide(container_config({given("one", -minutes(1))}));
    expect_failure(ask(), Errc::denied, {"expired", "20200913T122540Z", "clock"});
}

TEST_F(CachedProviderTest, fails_a_call_that_is_under_way_at_its_end) {
    provide(container_config({given("one", hours(1))}));
    const auto caller = start_asking();
    run_until([&] { return server->requests.size() == 1; });
    forget_provider();
    forget_client();
    run_until([&] { return caller.done(); });
    EXPECT_EQ(caller->error().code, Errc::unavailable);
}

TEST_F(CachedProviderTest, may_end_before_its_fetch_has_begun) {
    provide(container_config({given("one", hours(1))}));
    const auto caller = start_asking();
    forget_provider();
    forget_client();
    run_until([&] { return caller.done(); });
    EXPECT_EQ(caller->error().code, Errc::unavailable);
    EXPECT_TRUE(server->requests.empty());
}

TEST_F(CachedProviderTest, may_end_while_it_renews) {
    provide_for(hours(1), {given("two", hours(2))});
    clock.pass(minutes(51));
    EXPECT_EQ(ask_for_id(), "one");
    forget_provider();
    forget_client();
    run_until([&] { return server->requests.size() == 2; });
    tapalcatl::tests::settle(context);
}

TEST_F(CachedProviderTest, may_end_between_two_attempts) {
    provide(container_config({status("500 Internal Server Error")}));
    const auto caller = start_asking();
    run_until([&] { return client().counters().requests == 1; });
    forget_provider();
    forget_client();
    run_until([&] { return caller.done(); });
    EXPECT_EQ(caller->error().code, Errc::unavailable);
    EXPECT_EQ(server->requests.size(), 1U);
}

}  // namespace
}  // namespace tapalcatl::credentials::tests
