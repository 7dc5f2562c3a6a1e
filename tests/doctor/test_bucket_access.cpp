#include "doctor/bucket_access.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tapalcatl::doctor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const ProbeResult found{206, "", {}};
const ProbeResult missing{404, "NoSuchKey", {Errc::not_found, "no such object"}};
const ProbeResult denied{403, "AccessDenied", {Errc::denied, "access denied"}};

std::vector<Advice> advice_of(const Access& access) {
    Diagnoses all;
    all.add(access.findings);
    return all.advice();
}

std::size_t problems_of(const Access& access) {
    Diagnoses all;
    all.add(access.findings);
    return all.problems();
}

TEST(BucketAccess, is_fine_where_a_missing_key_is_a_404) {
    const auto access = diagnose_access({.configured = missing}, {});
    EXPECT_TRUE(access.may_read);
    EXPECT_EQ(problems_of(access), 0U);
    EXPECT_THAT(advice_of(access), IsEmpty());
}

TEST(BucketAccess, needs_no_more_tries_unless_it_is_denied) {
    EXPECT_TRUE(needs_more_probes(denied));
    EXPECT_TRUE(needs_more_probes({403, "", {Errc::denied, "access denied"}}));
    EXPECT_FALSE(needs_more_probes(missing));
    EXPECT_FALSE(needs_more_probes(found));
    EXPECT_FALSE(needs_more_probes({403, "SignatureDoesNotMatch", {Errc::denied, "wrong"}}));
}

TEST(BucketAccess, wants_403_to_be_missing_where_nothing_else_helps) {
    const auto access =
        diagnose_access({.configured = denied, .paying = denied, .anonymous = denied, .may_list = false}, {});
    EXPECT_TRUE(access.may_read);
    EXPECT_TRUE(access.missing_on_403);
    EXPECT_FALSE(access.requester_pays);
    EXPECT_EQ(problems_of(access), 1U);
    EXPECT_THAT(advice_of(access), ElementsAre(Advice{"TAPALCATL_MISSING_ON_403", "on"}));
}

TEST(BucketAccess, with_403_taken_for_missing_is_fine) {
    const auto access = diagnose_access({.configured = denied, .may_list = false}, {.missing_on_403 = true});
    EXPECT_TRUE(access.may_read);
    EXPECT_TRUE(access.missing_on_403);
    EXPECT_EQ(problems_of(access), 0U);
    EXPECT_THAT(advice_of(access), IsEmpty());
}

TEST(BucketAccess, says_who_pays_where_that_opens_the_bucket) {
    const auto access = diagnose_access({.configured = denied, .paying = missing, .anonymous = denied}, {});
    EXPECT_TRUE(access.may_read);
    EXPECT_TRUE(access.requester_pays);
    EXPECT_FALSE(access.missing_on_403);
    EXPECT_THAT(advice_of(access), ElementsAre(Advice{"REQUESTER_PAYS", "true"}));
}

TEST(BucketAccess, drops_credentials_that_are_worse_than_none) {
    const auto access = diagnose_access({.configured = denied, .paying = denied, .anonymous = missing}, {});
    EXPECT_TRUE(access.anonymous);
    EXPECT_EQ(problems_of(access), 1U);
    EXPECT_THAT(advice_of(access), ElementsAre(Advice{"TAPALCATL_ANONYMOUS", "on"}));
}

TEST(BucketAccess, warns_of_403_for_missing_where_it_only_hides_failures) {
    const auto access = diagnose_access({.configured = missing}, {.missing_on_403 = true});
    EXPECT_EQ(problems_of(access), 0U);
    EXPECT_THAT(advice_of(access), ElementsAre(Advice{"TAPALCATL_MISSING_ON_403", "off"}));
}

TEST(BucketAccess, ends_with_what_the_store_says_of_wrong_credentials_and_of_its_own_state) {
    for (const auto& said : {ProbeResult{403, "SignatureDoesNotMatch", {Errc::denied, "the signature is wrong"}},
                             ProbeResult{404, "NoSuchBucket", {Errc::denied, "no such bucket"}},
                             ProbeResult{503, "SlowDown", {Errc::unavailable, "S3 throttles"}}}) {
        const auto access = diagnose_access({.configured = said}, {});
        EXPECT_FALSE(access.may_read) << said.code;
        ASSERT_EQ(access.findings.size(), 1U) << said.code;
        EXPECT_EQ(access.findings[0].severity, Severity::problem) << said.code;
        EXPECT_EQ(access.findings[0].code, said.error.code) << said.code;
        EXPECT_EQ(access.findings[0].text, said.error.message);
    }
}

TEST(BucketAccess, is_of_no_use_where_what_cannot_exist_is_found) {
    const auto access = diagnose_access({.configured = found}, {});
    EXPECT_FALSE(access.may_read);
    EXPECT_EQ(problems_of(access), 1U);
}

struct WebCase {
    unsigned status;
    bool may_read;
    std::size_t problems;
};
class WebAccess : public testing::TestWithParam<WebCase> {};

TEST_P(WebAccess, is_judged_by_the_status_of_a_missing_key) {
    const auto access = diagnose_web_access(GetParam().status, "", {});
    EXPECT_EQ(access.may_read, GetParam().may_read);
    EXPECT_EQ(problems_of(access), GetParam().problems);
}

INSTANTIATE_TEST_SUITE_P(Statuses, WebAccess,
                         testing::Values(WebCase{404, true, 0}, WebCase{410, true, 0}, WebCase{403, true, 1},
                                         WebCase{200, false, 1}, WebCase{206, false, 1}, WebCase{301, false, 1},
                                         WebCase{401, false, 1}, WebCase{429, false, 1}, WebCase{503, false, 1}));

TEST(WebAccess, shows_where_it_is_redirected_without_control_characters) {
    const auto access = diagnose_web_access(302, "https://else.where/\x1b[31m", {});
    EXPECT_EQ(access.findings.at(0).text,
              "the server redirects to https://else.where/\\x1b[31m (status 302); redirects are not followed");
}

}  // namespace
}  // namespace tapalcatl::doctor
