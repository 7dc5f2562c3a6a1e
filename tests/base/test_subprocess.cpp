#include "base/descriptor.hpp"
#include "base/subprocess.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace tapalcatl {
namespace {

using Words = std::vector<std::string>;

struct LineCase {
    std::string line;
    Words words;
};

class ShellWords : public testing::TestWithParam<LineCase> {};

TEST_P(ShellWords, are_those_of_shlex) {
    const auto words = shell_words(GetParam().line);
    ASSERT_TRUE(words) << words.error();
    EXPECT_EQ(*words, GetParam().words);
}

// What Python's shlex.split answers.
INSTANTIATE_TEST_SUITE_P(
    All, ShellWords,
    testing::Values(LineCase{"", {}}, LineCase{"  \t\r\n", {}}, LineCase{" a  b\tc\n", {"a", "b", "c"}},
                    LineCase{R"("/opt/my tool" --as 'a b')", {"/opt/my tool", "--as", "a b"}},
                    LineCase{R"(a"b c"'d e'f)", {"ab cd ef"}}, LineCase{R"('' "" x)", {"", "", "x"}},
                    LineCase{R"(a\ b \"c\' \\)", {"a b", "\"c'", "\\"}}, LineCase{R"("a\"b\\c\d\$")", {R"(a"b\c\d\$)"}},
                    LineCase{R"('a\b"')", {R"(a\b")"}}, LineCase{"a\\\nb", {"a\nb"}},
                    LineCase{"a # b", {"a", "#", "b"}},
                    LineCase{"$(x) `y` $Z ~ * | > ; &", {"$(x)", "`y`", "$Z", "~", "*", "|", ">", ";", "&"}}));

TEST(ShellWordsOf, a_broken_line_are_refused_without_showing_it) {
    for (const auto& line : Words{"a 'hush", "a \"hush", "hush\\", "\"hush\\", std::string("hush\0x", 6)}) {
        const auto words = shell_words(line);
        ASSERT_FALSE(words) << line;
        EXPECT_EQ(words.error().code, Errc::usage);
        EXPECT_THAT(words.error().message, testing::Not(testing::HasSubstr("hush")));
    }
}

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

ProgramLimits limits_of(milliseconds time = seconds(60)) {
    ProgramLimits limits;
    limits.deadline = std::chrono::steady_clock::now() + time;
    return limits;
}

Result<std::string> run_script(const std::string& script, ProgramLimits limits = limits_of()) {
    return run_program({"sh", "-c", script}, limits);
}

void expect_failure(const Result<std::string>& output, Errc code, const std::string& words) {
    ASSERT_FALSE(output) << *output;
    EXPECT_EQ(output.error().code, code) << output.error();
    EXPECT_THAT(output.error().message, HasSubstr(words));
    EXPECT_THAT(output.error().message, testing::Not(HasSubstr("SECRET")));
}

/// A script that writes its process's id into a pipe before it hangs, so that a test can look for it afterwards.
class HangingProgram : public testing::Test {
 protected:
    HangingProgram() {
        std::string name = testing::TempDir() + "program-XXXXXX";
        folder = ::mkdtemp(name.data());
    }
    void TearDown() override {
        ::unlink((folder + "/pid").c_str());
        ::rmdir(folder.c_str());
    }

    std::string told_pid() const { return "echo $$ > " + folder + "/pid; "; }

    /// Whether the script's process is gone. Requires: it has told.
    bool is_gone() const {
        const Descriptor file(::open((folder + "/pid").c_str(), O_RDONLY | O_CLOEXEC));
        std::array<char, 32> text{};
        EXPECT_GT(::read(file.get(), text.data(), text.size() - 1), 0);
        return ::kill(static_cast<pid_t>(std::stol(text.data())), 0) != 0 && errno == ESRCH;
    }

    bool has_told() const {
        std::error_code error;
        const auto size = std::filesystem::file_size(folder + "/pid", error);
        return !error && size > 0;
    }

    std::string folder;
};

TEST(Program, answers_what_was_written) {
    EXPECT_EQ(*run_program({"printf", "%s|", "a b", "", "$HOME", "'"}, limits_of()), "a b||$HOME|'|");
    EXPECT_EQ(*run_program({"/bin/sh", "-c", "echo a; sleep 0.05; echo b"}, limits_of()), "a\nb\n");
    EXPECT_EQ(*run_program({"true"}, limits_of()), "");
}

TEST(Program, has_the_environment_of_this_process) {
    ::setenv("TAPALCATL_TEST_PROGRAM", "seen", 1);
    EXPECT_EQ(*run_script("printf %s $TAPALCATL_TEST_PROGRAM"), "seen");
    ::unsetenv("TAPALCATL_TEST_PROGRAM");
}

TEST(Program, has_none_of_the_descriptors_of_this_process) {
    std::array<int, 2> leaking{};
    ASSERT_EQ(::pipe(leaking.data()), 0);  // as libraries do that know nothing of O_CLOEXEC
    const Descriptor first(leaking[0]);
    const Descriptor second(leaking[1]);
    // That of the folder itself is gone when it is looked for.
    EXPECT_EQ(*run_script("cd /proc/$$/fd; for fd in *; do if test -e $fd; then printf '%s ' $fd; fi; done"), "0 1 2 ");
}

TEST(Program, leaves_no_descriptors_behind) {
    const auto lowest = [] { return Descriptor(::dup(STDERR_FILENO)).get(); };
    const int before = lowest();
    for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(run_script("true"));
        EXPECT_FALSE(run_script("false"));
        EXPECT_FALSE(run_program({"/no/such/program"}, limits_of()));
    }
    EXPECT_EQ(lowest(), before);
}

