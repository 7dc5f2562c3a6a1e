#include "base/text.hpp"
#include "http/head_parser.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tapalcatl::http {
namespace {

using web::Field;

struct Refused {
    const char* name;
    std::string head;
    unsigned status = 400;
};

std::ostream& operator<<(std::ostream& out, const Refused& refused) {
    return out << printable(refused.head);
}

std::string with(std::string_view headers, std::string_view request_line = "GET / HTTP/1.1") {
    return fmt::format("{}\r\nHost: a\r\n{}\r\n", request_line, headers);
}

TEST(HeadParser, reads_the_request_line_and_the_headers_that_matter) {
    HeadParser parser;
    const std::string head =
        "GET /a/b?c=d HTTP/1.1\r\nHost: tiles.example:8080\r\nACCEPT-ENCODING:gzip, br\r\nIf-None-Match: \"a\", "
        "W/\"b\"\r\n"
        "if-modified-since:\t Fri, 25 Jan 2019 12:00:00 GMT \t\r\nAccept: */*\r\nForwarded: for=192.0.2.1\r\n"
        "X-Forwarded-For: 192.0.2.2\r\nx-forwarded-HOST: h\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /p\r\n"
        "User-Agent: test\r\nReferer: http://r/\r\nAccess-Control-Request-Headers: x\r\nCookie: ignored\r\n"
        "Origin: https://o.example\r\nX-Unknown: ignored\r\nEmpty:\r\n\r\n";
    ASSERT_TRUE(parser.parse(head)) << parser.problem();
    const auto& request = parser.request();
    EXPECT_EQ(request.method, web::Method::get);
    EXPECT_EQ(request.method_name, "GET");
    EXPECT_EQ(request.target, "/a/b?c=d");
    EXPECT_EQ(request[Field::host], "tiles.example:8080");
    EXPECT_EQ(request[Field::accept_encoding], "gzip, br");
    EXPECT_EQ(request[Field::if_none_match], "\"a\", W/\"b\"");
    EXPECT_EQ(request[Field::if_modified_since], "Fri, 25 Jan 2019 12:00:00 GMT");
    EXPECT_EQ(request[Field::accept], "*/*");
    EXPECT_EQ(request[Field::forwarded], "for=192.0.2.1");
    EXPECT_EQ(request[Field::x_forwarded_for], "192.0.2.2");
    EXPECT_EQ(request[Field::x_forwarded_host], "h");
    EXPECT_EQ(request[Field::x_forwarded_proto], "https");
    EXPECT_EQ(request[Field::x_forwarded_prefix], "/p");
    EXPECT_EQ(request[Field::user_agent], "test");
    EXPECT_EQ(request[Field::referer], "http://r/");
    EXPECT_EQ(request[Field::access_control_request_headers], "x");
    EXPECT_EQ(request[Field::origin], "https://o.example");
    EXPECT_TRUE(parser.keeps_alive());
    EXPECT_FALSE(parser.is_http_1_0());
}

TEST(HeadParser, views_what_it_read_and_copies_nothing) {
    HeadParser parser;
    const auto head = with("Accept: text/plain\r\n");
    ASSERT_TRUE(parser.parse(head));
    for (const auto part : {parser.request().target, parser.request()[Field::accept], parser.request()[Field::host]}) {
        EXPECT_GE(part.data(), head.data());
        EXPECT_LE(part.data() + part.size(), head.data() + head.size());
    }
}

struct Method {
    const char* name;
    web::Method method;
};

TEST(HeadParser, knows_the_methods_that_are_served_exactly) {
    for (const auto& [name, method] :
         {Method{"GET", web::Method::get}, Method{"HEAD", web::Method::head}, Method{"OPTIONS", web::Method::options},
          Method{"POST", web::Method::other}, Method{"PATCH", web::Method::other}, Method{"TRACE", web::Method::other},
          Method{"get", web::Method::other}, Method{"GETS", web::Method::other}, Method{"BREW", web::Method::other},
          Method{"X-y_z~", web::Method::other}}) {
        HeadParser parser;
        const auto head = with("", fmt::format("{} / HTTP/1.1", name));
        ASSERT_TRUE(parser.parse(head)) << name;
        EXPECT_EQ(parser.request().method, method) << name;
        EXPECT_EQ(parser.request().method_name, name);
    }
}

TEST(HeadParser, leaves_targets_as_they_were_sent) {
    for (const std::string_view target :
         {"/", "/a%20b", "/?", "*", "http://h/x", "/\xc3\xbc", "//a//b", "/a#b", "/%"}) {
        HeadParser parser;
        const auto head = with("", fmt::format("GET {} HTTP/1.1", target));
        ASSERT_TRUE(parser.parse(head)) << target;
        EXPECT_EQ(parser.request().target, target);
    }
}

TEST(HeadParser, joins_headers_that_come_in_several_lines) {
    HeadParser parser;
    const auto head = with(
        "If-None-Match: \"a\"\r\nAccept: x/y\r\nIf-None-Match:\r\nif-none-match: \"b\"\r\n"
        "X-Forwarded-For: 1.1.1.1\r\nIf-None-Match: \"c\"\r\nx-forwarded-for: 2.2.2.2\r\n");
    ASSERT_TRUE(parser.parse(head));
    const auto tags = std::string(parser.request()[Field::if_none_match]);
    EXPECT_TRUE(tags == "\"a\", \"b\", \"c\"" || tags == "\"a\", , \"b\", \"c\"") << tags;
    EXPECT_EQ(parser.request()[Field::x_forwarded_for], "1.1.1.1, 2.2.2.2");
    EXPECT_EQ(parser.request()[Field::accept], "x/y");
}

struct Persistence {
    const char* head;
    bool keeps_alive;
};

TEST(HeadParser, tells_whether_the_connection_stays_open) {
    for (const auto& [head, keeps] :
         {Persistence{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
          Persistence{"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
          Persistence{"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, CLOSE\r\n\r\n", false},
          Persistence{"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", true},
          Persistence{"GET / HTTP/1.0\r\n\r\n", false},
          Persistence{"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true}}) {
        HeadParser parser;
        ASSERT_TRUE(parser.parse(head)) << head;
        EXPECT_EQ(parser.keeps_alive(), keeps) << head;
    }
}

TEST(HeadParser, tells_whether_the_client_sends_nothing_more) {
    for (const auto& [head, ends] : {
             Persistence{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", false},
             Persistence{"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", true},
             Persistence{"GET / HTTP/1.0\r\n\r\n", true},
             Persistence{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", false},
             Persistence{"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\n", false},
             Persistence{"POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\n", false},
             Persistence{"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", false},
         }) {
        HeadParser parser;
        parser.parse(head);
        EXPECT_EQ(parser.ends_connection(), ends) << head;
    }
}

TEST(HeadParser, asks_no_host_of_http_1_0) {
    HeadParser parser;
    ASSERT_TRUE(parser.parse("GET / HTTP/1.0\r\n\r\n"));
    EXPECT_TRUE(parser.is_http_1_0());
}

TEST(HeadParser, takes_every_form_of_a_host) {
    for (const auto* host : {"", "a", "a.example", "a.example:8080", "a:", "127.0.0.1:80", "[::1]", "[::1]:80", "a_b",
                             "%41", "xn--bcher-kva.example"}) {
        HeadParser parser;
        const auto head = fmt::format("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", host);
        EXPECT_TRUE(parser.parse(head)) << host << parser.problem();
    }
}

TEST(HeadParser, takes_an_empty_body_and_offers_to_speak_other_protocols) {
    for (const auto* headers :
         {"Content-Length: 0\r\n", "Content-Length: 00\r\n", "Upgrade: h2c\r\nConnection: Upgrade\r\n",
          "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Key: x\r\n", "Expect: 100-continue\r\n",
          "TE: trailers\r\n", "Trailer: x\r\n", "Host2: b\r\n"}) {
        HeadParser parser;
        const auto head = with(headers);
        EXPECT_TRUE(parser.parse(head)) << headers << parser.problem();
    }
}

class RefusedHeads : public testing::TestWithParam<Refused> {};

TEST_P(RefusedHeads, have_a_status_and_words) {
    HeadParser parser;
    EXPECT_FALSE(parser.parse(GetParam().head));
    ASSERT_TRUE(parser.failed());
    EXPECT_EQ(parser.status(), GetParam().status);
    EXPECT_FALSE(parser.problem().empty());
}

const auto by_name = [](const auto& tested) { return std::string(tested.param.name); };

INSTANTIATE_TEST_SUITE_P(
    Bodies, RefusedHeads,
    testing::Values(Refused{"length", with("Content-Length: 1\r\n")},
                    Refused{"huge_length", with("Content-Length: 18446744073709551615\r\n")},
                    Refused{"length_beyond_64_bits", with("Content-Length: 18446744073709551616\r\n")},
                    Refused{"lengths_that_contradict", with("Content-Length: 0\r\nContent-Length: 5\r\n")},
                    Refused{"lengths_that_contradict_turned", with("Content-Length: 5\r\nContent-Length: 0\r\n")},
                    Refused{"lengths_in_a_list", with("Content-Length: 0, 5\r\n")},
                    Refused{"negative_length", with("Content-Length: -1\r\n")},
                    Refused{"length_with_sign", with("Content-Length: +0\r\n")},
                    Refused{"length_of_letters", with("Content-Length: zero\r\n")},
                    Refused{"hex_length", with("Content-Length: 0x0\r\n")},
                    Refused{"empty_length", with("Content-Length:\r\n")},
                    Refused{"chunked", with("Transfer-Encoding: chunked\r\n")},
                    Refused{"chunked_in_odd_case", with("tRANSFER-eNCODING: cHuNkEd\r\n")},
                    Refused{"identity", with("Transfer-Encoding: identity\r\n")},
                    Refused{"gzip", with("Transfer-Encoding: gzip\r\n")},
                    Refused{"xchunked", with("Transfer-Encoding: xchunked\r\n")},
                    Refused{"empty_encoding", with("Transfer-Encoding:\r\n")},
                    Refused{"chunked_and_length", with("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n")},
                    Refused{"length_and_chunked", with("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n")},
                    Refused{"chunked_in_http_1_0", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"}),
    by_name);

INSTANTIATE_TEST_SUITE_P(Hosts, RefusedHeads,
                         testing::Values(Refused{"none", "GET / HTTP/1.1\r\n\r\n"},
                                         Refused{"blank", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
                                         Refused{"signs", "GET / HTTP/1.1\r\nHost: a b/<>@:x\r\n\r\n"},
                                         Refused{"user", "GET / HTTP/1.1\r\nHost: user@a\r\n\r\n"},
                                         Refused{"path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
                                         Refused{"port_of_letters", "GET / HTTP/1.1\r\nHost: a:x\r\n\r\n"},
                                         Refused{"two_ports", "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n"},
                                         Refused{"open_bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"},
                                         Refused{"behind_bracket", "GET / HTTP/1.1\r\nHost: [::1]a\r\n\r\n"},
                                         Refused{"quote", "GET / HTTP/1.1\r\nHost: a\"b\r\n\r\n"},
                                         Refused{"two", with("Host: b\r\n")},
                                         Refused{"the_same_twice", with("Host: a\r\n")},
                                         Refused{"two_in_http_1_0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"}),
                         by_name);

INSTANTIATE_TEST_SUITE_P(
    Lines, RefusedHeads,
    testing::Values(Refused{"folded", with("Accept: a\r\n b\r\n")},
                    Refused{"folded_by_tab", with("Accept: a\r\n\tb\r\n")},
                    Refused{"folded_onto_an_empty_line", with("Accept:\r\n b\r\n")},
                    Refused{"folded_encoding", with("Transfer-Encoding:\r\n chunked\r\n")},
                    Refused{"folded_encoding_of_two", with("X: a\r\nTransfer-Encoding:\r\n\tchunked\r\n")},
                    Refused{"folded_length", with("Content-Length:\r\n 5\r\n")},
                    Refused{"folded_host", "GET / HTTP/1.1\r\nHost:\r\n a\r\n\r\n"},
                    Refused{"folded_unknown_header", with("X-Unknown: a\r\n b\r\n")},
                    Refused{"blank_before_the_first_header", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
                    Refused{"blank_before_the_colon", with("Accept : a\r\n")},
                    Refused{"blank_before_the_colon_of_an_encoding", with("Transfer-Encoding : chunked\r\n")},
                    Refused{"no_colon", with("Accept\r\n")}, Refused{"no_name", with(": a\r\n")},
                    Refused{"name_with_a_blank", with("Acc ept: a\r\n")},
                    Refused{"name_with_a_control_character", with("Acc\x01"
                                                                  "ept: a\r\n")},
                    Refused{"name_of_umlauts", with("\xc3\xbc: a\r\n")},
                    Refused{"value_with_nul", with(std::string_view("Accept: a\0b\r\n", 13))},
                    Refused{"value_with_a_control_character", with("Accept: a\x07"
                                                                   "b\r\n")},
                    Refused{"value_with_cr", with("Accept: a\rb\r\n")},
                    Refused{"value_with_lf", with("Accept: a\nX: b\r\n")}),
    by_name);

INSTANTIATE_TEST_SUITE_P(
    RequestLines, RefusedHeads,
    testing::Values(
        Refused{"nothing", ""}, Refused{"empty_line", "\r\n\r\n"},
        Refused{"http_2_preface", "PRI * HTTP/2.0\r\n\r\n", 505}, Refused{"http_1_2", with("", "GET / HTTP/1.2"), 505},
        Refused{"http_0_9", with("", "GET / HTTP/0.9"), 505}, Refused{"http_3_0", with("", "GET / HTTP/3.0"), 505},
        Refused{"target_with_nul", with("", std::string_view("GET /\0 HTTP/1.1", 15))},
        Refused{"target_with_a_tab", with("", "GET /\ta HTTP/1.1")},
        Refused{"blank_first", with("", " GET / HTTP/1.1")},
        Refused{"method_with_a_colon", with("", "GE:T / HTTP/1.1")}, Refused{"method_alone", with("", "GET")},
        Refused{"tls", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15)},
        Refused{"noise", "\xff\xfe\xfd\r\n\r\n"}),
    by_name);

TEST(HeadParser, refuses_lines_without_a_version_somehow) {
    for (const auto* line :
         {"GET /", "GET / ", "GET  / HTTP/1.1", "GET /a b HTTP/1.1", "GET / http/1.1", "GET / HTTP/1", "GET / HTTP/11",
          "GET / HTTP/1.11", "GET / HTTP/ 1.1", "GET HTTP/1.1", "GET / HTTP/1.1 x", "GET / HTTP/1.1\n"}) {
        HeadParser parser;
        const auto head = with("", line);
        EXPECT_FALSE(parser.parse(head)) << line;
        EXPECT_TRUE(parser.status() == 400 || parser.status() == 505) << line << ": " << parser.status();
    }
}

TEST(HeadParser, refuses_a_head_that_is_cut_at_any_byte) {
    const auto whole =
        with("Accept-Encoding: gzip\r\nIf-None-Match: \"a\"\r\nConnection: close\r\nX-Forwarded-For: ::1\r\n");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto cut = std::make_unique<char[]>(size);  // so that a read past the end is seen
        whole.copy(cut.get(), size);
        HeadParser parser;
        EXPECT_FALSE(parser.parse(std::string_view(cut.get(), size))) << size;
        EXPECT_TRUE(parser.failed());
    }
    HeadParser parser;
    EXPECT_TRUE(parser.parse(whole));
}

TEST(HeadParser, refuses_anything_behind_the_head) {
    HeadParser parser;
    const auto head = with("") + "x";
    EXPECT_FALSE(parser.parse(head));
}

TEST(HeadParser, survives_any_byte_anywhere) {
    const auto whole = with("Accept: a\r\n");
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (int byte = 0; byte < 256; ++byte) {
            auto changed = whole;
            changed[at] = static_cast<char>(byte);
            HeadParser parser;
            const bool good = parser.parse(changed);
            EXPECT_EQ(good, !parser.failed());
        }
    }
}

TEST(HeadParser, takes_a_hundred_headers) {
    std::string headers;
    for (int i = 0; i < 100; ++i) {
        headers += fmt::format("X-{}: {}\r\nAccept: a/{}\r\n", i, i, i);
    }
    HeadParser parser;
    const auto head = with(headers);
    ASSERT_TRUE(parser.parse(head));
    EXPECT_TRUE(parser.request()[Field::accept].starts_with("a/0, a/1, a/2, "));
    EXPECT_TRUE(parser.request()[Field::accept].ends_with(", a/99"));
}

}  // namespace
}  // namespace tapalcatl::http
