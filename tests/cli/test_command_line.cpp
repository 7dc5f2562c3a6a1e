#include "base/text.hpp"
#include "cli/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tapalcatl::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<std::string>;

CommandLine parsed(const Words& words) {
    auto line = parse_command_line(words);
    EXPECT_TRUE(line) << line.error();
    return line ? std::move(*line) : CommandLine{};
}

std::string refusal(const Words& words) {
    const auto line = parse_command_line(words);
    EXPECT_FALSE(line);
    if (line) {
        return {};
    }
    EXPECT_EQ(line.error().code, Errc::usage);
    return line.error().message;
}

TEST(CommandLine, finds_the_verb_its_arguments_and_flags) {
    const auto line = parsed({"locate", "3/4/2.mvt", "--px", "512", "--json", "--s3-prefix=demo"});
    ASSERT_NE(line.verb, nullptr);
    EXPECT_EQ(line.verb->name, "locate");
    EXPECT_THAT(line.arguments, ElementsAre("3/4/2.mvt"));
    EXPECT_EQ(line.values.at("--px"), "512");
    EXPECT_TRUE(line.switches.contains("--json"));
    EXPECT_EQ(line.settings.at("s3_prefix"), "demo");
}

TEST(CommandLine, takes_every_setting_as_a_flag_of_serve) {
    for (const auto& setting : setting_table()) {
        const auto line = parsed({"serve", setting.flag(), "some value"});
        EXPECT_THAT(line.settings, ElementsAre(testing::Pair(std::string(setting.name), "some value")));
        EXPECT_EQ(parsed({"serve", setting.flag() + "=a=b"}).settings.at(std::string(setting.name)), "a=b");
    }
}

TEST(CommandLine, takes_empty_values_in_both_forms) {
    EXPECT_EQ(parsed({"serve", "--s3-layer="}).settings.at("s3_layer"), "");
    EXPECT_EQ(parsed({"serve", "--s3-layer", ""}).settings.at("s3_layer"), "");
    const auto line = parsed({"locate", "--s3-layer=", "3/4/2.mvt"});
    EXPECT_EQ(line.settings.at("s3_layer"), "");
    EXPECT_THAT(line.arguments, ElementsAre("3/4/2.mvt"));
}

TEST(CommandLine, takes_values_that_look_like_flags_or_lists) {
    EXPECT_EQ(parsed({"serve", "--bounds", "-10,-20,10,20"}).settings.at("bounds"), "-10,-20,10,20");
    EXPECT_EQ(parsed({"serve", "--host", "[::1]"}).settings.at("host"), "[::1]");
    EXPECT_EQ(parsed({"serve", "--name", "--host"}).settings.at("name"), "--host");
    EXPECT_EQ(parsed({"serve", "--name", "serve"}).settings.at("name"), "serve");
}

TEST(CommandLine, counts_the_last_of_repeated_flags) {
    EXPECT_EQ(parsed({"serve", "--port", "1", "--port=2"}).settings.at("port"), "2");
    EXPECT_TRUE(parsed({"ls", "--json", "a.zip", "--json"}).switches.contains("--json"));
}

TEST(CommandLine, takes_names_of_verbs_brackets_and_blanks_as_arguments) {
    EXPECT_THAT(parsed({"cat", "ls", "serve"}).arguments, ElementsAre("ls", "serve"));
    EXPECT_THAT(parsed({"verify", "[a]", "b c", "{d}", "@e", "-"}).arguments,
                ElementsAre("[a]", "b c", "{d}", "@e", "-"));
}

TEST(CommandLine, ends_flags_at_two_dashes) {
    EXPECT_THAT(parsed({"cat", "--", "--json", "-h"}).arguments, ElementsAre("--json", "-h"));
    EXPECT_THAT(parsed({"cat", "a.zip", "--", "--"}).arguments, ElementsAre("a.zip", "--"));
}

TEST(CommandLine, gives_help_before_it_looks_at_the_rest) {
    EXPECT_EQ(parsed({"--help"}).ask, CommandLine::Ask::help);
    EXPECT_EQ(parsed({"-h"}).ask, CommandLine::Ask::help);
    const auto line = parsed({"cat", "-h"});
    EXPECT_EQ(line.ask, CommandLine::Ask::help);
    ASSERT_NE(line.verb, nullptr);
    EXPECT_EQ(line.verb->name, "cat");
    EXPECT_EQ(parsed({"ls", "--nonsense", "--help"}).ask, CommandLine::Ask::help);
}

