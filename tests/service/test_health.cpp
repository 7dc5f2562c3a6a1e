#include "tests/service/fixture.hpp"

namespace tapalcatl::tests {
namespace {

constexpr auto world = "all/0/0/0.zip";

TEST_F(ServiceTest, health_is_ok_where_the_world_is_read) {
    storage.put(world, make_archive({{"0/0/0.mvt", "world"}}));
    const auto response = ask("/health_check");
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(text_of(response), "OK");
    EXPECT_EQ(response.headers.find("Cache-Control"), "no-store");
    ASSERT_EQ(storage.reads().size(), 1U);
    EXPECT_EQ(storage.reads().front().key, world);
}

TEST_F(ServiceTest, probes_are_answered_whatever_the_load) {
    EXPECT_EQ(service().refuse(request("/live")).status, 200U);
    EXPECT_EQ(service().refuse(request("/ready")).status, 200U);
    service().begin_drain();
    EXPECT_EQ(service().refuse(request("/live")).status, 200U);
    EXPECT_EQ(text_of(service().refuse(request("/ready"))), "draining");
    for (const auto* target : {"/health_check", "/", tile, "/%", "/preview/inspect/vector/0/0/0.mvt"}) {
        EXPECT_EQ(service().refuse(request(target)).status, 503U) << target;
    }
}

TEST_F(ServiceTest, health_is_ok_where_there_is_no_world) {
    const auto response = ask("/health_check");
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(text_of(response), "OK");
}

TEST_F(ServiceTest, health_is_503_where_the_storage_fails) {
    for (const auto code : {Errc::unavailable, Errc::denied, Errc::io, Errc::timeout, Errc::usage, Errc::bad_request}) {
        storage.fail_with([&](const Read&) { return fail(code, "secret details"); });
        const auto response = ask("/health_check");
        EXPECT_EQ(response.status, 503U) << name_of(code);
        EXPECT_EQ(text_of(response).find("secret"), std::string::npos);
        EXPECT_NE(text_of(response), "Bad request");
        EXPECT_EQ(response.headers.find("Cache-Control"), "no-store");
        clock.pass(std::chrono::seconds(6));
    }
}

TEST_F(ServiceTest, health_sees_an_outage_behind_what_is_held) {
    storage.put(world, make_archive({{"0/0/0.mvt", "world"}}));
    EXPECT_EQ(ask("/tilezen/vector/v1/all/0/0/0.mvt").status, 200U);
    storage.fail_with([](const Read&) { return fail(Errc::unavailable, "down"); });
    EXPECT_EQ(ask("/health_check").status, 503U);
    EXPECT_EQ(ask("/tilezen/vector/v1/all/0/0/0.mvt").status, 200U) << "the tile is served still";
}

TEST_F(ServiceTest, health_is_looked_at_once_in_five_seconds) {
    EXPECT_EQ(ask("/health_check").status, 200U);
    storage.fail_with([](const Read&) { return fail(Errc::unavailable, "down"); });
    storage.forget_reads();
    clock.pass(std::chrono::seconds(4));
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(ask("/health_check").status, 200U);
    }
    EXPECT_TRUE(storage.reads().empty());
    clock.pass(std::chrono::seconds(1));
    EXPECT_EQ(ask("/health_check").status, 503U);

    storage.recover();
    clock.pass(std::chrono::seconds(4));
    EXPECT_EQ(ask("/health_check").status, 503U);
    clock.pass(std::chrono::seconds(1));
    EXPECT_EQ(ask("/health_check").status, 200U);
}

TEST_F(ServiceTest, while_one_looks_the_others_get_the_last_answer) {
    EXPECT_EQ(ask("/health_check").status, 200U);
    clock.pass(std::chrono::seconds(6));
    storage.forget_reads();
    storage.hold();
    const Running<web::Response> looking(context, service().answer(request("/health_check")));
    settle(context);
    EXPECT_FALSE(looking.done());
    EXPECT_EQ(ask("/health_check").status, 200U);
    EXPECT_EQ(storage.reads().size(), 1U);
    storage.release();
    settle(context);
    EXPECT_TRUE(looking.done());
}

TEST_F(ServiceTest, a_storage_that_hangs_is_unhealthy_after_a_second) {
    storage.hold();
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(ask("/health_check").status, 503U);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(1900));
    storage.release();
    settle(context);
}

TEST_F(ServiceTest, live_and_ready_never_touch_the_storage) {
    storage.fail_with([](const Read&) { return fail(Errc::unavailable, "down"); });
    EXPECT_EQ(ask("/live").status, 200U);
    EXPECT_EQ(ask("/ready").status, 200U);
    EXPECT_TRUE(storage.reads().empty());
}

TEST_F(ServiceTest, a_draining_server_is_not_ready_and_serves_all_the_same) {
    storage.put(world, make_archive({{"0/0/0.mvt", "world"}}));
    service().begin_drain();
    EXPECT_EQ(ask("/ready").status, 503U);
    EXPECT_EQ(ask("/live").status, 200U);
    EXPECT_EQ(ask("/health_check").status, 200U);
    EXPECT_EQ(ask("/tilezen/vector/v1/all/0/0/0.mvt").status, 200U);
}

}  // namespace
}  // namespace tapalcatl::tests
