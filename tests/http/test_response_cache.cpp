#include "http/response_cache.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

namespace tapalcatl::http {
namespace {

using std::chrono::seconds;

constexpr ResponseForm with_gzip{true, false};
constexpr ResponseForm without_gzip{false, false};

class FakeValidity final : public web::Validity {
 public:
    bool is_valid(SteadyTime /*now*/, WallTime /*wall*/) const override { return valid; }
    void note_uses(unsigned times) const override { uses += times; }

    bool valid = true;
    mutable unsigned uses = 0;
};

class ResponseCacheTest : public testing::Test {
 protected:
    web::Response response(std::string_view body) const {
        web::Response made;
        made.headers.add("ETag", "\"1\"");
        made.body = copy_of(as_bytes(body));
        made.cache = web::CacheState::hit;
        made.validity = &validity;
        return made;
    }

    void put(std::string_view target, std::string_view body, ResponseForm form = with_gzip) {
        const auto made = response(body);
        std::string head;
        write_head(head, made, date.at(wall), Connection::keeps_alive);
        cache.put(target, form, {}, head, made, wall);
    }

    /// The body that is found, or "-".
    std::string body(std::string_view target, ResponseForm form = with_gzip) {
        const auto* found = cache.find(target, form, {}, now, wall, date);
        return found == nullptr ? "-" : std::string(as_text(found->body.view()));
    }

    FakeValidity validity;
    ResponseCache cache;
    DateText date;
    SteadyTime now{};
    WallTime wall{seconds(784'111'777)};  // Sun, 06 Nov 1994 08:49:37 GMT
};

TEST_F(ResponseCacheTest, gives_nothing_once_it_was_cleared) {
    put("/a", "one");
    put("/b", "two");
    EXPECT_EQ(body("/a"), "one");
    cache.clear();
    EXPECT_EQ(validity.uses, 1U) << "the use is told nevertheless";
    EXPECT_EQ(body("/a"), "-");
    EXPECT_EQ(body("/b"), "-");
    put("/a", "new");
    EXPECT_EQ(body("/a"), "new");
}

TEST_F(ResponseCacheTest, gives_a_response_to_the_same_target_and_form_only) {
    put("/a", "one");
    put("/b", "two");
    put("/a", "plain", without_gzip);
    put("/a", "last", {true, true});
    EXPECT_EQ(body("/a"), "one");
    EXPECT_EQ(body("/b"), "two");
    EXPECT_EQ(body("/a", without_gzip), "plain");
    EXPECT_EQ(body("/a", {true, true}), "last");
    EXPECT_EQ(body("/b", without_gzip), "-");
    EXPECT_EQ(body("/A"), "-");
    EXPECT_EQ(body("/a?"), "-");
    EXPECT_EQ(body(""), "-");
}

TEST_F(ResponseCacheTest, gives_a_response_that_varies_by_origin_to_the_same_origin_only) {
    const auto put_for = [&](std::string_view origin, std::string_view body) {
        auto made = response(body);
        made.varies_by_origin = true;
        std::string head;
        write_head(head, made, date.at(wall), Connection::keeps_alive);
        cache.put("/a", with_gzip, origin, head, made, wall);
    };
    const auto body_for = [&](std::string_view origin) {
        const auto* found = cache.find("/a", with_gzip, origin, now, wall, date);
        return found == nullptr ? "-" : std::string(as_text(found->body.view()));
    };
    put_for("https://one", "one");
    put_for("", "none");
    EXPECT_EQ(body_for("https://one"), "one");
    EXPECT_EQ(body_for(""), "none");
    EXPECT_EQ(body_for("https://two"), "-");
    put_for("https://two", "two");
    put_for("https://one", "new");
    EXPECT_EQ(body_for("https://one"), "new");
    EXPECT_EQ(body_for("https://two"), "two");
}

TEST_F(ResponseCacheTest, gives_other_responses_to_all_origins) {
    put("/a", "one");
    EXPECT_NE(cache.find("/a", with_gzip, "https://one", now, wall, date), nullptr);
    EXPECT_NE(cache.find("/a", with_gzip, "https://two", now, wall, date), nullptr);
}

TEST_F(ResponseCacheTest, has_the_head_that_was_sent_but_for_the_date) {
    put("/a", "one");
    const auto made = response("one");
    for (const auto later : {seconds(0), seconds(1), seconds(1), seconds(3600)}) {
        wall += later;
        std::string head;
        DateText fresh;
        write_head(head, made, fresh.at(wall), Connection::keeps_alive);
        const auto* found = cache.find("/a", with_gzip, {}, now, wall, date);
        ASSERT_NE(found, nullptr);
        EXPECT_EQ(found->head, head);
    }
}

TEST_F(ResponseCacheTest, gives_nothing_that_is_not_valid_any_more) {
    put("/a", "one");
    validity.valid = false;
    EXPECT_EQ(body("/a"), "-");
    validity.valid = true;
    EXPECT_EQ(body("/a"), "-") << "it was dropped";
    put("/a", "two");
    EXPECT_EQ(body("/a"), "two");
}

TEST_F(ResponseCacheTest, replaces_the_response_to_a_target) {
    put("/a", "one");
    put("/a", "two");
    EXPECT_EQ(body("/a"), "two");
}

TEST_F(ResponseCacheTest, lets_go_of_invalid_bodies_at_a_sweep) {
    const auto text = std::make_shared<const std::string>("body");
    auto made = response("");
    made.body = SharedBytes(text, as_bytes(*text));
    cache.put("/a", with_gzip, {}, "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n", made, wall);
    made.body = {};
    cache.sweep(now, wall);
    EXPECT_EQ(text.use_count(), 2) << "it is valid";
    validity.valid = false;
    cache.sweep(now, wall);
    EXPECT_EQ(text.use_count(), 1);
}

TEST_F(ResponseCacheTest, tells_each_use_once) {
    put("/a", "one");
    body("/a");
    body("/a");
    EXPECT_EQ(validity.uses, 0U) << "not while requests are answered";
    cache.sweep(now, wall);
    cache.sweep(now, wall);
    EXPECT_EQ(validity.uses, 2U);
    body("/a");
    put("/a", "two");
    EXPECT_EQ(validity.uses, 3U) << "a use of what is replaced";
}

TEST_F(ResponseCacheTest, is_bounded_and_keeps_what_is_used) {
    put("/often", "often");
    for (std::size_t i = 0; i < 10 * ResponseCache::capacity; ++i) {
        put(fmt::format("/{}", i), "x");
        ASSERT_EQ(body("/often"), "often") << i;
    }
    std::size_t found = 0;
    for (std::size_t i = 0; i < 10 * ResponseCache::capacity; ++i) {
        if (body(fmt::format("/{}", i)) == "x") {
            ++found;
        }
    }
    EXPECT_GT(found, ResponseCache::capacity / 2);
    EXPECT_LT(found, ResponseCache::capacity);
}

TEST_F(ResponseCacheTest, leaves_other_heads_alone) {
    const auto made = response("one");
    for (const std::string_view head :
         {"HTTP/1.1 206 Partial Content\r\nDate: x\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", ""}) {
        cache.put("/a", with_gzip, {}, std::string(head), made, wall);
        EXPECT_EQ(body("/a"), "-") << head;
    }
}

}  // namespace
}  // namespace tapalcatl::http
