#include "base/descriptor.hpp"
#include "base/log.hpp"
#include "http/access_log.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <future>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tapalcatl::http {
namespace {

namespace json = boost::json;
using Form = AccessLog::Form;

constexpr std::chrono::seconds patience{20};

/// A file to log into.
class LogFile {
 public:
    LogFile() : file_(std::tmpfile()) {}
    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;
    ~LogFile() { std::fclose(file_); }

    int fd() const { return ::fileno(file_); }

    std::string text() const {
        std::string all(1 << 20, '\0');
        const auto size = ::pread(fd(), all.data(), all.size(), 0);
        all.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        return all;
    }

 private:
    std::FILE* file_;
};

/// A descriptor to log into, each write to which stays apart.
class Writes {
 public:
    Writes() {
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds_.data()) != 0) {
            throw std::system_error(errno, std::system_category(), "socketpair");
        }
        reader_ = std::async(std::launch::async, [fd = fds_[1]] {
            std::vector<std::string> all;
            std::string buffer(1 << 20, '\0');
            for (ssize_t size = 0; (size = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0;) {
                all.emplace_back(buffer, 0, static_cast<std::size_t>(size));
            }
            return all;
        });
    }
    Writes(const Writes&) = delete;
    Writes& operator=(const Writes&) = delete;
    ~Writes() {
        ::shutdown(fds_[0], SHUT_WR);
        if (reader_.valid()) {
            reader_.wait();
        }
        ::close(fds_[0]);
        ::close(fds_[1]);
    }

    int fd() const { return fds_[0]; }
    void add(std::string_view text) const { ::send(fds_[0], text.data(), text.size(), 0); }

    /// All that was written, a string for each write.
    std::vector<std::string> finish() const {
        ::shutdown(fds_[0], SHUT_WR);
        return reader_.get();
    }

 private:
    std::array<int, 2> fds_{};
    mutable std::future<std::vector<std::string>> reader_;
};

