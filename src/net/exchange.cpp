#include "net/exchange.hpp"

#include "base/text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace tapalcatl::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

/// In bytes. S3 allows 2 KB of metadata in an object's headers, and adds a dozen headers itself.
constexpr std::uint32_t header_limit = 32 * 1024;

/// The number of informational responses in front of the final one (RFC 9110, section 15.2).
constexpr unsigned max_interim_responses = 8;

/// The largest buffer that is reserved by a Content-Length alone.
constexpr std::uint64_t max_reserved_bytes = 4 * 1024 * 1024;

/// A body type for Beast's parser: bytes up to a limit.
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
constexpr std::size_t status_end = 12;  // of "HTTP/1.1 200"

/// Whether `head` begins with a status line that ends after the status, "HTTP/1.1 200\r\n", or with the start of one.
/// RFC 9112, section 4, requires a blank there, and so does Beast; some servers and proxies omit it.
bool lacks_reason(std::string_view head) {
    return head.size() > status_end && head[8] == ' ' && is_digits(head.substr(9, 3)) &&
           std::string_view("\r\n").starts_with(head.substr(status_end, 2));
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
    Result<void> end(bool is_clean);
    bool is_done() const { return is_done_; }
    std::uint64_t largest_body(std::uint64_t expected) const;
    void reserve_body(std::uint64_t size) { parser_->get().body().bytes.reserve(static_cast<std::size_t>(size)); }
    bool keeps_alive() const { return keeps_alive_; }
    Response release();

 private:
    void begin();
    std::size_t put(Bytes bytes, boost::system::error_code& error);
    Result<void> check_head();
    Error too_large() const;

    bool is_head_;
    std::uint64_t body_limit_;
    bool may_skip_body_;
    std::optional<std::uint64_t> skipped_size_;
    std::optional<http::response_parser<LimitedBody>> parser_;
    unsigned interim_ = 0;
    bool has_status_line_ = false;  ///< Beast has taken it
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
    return fail(Errc::too_large, "the response (status {}) has {} bytes, more than the limit of {}",
                parser_->get().result_int(), length ? std::to_string(*length) : std::string("many"), body_limit_);
}

