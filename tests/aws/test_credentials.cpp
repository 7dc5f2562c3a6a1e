#include "aws/credentials.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace tapalcatl::aws {
namespace {

const Credentials keys{"AKIDEXAMPLE", Secret("very-secret"), Secret("session"), std::nullopt};

TEST(Secrets, are_masked_wherever_they_are_printed) {
    std::ostringstream stream;
    stream << keys.secret_access_key << ' ' << keys;
    EXPECT_EQ(stream.str(), "*** AKIDEXAMPLE");
    EXPECT_EQ(fmt::format("{} {}", keys.session_token, keys), "*** AKIDEXAMPLE");
    EXPECT_EQ(testing::PrintToString(keys), "AKIDEXAMPLE");
}

TEST(Secrets, that_are_empty_are_seen_to_be) {
    EXPECT_EQ(fmt::format("[{}]", Secret()), "[]");
}

TEST(CheckedCredentials, are_those_that_fit_into_a_header) {
    const auto good = checked(keys);
    ASSERT_TRUE(good) << good.error();
    EXPECT_EQ(*good, keys);
    EXPECT_TRUE(checked({"AKIDEXAMPLE", Secret("s"), {}, {}}));
}

TEST(CheckedCredentials, refuse_a_line_break_and_do_not_show_what_stood_before_it) {
    for (const auto& bad :
         {Credentials{"AKID\r\nx-injected: 1", Secret("s"), {}, {}},
          Credentials{"AKID", Secret("very-secret\n"), {}, {}},
          Credentials{"AKID", Secret("s"), Secret("session "), {}}, Credentials{"AKID\xc3\xa9", Secret("s"), {}, {}}}) {
        const auto result = checked(bad);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, Errc::usage);
        EXPECT_EQ(result.error().message.find("AKID"), std::string::npos) << result.error();
        EXPECT_EQ(result.error().message.find("very"), std::string::npos) << result.error();
    }
}

TEST(CheckedCredentials, say_which_part_is_missing) {
    EXPECT_EQ(checked({"", Secret("s"), {}, {}}).error().message, "the access key id is empty");
    EXPECT_EQ(checked({"AKID", {}, {}, {}}).error().message, "the secret access key is empty");
}

}  // namespace
}  // namespace tapalcatl::aws
