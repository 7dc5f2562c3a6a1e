#include "base/text.hpp"
#include "cli/help.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tapalcatl::cli {
namespace {

using testing::HasSubstr;

const Verb& verb_named(std::string_view name) {
    for (const auto& verb : verb_table()) {
        if (verb.name == name) {
            return verb;
        }
    }
    throw std::runtime_error("no such verb");
}

TEST(Help, of_serve_shows_every_setting_with_its_flag_variable_and_default) {
    const auto help = verb_help(verb_named("serve"));
    for (const auto& setting : setting_table()) {
        EXPECT_THAT(help, HasSubstr("  " + setting.flag() + " ")) << setting.name;
        EXPECT_THAT(help, HasSubstr(fmt::format("\n      {}, default: ", setting.variable))) << setting.name;
    }
    EXPECT_THAT(help, HasSubstr("TAPALCATL_CACHE_SIZE, default: 256MB\n"));
    EXPECT_THAT(help, HasSubstr("CACHE_MAX_AGE, default: 1200\n"));
    EXPECT_THAT(help, HasSubstr("TAPALCATL_THREADS, default: one per core\n"));
    EXPECT_THAT(help, HasSubstr("TAPALCATL_STORAGE, default: none\n"));
}

TEST(Help, of_the_program_names_every_verb) {
    const auto help = program_help();
    for (const auto& verb : verb_table()) {
        EXPECT_THAT(help, HasSubstr(fmt::format("\n  {} ", verb.name)));
        EXPECT_THAT(help, HasSubstr(std::string(verb.summary)));
    }
}

TEST(Help, of_every_verb_shows_its_usage_and_only_its_own_settings) {
    for (const auto& verb : verb_table()) {
        EXPECT_THAT(verb_help(verb), HasSubstr(fmt::format("Usage: tapalcatl {}", verb.name)));
        for (const auto& flag : verb.flags) {
            EXPECT_THAT(verb_help(verb), HasSubstr(std::string(flag.flag)));
        }
    }
    EXPECT_EQ(verb_help(verb_named("ls")).find("--port"), std::string::npos);
}

TEST(Help, keeps_to_80_columns_but_for_words_that_are_longer) {
    const auto help = verb_help(verb_named("serve"));
    std::string_view rest = help;
    while (!rest.empty()) {
        const auto line = next_field(rest, '\n');
        EXPECT_TRUE(line.size() <= 80 || line.find(' ', 6) == std::string_view::npos ||
                    line.find("TAPALCATL_ATTRIBUTION") != std::string_view::npos ||
                    line.find("href=") != std::string_view::npos)
            << line;
    }
}

}  // namespace
}  // namespace tapalcatl::cli
