#include "storage/file.hpp"
#include "storage/settled_storage.hpp"

#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_storage.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace tapalcatl::tests {
namespace {

using storage::IfMatch;
using storage::IfNoneMatch;
using storage::Span;
using storage::Suffix;

/// A settled storage over a fake, with one object of ten bytes under "a".
class SettledStorageTest : public testing::Test {
 protected:
    SettledStorageTest() { open({}); }

    void open(storage::SettledOptions options) {
        auto inner = std::make_unique<FakeStorage>();
        fake = inner.get();
        fake->put("a", bytes("0123456789"));
        settled = storage::make_settled_storage(std::move(inner), options, context.get_executor(), clock);
    }

    static std::vector<std::byte> bytes(std::string_view text) {
        const auto view = as_bytes(text);
        return {view.begin(), view.end()};
    }

    /// From now on each read finds the same content under another version.
    void change_versions_all_the_time() {
        fake->before_answer([this](const FakeStorage::Read& read) { fake->put(read.key, bytes("0123456789")); });
    }

    Result<storage::Content> read(storage::Range range, storage::Condition condition = {}) {
        return run(context, settled->read("a", range, std::move(condition), SteadyTime::max()));
    }

    static std::string text_of(const Result<storage::Content>& content) {
        EXPECT_TRUE(content) << content.error();
        return content ? std::string(as_text(content->bytes.view())) : std::string();
    }

    /// A first read, a part that is replaced, and the first read again, as a flight does it.
    storage::Version unsettle() {
        const auto first = read(Suffix{3});
        EXPECT_TRUE(first) << first.error();
        const auto part = read(Span{0, 2}, IfMatch{first->version});
        EXPECT_FALSE(part);
        EXPECT_EQ(part.error().code, Errc::replaced);
        const auto again = read(Suffix{3});
        EXPECT_EQ(text_of(again), "789");
        return again->version;
    }

