#include "tests/credentials/provider_fixture.hpp"
#include "tests/support/scratch_folder.hpp"

#include <filesystem>
#include <fstream>
#include <thread>

#include <unistd.h>

namespace tapalcatl::credentials::tests {
namespace {

class ProcessTest : public ProviderTest {
 protected:
    void TearDown() override { forget_provider(); }

    /// A command whose path and argument need quotes. The script has `$1`, and in `$2` the folder.
    std::string command(const std::string& script) const {
        const auto tool = path("my tool");
        std::ofstream(tool) << "#!/bin/sh\n" << script << "\n";
        std::filesystem::permissions(tool, std::filesystem::perms::owner_all);
        return fmt::format(R"("{}" 'a "b"  c' {})", tool, folder_.path().string());
    }

    CachedProvider& provide_process(const std::string& line) { return provide({Process{line}, "profile tool"}); }

    std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
    std::string file(const std::string& name) const {
        std::ifstream in(path(name));
        return {std::istreambuf_iterator<char>(in), {}};
    }

    const std::string good = R"(echo '{"Version":1,"AccessKeyId":"one","SecretAccessKey":"HUSH"}')";

 private:
    tapalcatl::tests::ScratchFolder folder_;
};

TEST_F(ProcessTest, takes_what_the_command_prints) {
    provide_process(command("printf %s \"$1\" > \"$2/argument\"; " + good));
    const auto answer = ask();
    ASSERT_TRUE(answer) << answer.error();
    EXPECT_EQ(*answer, (aws::Credentials{"one", Secret("HUSH"), Secret(), std::nullopt}));
    EXPECT_EQ(file("argument"), "a \"b\"  c");
}

TEST_F(ProcessTest, runs_once_for_keys_that_do_not_expire_until_they_are_refused) {
    provide_process(command("echo run >> \"$2/runs\"; " + good));
    const auto first = ask();
    clock.pass(hours(100));
    EXPECT_EQ(ask_for_id(), "one");
    EXPECT_EQ(file("runs"), "run\n");
    EXPECT_TRUE(provider().invalidate(**first));
    EXPECT_EQ(ask_for_id(), "one");
    EXPECT_EQ(file("runs"), "run\nrun\n");
}

TEST_F(ProcessTest, runs_again_before_they_expire) {
    provide_process(
        command(fmt::format("echo run >> \"$2/runs\"; echo '{{\"Version\":1,\"AccessKeyId\":\"'$(grep -c run "
                            "\"$2/runs\")'\",\"SecretAccessKey\":"
                            "\"HUSH\",\"SessionToken\":\"HUSH\",\"Expiration\":\"{}\"}}'",
                            time_in(hours(2)))));
    EXPECT_EQ(ask_for_id(), "1");
    clock.pass(minutes(115));
    EXPECT_EQ(ask_for_id(), "1");
    expect_soon("2");
}

TEST_F(ProcessTest, says_how_the_command_ended_and_nothing_that_it_said) {
    provide_process(command("echo HUSH; echo HUSH >&2; exit 3"));
    expect_failure(ask(), Errc::denied, {"profile tool", "credential_process", "my tool", "status 3"});
}

TEST_F(ProcessTest, does_not_show_output_that_makes_no_sense) {
    provide_process("echo HUSH");
    expect_failure(ask(), Errc::corrupt, {"credential_process", "JSON"});
    provide_process(R"(echo '{"Version":2,"SecretAccessKey":"HUSH"}')");
    expect_failure(ask(), Errc::unsupported, {"Version"});
    provide_process("yes HUSH");
    expect_failure(ask(), Errc::too_large, {"yes", "65536"});
}

TEST_F(ProcessTest, is_no_shell) {
    provide_process("echo '{' | cat > /dev/null; HUSH");
    expect_failure(ask(), Errc::corrupt, {"JSON"});
    provide_process("'HUSH");
    expect_failure(ask(), Errc::usage, {"credential_process", "quote"});
    provide_process("");
    expect_failure(ask(), Errc::usage, {"no program"});
    provide_process("/no/such/tool HUSH");
    expect_failure(ask(), Errc::usage, {"/no/such/tool", "No such file"});
}

TEST_F(ProcessTest, is_killed_at_the_end_of_the_time_for_a_fetch) {
    times.fetch = milliseconds(300);
    provide_process("sleep 900");
    expect_failure(ask(), Errc::timeout, {"sleep", "in time"});
}

TEST_F(ProcessTest, is_killed_when_the_provider_ends) {
    provide_process(command("echo $$ > \"$2/pid\"; exec sleep 900"));
    const auto caller = start_asking();
    while (file("pid").empty()) {
        tapalcatl::tests::settle(context);
        std::this_thread::yield();
    }
    forget_provider();
    EXPECT_NE(::kill(static_cast<pid_t>(std::stol(file("pid"))), 0), 0);
    run_until([&] { return caller.done(); });
    EXPECT_EQ(caller->error().code, Errc::unavailable);
}

TEST_F(ProcessTest, does_not_hold_up_the_server_while_it_runs) {
    provide_process(command("while ! test -e \"$2/go\"; do sleep 0.02; done; " + good));
    const auto caller = start_asking();
    round_trip();
    EXPECT_FALSE(caller.done());
    std::ofstream(path("go")) << "x";
    run_until([&] { return caller.done(); });
}

}  // namespace
}  // namespace tapalcatl::credentials::tests