/// Requires: the head is complete.
Result<void> ResponseReader::Impl::check_head() {
    const auto& head = parser_->get();
    const auto status = head.result_int();
    if (status < 100 || status == 101) {
        return fail(Errc::corrupt, "unexpected status {} in the response", status);
    }
    for (const auto& field : head) {
        if (field.name() == http::field::transfer_encoding && !iequals(trim(field.value()), "chunked")) {
            return fail(Errc::corrupt, "unsupported Transfer-Encoding '{}' in the response", printable(field.value()));
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

/// Passes `bytes` to Beast, with the blank that a status line without a reason phrase lacks.
std::size_t ResponseReader::Impl::put(Bytes bytes, boost::system::error_code& error) {
    const auto text = as_text(bytes);
    if (!has_status_line_ && text.substr(0, version.size()) != version.substr(0, text.size())) {
        error = http::error::bad_version;  // Beast would wait for the end of the header section
        return 0;
    }
    const auto whole = asio::buffer(bytes.data(), bytes.size());
    std::size_t used = 0;
    if (!has_status_line_ && lacks_reason(text)) {
        // Beast takes nothing before the header section is complete, so the blank is never taken by itself.
        const std::array parts{asio::buffer(whole, status_end), asio::buffer(" ", 1), whole + status_end};
        used = parser_->put(parts, error);
        used -= std::min<std::size_t>(used, 1);
    } else {
        used = parser_->put(whole, error);
    }
    has_status_line_ = has_status_line_ || used > 0;
    return used;
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
            return fail(Errc::corrupt, "the response is not HTTP: {}", error.message());
        }
        if (!has_head_ && parser_->is_header_done()) {
            has_head_ = true;
            const auto checked = check_head();
            if (!checked) {
                return checked.error();
            }
        }
        if (is_done_ || !parser_->is_done()) {
            continue;
        }
        if (parser_->get().result_int() < 200) {
            if (++interim_ > max_interim_responses) {
                return fail(Errc::corrupt, "sent {} informational responses", interim_);
            }
            begin();
        } else {
            is_done_ = true;
            keeps_alive_ = parser_->keep_alive();
        }
    }
    return used;
}

std::uint64_t ResponseReader::Impl::largest_body(std::uint64_t expected) const {
    if (!has_head_) {
        return 0;
    }
    const auto& body = parser_->get().body();
    const auto length = parser_->content_length();
    if (length) {
        return std::min(*length, body.limit);
    }
    return body.bytes.size() <= expected ? body.bytes.size() : body.limit;
}

Result<void> ResponseReader::Impl::end(bool is_clean) {
    if (!has_head_) {
        return fail(Errc::unavailable, "closed the connection within the header section of the response");
    }
    const auto got = parser_->get().body().bytes.size();
    if (!parser_->need_eof()) {
        const auto length = parser_->content_length();
        return fail(Errc::unavailable, "closed the connection after {} of {} bytes", got,
                    length ? std::to_string(*length) : std::string("an unknown number of"));
    }
    if (!is_clean) {
        return fail(Errc::unavailable,
                    "closed the connection after {} bytes without close_notify: the response may be incomplete", got);
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
Result<void> ResponseReader::end(bool is_clean) {
    return impl_->end(is_clean);
}
bool ResponseReader::is_done() const {
    return impl_->is_done();
}
std::uint64_t ResponseReader::largest_body(std::uint64_t expected) const {
    return impl_->largest_body(expected);
}
void ResponseReader::reserve_body(std::uint64_t size) {
    impl_->reserve_body(size);
}
bool ResponseReader::keeps_alive() const {
    return impl_->keeps_alive();
}
Response ResponseReader::release() {
    return impl_->release();
}

namespace {

constexpr std::size_t read_size = 32 * 1024;

/// More than the longest header section: the reader leaves at most an incomplete header section or chunk header.
constexpr std::size_t buffer_limit = 3 * read_size;

Error write_failure(const boost::system::error_code& error) {
    return is_timeout(error) ? fail(Errc::timeout, "timed out sending the request")
                             : fail(Errc::unavailable, "the request could not be sent: {}", error.message());
}

Error read_failure(const boost::system::error_code& error, bool has_begun) {
    if (is_timeout(error)) {
        return has_begun ? fail(Errc::timeout, "timed out reading the response")
                         : fail(Errc::timeout, "timed out waiting for the first byte of the response");
    }
    if (is_end(error)) {
        return fail(Errc::unavailable, "closed the connection without a response");
    }
    return fail(Errc::unavailable, "{} {} the response", error.message(), has_begun ? "within" : "before");
}

}  // namespace

Awaitable<ExchangeResult> exchange(Connection& connection, Body request, ExchangeLimits limits) {
    ExchangeResult done;
    connection.expires_at(std::min(limits.first_byte_by, limits.deadline));
    const std::array parts{asio::buffer(std::as_const(request.begin)),
                           asio::const_buffer(request.shared.data(), request.shared.size()),
                           asio::buffer(std::as_const(request.end))};
    const auto sent = co_await connection.write(parts);
    done.was_sent = sent.size > 0;
    if (sent.error) {
        done.connection_lost = !is_timeout(sent.error);
        done.response = write_failure(sent.error);
        co_return done;
    }

    ResponseReader reader(limits.is_head, limits.body_limit, limits.may_skip_body);
    boost::beast::flat_buffer buffer(buffer_limit);
    bool has_begun = false;
    while (!reader.is_done()) {
        if (buffer.size() + read_size > buffer_limit) {
            done.response = fail(Errc::corrupt, "a line of the response has more than {} bytes", buffer.size());
            co_return done;
        }
        const auto space = buffer.prepare(read_size);
        const auto got = co_await connection.read_some(space);
        buffer.commit(got.size);
        if (got.size > 0) {
            has_begun = true;
            if (limits.has_begun != nullptr) {
                *limits.has_begun = true;
            }
            connection.expires_at(std::min(std::chrono::steady_clock::now() + limits.stall, limits.deadline));
            const auto data = buffer.cdata();
            const auto taken = reader.take(Bytes(static_cast<const std::byte*>(data.data()), data.size()));
            if (!taken) {
                done.response = taken.error();
                co_return done;
            }
            buffer.consume(*taken);
        }
        const auto expected = limits.charge != nullptr ? limits.charge->size() : limits.body_limit;
        const auto largest = reader.is_done() ? 0 : reader.largest_body(expected);
        if (limits.charge != nullptr && largest > expected) {
            const bool has_room = co_await limits.charge->grow_to(largest, limits.deadline);
            if (!has_room) {
                done.response = fail(Errc::overloaded, "there was no memory for a response of {} bytes", largest);
                co_return done;
            }
            reader.reserve_body(largest);
            connection.expires_at(std::min(std::chrono::steady_clock::now() + limits.stall, limits.deadline));
        }
        if (!got.error || reader.is_done()) {
            continue;
        }
        if (!has_begun || !is_end(got.error)) {
            done.connection_lost = !has_begun && !is_timeout(got.error);
            done.response = read_failure(got.error, has_begun);
            co_return done;
        }
        const auto ended = reader.end(got.error == asio::error::eof);
        if (!ended) {
            done.response = ended.error();
            co_return done;
        }
    }
    done.is_reusable = reader.keeps_alive() && buffer.size() == 0;
    done.response = reader.release();
    co_return done;
}

}  // namespace tapalcatl::net
