#include "base/text.hpp"
#include "lambda/invocation_log.hpp"

#include "tests/support/fake_clock.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gmock/gmock.h>

#include <array>
#include <string>
#include <vector>

#include <unistd.h>

namespace tapalcatl::tests {
namespace {

namespace json = boost::json;

using lambda::InvocationLog;
using lambda::InvocationRecord;

class InvocationLogTest : public testing::Test {
 protected:
    InvocationLogTest() {
        EXPECT_EQ(::pipe(ends_.data()), 0);
        options.fd = ends_[1];
        options.function_name = "tiles";
    }
    ~InvocationLogTest() override {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }

    InvocationLog& log() {
        if (log_ == nullptr) {
            log_ = std::make_unique<InvocationLog>(options, clock);
        }
        return *log_;
    }

    static InvocationRecord record(unsigned status = 200) {
        InvocationRecord record;
        record.request_id = "id-1";
        record.trace_id = "Root=1-5";
        record.peer = "192.0.2.1";
        record.method = "GET";
        record.path = "/a";
        record.status = status;
        record.bytes = 5;
        record.took = std::chrono::microseconds(1500);
        record.cache = web::CacheState::hit;
        record.archive_key = "all/0/0/0.zip";
        return record;
    }

    /// The lines that a call of `add` with each of these writes, as JSON.
    std::vector<json::object> written(const std::vector<InvocationRecord>& records) {
        for (const auto& each : records) {
            log().add(each);
        }
        static constexpr std::string_view end = "end";
        EXPECT_EQ(::write(ends_[1], end.data(), end.size()), 3);
        std::string text;
        while (!text.ends_with(end)) {
            std::array<char, 4096> piece{};
            const auto size = ::read(ends_[0], piece.data(), piece.size());
            text.append(piece.data(), static_cast<std::size_t>(size));
        }
        text.resize(text.size() - end.size());
        std::vector<json::object> lines;
        std::string_view rest = text;
        while (!rest.empty()) {
            lines.push_back(json::parse(std::string(next_field(rest, '\n'))).as_object());
        }
        return lines;
    }

    FakeClock clock;
    InvocationLog::Options options;

 private:
    std::array<int, 2> ends_{};
    std::unique_ptr<InvocationLog> log_;
};

TEST_F(InvocationLogTest, has_a_line_for_each_request_with_the_ids_of_lambda) {
    const auto lines = written({record(), record()});
    ASSERT_EQ(lines.size(), 2U);
    const auto expected = json::parse(
        R"({"time":"2020-09-13T12:26:40.000Z","request_id":"id-1","trace_id":"Root=1-5","client":"192.0.2.1","method":"GET",
        "path":"/a","status":200,"bytes":5,"ms":1.5,"cache":"hit","key":"all/0/0/0.zip"})");
    EXPECT_EQ(json::value(lines[1]), expected);
}

TEST_F(InvocationLogTest, marks_the_first_request_of_a_process) {
    const auto lines = written({record(), record()});
    EXPECT_EQ(lines.at(0).at("cold"), true);
    EXPECT_FALSE(lines.at(1).contains("cold"));
}

TEST_F(InvocationLogTest, without_a_trace_has_no_trace_id) {
    auto untraced = record();
    untraced.trace_id = {};
    EXPECT_FALSE(written({untraced}).at(0).contains("trace_id"));
}

TEST_F(InvocationLogTest, is_valid_json_whatever_a_request_holds) {
    auto hostile = record();
    hostile.path = "/\"\\\x01\xff\n";
    hostile.method = "\"";
    const auto lines = written({hostile});
    EXPECT_EQ(lines.at(0).at("path").as_string(), "/\"\\\\x01\\xff\\x0a");
}

TEST_F(InvocationLogTest, has_one_of_so_many_requests_and_all_failures) {
    options.sample = 3;
    std::vector<InvocationRecord> records(7, record());
    records[4] = record(503);
    records[5] = record(404);
    const auto lines = written(records);
    ASSERT_EQ(lines.size(), 4U);  // 0, 3, 4 and 6
    EXPECT_EQ(lines[2].at("status").as_int64(), 503);
}

TEST_F(InvocationLogTest, may_be_off) {
    options.has_access_log = false;
    EXPECT_TRUE(written({record(), record(503)}).empty());
}

TEST_F(InvocationLogTest, has_metrics_in_cloudwatchs_form) {
    options.has_access_log = false;
    options.has_metrics = true;
    options.sample = 100;  // of the access log alone
    std::uint64_t calls = 0;
    options.reads = [&] { return lambda::Reads{++calls * 2, calls * 300}; };
    const auto lines = written({record(), record(504)});
    ASSERT_EQ(lines.size(), 2U);
    const auto& aws = lines[0].at("_aws").as_object();
    EXPECT_EQ(aws.at("Timestamp").as_int64(), 1'600'000'000'000);
    const auto& directive = aws.at("CloudWatchMetrics").as_array().at(0).as_object();
    for (const auto& metric : directive.at("Metrics").as_array()) {
        EXPECT_TRUE(lines[0].at(metric.at("Name").as_string()).is_number());
    }
    EXPECT_EQ(lines[0].at(directive.at("Dimensions").at(0).at(0).as_string()), "tiles");
    EXPECT_EQ(lines[0].at("CacheHits").as_int64(), 1);
    EXPECT_EQ(lines[0].at("Errors").as_int64(), 0);
    EXPECT_EQ(lines[1].at("Errors").as_int64(), 1);
    EXPECT_EQ(lines[1].at("Reads").as_int64(), 2) << "those of this invocation";
    EXPECT_EQ(lines[1].at("ReadBytes").as_int64(), 300);
}

TEST_F(InvocationLogTest, survives_a_descriptor_that_cannot_be_written_to) {
    options.fd = -1;
    log().add(record());
}

}  // namespace
}  // namespace tapalcatl::tests