TEST(CommandLine, takes_help_as_a_verb) {
    EXPECT_EQ(parsed({"help"}).ask, CommandLine::Ask::help);
    EXPECT_EQ(parsed({"help"}).verb, nullptr);
    const auto line = parsed({"help", "cat"});
    EXPECT_EQ(line.ask, CommandLine::Ask::help);
    ASSERT_NE(line.verb, nullptr);
    EXPECT_EQ(line.verb->name, "cat");
    EXPECT_EQ(refusal({"help", "serv"}), "unknown verb 'serv': did you mean 'serve'?");
}

TEST(CommandLine, refuses_values_of_switches) {
    EXPECT_EQ(refusal({"ls", "a.zip", "--json=false"}), "ls: --json=false: expected no value");
    EXPECT_EQ(refusal({"ls", "a.zip", "--json="}), "ls: --json=: expected no value");
}

TEST(CommandLine, tells_the_version) {
    EXPECT_EQ(parsed({"--version"}).ask, CommandLine::Ask::version);
}

TEST(CommandLine, refuses_what_it_does_not_know_and_says_what_is_near) {
    EXPECT_EQ(parsed({}).ask, CommandLine::Ask::usage);
    EXPECT_EQ(refusal({"serv"}), "unknown verb 'serv': did you mean 'serve'?");
    EXPECT_EQ(refusal({"dance"}), "unknown verb 'dance': 'tapalcatl --help' lists them");
    EXPECT_EQ(refusal({"--halp"}), "unknown flag '--halp': did you mean '--help'?");
    EXPECT_EQ(refusal({"serve", "--cach-size", "1"}),
              "serve: unknown flag '--cach-size': did you mean '--cache-size'?");
    EXPECT_EQ(refusal({"serve", "--cach-size=1"}), "serve: unknown flag '--cach-size': did you mean '--cache-size'?");
    EXPECT_EQ(refusal({"ls", "a.zip", "--port", "1"}), "ls: unknown flag '--port': 'tapalcatl ls --help' lists them");
    EXPECT_THAT(refusal({"serve", "-p", "80"}), HasSubstr("flag '-p'"));
    EXPECT_THAT(refusal({"serve", "-5"}), HasSubstr("flag '-5'"));
}

TEST(CommandLine, refuses_flags_without_their_value) {
    EXPECT_EQ(refusal({"serve", "--port"}), "serve: --port: expected a value after it");
    EXPECT_EQ(refusal({"locate", "1/0/0.mvt", "--px"}), "locate: --px: expected a value after it");
}

TEST(CommandLine, refuses_too_few_and_too_many_arguments) {
    EXPECT_EQ(refusal({"cat", "a.zip"}), "cat: expected ARCHIVE ENTRY");
    EXPECT_EQ(refusal({"verify"}), "verify: expected ARCHIVE|DIRECTORY...");
    EXPECT_EQ(refusal({"ls", "a.zip", "b.zip"}), "ls: 'b.zip': expected no more than ARCHIVE");
    EXPECT_EQ(refusal({"config", "8080"}), "config: '8080': expected no arguments");
}

TEST(CommandLine, is_refused_in_one_printable_line) {
    EXPECT_EQ(refusal({"a\nb"}), "unknown verb 'a\\x0ab': 'tapalcatl --help' lists them");
    EXPECT_EQ(refusal({"serve", "--x\x1b"}).find('\x1b'), std::string::npos);
}

}  // namespace

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

TEST(Help, of_serve_starts_with_the_settings_that_most_people_need) {
    const auto help = verb_help(verb_named("serve"));
    EXPECT_THAT(help, HasSubstr("\nMost used\n  --storage                   TAPALCATL_STORAGE\n"));
    EXPECT_LT(help.find("  --port                      PORT\n"), help.find("\nStorage\n"));
    EXPECT_EQ(verb_help(verb_named("ls")).find("Most used"), std::string::npos);
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
