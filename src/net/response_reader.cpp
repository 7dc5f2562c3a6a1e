#include "net/response_reader.hpp"

#include "base/text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <optional>

namespace tapalcatl::net {

namespace http = boost::beast::http;

namespace {

/// S3 allows 2 KB of metadata in an object's headers, and adds a dozen of its own.
constexpr std::uint32_t header_limit = 32 * 1024;

/// Answers that only announce another one (RFC 9110, section 15.2).
constexpr unsigned max_interim_responses = 8;

/// What is reserved on the word of a Content-Length alone.
constexpr std::uint64_t max_reserved_bytes = 4 * 1024 * 1024;

/// A body for Beast's parser: bytes up to a limit.
struct LimitedBody {
    struct value_type {  // NOLINT(readability-identifier-naming): Beast's name
        std::vector<std::byte> bytes;
        std::uint64_t limit = 0;
        bool is_over = false;
    };

    class reader {  // NOLINT(readability-identifier-naming): Beast's name
     public:
        template <bool IsRequest, class Fields>
        reader(http::header<IsRequest, Fields>& /*header*/, value_type& body) : body_(body) {}

        void init(const boost::optional<std::uint64_t>& length, boost::system::error_code& error) {
            error = {};
            body_.bytes.reserve(
                static_cast<std::size_t>(std::min({length.value_or(0), body_.limit, max_reserved_bytes})));
        }

        template <class Buffers>
        std::size_t put(const Buffers& buffers, boost::system::error_code& error) {
            std::size_t taken = 0;
            for (const boost::asio::const_buffer buffer : boost::beast::buffers_range(buffers)) {
                const auto fits = std::min<std::uint64_t>(buffer.size(), body_.limit - body_.bytes.size());
                const auto* const begin = static_cast<const std::byte*>(buffer.data());
                body_.bytes.insert(body_.bytes.end(), begin, begin + fits);
                taken += buffer.size();
                body_.is_over = body_.is_over || fits < buffer.size();
            }
            error = body_.is_over ? http::make_error_code(http::error::body_limit) : boost::system::error_code();
            return taken;
        }

        void finish(boost::system::error_code& error) { error = {}; }

     private:
        value_type& body_;
    };
};

constexpr std::string_view version = "HTTP/1.";

/// Whether `head` begins with a status line that ends behind the status, "HTTP/1.1 200\r\n", or what has come of it may
/// become one. RFC 9112, section 4, wants a blank there, and so does Beast; servers and proxies leave it out.
bool lacks_reason(std::string_view head) {
    return head.starts_with(version) && head.size() > 12 && head[8] == ' ' && is_digits(head.substr(9, 3)) &&
           std::string_view("\r\n").starts_with(head.substr(12, 2));
}

bool is_success(unsigned status) {
    return status / 100 == 2;
}

}  // namespace

class ResponseReader::Impl {
 public:
    Impl(bool is_head, std::uint64_t body_limit, bool may_skip_body)
        : is_head_(is_head), body_limit_(body_limit), may_skip_body_(may_skip_body) {
        begin();
    }

    Result<std::size_t> take(Bytes bytes);
    Result<void> end(bool in_order);
    bool is_done() const { return is_done_; }
    bool keeps_alive() const { return keeps_alive_; }
    Response release();

 private:
    void begin();
    std::size_t put(Bytes bytes, boost::system::error_code& error);
    Result<void> look_at_head();
    Error too_large() const;

