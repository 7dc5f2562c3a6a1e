#include "lambda/function.hpp"

#include "tests/lambda/events.hpp"
#include "tests/lambda/runtime_fixture.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tapalcatl::tests {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

/// Answers "/now" at once and anything else after a turn, with its target; "/large" has 7 MB.
class Handler final : public service::Handler {
 public:
    std::optional<web::Response> answer_at_once(const web::Request& request) override {
        if (!request.target.starts_with("/now")) {
            return std::nullopt;
        }
        return made(request);
    }
    Awaitable<web::Response> answer(web::Request request) override {
        time_left = request.deadline - std::chrono::steady_clock::now();
        co_return made(request);
    }
    web::Response refuse(const web::Request& request) override { return made(request); }
    void begin_drain() override {}

    std::optional<SteadyTime::duration> time_left;  ///< of the last request that had to wait

 private:
    static web::Response made(const web::Request& request) {
        web::Response response;
        response.headers.add("Content-Type", "text/plain");
        const auto body = request.target == "/large" ? std::string(7'000'000, 'a') : std::string(request.target);
        response.body = copy_of(as_bytes(body));
        return response;
    }
};

class FunctionTest : public RuntimeApiFixture {
 protected:
    /// Runs a function over these replies until the Runtime API ends it; the requests that it made.
    std::vector<std::string> run_over(ScriptedServer::Script script) {
        script.push_back(the_end());
        auto& server = serve({std::move(script)});
        const auto settle = [this](SteadyTime deadline) { return settling(this, deadline); };
        lambda::InvocationLog::Options log_options;
        log_options.has_access_log = false;
        lambda::InvocationLog log(log_options, clock);
        lambda::Function function(handler, api(), log, settle, clock, options);
        const auto ended = run(context, function.run());
        EXPECT_EQ(ended.code, Errc::unavailable) << ended;
        return server.requests;
    }

    static Awaitable<bool> settling(FunctionTest* self, SteadyTime deadline) {
        self->settle_time = deadline - std::chrono::steady_clock::now();
        ++self->settled;
        co_return true;
    }

    Handler handler;
    lambda::Function::Options options;
    unsigned settled = 0;
    std::optional<SteadyTime::duration> settle_time;
};

