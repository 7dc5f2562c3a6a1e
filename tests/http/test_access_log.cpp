#include "http/access_log.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include <unistd.h>

namespace tapalcatl::http {
namespace {

namespace json = boost::json;
using Form = AccessLog::Form;

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
    AccessLog log(form, file.fd());
    log.add(one);
    log.flush();
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
    EXPECT_FALSE(AccessLog(Form::off, 1).is_on());
    EXPECT_TRUE(AccessLog(Form::json, 1).is_on());
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
    const LogFile file;
    std::size_t lines = 0;
    {
        AccessLog log(Form::json, file.fd());
        auto one = record();
        for (unsigned i = 0; i < 1000; ++i) {
            one.status = i;
            log.add(one);
            const auto text = file.text();
            EXPECT_TRUE(text.empty() || text.back() == '\n');
        }
        EXPECT_FALSE(file.text().empty()) << "what is gathered has a limit";
    }
    std::string_view rest;
    const auto text = file.text();
    for (rest = text; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
        const std::string line(rest.substr(0, rest.find('\n')));
        EXPECT_EQ(json::parse(line).at("status"), lines++);
    }
    EXPECT_EQ(lines, 1000U);
}

TEST(AccessLogTest, goes_on_where_nothing_can_be_written) {
    AccessLog log(Form::plain, -1);
    log.add(record());
    log.flush();
}

}  // namespace
}  // namespace tapalcatl::http
