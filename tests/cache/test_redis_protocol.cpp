#include "cache/redis_protocol.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::cache {
namespace {

using Kind = RedisReply::Kind;

/// All answers in `bytes`, fed in pieces of `piece`; after them "!" where it is refused, "..." where one is begun.
std::string answers_in(std::string_view bytes, std::size_t piece = 1000, std::uint64_t limit = 1000) {
    RedisReader reader(limit);
    std::string seen;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        if (!reader.feed(as_bytes(bytes.substr(at, piece)))) {
            return seen + "!";
        }
        for (;;) {
            const auto reply = reader.next();
            if (!reply) {
                return seen + "!";
            }
            if (!*reply) {
                break;
            }
            constexpr std::string_view kinds = "0+$-";
            seen += kinds[static_cast<std::size_t>((*reply)->kind)];
            seen += (*reply)->text();
            seen += ' ';
        }
    }
    return seen;
}

TEST(RedisReader, reads_what_is_asked_for) {
    EXPECT_EQ(answers_in("+OK\r\n"), "+OK ");
    EXPECT_EQ(answers_in("$-1\r\n"), "0 ");
    EXPECT_EQ(answers_in("$5\r\nva\r\nl\r\n"), "$va\r\nl ");
    EXPECT_EQ(answers_in("$0\r\n\r\n"), "$ ");
    EXPECT_EQ(answers_in("-ERR no\r\n"), "-ERR no ");
    EXPECT_EQ(answers_in("+OK\r\n$1\r\na\r\n$-1\r\n-E\r\n+PONG\r\n"), "+OK $a 0 -E +PONG ");
}

TEST(RedisReader, reads_the_same_in_pieces_of_any_size) {
    const std::string_view bytes = "+OK\r\n$12\r\n\r\n$1\r\na\r\n+x\r\n$-1\r\n-ERR no\r\n$0\r\n\r\n";
    const auto whole = answers_in(bytes);
    for (std::size_t piece = 1; piece < bytes.size(); ++piece) {
        EXPECT_EQ(answers_in(bytes, piece), whole) << piece;
    }
}

TEST(RedisReader, waits_for_what_is_cut_off) {
    const std::string_view bytes = "$12\r\nabcdefghijkl\r\n";
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_EQ(answers_in(bytes.substr(0, size)), "") << size;
    }
}

TEST(RedisReader, refuses_what_is_never_asked_for) {
    for (const auto* bytes : {":1\r\n", "*0\r\n", "*1\r\n$1\r\na\r\n", "*2147483647\r\n", "*9999999999999\r\n"}) {
        EXPECT_EQ(answers_in(bytes), "!") << bytes;
        EXPECT_EQ(answers_in(bytes, 1), "!") << bytes;
    }
}

TEST(RedisReader, refuses_what_is_no_answer) {
    for (const auto* bytes : {"HTTP/1.1 400 Bad Request\r\n", "\r\n", "$x\r\n", "$-2\r\n", "$99999999999999999999\r\n",
                              "%1\r\n", ",1.5\r\n", "#t\r\n", "\x15\x03\x01"}) {
        EXPECT_EQ(answers_in(bytes), "!") << bytes;
    }
}

TEST(RedisReader, refuses_what_is_longer_than_its_limit) {
    EXPECT_EQ(answers_in("$90\r\n" + std::string(90, 'v') + "\r\n", 10, 97), "$" + std::string(90, 'v') + " ");
    EXPECT_EQ(answers_in("$90\r\n" + std::string(90, 'v') + "\r\n", 10, 80), "!");
    EXPECT_EQ(answers_in("+" + std::string(1000, 'v'), 10, 100), "!");
    std::string many;
    for (int i = 0; i < 100; ++i) {
        many += "$20\r\n" + std::string(20, 'v') + "\r\n";
    }
    EXPECT_EQ(answers_in(many, 7, 50).size(), 100U * 22) << "the limit is one answer's";
}

}  // namespace
}  // namespace tapalcatl::cache
