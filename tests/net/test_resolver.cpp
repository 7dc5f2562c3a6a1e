#include "net/resolver.hpp"

#include "tests/support/fake_clock.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace tapalcatl::tests {
namespace {

using net::Addresses;
using net::Resolver;

boost::asio::ip::address address(const std::string& text) {
    return boost::asio::ip::make_address(text);
}

class ResolverTest : public testing::Test {
 protected:
    ResolverTest() {
        options.lookup = [this](const std::string&) -> Result<Addresses> {
            ++lookups;
            return found;
        };
    }

    Result<Addresses> resolve(const std::string& host) { return run(context, resolving(host)); }

    Awaitable<Result<Addresses>> resolving(const std::string& host,
                                           std::chrono::milliseconds patience = std::chrono::seconds(20)) {
        if (resolver_ == nullptr) {
            resolver_ = std::make_unique<Resolver>(context.get_executor(), clock, options);
        }
        return resolver_->resolve(host, std::chrono::steady_clock::now() + patience);
    }

    void forget_resolver() { resolver_.reset(); }

    boost::asio::io_context context;
    FakeClock clock;
    Resolver::Options options;
    std::atomic<int> lookups{0};
    Result<Addresses> found = Addresses{address("10.0.0.1")};

 private:
    std::unique_ptr<Resolver> resolver_;
};

TEST_F(ResolverTest, keeps_answers_for_half_a_minute) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(*resolve("a.example"), Addresses{address("10.0.0.1")});
    }
    EXPECT_EQ(lookups, 1);
    clock.pass(std::chrono::seconds(29));
    EXPECT_TRUE(resolve("a.example"));
    EXPECT_EQ(lookups, 1);
    clock.pass(std::chrono::seconds(1));
    EXPECT_TRUE(resolve("a.example"));
    EXPECT_EQ(lookups, 2);
}

TEST_F(ResolverTest, keeps_failures_for_a_second) {
    found = fail(Errc::unavailable, "the name cannot be resolved: because");
    for (int i = 0; i < 3; ++i) {
        const auto answer = resolve("a.example");
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().message, "the name cannot be resolved: because");
    }
    EXPECT_EQ(lookups, 1);
    clock.pass(std::chrono::seconds(1));
    found = Addresses{address("10.0.0.1")};
    EXPECT_TRUE(resolve("a.example"));
}

TEST_F(ResolverTest, serves_stale_addresses_while_lookups_fail) {
    EXPECT_TRUE(resolve("a.example"));
    found = fail(Errc::unavailable, "the name cannot be resolved: because");
    for (int second = 0; second < 3; ++second) {
        clock.pass(std::chrono::seconds(second == 0 ? 30 : 1));
        const auto stale = resolve("a.example");
        ASSERT_TRUE(stale) << stale.error();
        EXPECT_EQ(*stale, Addresses{address("10.0.0.1")});
        EXPECT_EQ(lookups, 2 + second) << "it is looked up once a second";
        EXPECT_TRUE(resolve("a.example"));
        EXPECT_EQ(lookups, 2 + second);
    }
    found = Addresses{address("10.0.0.2")};
    clock.pass(std::chrono::seconds(1));
    EXPECT_EQ(*resolve("a.example"), Addresses{address("10.0.0.2")});
}

TEST_F(ResolverTest, serves_no_addresses_that_are_stale_for_a_day) {
    EXPECT_TRUE(resolve("a.example"));
    found = fail(Errc::unavailable, "the name cannot be resolved: because");
    clock.pass(std::chrono::hours(24));
    EXPECT_FALSE(resolve("a.example"));
}

TEST_F(ResolverTest, drops_the_least_recently_used_name_beyond_its_limit) {
    options.max_names = 3;
    for (const auto* host : {"a.example", "b.example", "c.example", "a.example", "d.example"}) {
        EXPECT_TRUE(resolve(host));
    }
    EXPECT_EQ(lookups, 4);
    EXPECT_TRUE(resolve("a.example"));
    EXPECT_TRUE(resolve("c.example"));
    EXPECT_EQ(lookups, 4) << "these two are kept";
    EXPECT_TRUE(resolve("b.example"));
    EXPECT_EQ(lookups, 5) << "this one is not";
}

TEST_F(ResolverTest, takes_no_address_for_a_failure) {
    found = Addresses{};
    const auto answer = resolve("a.example");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::unavailable);
}

