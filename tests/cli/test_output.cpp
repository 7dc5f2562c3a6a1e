#include "cli/output.hpp"

#include "tests/support/scratch_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace tapalcatl::cli {
namespace {

TEST(Output, brings_everything_in_order_whatever_its_size) {
    tests::ScratchFile file;
    Output out(file.fd());
    std::string want;
    for (const std::size_t size : {1U, 100'000U, 65'535U, 65'536U, 3U, 0U, 70'000U}) {
        const std::string text(size, static_cast<char>('a' + size % 26));
        out.write(text);
        want += text;
    }
    out.print("{}-{}", 1, "x");
    ASSERT_TRUE(out.flush());
    EXPECT_EQ(file.content(), want + "1-x");
}

TEST(Output, tells_of_a_full_disk) {
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    ASSERT_GE(full, 0);
    Output out(full);
    out.write(std::string_view("lost"));
    const auto flushed = out.flush();
    ASSERT_FALSE(flushed);
    EXPECT_EQ(flushed.error().code, Errc::io);
    EXPECT_THAT(flushed.error().message, testing::HasSubstr("No space left"));
    EXPECT_TRUE(out.has_failed());
    EXPECT_FALSE(out.reader_left());
    EXPECT_FALSE(out.flush());  // does not forget
    ::close(full);
}

TEST(Output, knows_when_nobody_reads_it_any_more) {
    std::signal(SIGPIPE, SIG_IGN);
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    ::close(ends[0]);
    Output out(ends[1]);
    out.write(std::string_view("unheard"));
    EXPECT_FALSE(out.flush());
    EXPECT_TRUE(out.reader_left());
    ::close(ends[1]);
}

TEST(Content, that_is_binary_goes_anywhere_but_to_a_terminal) {
    constexpr std::string_view binary("\x1a\x00\x1b[2J", 6);
    tests::ScratchFile file;
    Output out(file.fd());
    ASSERT_TRUE(write_content(out, as_bytes(binary)));
    ASSERT_TRUE(out.flush());
    EXPECT_EQ(file.content(), binary);

    const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0 || ::grantpt(terminal) != 0 || ::unlockpt(terminal) != 0) {
        GTEST_SKIP() << "no pseudo-terminals here";
    }
    const int user_end = ::open(::ptsname(terminal), O_RDWR | O_NOCTTY);
    ASSERT_GE(user_end, 0);
    Output screen(user_end);
    ASSERT_TRUE(screen.is_terminal());
    const auto refused = write_content(screen, as_bytes(binary));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::usage);
    EXPECT_TRUE(write_content(screen, as_bytes("{\"a\": \"\xc3\xbc\"}\n")));
    EXPECT_TRUE(screen.flush());
    ::close(user_end);
    ::close(terminal);
}

}  // namespace

namespace {

TEST(ExitCodes, follow_from_the_kind_of_failure) {
    for (const auto& [code, want] : {std::pair<Errc, int>{Errc::usage, 2},
                                     {Errc::bad_request, 2},
                                     {Errc::not_found, 3},
                                     {Errc::no_tile, 3},
                                     {Errc::corrupt, 4},
                                     {Errc::unsupported, 4},
                                     {Errc::too_large, 4},
                                     {Errc::denied, 1},
                                     {Errc::unavailable, 1},
                                     {Errc::timeout, 1},
                                     {Errc::overloaded, 1},
                                     {Errc::replaced, 1},
                                     {Errc::io, 1}}) {
        EXPECT_EQ(exit_code(code), want) << name_of(code);
    }
}

}  // namespace

namespace {}  // namespace

}  // namespace tapalcatl::cli