AccessRecord record() {
    AccessRecord one;
    one.time = WallTime(std::chrono::milliseconds(784'111'777'042));
    one.peer = "192.0.2.1";
    one.method = "GET";
    one.path = "/tilezen/vector/v1/all/0/0/0.mvt";
    one.status = 200;
    one.bytes = 31'234;
    one.took = std::chrono::microseconds(1'234);
    one.cache = web::CacheState::miss;
    one.archive_key = "all/0/0/0.zip";
    return one;
}

std::string logged(Form form, const AccessRecord& one) {
    const LogFile file;
    AccessLogWriter writer(file.fd());
    AccessLog log(form, &writer);
    log.add(one);
    log.flush();
    EXPECT_TRUE(writer.flush(patience));
    return file.text();
}

TEST(AccessLogTest, has_a_plain_line_for_terminals) {
    EXPECT_EQ(logged(Form::plain, record()),
              "1994-11-06T08:49:37.042Z 192.0.2.1 GET /tilezen/vector/v1/all/0/0/0.mvt 200 31234 1.234ms miss "
              "all/0/0/0.zip\n");
}

TEST(AccessLogTest, has_a_json_line_for_programs) {
    const auto line = logged(Form::json, record());
    ASSERT_TRUE(line.ends_with("}\n"));
    const auto parsed = json::parse(line);
    EXPECT_EQ(parsed.at("time"), "1994-11-06T08:49:37.042Z");
    EXPECT_EQ(parsed.at("client"), "192.0.2.1");
    EXPECT_EQ(parsed.at("method"), "GET");
    EXPECT_EQ(parsed.at("path"), "/tilezen/vector/v1/all/0/0/0.mvt");
    EXPECT_EQ(parsed.at("status"), 200);
    EXPECT_EQ(parsed.at("bytes"), 31'234);
    EXPECT_DOUBLE_EQ(parsed.at("ms").to_number<double>(), 1.234);
    EXPECT_EQ(parsed.at("cache"), "miss");
    EXPECT_EQ(parsed.at("key"), "all/0/0/0.zip");
}

TEST(AccessLogTest, writes_nothing_when_it_is_off) {
    EXPECT_EQ(logged(Form::off, record()), "");
    EXPECT_FALSE(AccessLog(Form::off, nullptr).is_on());
    EXPECT_TRUE(AccessLog(Form::json, nullptr).is_on());
}

TEST(AccessLogTest, has_a_dash_where_no_archive_was_read) {
    auto one = record();
    one.archive_key = {};
    one.cache = web::CacheState::none;
    EXPECT_TRUE(logged(Form::plain, one).ends_with(" - -\n"));
    EXPECT_EQ(json::parse(logged(Form::json, one)).at("key"), "");
}

TEST(AccessLogTest, names_each_state_of_the_cache) {
    for (const auto& [state, name] : {std::pair{web::CacheState::hit, "hit"}, std::pair{web::CacheState::miss, "miss"},
                                      std::pair{web::CacheState::stale, "stale"}}) {
        auto one = record();
        one.cache = state;
        EXPECT_EQ(json::parse(logged(Form::json, one)).at("cache"), name);
    }
}

const std::vector<std::string>& hostile_paths() {
    static const std::vector<std::string> paths{"/a\nforged line",
                                                "/a\r\n{\"time\":\"x\"}",
                                                "/\",\"status\":500,\"x\":\"",
                                                "/\\",
                                                "/\\\"",
                                                "/\x1b[2J\x07\x7f",
                                                std::string("/nul\0nul", 8),
                                                "/\xff\xfe\x80",
                                                "/\xc3",
                                                "/\xed\xa0\x80",
                                                "/\xe2\x80\xa8",
                                                "/{}{0}%s%n",
                                                ""};
    return paths;
}

TEST(AccessLogTest, keeps_hostile_paths_and_methods_on_one_line) {
    for (const auto& path : hostile_paths()) {
        auto one = record();
        one.path = path;
        one.method = path;
        for (const auto form : {Form::plain, Form::json}) {
            const auto line = logged(form, one);
            EXPECT_EQ(line.find('\n'), line.size() - 1) << path;
            for (const char c : line.substr(0, line.size() - 1)) {
                EXPECT_TRUE(c >= 0x20 && c <= 0x7e) << line;
            }
        }
    }
}

TEST(AccessLogTest, stays_valid_json_whatever_is_asked_for) {
    for (const auto& path : hostile_paths()) {
        auto one = record();
        one.path = path;
        one.archive_key = path;
        const auto parsed = json::parse(logged(Form::json, one)).as_object();
        EXPECT_EQ(parsed.size(), 9U);
        EXPECT_EQ(parsed.at("status"), 200) << path;
    }
}

TEST(AccessLogTest, cuts_long_paths) {
    auto one = record();
    const std::string path(100'000, '"');
    one.path = path;
    EXPECT_LT(logged(Form::json, one).size(), 3000U);
    EXPECT_LT(logged(Form::plain, one).size(), 2000U);
}

TEST(AccessLogTest, gathers_lines_and_writes_them_whole_and_in_order) {
    const Writes writes;
    AccessLogWriter writer(writes.fd());
    AccessLog log(Form::json, &writer);
    auto one = record();
    for (unsigned i = 0; i < 1000; ++i) {
        one.status = i;
        log.add(one);
    }
    EXPECT_TRUE(writer.flush(patience));
    writes.add("mark");
    log.flush();
    EXPECT_TRUE(writer.flush(patience));

    auto all = writes.finish();
    const auto mark = std::find(all.begin(), all.end(), "mark");
    ASSERT_NE(mark, all.end());
    EXPECT_NE(mark, all.begin()) << "what is gathered has a limit";
    all.erase(mark);
    std::size_t lines = 0;
    for (const auto& text : all) {
        EXPECT_EQ(text.back(), '\n');
        for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
            EXPECT_EQ(json::parse(rest.substr(0, rest.find('\n'))).at("status"), lines++);
        }
    }
    EXPECT_EQ(lines, 1000U);
    EXPECT_GT(lines, all.size()) << "a write has many lines";
}

TEST(AccessLogTest, goes_on_where_nothing_can_be_written) {
    AccessLogWriter writer(-1);
    AccessLog log(Form::plain, &writer);
    log.add(record());
    log.flush();
    EXPECT_TRUE(writer.flush(patience));
    EXPECT_EQ(writer.dropped(), 1U);
}

TEST(AccessLogTest, goes_on_when_the_caller_closes_its_descriptor) {
    const LogFile file;
    Descriptor descriptor(::dup(file.fd()));
    AccessLogWriter writer(descriptor.get());
    descriptor.close();
    writer.add("a line\n");
    EXPECT_TRUE(writer.flush(patience));
    EXPECT_EQ(file.text(), "a line\n");
}

TEST(AccessLogTest, leaves_a_blocked_write_behind_that_touches_no_descriptor_of_the_caller) {
    // write() adds 8 bytes, taken for a number, to the counter of an event descriptor. It blocks when the sum would be
    // too large, although poll() says that there is room: for a smaller number.
    const std::string line("7 bytes\n");
    Descriptor counter(::eventfd(0, EFD_CLOEXEC));
    const LogFile later;
    const Descriptor reader(::dup(counter.get()));
    log::configure(log::Level::off, log::Form::plain);
    {
        AccessLogWriter writer(counter.get());
        for (int i = 0; i < 100; ++i) {
            writer.add(line);
        }
    }
    // Another file gets the descriptor's number. ThreadSanitizer reports a close() of what another thread uses.
    const auto number = counter.get();
    counter.close();
    ASSERT_EQ(::dup3(later.fd(), number, O_CLOEXEC), number);
    const Descriptor same_number(number);
    std::uint64_t sum = 0;
    EXPECT_EQ(::read(reader.get(), &sum, sizeof sum), static_cast<ssize_t>(sizeof sum));
    EXPECT_EQ(later.text(), "");
    log::configure(log::Level::info, log::Form::plain);
}

/// A pipe that holds a page.
class LogPipe {
 public:
    LogPipe() {
        if (::pipe2(ends_.data(), O_CLOEXEC) != 0) {
            throw std::system_error(errno, std::generic_category(), "pipe2");
        }
        ::fcntl(ends_[1], F_SETPIPE_SZ, 4096);
    }
    LogPipe(const LogPipe&) = delete;
    LogPipe& operator=(const LogPipe&) = delete;
    ~LogPipe() {
        close_writing();
        ::close(ends_[0]);
    }

    int fd() const { return ends_[1]; }
    void close_writing() {
        if (ends_[1] >= 0) {
            ::close(std::exchange(ends_[1], -1));
        }
    }

    /// Up to `size` bytes; empty at the end.
    std::string read(std::size_t size) const {
        std::string piece(size, '\0');
        const auto got = ::read(ends_[0], piece.data(), piece.size());
        piece.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        return piece;
    }

 private:
    std::array<int, 2> ends_{-1, -1};
};

TEST(AccessLogTest, a_slow_reader_gets_whole_lines_and_the_others_are_counted) {
    constexpr unsigned threads = 4;
    constexpr unsigned lines_each = 1000;
    log::configure(log::Level::off, log::Form::plain);
    LogPipe pipe;
    auto writer = std::make_unique<AccessLogWriter>(pipe.fd(), 64 * 1024);
    {
        // Nobody reads yet: all of them come to an end in spite of that.
        std::vector<std::thread> loops;
        for (unsigned i = 0; i < threads; ++i) {
            loops.emplace_back([&] {
                AccessLog log(Form::json, writer.get());
                const std::string path(900, 'x');
                auto one = record();
                one.path = path;
                for (unsigned line = 0; line < lines_each; ++line) {
                    log.add(one);
                }
            });
        }
        for (auto& loop : loops) {
            loop.join();
        }
    }
    const auto dropped = writer->dropped();
    EXPECT_GT(dropped, 0U);

    auto slow_reader = std::async(std::launch::async, [&] {
        std::string text;
        for (auto piece = pipe.read(777); !piece.empty(); piece = pipe.read(777)) {
            text += piece;
        }
        return text;
    });
    EXPECT_TRUE(writer->flush(patience));
    writer.reset();
    pipe.close_writing();
    const auto text = slow_reader.get();
    std::uint64_t lines = 0;
    for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
        ASSERT_NE(rest.find('\n'), std::string_view::npos);
        EXPECT_EQ(json::parse(std::string(rest.substr(0, rest.find('\n')))).at("status"), 200);
        ++lines;
    }
    EXPECT_EQ(lines + dropped, threads * lines_each);
    log::configure(log::Level::info, log::Form::plain);
}

TEST(AccessLogTest, a_reader_that_never_reads_does_not_keep_the_writer) {
    log::configure(log::Level::off, log::Form::plain);
    const LogPipe pipe;
    const auto started = std::chrono::steady_clock::now();
    {
        AccessLogWriter writer(pipe.fd());
        writer.add(std::string(100'000, 'x') + "\n");
    }
    EXPECT_LT(std::chrono::steady_clock::now() - started, patience);
    log::configure(log::Level::info, log::Form::plain);
}

}  // namespace
}  // namespace tapalcatl::http
