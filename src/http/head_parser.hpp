#pragma once

#include "web/message.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::http {

/// Parses the head of one request with Beast's tokenizer, without its containers. One object for each request.
///
/// Of all headers only those in web::Field are stored, as views into what was read.
///
/// No request has a body that is read. GET, HEAD and OPTIONS with a body are refused: whoever disagrees with this
/// server about its length could hide a second request in it (RFC 9112, section 11.2). With another method, which is
/// answered by 405 or 404, keeps_alive() is false and the body stays unread.
class HeadParser final : public boost::beast::http::basic_parser<true> {
 public:
    HeadParser();

    /// Parses `head`, from the request line to the empty line, both included. False: problem() says why.
    /// Lifetime: request() views `head`.
    bool parse(std::string_view head);

    bool failed() const { return status_ != 0; }
    /// The HTTP status and the words that say what is wrong. Requires: failed().
    unsigned status() const { return status_; }
    std::string_view problem() const { return problem_; }

    const web::Request& request() const { return request_; }
    bool keeps_alive() const { return keep_alive() && !has_body_; }
    /// Whether the client sends nothing after this request (RFC 9112, section 9.6), not even a body.
    bool ends_connection() const { return !failed() && !keep_alive() && !has_body_; }
    bool is_http_1_0() const { return version_ == 10; }

 private:
    using Error = boost::beast::error_code;
    using Text = boost::beast::string_view;

    void on_request_impl(boost::beast::http::verb method, Text method_name, Text target, int version,
                         Error& ec) override;
    void on_response_impl(int status, Text reason, int version, Error& ec) override;
    void on_field_impl(boost::beast::http::field name, Text name_text, Text value, Error& ec) override;
    void on_header_impl(Error& ec) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, Error& ec) override;
    std::size_t on_body_impl(Text body, Error& ec) override;
    void on_chunk_header_impl(std::uint64_t size, Text extensions, Error& ec) override;
    std::size_t on_chunk_body_impl(std::uint64_t remain, Text body, Error& ec) override;
    void on_finish_impl(Error& ec) override;

    void refuse(unsigned status, std::string_view problem);
    void note_body();
    void store(web::Field field, std::string_view value);

    web::Request request_;
    std::string_view head_;
    unsigned status_ = 0;
    std::string_view problem_;
    int version_ = 0;  ///< 11 for HTTP/1.1
    unsigned host_count_ = 0;
    bool has_body_ = false;
    std::vector<std::unique_ptr<std::string>> joined_;  ///< values of headers that occur more than once
};

}  // namespace tapalcatl::http
