#include "http/response_head.hpp"
#include "web/responses.hpp"

#include <gtest/gtest.h>

namespace tapalcatl::http {
namespace {

std::string written(const web::Response& response, Connection connection) {
    std::string head = "what was there before";
    write_head(head, response, "Sun, 06 Nov 1994 08:49:37 GMT", connection);
    return head;
}

web::Response answer(unsigned status, std::string_view body) {
    web::Response response;
    response.status = status;
    response.headers.add("ETag", "\"a\"");
    response.body = copy_of(as_bytes(body));
    return response;
}

TEST(ResponseHead, has_status_date_headers_and_length) {
    EXPECT_EQ(written(answer(200, "hello"), Connection::keeps_alive),
              "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nETag: \"a\"\r\nContent-Length: 5\r\n\r\n");
}

TEST(ResponseHead, tells_the_length_0) {
    EXPECT_NE(written(answer(404, ""), Connection::keeps_alive).find("Content-Length: 0\r\n"), std::string::npos);
}

TEST(ResponseHead, tells_no_length_where_there_is_no_body) {
    for (const unsigned status : {204U, 304U}) {
        EXPECT_EQ(written(answer(status, ""), Connection::keeps_alive).find("Content-Length"), std::string::npos);
        EXPECT_TRUE(web::is_bodiless(status));
    }
    EXPECT_FALSE(web::is_bodiless(200));
}

TEST(ResponseHead, says_what_becomes_of_the_connection) {
    EXPECT_EQ(written(answer(200, ""), Connection::keeps_alive).find("Connection"), std::string::npos);
    EXPECT_TRUE(written(answer(200, ""), Connection::closes).ends_with("\r\nConnection: close\r\n\r\n"));
    EXPECT_TRUE(
        written(answer(200, ""), Connection::keeps_alive_http_1_0).ends_with("\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(DateTextTest, is_made_anew_when_the_second_changes) {
    DateText date;
    const WallTime start{std::chrono::seconds(784'111'777)};
    EXPECT_EQ(date.at(start), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(date.at(start + std::chrono::milliseconds(999)), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(date.at(start + std::chrono::milliseconds(1000)), "Sun, 06 Nov 1994 08:49:38 GMT");
    EXPECT_EQ(date.at(start), "Sun, 06 Nov 1994 08:49:37 GMT") << "also backwards";
}

TEST(DateTextTest, knows_the_first_second_of_all) {
    DateText date;
    EXPECT_EQ(date.at(WallTime{}), "Thu, 01 Jan 1970 00:00:00 GMT");
}

}  // namespace
}  // namespace tapalcatl::http