TEST(Program, has_an_empty_input_and_no_terminal) {
    EXPECT_EQ(*run_script("cat; echo end"), "end\n");
    EXPECT_EQ(*run_script("(: < /dev/tty) 2>&- && echo terminal || echo none"), "none\n");
}

TEST(Program, says_nothing_on_standard_error) {
    testing::internal::CaptureStderr();
    expect_failure(run_script("echo SECRET >&2; exit 3"), Errc::denied, "sh: ended with status 3");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Program, is_not_told_by_its_output_when_it_fails) {
    expect_failure(run_script("echo SECRET; exit 1"), Errc::denied, "status 1");
    expect_failure(run_script("echo SECRET; kill -9 $$"), Errc::denied, "signal 9");
}

TEST(Program, that_is_not_there_is_the_users_mistake) {
    expect_failure(run_program({"/no/such/program", "SECRET"}, limits_of()), Errc::usage, "/no/such/program: cannot");
    expect_failure(run_program({"no-such-program-anywhere"}, limits_of()), Errc::usage, "No such file");
    expect_failure(run_program({"/etc/hostname"}, limits_of()), Errc::usage, "cannot be run");
    expect_failure(run_program({}, limits_of()), Errc::usage, "no program");
    expect_failure(run_program({""}, limits_of()), Errc::usage, "no program");
}

TEST(Program, that_writes_without_end_is_killed) {
    expect_failure(run_program({"yes", "SECRET"}, limits_of()), Errc::too_large, "yes: wrote more than 65536 bytes");
}

TEST(Program, may_write_as_much_as_is_allowed) {
    EXPECT_EQ(run_script("head -c 65536 /dev/zero")->size(), 65536U);
    EXPECT_FALSE(run_script("head -c 65537 /dev/zero"));
}

TEST(Program, gets_signals_that_its_parent_has_blocked_or_ignores) {
    sigset_t blocked;
    sigset_t before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
    auto* const old = ::signal(SIGPIPE, SIG_IGN);
    EXPECT_THAT(run_script("kill -TERM $$; echo still here").error().message, HasSubstr("signal 15"));
    EXPECT_THAT(run_script("kill -PIPE $$; echo still here").error().message, HasSubstr("signal 13"));
    ::signal(SIGPIPE, old);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST(Program, is_waited_for_although_nobody_may_hear_of_its_end) {
    auto* const old = ::signal(SIGCHLD, SIG_IGN);
    const auto output = run_script("echo a");
    ::signal(SIGCHLD, old);
    ASSERT_TRUE(output) << output.error();
    EXPECT_EQ(*output, "a\n");
}

TEST_F(HangingProgram, is_killed_with_all_that_it_started) {
    // The sleep holds the output open, and would for a quarter of an hour.
    expect_failure(run_script(told_pid() + "sleep 900 & wait", limits_of(milliseconds(500))), Errc::timeout,
                   "did not end in time");
    EXPECT_TRUE(is_gone());
}

TEST_F(HangingProgram, is_killed_although_it_has_closed_its_output) {
    expect_failure(run_script(told_pid() + "exec >&-; sleep 900", limits_of(milliseconds(500))), Errc::timeout,
                   "did not end in time");
    EXPECT_TRUE(is_gone());
}

TEST_F(HangingProgram, is_killed_although_it_ignores_what_can_be_ignored) {
    expect_failure(run_script("trap '' TERM INT HUP; " + told_pid() + "sleep 900", limits_of(milliseconds(500))),
                   Errc::timeout, "in time");
    EXPECT_TRUE(is_gone());
}

TEST_F(HangingProgram, is_killed_when_it_is_stopped_from_outside) {
    const Descriptor stop(::eventfd(0, EFD_CLOEXEC));
    auto limits = limits_of();
    limits.stop_fd = stop.get();
    Result<std::string> output = std::string();
    std::thread runner([&] { output = run_script(told_pid() + "sleep 900", limits); });
    while (!has_told()) {
        std::this_thread::yield();
    }
    ::eventfd_write(stop.get(), 1);
    runner.join();
    expect_failure(output, Errc::unavailable, "stopped");
    EXPECT_TRUE(is_gone());
}

}  // namespace
}  // namespace tapalcatl