TEST_F(FunctionTest, answers_invocations_one_after_the_other) {
    const auto requests =
        run_over({invocation(http_event("/now")), accepted(), invocation(http_event("/later")), accepted()});
    ASSERT_EQ(requests.size(), 5U);
    EXPECT_THAT(requests[1], HasSubstr("POST /2018-06-01/runtime/invocation/id-1/response "));
    EXPECT_THAT(requests[1], HasSubstr(R"("statusCode":200)"));
    EXPECT_THAT(requests[1], HasSubstr(R"("body":"/now?)"));
    EXPECT_THAT(requests[3], HasSubstr(R"("body":"/later?)"));
}

TEST_F(FunctionTest, answers_a_warm_up_without_asking_the_service) {
    const auto requests = run_over({invocation(R"({"source":"aws.events"})"), accepted()});
    EXPECT_THAT(requests[1], HasSubstr("/response "));
    EXPECT_THAT(requests[1], HasSubstr("\r\n\r\n{\"warm\":true}"));
}

TEST_F(FunctionTest, reports_events_of_other_kinds_and_goes_on) {
    const auto requests = run_over({invocation(R"({"Records":[]})"), accepted(), invocation("nothing"), accepted(),
                                    invocation(http_event("/now")), accepted()});
    ASSERT_EQ(requests.size(), 7U);
    EXPECT_THAT(requests[1], HasSubstr("/error "));
    EXPECT_THAT(requests[1], HasSubstr("Function.InvalidEvent"));
    EXPECT_THAT(requests[1], HasSubstr("Records"));
    EXPECT_THAT(requests[3], HasSubstr("not JSON"));
    EXPECT_THAT(requests[5], HasSubstr("/response "));
}

TEST_F(FunctionTest, gives_the_service_the_time_until_shortly_before_the_deadline) {
    run_over({invocation(http_event("/later")), accepted()});
    ASSERT_TRUE(handler.time_left);
    EXPECT_LE(*handler.time_left, milliseconds(2800));
    EXPECT_GT(*handler.time_left, milliseconds(1800));
}

TEST_F(FunctionTest, takes_the_deadline_by_the_wall_clock_which_goes_on_in_a_freeze) {
    clock.set_wall_by(std::chrono::seconds(2));
    run_over({invocation(http_event("/later")), accepted()});
    EXPECT_LE(*handler.time_left, milliseconds(800));
}

TEST_F(FunctionTest, has_no_time_left_where_the_deadline_is_past) {
    run_over({invocation(http_event("/later"), "1599999999000"), accepted()});
    EXPECT_LT(*handler.time_left, milliseconds(0));
}

TEST_F(FunctionTest, waits_for_the_end_of_what_runs_before_it_asks_for_more) {
    run_over({invocation(http_event("/now")), accepted(), invocation("{}"), accepted()});
    EXPECT_EQ(settled, 2U);
    EXPECT_LE(*settle_time, milliseconds(500)) << "the time is billed";
}

TEST_F(FunctionTest, replaces_a_response_that_does_not_fit) {
    const auto requests =
        run_over({invocation(http_event("/large").replace(http_event("/large").find("a=1&b=%26"), 9, "")), accepted()});
    EXPECT_THAT(requests[1], HasSubstr(R"("statusCode":502)"));
    EXPECT_THAT(requests[1], HasSubstr("6291556"));
}

TEST_F(FunctionTest, streams_where_it_is_told_to_and_the_front_can_take_it) {
    options.streams_responses = true;
    auto url_event = http_event("/now");
    url_event.replace(url_event.rfind("abc.execute-api.example"), 23, "abc.lambda-url.eu-south-1.on.aws");
    const auto requests = run_over({invocation(rest_event("/now", "/prod/now", "now")), accepted()});
    EXPECT_THAT(requests[1], HasSubstr("Lambda-Runtime-Function-Response-Mode: streaming"));
    EXPECT_THAT(run_over({invocation(url_event), accepted()})[1], HasSubstr("streaming"));
    for (const auto& event : {http_event("/now"), alb_event("/now", false), std::string("{}")}) {
        EXPECT_THAT(run_over({invocation(event), accepted()})[1], Not(HasSubstr("streaming"))) << event;
    }
}

TEST_F(FunctionTest, checks_what_a_batch_job_names) {
    options.check_object = [](const std::string& bucket, const std::string& key) -> Result<std::string> {
        return key == "bad" ? Result<std::string>(fail(Errc::corrupt, "no archive")) : bucket + "/" + key;
    };
    const auto job = [](std::string_view key, std::string_view version) {
        return fmt::format(R"({{"invocationSchemaVersion":"2.0","invocationId":"i","tasks":[{{"taskId":"t",
            "s3Bucket":"b","s3Key":"{}","s3VersionId":{}}}]}})",
                           key, version);
    };
    const auto requests = run_over({invocation(job("good", "null")), accepted(), invocation(job("bad", "null")),
                                    accepted(), invocation(job("good", "\"v\"")), accepted(),
                                    invocation(job("good", "null"), "1599999999000"), accepted()});
    EXPECT_THAT(requests[1], HasSubstr(R"("resultCode":"Succeeded","resultString":"b/good")"));
    EXPECT_THAT(requests[3], HasSubstr(R"("resultCode":"PermanentFailure","resultString":"no archive")"));
    EXPECT_THAT(requests[5], HasSubstr(R"("resultCode":"PermanentFailure","resultString":"versions)"));
    EXPECT_THAT(requests[7], HasSubstr(R"("resultCode":"TemporaryFailure")"));
}

TEST_F(FunctionTest, goes_on_after_a_result_that_was_refused) {
    const Reply refused{"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n"};
    const auto requests =
        run_over({invocation(http_event("/now")), refused, invocation(http_event("/now")), accepted()});
    ASSERT_EQ(requests.size(), 5U);
    EXPECT_THAT(requests[2], HasSubstr("invocation/next")) << "its invoker has an error: there is no second answer";
}

TEST_F(FunctionTest, ends_where_the_runtime_api_cannot_go_on) {
    const Reply broken{"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"};
    EXPECT_EQ(run_over({invocation(http_event("/now")), broken}).size(), 2U);
}

}  // namespace
}  // namespace tapalcatl::tests
