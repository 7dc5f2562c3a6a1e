#include "tiles/archive_template.hpp"

#include <gtest/gtest.h>

namespace tapalcatl {
namespace {

TEST(ArchiveTemplates, name_archives_by_zoom_column_row_and_hash) {
    EXPECT_EQ(ArchiveTemplate("{z}/{x}/{y}.zip").name({4, 9, 8}), "4/9/8.zip");
    EXPECT_EQ(ArchiveTemplate("a/{h}/{z}-{x}-{y}").name({0, 0, 0}), "a/0bd23/0-0-0");  // md5 of "0/0/0"
    EXPECT_EQ(ArchiveTemplate("{y}{x}{z}{z}").name({3, 1, 2}), "2133");
}

struct ResolvedCase {
    std::string_view source, meta, folder, keys;
};

class Resolved : public testing::TestWithParam<ResolvedCase> {};

TEST_P(Resolved, against_the_place_of_the_meta_json) {
    const auto& want = GetParam();
    const auto place = resolve_archives(want.source, want.meta);
    ASSERT_TRUE(place) << place.error();
    EXPECT_EQ(place->folder, want.folder);
    EXPECT_EQ(place->keys, want.keys);
}

INSTANTIATE_TEST_SUITE_P(
    Archives, Resolved,
    testing::Values(
        ResolvedCase{"{z}/{x}/{y}.zip", "s3://tiles/toner/meta.json", "", "{z}/{x}/{y}.zip"},
        ResolvedCase{"./a/{z}/{x}/{y}.zip", "file:///srv/meta.json", "", "a/{z}/{x}/{y}.zip"},
        ResolvedCase{"../b/{z}/{x}/{y}", "s3://tiles/a/meta.json", "s3://tiles/b", "{z}/{x}/{y}"},
        ResolvedCase{"../../../{z}/{x}/{y}", "https://h/a/meta.json?k=v", "https://h/", "{z}/{x}/{y}"},
        ResolvedCase{"/b/{z}/{x}/{y}", "https://h/a/meta.json", "https://h/b", "{z}/{x}/{y}"},
        ResolvedCase{"s3://tiles/lc-{z}/{x}/{y}.zip", "https://h/meta.json", "s3://tiles/", "lc-{z}/{x}/{y}.zip"},
        ResolvedCase{"S3://tiles/lc/{h}/{z}/{x}/{y}", "file:///meta.json", "S3://tiles/lc", "{h}/{z}/{x}/{y}"},
        ResolvedCase{"file:///srv/t/{z}/{x}/{y}", "file:///meta.json", "file:///srv/t", "{z}/{x}/{y}"},
        ResolvedCase{"https://h:81/{z}/{x}/{y}", "file:///meta.json", "https://h:81/", "{z}/{x}/{y}"}));

struct RefusedCase {
    std::string_view source, meta, message;
};

class Refused : public testing::TestWithParam<RefusedCase> {};

TEST_P(Refused, with_what_is_wrong) {
    const auto& want = GetParam();
    const auto place = resolve_archives(want.source, want.meta);
    ASSERT_FALSE(place);
    EXPECT_EQ(place.error().code, Errc::corrupt);
    EXPECT_NE(place.error().message.find(want.message), std::string::npos) << place.error();
}

INSTANTIATE_TEST_SUITE_P(Archives, Refused,
                         testing::Values(RefusedCase{"", "s3://b/m", "it is empty"},
                                         RefusedCase{"{z}/{x}.zip", "s3://b/m", "there is no {y} in it"},
                                         RefusedCase{"{z}/{x}/{y}.{fmt}", "s3://b/m", "'{fmt}' at byte 12"},
                                         RefusedCase{"{z}/{x}/{y}}", "s3://b/m", "'}' at byte 11"},
                                         RefusedCase{"{z}/{x}/{y}{", "s3://b/m", "'{' at byte 11"},
                                         RefusedCase{"{z}/{x}/\n{y}", "s3://b/m", "control characters"},
                                         RefusedCase{"gs://b/{z}/{x}/{y}", "s3://b/m", "scheme 'gs'"},
                                         RefusedCase{"s3://b{z}/{x}/{y}", "s3://b/m", "host or bucket"},
                                         RefusedCase{"https://h/{z}/{x}/{y}?a=b", "s3://b/m", "a query"},
                                         RefusedCase{"{z}/{x}/{y}?a=b", "https://h/m", "a query"},
                                         RefusedCase{"file:///etc/{z}/{x}/{y}", "https://h/m", "files of this machine"},
                                         RefusedCase{"file:///etc/{z}/{x}/{y}", "s3://b/m", "files of this machine"},
                                         RefusedCase{"../{z}/{x}/{y}", "", "leaves the folder"}));

}  // namespace
}  // namespace tapalcatl