    bool is_head_;
    std::uint64_t body_limit_;
    bool may_skip_body_;
    std::optional<std::uint64_t> skipped_size_;
    std::optional<http::response_parser<LimitedBody>> parser_;
    unsigned interim_ = 0;
    bool has_status_line_ = false;  ///< it, or more, was taken
    bool has_head_ = false;
    bool is_done_ = false;
    bool keeps_alive_ = false;
};

void ResponseReader::Impl::begin() {
    parser_.emplace();
    parser_->header_limit(header_limit);
    parser_->body_limit(boost::none);  // the body has a limit of its own, which depends on the status
    parser_->skip(is_head_);
    has_status_line_ = false;
    has_head_ = false;
}

Error ResponseReader::Impl::too_large() const {
    const auto length = parser_->content_length();
    return fail(Errc::too_large, "answered {} with {} bytes, more than the {} that were asked for",
                parser_->get().result_int(), length ? std::to_string(*length) : std::string("many"), body_limit_);
}

/// Requires: the head is complete.
Result<void> ResponseReader::Impl::look_at_head() {
    const auto& head = parser_->get();
    const auto status = head.result_int();
    if (status < 100 || status == 101) {
        return fail(Errc::corrupt, "answered with a status that makes no sense here: {}", status);
    }
    for (const auto& field : head) {
        if (field.name() == http::field::transfer_encoding && !iequals(trim(field.value()), "chunked")) {
            return fail(Errc::corrupt, "answered in the transfer encoding '{}'", printable(field.value()));
        }
    }
    const bool has_body = !parser_->is_done();
    if (is_success(status) && has_body && parser_->content_length().value_or(0) > body_limit_) {
        if (!may_skip_body_) {
            return too_large();
        }
        skipped_size_ = *parser_->content_length();
        is_done_ = true;  // and the connection is not used again
        return {};
    }
    parser_->get().body().limit = is_success(status) ? body_limit_ : std::max(body_limit_, error_body_limit);
    parser_->eager(true);
    return {};
}

/// A head without a reason phrase is completed before Beast sees it, once all of it is there.
std::size_t ResponseReader::Impl::put(Bytes bytes, boost::system::error_code& error) {
    const auto text = as_text(bytes);
    if (!has_status_line_ && text.substr(0, version.size()) != version.substr(0, text.size())) {
        error = http::error::bad_version;  // Beast would wait for the end of a head
        return 0;
    }
    if (has_status_line_ || !lacks_reason(text)) {
        const auto used = parser_->put(boost::asio::buffer(bytes.data(), bytes.size()), error);
        has_status_line_ = has_status_line_ || used > 0;
        return used;
    }
    const auto end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) {
        error = text.size() < header_limit ? http::error::need_more : http::error::header_limit;
        return 0;
    }
    std::string head(text.substr(0, end + 4));
    head.insert(12, 1, ' ');
    const auto used = parser_->put(boost::asio::const_buffer(head.data(), head.size()), error);
    has_status_line_ = used > 0;
    return used - std::min<std::size_t>(used, 1);
}

Result<std::size_t> ResponseReader::Impl::take(Bytes bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && !is_done_) {
        boost::system::error_code error;
        used += put(bytes.subspan(used), error);
        if (error == http::error::need_more) {
            break;
        }
        if (error && parser_->get().body().is_over) {
            if (is_success(parser_->get().result_int())) {
                return too_large();
            }
            is_done_ = true;
            break;
        }
        if (error) {
            return fail(Errc::corrupt, "answered what is not HTTP: {}", error.message());
        }
        if (!has_head_ && parser_->is_header_done()) {
            has_head_ = true;
            const auto checked = look_at_head();
            if (!checked) {
                return checked.error();
            }
        }
        if (is_done_ || !parser_->is_done()) {
            continue;
        }
        if (parser_->get().result_int() < 200) {
            if (++interim_ > max_interim_responses) {
                return fail(Errc::corrupt, "announced an answer {} times", interim_);
            }
            begin();
        } else {
            is_done_ = true;
            keeps_alive_ = parser_->keep_alive();
        }
    }
    return used;
}

Result<void> ResponseReader::Impl::end(bool in_order) {
    if (!has_head_) {
        return fail(Errc::unavailable, "closed the connection within the head of its answer");
    }
    const auto got = parser_->get().body().bytes.size();
    if (!parser_->need_eof()) {
        const auto length = parser_->content_length();
        return fail(Errc::unavailable, "closed the connection after {} of {} bytes", got,
                    length ? std::to_string(*length) : std::string("an unknown number of"));
    }
    if (!in_order) {
        return fail(Errc::unavailable, "closed the connection after {} bytes without a farewell: they may not be all",
                    got);
    }
    boost::system::error_code error;
    parser_->put_eof(error);
    if (error) {
        return fail(Errc::unavailable, "closed the connection too early: {}", error.message());
    }
    is_done_ = true;
    return {};
}

Response ResponseReader::Impl::release() {
    auto message = parser_->release();
    Response response;
    response.status = message.result_int();
    for (const auto& field : message) {
        response.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    response.body = std::move(message.body().bytes);
    response.skipped_size = skipped_size_;
    return response;
}

ResponseReader::ResponseReader(bool is_head, std::uint64_t body_limit, bool may_skip_body)
    : impl_(std::make_unique<Impl>(is_head, body_limit, may_skip_body)) {}
ResponseReader::~ResponseReader() = default;
Result<std::size_t> ResponseReader::take(Bytes bytes) {
    return impl_->take(bytes);
}
Result<void> ResponseReader::end(bool in_order) {
    return impl_->end(in_order);
}
bool ResponseReader::is_done() const {
    return impl_->is_done();
}
bool ResponseReader::keeps_alive() const {
    return impl_->keeps_alive();
}
Response ResponseReader::release() {
    return impl_->release();
}

}  // namespace tapalcatl::net
