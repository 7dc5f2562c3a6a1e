#include "storage/https.hpp"

#include "tests/storage/http_fixture.hpp"

namespace tapalcatl::tests {
namespace {

class WebStorageTest : public HttpStorageTest {
 protected:
    storage::Storage& open(const std::string& path = "/tiles/") {
        storage::HttpsOptions https;
        https.base = request().url;
        https.base.target = path;
        https.missing_on_403 = missing_on_403;
        https.http = http;
        storage_ = storage::make_https_storage(https, client(), context.get_executor());
        return *storage_;
    }
    const storage::HttpStorageCounters& counters() const {
        return dynamic_cast<const storage::HttpStorage&>(*storage_).counters();
    }

    bool missing_on_403 = false;

 private:
    std::unique_ptr<storage::Storage> storage_;
};

TEST_F(WebStorageTest, reads_a_range_below_its_path_and_encodes_the_key) {
    auto& server = serve({{part()}});
    const auto content = read(open());
    EXPECT_EQ(text_of(content), "hello");
    EXPECT_EQ(content->version, (storage::Version{"\"a\"", "", 10}));
    ASSERT_EQ(server.requests.size(), 1U);
    EXPECT_TRUE(server.requests[0].starts_with("GET /tiles/a%20b/0.zip HTTP/1.1\r\n")) << server.requests[0];
    EXPECT_NE(server.requests[0].find("Range: bytes=0-4\r\n"), std::string::npos);
    EXPECT_EQ(server.requests[0].find("Authorization"), std::string::npos);
}

TEST_F(WebStorageTest, requests_the_end_by_its_position_where_a_suffix_is_taken_for_a_prefix) {
    auto& server = serve({{{answer("206 Partial Content", {"ETag: \"a\"", "Content-Range: bytes 0-3/10"}, "0123")},
                           {answer("206 Partial Content", {"ETag: \"a\"", "Content-Range: bytes 7-9/10"}, "789")}}});
    const auto content = read(open(), storage::Suffix{3});
    EXPECT_EQ(text_of(content), "789");
    EXPECT_EQ(content->offset, 7U);
    ASSERT_EQ(server.requests.size(), 2U);
    EXPECT_NE(server.requests[0].find("Range: bytes=-3\r\n"), std::string::npos);
    EXPECT_NE(server.requests[1].find("Range: bytes=7-9\r\n"), std::string::npos);
    EXPECT_NE(server.requests[1].find("If-Match: \"a\"\r\n"), std::string::npos);
}

TEST_F(WebStorageTest, requests_the_end_by_its_position_where_a_suffix_brings_everything) {
    const std::string whole(100, 'x');
    http.whole_limit = 50;
    auto& server =
        serve({{{answer("200 OK", {"ETag: \"a\""}, whole)}},
               {{answer("206 Partial Content", {"ETag: \"a\"", "Content-Range: bytes 97-99/100"}, "789")},
                {answer("206 Partial Content", {"ETag: \"b\"", "Content-Range: bytes 0-0/200"}, "0")},
                {answer("206 Partial Content", {"ETag: \"b\"", "Content-Range: bytes 197-199/200"}, "abc")}}});
    auto& storage = open();
    const auto content = read(storage, storage::Suffix{3});
    EXPECT_EQ(text_of(content), "789");
    EXPECT_EQ(content->version, (storage::Version{"\"a\"", "", 100}));
    EXPECT_EQ(text_of(read(storage, storage::Suffix{3})), "abc");
    ASSERT_EQ(server.requests.size(), 4U);
    EXPECT_NE(server.requests[1].find("Range: bytes=97-99\r\n"), std::string::npos);
    EXPECT_NE(server.requests[1].find("If-Match: \"a\"\r\n"), std::string::npos);
    EXPECT_NE(server.requests[2].find("Range: bytes=0-0\r\n"), std::string::npos) << "it is remembered";
    EXPECT_NE(server.requests[3].find("Range: bytes=197-199\r\n"), std::string::npos);
}

TEST_F(WebStorageTest, reads_an_end_of_known_size_by_its_position_in_one_request) {
    auto& server =
        serve({{{answer("200 OK", {"ETag: \"a\""}, std::string(100, 'x'))}},
               {{answer("206 Partial Content", {"ETag: \"a\"", "Content-Range: bytes 97-99/100"}, "789")},
                {answer("304 Not Modified", {"ETag: \"a\""}, "")},
                {answer("206 Partial Content", {"ETag: \"a\"", "Content-Range: bytes 96-99/100"}, "6789")}}});
    auto& storage = open();
    const auto content = read(storage, storage::Suffix{3});
    ASSERT_TRUE(content) << content.error();
    const auto same = read(storage, storage::Suffix{3}, storage::IfNoneMatch{content->version});
    ASSERT_TRUE(same) << same.error();
    EXPECT_TRUE(same->not_modified);
    EXPECT_EQ(text_of(read(storage, storage::Suffix{4}, storage::IfMatch{content->version})), "6789");
    EXPECT_EQ(server.requests.size(), 4U);
}

TEST_F(WebStorageTest, takes_everything_from_a_server_that_knows_no_ranges) {
    const auto whole = answer("200 OK", {"ETag: \"a\""}, "0123456789");
    auto& server = serve({{{whole}}, {{whole}, {whole}}});
    auto& storage = open();
    EXPECT_EQ(text_of(read(storage, storage::Suffix{3})), "789");
    EXPECT_EQ(text_of(read(storage, storage::Suffix{4})), "6789");
    EXPECT_EQ(server.requests.size(), 3U) << "the second read needs no attempts";
}

TEST_F(WebStorageTest, asks_for_the_size_where_a_body_without_length_is_too_long) {
    const std::string chunked =
        "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n";
    auto& server = serve({{{chunked}},
                          {{answer("206 Partial Content", {"ETag: \"a\"", "Content-Range: bytes 0-0/10"}, "0")},
                           {answer("206 Partial Content", {"ETag: \"a\"", "Content-Range: bytes 7-9/10"}, "789")}}});
    EXPECT_EQ(text_of(read(open(), storage::Suffix{3})), "789");
    EXPECT_EQ(server.requests.size(), 3U);
}

TEST_F(WebStorageTest, leaves_out_an_if_match_that_fails_for_the_same_version) {
    auto& server = serve({{{answer("412 Precondition Failed", {}, "")}, part(), part()}});
    auto& storage = open();
    const storage::Condition same = storage::IfMatch{{"\"a\"", "", 10}};
    EXPECT_EQ(text_of(read(storage, storage::Span{0, 5}, same)), "hello");
    EXPECT_EQ(text_of(read(storage, storage::Span{0, 5}, same)), "hello");
    ASSERT_EQ(server.requests.size(), 3U);
    EXPECT_NE(server.requests[0].find("If-Match: \"a\"\r\n"), std::string::npos);
    EXPECT_EQ(server.requests[1].find("If-Match"), std::string::npos);
    EXPECT_EQ(server.requests[2].find("If-Match"), std::string::npos) << "it is remembered";
}

TEST_F(WebStorageTest, compares_versions_where_it_leaves_out_if_match) {
    serve({{{answer("412 Precondition Failed", {}, "")}, part(), {answer("412 Precondition Failed", {}, "")}, part()}});
    auto& storage = open();
    const storage::Condition other = storage::IfMatch{{"\"b\"", "", 10}};
    expect_refused(read(storage, storage::Span{0, 5}, other), Errc::replaced, "");
    EXPECT_EQ(text_of(read(storage, storage::Span{0, 5}, storage::IfMatch{{"\"a\"", "", 10}})), "hello")
        << "a precondition that was right says nothing of the next one";
}

TEST_F(WebStorageTest, refuses_another_version_also_where_a_suffix_is_not_known) {
    serve({{{answer("200 OK", {"ETag: \"a\""}, "0123456789")}}});
    const storage::Condition other = storage::IfMatch{{"\"b\"", "", 10}};
    expect_refused(read(open(), storage::Suffix{3}, other), Errc::replaced, "");
}

TEST_F(WebStorageTest, puts_the_key_before_the_query_and_shows_the_query_to_nobody) {
    auto& server = serve({{{answer("302 Found", {"Location: https://b.example/c?sig=hunter2"}, "")}}});
    auto& storage = open("/c?sig=hunter2&x=1");
    const auto content = read(storage);
    ASSERT_FALSE(content);
    EXPECT_NE(content.error().message.find("https://b.example/c"), std::string::npos) << content.error();
    EXPECT_EQ(content.error().message.find("hunter2"), std::string::npos) << content.error();
    EXPECT_EQ(storage.name().find("hunter2"), std::string::npos) << storage.name();
    EXPECT_TRUE(server.requests.at(0).starts_with("GET /c/a%20b/0.zip?sig=hunter2&x=1 HTTP/1.1\r\n"))
        << server.requests[0];
}

TEST_F(WebStorageTest, asks_for_its_own_address_where_the_key_is_empty) {
    auto& server = serve({{part()}});
    auto& storage = open("/a%2Fb.zip?signature=1");
    EXPECT_TRUE(run(context, storage.read("", storage::Span{0, 5}, {}, deadline())));
    EXPECT_TRUE(server.requests.at(0).starts_with("GET /a%2Fb.zip?signature=1 HTTP/1.1\r\n")) << server.requests[0];
}

struct StatusCase {
    const char* status;
    Errc code;
    std::size_t requests;
};
void PrintTo(const StatusCase& of, std::ostream* out) {
    *out << of.status;
}

class Statuses : public WebStorageTest, public testing::WithParamInterface<StatusCase> {};

TEST_P(Statuses, mean_one_thing_each) {
    const auto& want = GetParam();
    auto& server = serve({{{answer(want.status, {"Location: /b"}, "words")}}});
    const auto content = read(open());
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().code, want.code) << content.error();
    EXPECT_EQ(server.requests.size(), want.requests);
}

INSTANTIATE_TEST_SUITE_P(
    Web, Statuses,
    testing::Values(StatusCase{"404 Not Found", Errc::not_found, 1}, StatusCase{"410 Gone", Errc::not_found, 1},
                    StatusCase{"403 Forbidden", Errc::denied, 1}, StatusCase{"401 Unauthorized", Errc::denied, 1},
                    StatusCase{"301 Moved", Errc::denied, 1}, StatusCase{"400 Bad Request", Errc::denied, 1},
                    StatusCase{"412 Precondition Failed", Errc::replaced, 1},
                    StatusCase{"416 Range Not Satisfiable", Errc::corrupt, 1},
                    StatusCase{"500 Internal Server Error", Errc::unavailable, 3},
                    StatusCase{"503 Service Unavailable", Errc::unavailable, 3},
                    StatusCase{"429 Too Many Requests", Errc::unavailable, 3},
                    StatusCase{"501 Not Implemented", Errc::unavailable, 1}));

TEST_F(WebStorageTest, takes_a_403_for_a_missing_object_where_that_is_said) {
    serve({{{answer("403 Forbidden", {}, "")}}});
    missing_on_403 = true;
    expect_refused(read(open()), Errc::not_found, "403");
}

TEST_F(WebStorageTest, does_not_show_a_failure_that_passes) {
    auto& server = serve({{{answer("500 Oh", {}, "")}, {answer("503 Oh", {}, "")}, part()}});
    EXPECT_EQ(text_of(read(open())), "hello");
    EXPECT_EQ(server.requests.size(), 3U);
    EXPECT_EQ(counters().retries, 2U);
}

TEST_F(WebStorageTest, tries_again_where_an_answer_is_cut_off) {
    auto cut = part(Then::close);
    cut.bytes.pop_back();
    auto& server = serve({{cut}, {{"", Then::reset}}, {part()}});
    EXPECT_EQ(text_of(read(open())), "hello");
    EXPECT_EQ(server.connections, 3U);
}

TEST_F(WebStorageTest, says_unavailable_of_answers_that_are_always_cut_off) {
    auto cut = part(Then::close);
    cut.bytes.pop_back();
    serve({{cut}});
    expect_refused(read(open()), Errc::unavailable, "attempt 3");
}

TEST_F(WebStorageTest, takes_all_of_a_small_object_where_its_end_is_no_range) {
    auto& server =
        serve({{{answer("416 Range Not Satisfiable", {}, "")}, {answer("200 OK", {"ETag: \"a\""}, "hello")}}});
    const auto content = read(open(), storage::Suffix{1000});
    EXPECT_EQ(text_of(content), "hello");
    EXPECT_NE(server.requests.at(0).find("Range: bytes=-1000\r\n"), std::string::npos);
    EXPECT_EQ(server.requests.at(1).find("Range:"), std::string::npos);
}

TEST_F(WebStorageTest, reads_no_more_of_an_answer_than_its_limit) {
    http.whole_limit = 8;
    serve({{{answer("200 OK", {}, "0123456789")}}});
    expect_refused(read(open()), Errc::too_large, "");
}

TEST_F(WebStorageTest, spends_no_more_on_retries_than_its_tokens) {
    auto& server = serve({{{answer("500 Oh", {}, "")}}});
    auto& storage = open();
    constexpr std::size_t reads = 100;
    for (std::size_t i = 0; i < reads; ++i) {
        EXPECT_FALSE(read(storage));
    }
    // 500 tokens are good for 35 retries at 14.
    EXPECT_EQ(server.requests.size(), reads + 35);
    EXPECT_EQ(counters().failures, reads);
}

TEST_F(WebStorageTest, does_not_wait_past_the_deadline_for_another_attempt) {
    http.random = [] { return 0.999; };
    auto& server = serve({{{answer("503 Oh", {"Retry-After: 60"}, "")}}});
    auto& storage = open();
    const auto content = run(context, storage.read("a", storage::Whole{}, {}, deadline(std::chrono::seconds(2))));
    expect_refused(content, Errc::unavailable, "503");
    EXPECT_EQ(server.requests.size(), 1U);
}

TEST_F(WebStorageTest, asks_once_more_where_an_answer_is_late) {
    http.hedge_after = Milliseconds(30);
    auto& server = serve({{part(), part(), {"", Then::hold}}, {part()}});
    auto& storage = open();
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(text_of(read(storage)), "hello");
    }
    // One in twenty may be asked twice: what there was so far is not enough.
    for (int i = 0; i < 2; ++i) {
        const auto content = run(context, storage.read("a", storage::Span{0, 5}, {}, deadline(Milliseconds(300))));
        EXPECT_EQ(content ? Errc::io : content.error().code, i == 0 ? Errc::timeout : Errc::io);
    }
    EXPECT_EQ(counters().hedges, 0U);
    EXPECT_EQ(server.connections, 2U);
}

