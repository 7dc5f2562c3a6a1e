#include "cache/cached_read.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace tapalcatl::cache {
namespace {

const storage::Version version{"\"v1\"", "Fri, 25 Jan 2019 12:00:00 GMT", 1000};

CachedRead a_value() {
    CachedRead value;
    value.read_at = WallTime(std::chrono::microseconds(1'600'000'000'123'456));
    value.content.version = version;
    value.content.offset = 990;
    value.content.bytes = copy_of(as_bytes("0123456789"));
    return value;
}

Digest an_identity() {
    return first_read_cache_key("", "s3://tiles", "a.zip", storage::Suffix{10}).identity;
}

std::vector<std::byte> packed() {
    const auto bytes = pack(a_value(), an_identity());
    return {bytes.view().begin(), bytes.view().end()};
}

TEST(TierValues, come_back_as_they_were) {
    const auto value = unpack(pack(a_value(), an_identity()), an_identity());
    ASSERT_TRUE(value) << value.error();
    EXPECT_EQ(value->read_at, a_value().read_at);
    EXPECT_EQ(value->content.version, version);
    EXPECT_EQ(value->content.offset, 990U);
    EXPECT_FALSE(value->content.not_modified);
    EXPECT_EQ(as_text(value->content.bytes.view()), "0123456789");
}

TEST(TierValues, come_back_where_there_is_nothing_in_them) {
    const auto value = unpack(pack({}, an_identity()), an_identity());
    ASSERT_TRUE(value) << value.error();
    EXPECT_EQ(value->content.version, storage::Version{});
    EXPECT_TRUE(value->content.bytes.empty());
}

TEST(TierValues, are_refused_cut_at_any_length) {
    const auto whole = packed();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto value = unpack(copy_of(Bytes(whole).first(size)), an_identity());
        ASSERT_FALSE(value) << size;
        EXPECT_EQ(value.error().code, Errc::corrupt);
    }
}

TEST(TierValues, are_refused_with_any_bit_changed) {
    const auto whole = packed();
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
        auto damaged = whole;
        damaged[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        EXPECT_FALSE(unpack(SharedBytes(std::move(damaged)), an_identity())) << bit;
    }
}

TEST(TierValues, are_refused_with_bytes_behind_them) {
    auto longer = packed();
    longer.push_back(std::byte{0});
    EXPECT_FALSE(unpack(SharedBytes(std::move(longer)), an_identity()));
}

TEST(TierValues, are_refused_under_another_name) {
    const auto other = first_read_cache_key("", "s3://tiles", "b.zip", storage::Suffix{10}).identity;
    EXPECT_FALSE(unpack(SharedBytes(packed()), other));
}

TEST(TierValues, are_refused_if_they_reach_beyond_their_object) {
    auto value = a_value();
    value.content.offset = 991;
    EXPECT_FALSE(unpack(pack(value, an_identity()), an_identity()));
    value.content.offset = ~std::uint64_t{0} - 3;
    EXPECT_FALSE(unpack(pack(value, an_identity()), an_identity()));
}

TEST(TierValues, answer_only_the_range_that_was_asked_for) {
    const auto content = a_value().content;
    EXPECT_TRUE(answers(content, storage::Suffix{10}));
    EXPECT_TRUE(answers(content, storage::Span{990, 10}));
    EXPECT_FALSE(answers(content, storage::Suffix{11}));
    EXPECT_FALSE(answers(content, storage::Suffix{9}));
    EXPECT_FALSE(answers(content, storage::Span{989, 10}));
    EXPECT_FALSE(answers(content, storage::Span{995, 10}));
    EXPECT_FALSE(answers(content, storage::Whole{}));
}

TEST(TierNames, differ_for_all_that_differs) {
    const auto entry = [](std::string_view storage, std::string_view key, const storage::Version& of,
                          const storage::Range& range) {
        return versioned_cache_key("", storage, key, of, range).text;
    };
    const std::vector<std::string> names{
        entry("s", "k", version, storage::Whole{}),
        entry("s2", "k", version, storage::Whole{}),
        entry("s", "2k", version, storage::Whole{}),
        entry("s", "k2", version, storage::Whole{}),
        entry("s", "k", {"\"v2\"", version.last_modified, version.size}, storage::Whole{}),
        entry("s", "k", {"W/\"v1\"", version.last_modified, version.size}, storage::Whole{}),
        entry("s", "k", {version.etag, "Fri, 25 Jan 2019 12:00:01 GMT", version.size}, storage::Whole{}),
        entry("s", "k", {version.etag, version.last_modified, 1001}, storage::Whole{}),
        entry("s", "k", {version.etag + version.last_modified, "", version.size}, storage::Whole{}),
        entry("s", "k", {"", version.etag + version.last_modified, version.size}, storage::Whole{}),
        entry("s", "k", version, storage::Suffix{10}),
        entry("s", "k", version, storage::Span{0, 10}),
        entry("s", "k", version, storage::Span{10, 10}),
        entry("s", "k", version, storage::Span{1, 0}),
        first_read_cache_key("", "s", "k", storage::Whole{}).text,
        first_read_cache_key("", "s", "k", storage::Suffix{10}).text,
        first_read_cache_key("", "s", "k", storage::Suffix{1}).text,
    };
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
}

TEST(TierNames, are_the_prefix_and_a_hash_in_a_name_space_of_their_own) {
    const auto name = versioned_cache_key("flask_cache_", "s", "k/with: blanks\n", version, storage::Whole{});
    EXPECT_TRUE(name.text.starts_with("flask_cache_t1:")) << name.text;
    EXPECT_EQ(name.text.size(), std::string("flask_cache_t1:").size() + 64);
    EXPECT_EQ(name.text.find_first_not_of("0123456789abcdef", 15), std::string::npos) << name.text;
}

TEST(TierNames, stay_what_they_are_from_release_to_release) {
    EXPECT_EQ(first_read_cache_key("", "s3://tiles", "a.zip", storage::Suffix{10}).text,
              "t1:d9ea763cc185f9eab49ca7d3570edfc0b7984ee9290cf34d86068ec6b04abbd9");
}

}  // namespace
}  // namespace tapalcatl::cache
