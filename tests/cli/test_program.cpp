#include "cli/program.hpp"

#include <gmock/gmock.h>

namespace tapalcatl::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> words(const std::vector<std::string>& arguments,
                               const EnvironmentVariables& environment = {}) {
    return words_of(arguments, environment);
}

TEST(WordsOf, are_the_arguments_behind_the_name) {
    EXPECT_THAT(words({"tapalcatl", "serve", "--port=1"}), ElementsAre("serve", "--port=1"));
    EXPECT_THAT(words({"tapalcatl"}), IsEmpty());
    EXPECT_THAT(words({}), IsEmpty());
}

TEST(WordsOf, are_the_verb_for_lambda_where_lambda_starts_the_program) {
    const EnvironmentVariables of_lambda{{"AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"}};
    EXPECT_THAT(words({"/var/task/bootstrap"}), ElementsAre("lambda"));
    EXPECT_THAT(words({"tapalcatl"}, of_lambda), ElementsAre("lambda"));
    EXPECT_THAT(words({"bootstrap", "version"}, of_lambda), ElementsAre("version")) << "what is asked for goes first";
    EXPECT_THAT(words({"/bootstrap/tapalcatl"}), IsEmpty());
}

}  // namespace
}  // namespace tapalcatl::cli