    boost::asio::io_context context;
    FakeClock clock;
    FakeStorage* fake = nullptr;
    std::unique_ptr<storage::Storage> settled;
};

TEST_F(SettledStorageTest, passes_on_what_keeps_its_version) {
    const auto first = read(Suffix{3});
    ASSERT_TRUE(first) << first.error();
    EXPECT_EQ(first->version.etag, "\"v1\"");
    EXPECT_EQ(text_of(read(Span{0, 2}, IfMatch{first->version})), "01");
    EXPECT_TRUE(read(Suffix{3}, IfNoneMatch{first->version})->not_modified);
    EXPECT_EQ(fake->reads().size(), 3U);
}

TEST_F(SettledStorageTest, reads_an_object_whole_and_once_if_its_versions_differ_from_read_to_read) {
    change_versions_all_the_time();
    const auto version = unsettle();
    EXPECT_EQ(version.size, 10U);
    EXPECT_EQ(text_of(read(Span{0, 2}, IfMatch{version})), "01");
    EXPECT_EQ(text_of(read(Span{4, 3}, IfMatch{version})), "456");
    EXPECT_EQ(fake->reads().size(), 3U) << "the parts come out of the one whole read";
}

TEST_F(SettledStorageTest, knows_the_same_content_again_under_another_version) {
    change_versions_all_the_time();
    const auto version = unsettle();
    const auto renewed = read(Suffix{3}, IfNoneMatch{version});
    ASSERT_TRUE(renewed) << renewed.error();
    EXPECT_TRUE(renewed->not_modified);
    EXPECT_EQ(renewed->version, version);
}

TEST_F(SettledStorageTest, reads_it_again_for_a_part_if_it_holds_it_no_more) {
    storage::SettledOptions options;
    options.held_limit = 5;
    open(options);
    change_versions_all_the_time();
    const auto version = unsettle();
    EXPECT_EQ(text_of(read(Span{0, 2}, IfMatch{version})), "01");
    EXPECT_EQ(text_of(read(Span{4, 3}, IfMatch{version})), "456");
}

TEST_F(SettledStorageTest, never_mixes_parts_of_two_contents) {
    storage::SettledOptions options;
    options.held_limit = 5;
    open(options);
    change_versions_all_the_time();
    const auto version = unsettle();
    fake->before_answer([this](const FakeStorage::Read& read) { fake->put(read.key, bytes("abcdefghij")); });
    const auto part = read(Span{0, 2}, IfMatch{version});
    ASSERT_FALSE(part);
    EXPECT_EQ(part.error().code, Errc::replaced);
    EXPECT_EQ(text_of(read(Suffix{3}, IfNoneMatch{version})), "hij");
}

TEST_F(SettledStorageTest, reads_ranges_of_an_object_that_was_really_replaced) {
    storage::SettledOptions options;
    options.held_limit = 5;
    open(options);
    const auto first = read(Suffix{3});
    fake->put("a", bytes("abcdefghij"));
    ASSERT_FALSE(read(Span{0, 2}, IfMatch{first->version}));
    const auto second = read(Suffix{3});
    EXPECT_EQ(text_of(second), "hij");
    fake->forget_reads();
    EXPECT_EQ(text_of(read(Span{0, 2}, IfMatch{second->version})), "ab");
    EXPECT_TRUE(read(Suffix{3}, IfNoneMatch{second->version})->not_modified);
    ASSERT_EQ(fake->reads().size(), 2U);
    EXPECT_EQ(fake->reads()[0].span().size, 2U);
    EXPECT_EQ(fake->reads()[1].suffix(), 3U);
}

TEST_F(SettledStorageTest, knows_a_version_by_content_that_another_server_gave) {
    change_versions_all_the_time();
    const auto version = unsettle();
    open({});
    EXPECT_EQ(text_of(read(Span{0, 2}, IfMatch{version})), "01");
    fake->put("a", bytes("abcdefghij"));
    settled->invalidate("a");
    open({});
    fake->put("a", bytes("abcdefghij"));
    EXPECT_EQ(read(Span{0, 2}, IfMatch{version}).error().code, Errc::replaced);
}

TEST_F(SettledStorageTest, does_not_read_large_objects_whole) {
    storage::SettledOptions options;
    options.archive_limit = 9;
    open(options);
    change_versions_all_the_time();
    const auto first = read(Suffix{3});
    EXPECT_EQ(read(Span{0, 2}, IfMatch{first->version}).error().code, Errc::replaced);
    EXPECT_TRUE(read(Suffix{3}));
    EXPECT_EQ(fake->reads().back().suffix(), 3U);
}

TEST_F(SettledStorageTest, forgets_a_replacement_after_a_while) {
    const auto first = read(Suffix{3});
    fake->put("a", bytes("abcdefghij"));
    ASSERT_FALSE(read(Span{0, 2}, IfMatch{first->version}));
    clock.pass(std::chrono::minutes(2));
    const auto second = read(Suffix{3});
    ASSERT_TRUE(second) << second.error();
    EXPECT_EQ(second->version.etag, "\"v2\"");
}

TEST_F(SettledStorageTest, brings_parts_that_are_wanted_at_once_by_one_read) {
    change_versions_all_the_time();
    const auto version = unsettle();
    const storage::Condition same = IfMatch{version};
    open({});
    change_versions_all_the_time();
    fake->hold();
    const storage::Range begin = Span{0, 2};
    const storage::Range middle = Span{4, 3};
    const Running<Result<storage::Content>> one(context, settled->read("a", begin, same, SteadyTime::max()));
    const Running<Result<storage::Content>> two(context, settled->read("a", middle, same, SteadyTime::max()));
    settle(context);
    fake->release();
    settle(context);
    EXPECT_EQ(text_of(*one), "01");
    EXPECT_EQ(text_of(*two), "456");
    EXPECT_EQ(fake->reads().size(), 1U);
}

}  // namespace
}  // namespace tapalcatl::tests
