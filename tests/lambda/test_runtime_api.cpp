#include "lambda/runtime_api.hpp"

#include "tests/lambda/runtime_fixture.hpp"

#include <gmock/gmock.h>

namespace tapalcatl::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

class RuntimeApiTest : public RuntimeApiFixture {
 protected:
    Result<lambda::Invocation> next() { return run(context, api().next()); }
    Result<void> respond() { return run(context, api().respond("id-1", R"({"a":1})")); }
};

TEST_F(RuntimeApiTest, gets_the_next_invocation_with_what_lambda_says_about_it) {
    auto& server = serve({{invocation("{\"a\":1}")}});
    const auto got = next();
    ASSERT_TRUE(got) << got.error();
    EXPECT_EQ(got->request_id, "id-1");
    EXPECT_EQ(got->trace_id, "Root=1-5");
    EXPECT_EQ(got->deadline, WallTime(std::chrono::milliseconds(1'600'000'003'000)));
    EXPECT_EQ(got->payload, "{\"a\":1}");
    EXPECT_THAT(server.requests.at(0), HasSubstr("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n"));
}

TEST_F(RuntimeApiTest, takes_headers_in_any_case_and_a_chunked_event) {
    serve(
        {{{"HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: x\r\nTransfer-Encoding: chunked\r\n\r\n"
           "2\r\n{}\r\n0\r\n\r\n"}}});
    const auto got = next();
    ASSERT_TRUE(got) << got.error();
    EXPECT_EQ(got->request_id, "x");
    EXPECT_EQ(got->payload, "{}");
    EXPECT_EQ(got->trace_id, "");
    EXPECT_EQ(got->deadline, std::nullopt);
}

TEST_F(RuntimeApiTest, ignores_a_deadline_that_is_none) {
    for (const auto* const deadline : {"", "0", "soon", "-1", "99999999999999999999", "18446744073709551615"}) {
        serve({{invocation("{}", deadline)}});
        EXPECT_EQ(next()->deadline, std::nullopt) << deadline;
    }
}

TEST_F(RuntimeApiTest, uses_one_connection_for_all_calls) {
    auto& server = serve({{invocation("{}"), accepted(), invocation("{}")}});
    ASSERT_TRUE(next());
    ASSERT_TRUE(respond());
    ASSERT_TRUE(next());
    EXPECT_EQ(server.connections, 1U);
}