TEST_F(WebStorageTest, a_late_answer_loses_to_its_hedge) {
    http.hedge_after = Milliseconds(50);
    std::vector<Reply> replies(20, part());
    replies.push_back({"", Then::hold});
    auto& server = serve({replies, {part()}});
    auto& storage = open();
    for (int i = 0; i < 21; ++i) {
        EXPECT_EQ(text_of(read(storage)), "hello") << i;
    }
    EXPECT_EQ(counters().hedges, 1U);
    EXPECT_EQ(counters().hedges_won, 1U);
    EXPECT_EQ(counters().attempts, 22U);
    EXPECT_EQ(server.connections, 2U);
}

TEST_F(WebStorageTest, may_go_with_its_context_while_it_reads) {
    auto& server = serve({{{"", Then::hold}}});
    auto& storage = open();
    const Running<Result<storage::Content>> read(context, storage.read("a", storage::Whole{}, {}, deadline()));
    run_until([&] { return !server.requests.empty(); });
    EXPECT_FALSE(read.done());
}

TEST(HedgeBudget, gives_one_for_twenty_reads) {
    storage::HedgeBudget hedges;
    unsigned taken = 0;
    for (unsigned read = 1; read <= 1000; ++read) {
        hedges.record_read();
        taken += hedges.take() ? 1U : 0U;
        EXPECT_LE(taken * 20, read);
    }
    EXPECT_EQ(taken, 50U);
}

TEST(HedgeBudget, saves_no_more_than_ten) {
    storage::HedgeBudget hedges;
    for (unsigned read = 0; read < 10'000; ++read) {
        hedges.record_read();
    }
    unsigned taken = 0;
    while (hedges.take()) {
        ++taken;
    }
    EXPECT_EQ(taken, 10U);
}

}  // namespace
}  // namespace tapalcatl::tests
