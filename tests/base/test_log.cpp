#include "base/log.hpp"
#include "base/log_context.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

namespace tapalcatl {
namespace {

namespace json = boost::json;

/// Takes what is written to standard error while it lives.
class CapturedErrors {
 public:
    CapturedErrors() : file_(std::tmpfile()), kept_(::dup(2)) {
        std::fflush(stderr);
        ::dup2(::fileno(file_), 2);
    }
    CapturedErrors(const CapturedErrors&) = delete;
    CapturedErrors& operator=(const CapturedErrors&) = delete;
    ~CapturedErrors() {
        std::fflush(stderr);
        ::dup2(kept_, 2);
        ::close(kept_);
        std::fclose(file_);
    }

    std::vector<std::string> lines() const {
        std::fflush(stderr);
        EXPECT_EQ(std::fseek(file_, 0, SEEK_SET), 0);
        std::vector<std::string> all;
        std::string line;
        for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) {
            if (c == '\n') {
                all.push_back(std::exchange(line, {}));
            } else {
                line += static_cast<char>(c);
            }
        }
        EXPECT_EQ(line, "") << "each line ends";
        return all;
    }

 private:
    std::FILE* file_;
    int kept_;
};

class LogTest : public testing::Test {
 protected:
    ~LogTest() override { log::configure(log::Level::info, log::Form::plain); }

    static std::string written(log::Form form, std::string_view message) {
        log::configure(log::Level::info, form);
        const CapturedErrors errors;
        log::warning("{}", message);
        const auto lines = errors.lines();
        EXPECT_EQ(lines.size(), 1U) << message;
        return lines.empty() ? std::string{} : lines.front();
    }
};

TEST_F(LogTest, level_names_are_read_exactly) {
    EXPECT_EQ(*log::parse_level("debug"), log::Level::debug);
    EXPECT_EQ(*log::parse_level("info"), log::Level::info);
    EXPECT_EQ(*log::parse_level("warning"), log::Level::warning);
    EXPECT_EQ(*log::parse_level("error"), log::Level::error);
    EXPECT_EQ(*log::parse_level("off"), log::Level::off);
    for (const auto* name : {"", "INFO", "warn", "info ", "2"}) {
        const auto level = log::parse_level(name);
        ASSERT_FALSE(level) << name;
        EXPECT_EQ(level.error().code, Errc::usage);
        EXPECT_NE(level.error().message.find("expected debug, info, warning, error or off"), std::string::npos);
    }
}

TEST_F(LogTest, what_is_below_the_level_is_dropped) {
    const CapturedErrors errors;
    log::configure(log::Level::warning, log::Form::plain);
    log::debug("one");
    log::info("two");
    log::warning("three");
    log::error("four");
    log::configure(log::Level::off, log::Form::plain);
    log::error("five");
    const auto lines = errors.lines();
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_TRUE(lines[0].ends_with("Z warning three")) << lines[0];
    EXPECT_TRUE(lines[1].ends_with("Z error four")) << lines[1];
}

TEST_F(LogTest, a_plain_line_starts_with_the_time_in_utc) {
    const auto line = written(log::Form::plain, "hello");
    ASSERT_GT(line.size(), 24U);
    EXPECT_EQ(line[4], '-');
    EXPECT_EQ(line[10], 'T');
    EXPECT_EQ(line[19], '.');
    EXPECT_EQ(line.substr(23), "Z warning hello");
}

TEST_F(LogTest, a_json_line_has_time_level_and_message) {
    const auto line = json::parse(written(log::Form::json, "hello"));
    EXPECT_EQ(line.at("level"), "warning");
    EXPECT_EQ(line.at("message"), "hello");
    EXPECT_EQ(line.at("time").as_string().size(), 24U);
}

const std::vector<std::string>& hostile_messages() {
    static const std::vector<std::string> messages{"a\nb",
                                                   "a\r\nerror forged line",
                                                   "\"quoted\" \\ and {} %v %%",
                                                   std::string("nul \0 inside", 12),
                                                   "\x1b[2Jcleared \x7f",
                                                   "no utf-8 \xff\xc3( \xed\xa0\x80",
                                                   "cut \xc3",
                                                   "Z\xc3\xbcrich \xe6\x9d\xb1\xe4\xba\xac \xf0\x9f\x97\xba"};
    return messages;
}

TEST_F(LogTest, a_line_has_the_context_that_was_set) {
    log::set_context({{"request_id", "a\"b"}, {"trace_id", "Root=1"}});
    const auto line = json::parse(written(log::Form::json, "hello"));
    EXPECT_EQ(line.at("message"), "hello");
    EXPECT_EQ(line.at("request_id"), "a\"b");
    EXPECT_EQ(line.at("trace_id"), "Root=1");
    EXPECT_NE(written(log::Form::plain, "hello").find("hello request_id=a\"b trace_id=Root=1"), std::string::npos);
    log::set_context({});
    EXPECT_FALSE(json::parse(written(log::Form::json, "hello")).as_object().contains("request_id"));
}

TEST_F(LogTest, whatever_a_message_holds_it_stays_on_one_line) {
    for (const auto& message : hostile_messages()) {
        const auto line = written(log::Form::plain, message);
        for (const char c : line) {
            EXPECT_FALSE((c >= 0 && c < 0x20) || c == 0x7f) << line;
        }
    }
}

TEST_F(LogTest, whatever_a_message_holds_it_is_valid_json) {
    for (const auto& message : hostile_messages()) {
        const auto line = written(log::Form::json, message);
        json::error_code error;
        const auto parsed = json::parse(line, error);
        ASSERT_FALSE(error) << line;
        EXPECT_EQ(parsed.as_object().size(), 3U);
    }
}

TEST_F(LogTest, what_is_utf_8_is_told_as_it_is) {
    const std::string_view message = "Z\xc3\xbcrich \xe6\x9d\xb1\xe4\xba\xac";
    EXPECT_EQ(json::parse(written(log::Form::json, message)).at("message"), json::string_view(message));
    EXPECT_TRUE(written(log::Form::plain, message).ends_with(message));
}

TEST_F(LogTest, of_one_kind_only_a_few_a_second_are_written_and_the_rest_is_counted) {
    log::configure(log::Level::info, log::Form::plain);
    const CapturedErrors errors;
    for (int i = 0; i < 100; ++i) {
        log::limited(log::Level::error, "flood", "message {}", i);
        if (i < 5) {
            log::limited(log::Level::error, "another kind", "aside");
        }
    }
    ASSERT_EQ(errors.lines().size(), 15U);

    // The share of the next second: nothing but time brings it.
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!log::admit("flood") && std::chrono::steady_clock::now() < give_up) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    const auto lines = errors.lines();
    ASSERT_EQ(lines.size(), 16U);
    EXPECT_NE(lines.back().find("flood: "), std::string::npos) << lines.back();
    EXPECT_NE(lines.back().find("more messages of this kind were left out"), std::string::npos) << lines.back();
}

TEST_F(LogTest, lines_of_many_threads_are_never_mixed) {
    log::configure(log::Level::info, log::Form::plain);
    const CapturedErrors errors;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([i] {
            for (int j = 0; j < 200; ++j) {
                log::info("{}", std::string(100, static_cast<char>('a' + i)));
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    const auto lines = errors.lines();
    ASSERT_EQ(lines.size(), 800U);
    for (const auto& line : lines) {
        ASSERT_GT(line.size(), 100U);
        EXPECT_EQ(line.substr(line.size() - 100), std::string(100, line.back()));
    }
}

}  // namespace
}  // namespace tapalcatl
