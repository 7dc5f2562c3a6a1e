#include "http/session.hpp"

#include "web/negotiation.hpp"
#include "web/responses.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/socket.h>

// One file: what is sent again, what is answered and how it waits and ends change the same state of one connection.

namespace tapalcatl::http {

namespace asio = boost::asio;

namespace {

/// Most requests fit into this size; the buffer grows up to the limit for longer ones.
constexpr std::size_t initial_buffer_size = 2048;

/// After so many requests in a row the others get a turn: a client that pipelines must not occupy the thread.
constexpr unsigned max_consecutive_requests = 32;

/// After the last response, bytes that the client still sends are read for a while: closing at once would reset the
/// connection and could destroy the response on its way (RFC 9112, section 9.6).
constexpr std::chrono::milliseconds linger{1000};
constexpr std::size_t linger_bytes = 64 * 1024;

constexpr std::string_view before_target = "GET ";
constexpr std::string_view behind_target = " HTTP/1.1\r\n";

}  // namespace

Session::Session(Front& front, Descriptor socket, bool over_limit, const asio::ip::tcp::endpoint& peer)
    : front_(front), descriptor_(std::move(socket)), handle_(descriptor_.get()), over_limit_(over_limit), peer_(peer) {
    link_.over_limit = over_limit;
    front_.add(link_);
}

Session::~Session() {
    front_.remove(link_);
}

void Session::watch() {
    if (socket_) {
        return;
    }
    socket_.emplace(front_.context_);
    boost::system::error_code error;
    socket_->assign(peer_.protocol(), handle_, error);
    if (!error) {
        descriptor_.release();
    }
    link_.socket = &*socket_;  // after an error, whatever waits with it fails at once
}

std::string_view Session::peer() {
    if (peer_text_.empty()) {
        auto address = peer_.address();
        if (address.is_v6() && address.to_v6().is_v4_mapped()) {
            address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
        }
        peer_text_ = address.to_string();
    }
    return peer_text_;
}

bool Session::ends_at_once() {
    const auto space = make_room();
    boost::system::error_code error;
    const auto size = read_now(space, error);
    if (error) {
        return error != asio::error::would_block;
    }
    end_ += size;
    head_started_ = true;
    const auto resent = resend();
    open_ = resent != Resent::last;
    return resent == Resent::failed || (resent == Resent::last && may_close_at_once());
}

Awaitable<void> Session::run() {
    unsigned consecutive_requests = 0;
    while (open_) {
        if (consecutive_requests == max_consecutive_requests) {
            consecutive_requests = 0;
            co_await asio::post(asio::use_awaitable);
        }
        auto resent = unfinished_ ? Resent::unfinished : resend();
        if (resent == Resent::unfinished) {
            const auto response = std::move(*unfinished_);
            unfinished_.reset();
            const Pieces pieces{asio::buffer(head_), asio::buffer(response.body.data(), response.body.size())};
            open_ = co_await send_rest(pieces, response.sent, response.request.ends_connection);
            resent = end_resending(response.request, response.body.size(), response.archive_key.get());
        }
        if (resent == Resent::failed) {
            co_return;
        }
        if (resent == Resent::last) {
            if (open_ && may_close_at_once()) {
                co_return;
            }
            open_ = false;
        }
        if (resent != Resent::no) {
            ++consecutive_requests;
            continue;
        }
        const auto size = find_head();
        if (size == 0) {
            consecutive_requests = 0;
            const bool got = co_await receive();
            if (!got) {
                co_return;
            }
            continue;
        }
        ++consecutive_requests;
        begin_response();
        const auto since = std::chrono::steady_clock::now();
        const auto times_forgotten = front_.times_forgotten_;

        HeadParser parser;
        std::optional<web::Response> response;
        bool keep_alive = false;
        bool client_ends = false;
        if (size > front_.limits_.header_size) {
            response = web::failure(431, "the request's headers are longer than this server takes", parser.request());
        } else if (!parser.parse(std::string_view(buffer_).substr(begin_, size))) {
            response = web::failure(parser.status(), parser.problem(), parser.request());
        } else {
            keep_alive = parser.keeps_alive() && !front_.draining_ && !over_limit_;
            client_ends = parser.ends_connection();
        }
        auto request = parser.request();
        request.peer = peer();
        if (!response && (over_limit_ ||
                          front_.load_.pending_bytes.load(std::memory_order_relaxed) > front_.limits_.pending_bytes)) {
            response = front_.handler_.refuse(request);
        }
        if (!response) {
            response = front_.handler_.answer_at_once(request);
        }
        if (!response) {
            response = co_await front_.handler_.answer(request);
            keep_alive = keep_alive && !front_.draining_;
        }
        const auto connection = !keep_alive            ? Connection::closes
                                : parser.is_http_1_0() ? Connection::keeps_alive_http_1_0
                                                       : Connection::keeps_alive;
        write_head(head_, *response, front_.date_.at(std::chrono::system_clock::now()), connection);
        const bool with_body = request.method != web::Method::head && !web::is_bodiless(response->status);

        Pieces pieces{asio::buffer(head_),
                      with_body ? asio::buffer(response->body.data(), response->body.size()) : asio::const_buffer()};
        boost::system::error_code error;
        const auto sent = send_some(handle_, pieces, front_.arena_, !keep_alive, error);
        const auto total = asio::buffer_size(pieces);
        if (error && error != asio::error::would_block) {
            co_return;
        }
        if (sent < total) {
            open_ = co_await send_rest(pieces, sent, !keep_alive);
        }
        if (front_.log_.is_on()) {
            AccessRecord record;
            record.method = request.method_name;
            record.status = response->status;
            record.cache = response->cache;
            record.archive_key =
                response->archive_key != nullptr ? std::string_view(*response->archive_key) : std::string_view();
            log_request(record, request.target, with_body ? response->body.size() : 0, since);
        }
        const bool is_recent = times_forgotten == front_.times_forgotten_;
        if (is_recent && (keep_alive || (client_ends && !front_.draining_ && !over_limit_))) {
            remember(std::string_view(buffer_).substr(begin_, size), parser, *response);
        }
        consume(size);
        if (open_ && client_ends && may_close_at_once()) {
            co_return;  // the system sends what its buffer holds, and nothing comes that would reset the connection
        }
        open_ = open_ && keep_alive;
    }
    co_await close();
}

void Session::begin_response() {
    link_.is_idle = false;
    link_.deadline = SteadyTime::max();
    unsent_ = 0;
}

Session::Remembered Session::recall() {
    const auto text = std::string_view(buffer_).substr(begin_, end_ - begin_);
    if (!text.starts_with(before_target) || front_.draining_ || over_limit_ ||
        front_.load_.pending_bytes.load(std::memory_order_relaxed) > front_.limits_.pending_bytes) {
        return {};
    }
    const auto target_end = text.find(' ', before_target.size());
    if (target_end == std::string_view::npos || !text.substr(target_end).starts_with(behind_target)) {
        return {};
    }
    const auto fields = text.substr(target_end + behind_target.size());
    if (known_fields_ == nullptr || !fields.starts_with(known_fields_->text)) {
        known_fields_ = front_.known_fields_.find(fields);
        if (known_fields_ == nullptr) {
            return {};
        }
    }
    const auto size = target_end + behind_target.size() + known_fields_->text.size();
    if (size > front_.limits_.header_size) {
        return {};
    }
    const auto target = text.substr(before_target.size(), target_end - before_target.size());
    const ResponseForm form{known_fields_->accepts_gzip, known_fields_->ends_connection};
    const auto now = std::chrono::steady_clock::now();
    const auto* response = front_.responses_.find(target, form, known_fields_->origin, now,
                                                  std::chrono::system_clock::now(), front_.date_);
    return {response, target, size, now, form.closes};
}

void Session::remember(std::string_view head, const HeadParser& parser, const web::Response& response) {
    const auto& request = parser.request();
    const auto line_end = head.find("\r\n");
    const bool is_plain = head.starts_with(before_target) && line_end + 2 < head.size() &&
                          head.substr(0, line_end + 2).ends_with(behind_target) &&
                          head.size() <= front_.limits_.header_size && request[web::Field::if_none_match].empty() &&
                          request[web::Field::if_modified_since].empty();
    if (!is_plain || response.validity == nullptr) {
        return;
    }
    const auto fields = head.substr(line_end + 2);
    const ResponseForm form{web::accepts_gzip(request[web::Field::accept_encoding]), parser.ends_connection()};
    if (known_fields_ == nullptr || known_fields_->text != fields) {
        known_fields_ = front_.known_fields_.find(fields);
    }
    if (known_fields_ == nullptr) {
        known_fields_ = front_.known_fields_.put(fields, form.accepts_gzip, form.closes, request[web::Field::origin]);
    }
    if (response.cache == web::CacheState::hit) {
        front_.responses_.put(request.target, form, request[web::Field::origin], head_, response,
                              std::chrono::system_clock::now());
    }
}

Session::Resent Session::resend() {
    const auto request = recall();
    if (request.response == nullptr) {
        return Resent::no;
    }
    begin_response();
    const auto& entry = *request.response;
    const Pieces pieces{asio::buffer(entry.head), asio::buffer(entry.body.data(), entry.body.size())};
    boost::system::error_code error;
    const auto sent = send_some(handle_, pieces, front_.arena_, request.ends_connection, error);
    if (error && error != asio::error::would_block) {
        return Resent::failed;
    }
    if (sent < asio::buffer_size(pieces)) {
        head_ = entry.head;
        unfinished_.emplace(request, entry.body, entry.archive_key, sent);
        unfinished_->request.response = nullptr;
        return Resent::unfinished;
    }
    return end_resending(request, entry.body.size(), entry.archive_key.get());
}

Session::Resent Session::end_resending(const Remembered& request, std::size_t body_size,
                                       const std::string* archive_key) {
    if (front_.log_.is_on()) {
        AccessRecord record;
        record.method = "GET";
        record.status = 200;
        record.cache = web::CacheState::hit;
        record.archive_key = archive_key != nullptr ? std::string_view(*archive_key) : std::string_view();
        log_request(record, request.target, body_size, request.since);
    }
    consume(request.size);
    return request.ends_connection ? Resent::last : Resent::whole;
}

std::size_t Session::find_head() {
    // Empty lines before a request are ignored (RFC 9112, section 2.2).
    while (end_ - begin_ >= 2 && buffer_[begin_] == '\r' && buffer_[begin_ + 1] == '\n') {
        begin_ += 2;
    }
    search_from_ = std::max(search_from_, begin_);
    const auto text = std::string_view(buffer_).substr(0, end_);
    const auto found = text.find("\r\n\r\n", search_from_);
    if (found != std::string_view::npos) {
        search_from_ = begin_;
        return found + 4 - begin_;
    }
    search_from_ = std::max(begin_, end_ < 3 ? 0 : end_ - 3);
    // Too long, or not the start of a request: it is answered without waiting for the end.
    const bool too_long = end_ - begin_ > front_.limits_.header_size;
    const bool nonsense = end_ > begin_ && (buffer_[begin_] < 'A' || buffer_[begin_] > 'z') && buffer_[begin_] != '\r';
    return too_long || nonsense ? end_ - begin_ : 0;
}

asio::mutable_buffer Session::make_room() {
    if (begin_ == end_) {
        begin_ = end_ = search_from_ = 0;
    } else if (end_ == buffer_.size()) {
        buffer_.erase(0, begin_);
        end_ -= begin_;
        search_from_ -= begin_;
        begin_ = 0;
    }
    if (end_ == buffer_.size()) {
        // One byte over the limit is enough to see that it is passed.
        buffer_.resize(std::clamp(2 * buffer_.size(), initial_buffer_size,
                                  std::max(initial_buffer_size, front_.limits_.header_size + 1)));
    }
    return asio::buffer(buffer_.data() + end_, buffer_.size() - end_);
}

std::size_t Session::read_now(asio::mutable_buffer space, boost::system::error_code& error) {
    error.clear();
    const auto size = ::recv(handle_, space.data(), space.size(), 0);
    if (size < 0) {
        error = boost::system::error_code(errno, boost::system::system_category());
        if (error == asio::error::try_again || error == asio::error::interrupted) {
            error = asio::error::would_block;
        }
    } else if (size == 0) {
        error = asio::error::eof;
    }
    return static_cast<std::size_t>(std::max<ssize_t>(size, 0));
}

Awaitable<bool> Session::receive() {
    watch();
    const auto space = make_room();
    // A head begins with its first byte, whatever that is: empty lines must not renew its deadline.
    const bool starts = !head_started_;
    if (starts != link_.is_idle || link_.deadline == SteadyTime::max()) {
        const auto& limits = front_.limits_;
        const auto idle = front_.draining_ ? Front::idle_grace : limits.idle_timeout;
        const auto wait = starts && !over_limit_ ? idle : limits.header_timeout;
        link_.deadline = std::chrono::steady_clock::now() + wait;
        link_.is_idle = starts;
    }
    auto [error, size] = co_await socket_->async_read_some(space, as_result);
    if (error == asio::error::operation_aborted && front_.draining_) {
        // Bytes that came at the moment of the cancellation are a request like any other.
        size = read_now(space, error);
    }
    if (error) {
        co_return false;
    }
    end_ += size;
    head_started_ = true;
    co_return true;
}

Awaitable<bool> Session::send_rest(Pieces pieces, std::size_t sent, bool is_last) {
    watch();
    link_.sending_since = std::chrono::steady_clock::now();
    link_.taken_bytes = 0;
    bool done = false;
    while (!done) {
        for (auto& piece : pieces) {
            const auto part = std::min(sent, piece.size());
            piece += part;
            sent -= part;
        }
        front_.set_pending(link_, asio::buffer_size(pieces));
        done = asio::buffer_size(pieces) == 0;
        if (done) {
            break;
        }
        link_.deadline = std::chrono::steady_clock::now() + front_.limits_.write_timeout;
        const auto [wait_error] = co_await socket_->async_wait(asio::ip::tcp::socket::wait_write, as_result);
        if (wait_error) {
            break;
        }
        boost::system::error_code error;
        sent = send_some(handle_, pieces, front_.arena_, is_last, error);
        if (error && error != asio::error::would_block) {
            break;
        }
        link_.taken_bytes += sent;
    }
    link_.deadline = SteadyTime::max();
    unsent_ = asio::buffer_size(pieces);
    front_.set_pending(link_, 0);
    co_return done;
}

Awaitable<void> Session::close() {
    watch();
    boost::system::error_code error;
    socket_->shutdown(asio::ip::tcp::socket::shutdown_send, error);
    link_.deadline = std::chrono::steady_clock::now() + linger;
    std::size_t left = linger_bytes;
    while (!error && left > 0) {
        const auto space = asio::buffer(buffer_);
        const auto [read_error, size] = co_await socket_->async_read_some(space, as_result);
        error = read_error;
        left -= std::min(left, size);
    }
}

void Session::consume(std::size_t size) {
    begin_ += size;
    search_from_ = begin_;
    head_started_ = begin_ != end_;
}

void Session::log_request(AccessRecord record, std::string_view target, std::size_t body_size, SteadyTime since) {
    record.time = std::chrono::system_clock::now();
    record.peer = peer();
    record.path = target.substr(0, target.find('?'));
    record.bytes = body_size - std::min(body_size, unsent_);
    record.took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - since);
    front_.log_.add(record);
}

}  // namespace tapalcatl::http
