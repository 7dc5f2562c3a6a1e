#include "storage/object_response.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tapalcatl::storage {
namespace {

using testing::ElementsAre;
using testing::Pair;

const Version version{"\"v1\"", "Fri, 25 Jan 2019 12:00:00 GMT", 1000};
const std::string object(1000, 'x');

ObjectResponse partial(std::string_view content_range, std::size_t size) {
    return {206, version.etag, version.last_modified, content_range, {}, copy_of(as_bytes(object).first(size))};
}

TEST(ObjectHeaders, ask_for_the_range_and_never_for_an_encoding) {
    EXPECT_THAT(object_request_headers(Whole{}, {}), ElementsAre(Pair("Accept-Encoding", "identity")));
    EXPECT_THAT(object_request_headers(Suffix{100}, {}),
                ElementsAre(Pair("Accept-Encoding", "identity"), Pair("Range", "bytes=-100")));
    EXPECT_THAT(object_request_headers(Span{10, 5}, {}),
                ElementsAre(Pair("Accept-Encoding", "identity"), Pair("Range", "bytes=10-14")));
}

TEST(ObjectHeaders, match_by_strong_etag_else_by_date_else_not_at_all) {
    const auto condition = [](const Version& held) { return object_request_headers(Whole{}, IfMatch{held}).back(); };
    EXPECT_THAT(condition(version), Pair("If-Match", "\"v1\""));
    EXPECT_THAT(condition({"", version.last_modified, 1000}), Pair("If-Unmodified-Since", version.last_modified));
    EXPECT_THAT(condition({"W/\"v1\"", version.last_modified, 1000}), Pair("Accept-Encoding", "identity"));
    EXPECT_THAT(condition({"", "", 1000}), Pair("Accept-Encoding", "identity"));
    EXPECT_THAT(condition({"", "2019-01-25T12:00:00Z", 1000}), Pair("Accept-Encoding", "identity")) << "no HTTP date";
}

TEST(ObjectHeaders, revalidate_by_any_etag_else_by_date) {
    const auto condition = [](const Version& held) {
        return object_request_headers(Whole{}, IfNoneMatch{held}).back();
    };
    EXPECT_THAT(condition({"W/\"v1\"", version.last_modified, 1000}), Pair("If-None-Match", "W/\"v1\""));
    EXPECT_THAT(condition({"", version.last_modified, 1000}), Pair("If-Modified-Since", version.last_modified));
}

TEST(ReadAnswer, takes_the_part_that_was_asked_for) {
    const auto content = parse_object_response(partial("bytes 900-999/1000", 100), Suffix{100}, {});
    ASSERT_TRUE(content) << content.error();
    EXPECT_EQ(content->offset, 900U);
    EXPECT_EQ(content->bytes.size(), 100U);
    EXPECT_EQ(content->version, version);
}

TEST(ReadAnswer, takes_all_of_an_object_shorter_than_the_suffix) {
    const auto content = parse_object_response(partial("bytes 0-999/1000", 1000), Suffix{5000}, {});
    ASSERT_TRUE(content) << content.error();
    EXPECT_EQ(content->offset, 0U);
}

TEST(ReadAnswer, cuts_the_part_out_of_a_whole_object_that_came_instead) {
    const ObjectResponse whole{200, version.etag, version.last_modified, {}, {}, copy_of(as_bytes("0123456789"))};
    const auto suffix = parse_object_response(whole, Suffix{3}, {});
    ASSERT_TRUE(suffix);
    EXPECT_EQ(as_text(suffix->bytes.view()), "789");
    EXPECT_EQ(suffix->offset, 7U);
    EXPECT_EQ(suffix->version.size, 10U);
    const auto span = parse_object_response(whole, Span{2, 4}, {});
    ASSERT_TRUE(span);
    EXPECT_EQ(as_text(span->bytes.view()), "2345");
}

TEST(ReadAnswer, refuses_what_was_not_asked_for) {
    const std::pair<std::string_view, std::size_t> answers[] = {
        {"bytes 0-99/1000", 100},    {"bytes 900-999/1000", 99},   {"bytes 900-999/**", 100},
        {"bytes 999-900/1000", 100}, {"bytes 900-1000/1000", 100}, {"", 100},
        {"900-999/1000", 100},       {"bytes 900-999", 100},       {"bytes -900-999/1000", 100},
        {"bytes 900-999/1000 ", 100}};
    for (const auto& [content_range, size] : answers) {
        const auto content = parse_object_response(partial(content_range, size), Suffix{100}, {});
        ASSERT_FALSE(content) << content_range;
        EXPECT_EQ(content.error().code, Errc::corrupt) << content_range;
    }
}

TEST(ReadAnswer, refuses_an_encoding) {
    auto answer = partial("bytes 900-999/1000", 100);
    answer.content_encoding = "gzip";
    EXPECT_EQ(parse_object_response(answer, Suffix{100}, {}).error().code, Errc::corrupt);
}

TEST(ReadAnswer, passes_over_words_that_are_no_content_coding) {
    for (const auto* word :
         {"aws-chunked", "identity", "AWS-Chunked, identity", "utf-8", "binary", "none", "base64", " , aws-chunked"}) {
        auto answer = partial("bytes 900-999/1000", 100);
        answer.content_encoding = word;
        EXPECT_TRUE(parse_object_response(answer, Suffix{100}, {})) << word;
    }
    for (const auto* word : {"aws-chunked,gzip", "br, aws-chunked", "ZSTD", "deflate", "x-gzip"}) {
        auto answer = partial("bytes 900-999/1000", 100);
        answer.content_encoding = word;
        EXPECT_FALSE(parse_object_response(answer, Suffix{100}, {})) << word;
    }
}

TEST(ReadAnswer, finds_the_size_of_the_object_where_the_server_does_not_know_it) {
    const auto suffix = parse_object_response(partial("bytes 900-999/*", 100), Suffix{100}, {});
    ASSERT_TRUE(suffix) << suffix.error();
    EXPECT_EQ(suffix->version, version);
    EXPECT_EQ(suffix->offset, 900U);
    const auto all = parse_object_response(partial("bytes 0-49/*", 50), Suffix{100}, {});
    ASSERT_TRUE(all) << all.error();
    EXPECT_EQ(all->version.size, 50U);
    const auto span = parse_object_response(partial("bytes 10-14/*", 5), Span{10, 5}, IfMatch{version});
    ASSERT_TRUE(span) << span.error();
    EXPECT_EQ(span->version, version);
    EXPECT_EQ(parse_object_response(partial("bytes 10-14/*", 5), Span{10, 5}, {}).error().code, Errc::corrupt);
    EXPECT_EQ(parse_object_response(partial("bytes 0-100/*", 101), Suffix{100}, {}).error().code, Errc::corrupt)
        << "a prefix is no suffix";
}

TEST(ReadAnswer, compares_versions_whatever_the_server_made_of_the_condition) {
    for (const auto& other : {Version{"\"v2\"", version.last_modified, 1000}, Version{"\"v1\"", "another day", 1000},
                              Version{"\"v1\"", version.last_modified, 1001}}) {
        const auto content = parse_object_response(partial("bytes 900-999/1000", 100), Span{900, 100}, IfMatch{other});
        ASSERT_FALSE(content);
        EXPECT_EQ(content.error().code, Errc::replaced);
    }
    EXPECT_TRUE(parse_object_response(partial("bytes 900-999/1000", 100), Span{900, 100}, IfMatch{version}));
}

TEST(ReadAnswer, takes_412_for_replaced_and_304_for_unchanged) {
    EXPECT_EQ(parse_object_response({412, {}, {}, {}, {}, {}}, Whole{}, IfMatch{version}).error().code, Errc::replaced);
    const auto content = parse_object_response({304, {}, {}, {}, {}, {}}, Whole{}, IfNoneMatch{version});
    ASSERT_TRUE(content);
    EXPECT_TRUE(content->not_modified);
    EXPECT_EQ(content->version, version);
    EXPECT_EQ(parse_object_response({304, {}, {}, {}, {}, {}}, Whole{}, {}).error().code, Errc::corrupt);
}

TEST(PrefixInsteadOfSuffix, is_recognized) {
    EXPECT_EQ(version_without_suffix(partial("bytes 0-100/1000", 101), Suffix{100}), version);
    EXPECT_EQ(version_without_suffix(partial("bytes 0-99/1000", 100), Suffix{100}), version);
    EXPECT_EQ(version_without_suffix(partial("bytes 900-999/1000", 100), Suffix{100}), std::nullopt);
    EXPECT_EQ(version_without_suffix(partial("bytes 0-999/1000", 1000), Suffix{1000}), std::nullopt)
        << "the object is short";
    EXPECT_EQ(version_without_suffix(partial("bytes 0-99/1000", 100), Span{0, 100}), std::nullopt);
    EXPECT_EQ(version_without_suffix(partial("bytes 0-99/*", 100), Suffix{100}), std::nullopt);
}

TEST(WantsWhole, is_how_a_refused_suffix_goes_on) {
    EXPECT_TRUE(needs_whole_object(416, Suffix{100}));
    EXPECT_FALSE(needs_whole_object(416, Span{0, 100}));
    EXPECT_FALSE(needs_whole_object(206, Suffix{100}));
}

}  // namespace
}  // namespace tapalcatl::storage