TEST_F(RuntimeApiTest, posts_the_result_of_an_invocation) {
    auto& server = serve({{accepted()}});
    EXPECT_TRUE(respond());
    EXPECT_THAT(server.requests.at(0), HasSubstr("POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\n"));
    EXPECT_THAT(server.requests.at(0), HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_THAT(server.requests.at(0), HasSubstr("\r\n\r\n{\"a\":1}"));
}

TEST_F(RuntimeApiTest, streams_a_head_and_a_body_with_eight_zeros_in_between) {
    auto& server = serve({{accepted()}});
    EXPECT_TRUE(run(context, api().stream("id-1", R"({"a":1})", copy_of(as_bytes("a tile of 20 bytes..")))));
    const auto& request = server.requests.at(0);
    EXPECT_THAT(request, HasSubstr("POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\n"));
    EXPECT_THAT(request, HasSubstr("Content-Type: application/vnd.awslambda.http-integration-response\r\n"));
    EXPECT_THAT(request, HasSubstr("Lambda-Runtime-Function-Response-Mode: streaming\r\n"));
    EXPECT_THAT(request, HasSubstr("Transfer-Encoding: chunked\r\n"));
    EXPECT_THAT(request, Not(HasSubstr("Content-Length")));
    EXPECT_TRUE(request.ends_with("\r\n\r\nf\r\n{\"a\":1}" + std::string(8, '\0') +
                                  "\r\n14\r\na tile of 20 bytes..\r\n0\r\n\r\n"))
        << request;
}

TEST_F(RuntimeApiTest, streams_a_head_without_a_body) {
    auto& server = serve({{accepted()}});
    EXPECT_TRUE(run(context, api().stream("id-1", "{}", SharedBytes())));
    EXPECT_TRUE(server.requests.at(0).ends_with("\r\n\r\na\r\n{}" + std::string(8, '\0') + "\r\n0\r\n\r\n"));
}

TEST_F(RuntimeApiTest, posts_errors_with_their_type) {
    auto& server = serve({{accepted()}});
    EXPECT_TRUE(run(context, api().report("id-1", "Function.InvalidEvent", "no \"such\" event")));
    EXPECT_TRUE(run(context, api().report_init("Runtime.ConfigInvalid", "no storage")));
    EXPECT_THAT(server.requests.at(0), HasSubstr("POST /2018-06-01/runtime/invocation/id-1/error "));
    EXPECT_THAT(server.requests.at(0), HasSubstr("Lambda-Runtime-Function-Error-Type: Function.InvalidEvent\r\n"));
    EXPECT_THAT(server.requests.at(0), HasSubstr(R"("errorMessage":"no \"such\" event")"));
    EXPECT_THAT(server.requests.at(1), HasSubstr("POST /2018-06-01/runtime/init/error "));
    EXPECT_THAT(server.requests.at(1), HasSubstr("Lambda-Runtime-Function-Error-Type: Runtime.ConfigInvalid\r\n"));
}

TEST_F(RuntimeApiTest, asks_again_where_the_connection_is_lost_before_an_invocation) {
    serve({{{"", Then::reset}}, {{"", Then::close}}, {invocation("{}")}});
    EXPECT_TRUE(next());
}

TEST_F(RuntimeApiTest, gives_up_where_no_connection_brings_an_invocation) {
    auto& server = serve({{{"", Then::close}}});
    const auto got = next();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Errc::unavailable);
    EXPECT_THAT(got.error().message, HasSubstr("Runtime API"));
    EXPECT_LE(server.connections, 4U);
}

TEST_F(RuntimeApiTest, posts_on_a_new_connection_where_the_old_one_is_lost) {
    auto& server = serve({{invocation("{}"), {"", Then::close}}, {accepted()}});
    ASSERT_TRUE(next());
    EXPECT_TRUE(respond());
    EXPECT_EQ(server.connections, 2U);
}

TEST_F(RuntimeApiTest, tells_refused_results_from_the_end_of_the_api) {
    for (const auto& [status, code] : {std::pair{400, Errc::bad_request},
                                       {403, Errc::bad_request},
                                       {413, Errc::bad_request},
                                       {500, Errc::unavailable}}) {
        serve({{{fmt::format("HTTP/1.1 {} No\r\nContent-Length: 2\r\n\r\nno", status)}}});
        const auto sent = respond();
        ASSERT_FALSE(sent);
        EXPECT_EQ(sent.error().code, code) << status;
        EXPECT_THAT(sent.error().message, HasSubstr(fmt::format("{} no", status)));
    }
}

TEST_F(RuntimeApiTest, fails_where_the_api_does_not_speak_its_protocol) {
    serve({{{"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"}}});
    EXPECT_EQ(next().error().code, Errc::unavailable);
    serve({{{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"}}});
    EXPECT_EQ(next().error().code, Errc::corrupt);
}

TEST_F(RuntimeApiTest, waits_for_an_invocation_longer_than_a_client_would) {
    serve({{{"", Then::hold}}});
    auto& waiting_api = api();
    Running<Result<lambda::Invocation>> waiting(context, waiting_api.next());
    context.restart();
    context.run_for(std::chrono::milliseconds(50));
    clock.pass(std::chrono::hours(100));
    context.run_for(std::chrono::milliseconds(50));
    EXPECT_FALSE(waiting.done());
}

TEST(RuntimeApiAddress, has_a_host_and_a_port) {
    boost::asio::io_context context;
    EXPECT_TRUE(lambda::RuntimeApi::make("127.0.0.1:9001", context.get_executor(), system_clock()));
    EXPECT_TRUE(lambda::RuntimeApi::make("localhost", context.get_executor(), system_clock()));
    for (const auto* const address : {"", "http://a:1", "a b", ":1"}) {
        EXPECT_FALSE(lambda::RuntimeApi::make(address, context.get_executor(), system_clock())) << address;
    }
}

}  // namespace
}  // namespace tapalcatl::tests
