#include "cli/doctor.hpp"
#include "doctor/diagnosis.hpp"

#include "tests/support/scratch_file.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tapalcatl::doctor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Diagnoses some() {
    Diagnoses all;
    all.add(ok("storage", "s3://tiles"));
    all.add(warning("region", "elsewhere").with(Advice{"AWS_REGION", "eu-south-1"}));
    all.add(problem("missing keys", fail(Errc::denied, "403")).with("allow it").with(Advice{"S3_PREFIX", "a b"}));
    all.add(problem("keys", fail(Errc::not_found, "none")).with(Advice{"S3_PREFIX", "it's; rm -rf $HOME"}));
    return all;
}

std::string shown(const Diagnoses& all, const Flags& flags = {}, bool is_json = false) {
    const std::vector groups{SettingGroup::storage, SettingGroup::keys};
    const auto configuration = configure(groups, flags, {});
    EXPECT_TRUE(configuration) << configuration.error();
    tests::ScratchFile file;
    cli::Output out(file.fd());
    if (is_json) {
        cli::print_diagnoses_json(all, out);
    } else {
        cli::print_diagnoses(all, *configuration, out);
    }
    EXPECT_TRUE(out.flush());
    return file.content();
}

TEST(Diagnoses, end_with_the_code_of_the_first_problem) {
    EXPECT_EQ(some().code(), Errc::denied);
    EXPECT_EQ(some().problems(), 2U);
    Diagnoses good;
    good.add(warning("region", "elsewhere"));
    EXPECT_EQ(good.code(), std::nullopt);
}

TEST(Diagnoses, advise_each_variable_once_as_was_said_last) {
    EXPECT_THAT(some().advice(),
                ElementsAre(Advice{"AWS_REGION", "eu-south-1"}, Advice{"S3_PREFIX", "it's; rm -rf $HOME"}));
}

TEST(Diagnoses, are_shown_aligned_with_marks_and_what_to_do_below) {
    EXPECT_EQ(shown(some()), R"(  storage       s3://tiles
? region        elsewhere
! missing keys  403
                allow it
! keys          none

The server would not work as configured: there are 2 problems.

Set this:

  AWS_REGION=eu-south-1
  S3_PREFIX='it'\''s; rm -rf $HOME'
)");
}

TEST(Diagnoses, say_that_all_is_well_where_it_is) {
    Diagnoses good;
    good.add(ok("storage", "file:///srv"));
    EXPECT_EQ(shown(good), "  storage  file:///srv\n\nThe server would work as configured.\n");
}

TEST(Diagnoses, tell_a_flag_where_the_flag_was_given_as_it_would_win) {
    const auto text = shown(some(), {{"s3_prefix", "x"}});
    EXPECT_THAT(text, HasSubstr("\n  --s3-prefix='it'"));
    EXPECT_THAT(text, Not(HasSubstr("S3_PREFIX")));
}

TEST(Diagnoses, come_as_json_too) {
    const auto document = boost::json::parse(shown(some(), {}, true)).as_object();
    EXPECT_EQ(document.at("works"), false);
    const auto& rows = document.at("findings").as_array();
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_EQ(rows[2].at("name"), "missing keys");
    EXPECT_EQ(rows[2].at("severity"), "problem");
    EXPECT_EQ(rows[2].at("finding"), "403");
    EXPECT_EQ(rows[2].at("what_to_do").at(0), "allow it");
    EXPECT_EQ(document.at("set").at("S3_PREFIX"), "it's; rm -rf $HOME");
}

TEST(Diagnoses, show_no_control_characters_of_others) {
    Diagnoses all;
    all.add(problem("keys", fail(Errc::not_found, "\x1b[2Jnone\n")).with("a\xff"));
    EXPECT_THAT(shown(all), HasSubstr("! keys  \\x1b[2Jnone\\x0a\n        a\\xff\n"));
    EXPECT_EQ(boost::json::parse(shown(all, {}, true)).at("findings").at(0).at("finding"), "\\x1b[2Jnone\\x0a");
}

TEST(Diagnoses, may_take_advice_back) {
    auto all = some();
    all.withdraw("S3_PREFIX");
    EXPECT_THAT(all.advice(), ElementsAre(Advice{"AWS_REGION", "eu-south-1"}));
    EXPECT_EQ(all.problems(), 2U);
}

TEST(ShellQuoting, makes_one_harmless_word_of_anything) {
    EXPECT_EQ(cli::shell_quoted("20260901/a-b_c.d"), "20260901/a-b_c.d");
    EXPECT_EQ(cli::shell_quoted(""), "");
    EXPECT_EQ(cli::shell_quoted("a b"), "'a b'");
    EXPECT_EQ(cli::shell_quoted("$(id)`id`\"\\"), "'$(id)`id`\"\\'");
    EXPECT_EQ(cli::shell_quoted("~root"), "'~root'");
    EXPECT_EQ(cli::shell_quoted("a\nb\x1b"), "'a\\x0ab\\x1b'");
}

}  // namespace
}  // namespace tapalcatl::doctor