TEST_F(ResolverTest, asks_nobody_about_addresses) {
    EXPECT_EQ(*resolve("10.1.2.3"), Addresses{address("10.1.2.3")});
    EXPECT_EQ(*resolve("::1"), Addresses{address("::1")});
    EXPECT_EQ(lookups, 0);
}

TEST_F(ResolverTest, starts_with_another_address_each_time_and_mixes_both_kinds) {
    found = Addresses{address("::1"), address("::2"), address("10.0.0.1"), address("10.0.0.2"), address("10.0.0.3")};
    EXPECT_EQ(*resolve("a.example"), (Addresses{address("::1"), address("10.0.0.1"), address("::2"),
                                                address("10.0.0.2"), address("10.0.0.3")}));
    EXPECT_EQ(*resolve("a.example"), (Addresses{address("::2"), address("10.0.0.2"), address("::1"),
                                                address("10.0.0.3"), address("10.0.0.1")}));
}

/// A lookup that hangs until the test lets it go, or is over. Lookups run on threads of their own, which may outlive
/// the test: what they touch is shared with them.
class HangingResolver : public ResolverTest {
 protected:
    struct Shared {
        std::promise<void> gate;
        std::shared_future<void> opened = gate.get_future().share();
        std::atomic<int> lookups{0};
        std::atomic<int> answered{0};
        std::atomic<bool> hangs{false};  ///< later.example does so from now on
    };

    HangingResolver() {
        options.lookup = [shared = shared](const std::string& host) -> Result<Addresses> {
            ++shared->lookups;
            if (host == "slow.example" || (host == "later.example" && shared->hangs)) {
                shared->opened.wait();
            }
            ++shared->answered;
            return Addresses{address("10.0.0.1")};
        };
    }
    void TearDown() override { let_go(); }

    void let_go() {
        if (!is_open) {
            shared->gate.set_value();
            is_open = true;
        }
    }

    std::shared_ptr<Shared> shared = std::make_shared<Shared>();
    bool is_open = false;
};

TEST_F(HangingResolver, delays_no_other_name) {
    const Running<Result<Addresses>> slow(context, resolving("slow.example"));
    EXPECT_TRUE(resolve("quick.example"));
    EXPECT_FALSE(slow.done());
}

TEST_F(HangingResolver, asks_once_for_all_who_wait) {
    const Running<Result<Addresses>> first(context, resolving("slow.example"));
    const Running<Result<Addresses>> second(context, resolving("slow.example"));
    settle(context);
    let_go();
    context.restart();
    while (!first.done() || !second.done()) {
        ASSERT_NE(context.run_one(), 0U);
    }
    EXPECT_TRUE(*first);
    EXPECT_TRUE(*second);
    EXPECT_EQ(shared->lookups, 1);
}

TEST_F(HangingResolver, is_waited_for_until_the_deadline) {
    const auto answer = run(context, resolving("slow.example", std::chrono::milliseconds(20)));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::timeout);
}

TEST_F(HangingResolver, does_not_hold_up_the_end) {
    const auto answer = run(context, resolving("slow.example", std::chrono::milliseconds(20)));
    EXPECT_FALSE(answer);
    forget_resolver();
    EXPECT_EQ(shared->answered, 0);
}

TEST_F(HangingResolver, serves_stale_addresses_without_waiting_for_long) {
    options.stale_after = std::chrono::milliseconds(20);
    EXPECT_TRUE(resolve("later.example"));
    shared->hangs = true;
    clock.pass(std::chrono::seconds(30));
    for (int i = 0; i < 2; ++i) {
        const auto stale = resolve("later.example");
        ASSERT_TRUE(stale) << stale.error();
        EXPECT_EQ(*stale, Addresses{address("10.0.0.1")});
    }
    EXPECT_LE(shared->lookups, 2);
    EXPECT_EQ(shared->answered, 1);
}

TEST_F(HangingResolver, starts_no_more_lookups_than_its_limit) {
    options.max_names = 1;
    const Running<Result<Addresses>> slow(context, resolving("slow.example"));
    const auto refused = resolve("quick.example");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unavailable);
    EXPECT_EQ(shared->answered, 0);
}

TEST(SystemLookup, says_why_a_name_has_no_address) {
    const auto answer = net::system_lookup("a..b");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::unavailable);
    EXPECT_NE(answer.error().message.find("cannot be resolved"), std::string::npos) << answer.error();
}

}  // namespace
}  // namespace tapalcatl::tests
