#include "aws/object_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tapalcatl::aws {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string answer = R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>tiles</Name><Prefix>a%26b/</Prefix>
<KeyCount>3</KeyCount><MaxKeys>1000</MaxKeys><Delimiter>%2F</Delimiter><EncodingType>url</EncodingType>
<IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>
<Contents><Key>a%26b/z+%C3%BC.zip</Key><LastModified>2026-11-23T04:24:11.000Z</LastModified>
<ETag>&quot;d41d&quot;</ETag><Size>0</Size><StorageClass>STANDARD</StorageClass></Contents>
<Contents><Key>a%26b/%01%2b</Key><Size>12</Size></Contents>
<CommonPrefixes><Prefix>a%26b/0/</Prefix></CommonPrefixes>
</ListBucketResult>)";

TEST(ObjectLists, are_asked_for_with_encoded_keys) {
    EXPECT_EQ(canonical_query(list_query({})), "encoding-type=url&list-type=2&max-keys=1000");
    EXPECT_EQ(canonical_query(list_query({"a b/", "/", 5})),
              "delimiter=%2F&encoding-type=url&list-type=2&max-keys=5&prefix=a%20b%2F");
}

TEST(ObjectLists, go_on_behind_a_key_and_bring_sizes) {
    ListOptions options;
    options.start_after = "a b/1.zip";
    EXPECT_EQ(canonical_query(list_query(options)),
              "encoding-type=url&list-type=2&max-keys=1000&start-after=a%20b%2F1.zip");
    const auto list = parse_object_list(
        "<ListBucketResult><Contents><Key>a</Key><Size>12</Size></Contents>"
        "<Contents><Key>b</Key></Contents><Contents><Size>x</Size><Key>c</Key></Contents></ListBucketResult>");
    ASSERT_TRUE(list) << list.error();
    EXPECT_THAT(list->sizes, ElementsAre(12U, 0U, 0U));
}

TEST(ObjectLists, bring_keys_and_what_others_were_rolled_up_to) {
    const auto list = parse_object_list(answer);
    ASSERT_TRUE(list) << list.error();
    EXPECT_THAT(list->keys, ElementsAre("a&b/z \xc3\xbc.zip", "a&b/\x01+"));
    EXPECT_THAT(list->common_prefixes, ElementsAre("a&b/0/"));
    EXPECT_TRUE(list->is_truncated);
}

TEST(ObjectLists, are_taken_as_they_are_from_stores_that_do_not_encode) {
    const auto list = parse_object_list(
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a+b%20&amp;</Key></Contents>"
        "</ListBucketResult>");
    ASSERT_TRUE(list) << list.error();
    EXPECT_THAT(list->keys, ElementsAre("a+b%20&"));
    EXPECT_FALSE(list->is_truncated);
}

TEST(ObjectLists, may_be_empty) {
    const auto list = parse_object_list("<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>");
    ASSERT_TRUE(list) << list.error();
    EXPECT_THAT(list->keys, IsEmpty());
}

TEST(ObjectLists, are_no_other_documents) {
    for (const auto* text : {"", "<html><body>no</body></html>", "<Error><Code>AccessDenied</Code></Error>"}) {
        const auto list = parse_object_list(text);
        ASSERT_FALSE(list) << text;
        EXPECT_EQ(list.error().code, Errc::corrupt) << text;
    }
}

TEST(ObjectLists, are_refused_with_escapes_that_are_none) {
    for (const auto* key : {"a%", "a%2", "a%2x", "%", "%%41", "%+1"}) {
        const auto list = parse_object_list(
            fmt::format("<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>{}</Key></Contents>"
                        "</ListBucketResult>",
                        key));
        ASSERT_FALSE(list) << key;
        EXPECT_EQ(list.error().code, Errc::corrupt) << key;
    }
}

TEST(ObjectLists, may_be_longer_than_other_answers_and_not_endless) {
    std::string text = "<ListBucketResult>";
    for (int i = 0; i < 1000; ++i) {
        text += fmt::format("<Contents><Key>{}{}</Key><Size>1</Size></Contents>", std::string(100, 'k'), i);
    }
    text += "</ListBucketResult>";
    const auto list = parse_object_list(text);
    ASSERT_TRUE(list) << list.error();
    EXPECT_EQ(list->keys.size(), 1000U);
    const auto endless = parse_object_list("<ListBucketResult>" + std::string(max_list_bytes, ' '));
    ASSERT_FALSE(endless);
    EXPECT_EQ(endless.error().code, Errc::too_large);
}

TEST(ObjectLists, are_refused_where_they_are_cut_short) {
    for (std::size_t size = 0; size < answer.size(); ++size) {
        const auto list = parse_object_list(std::string_view(answer).substr(0, size));
        ASSERT_FALSE(list) << size;
        EXPECT_EQ(list.error().code, Errc::corrupt) << size;
    }
}

}  // namespace
}  // namespace tapalcatl::aws
