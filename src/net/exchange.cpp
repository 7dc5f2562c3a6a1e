#include "net/exchange.hpp"

#include "net/response_reader.hpp"

#include <boost/beast/core/flat_buffer.hpp>

#include <algorithm>

namespace tapalcatl::net {

namespace asio = boost::asio;

namespace {

constexpr std::size_t read_size = 32 * 1024;

/// Twice the longest head: what the reader leaves is never more than an unfinished head or line of a chunk.
constexpr std::size_t buffer_limit = 3 * read_size;

Error write_failure(const boost::system::error_code& error) {
    return is_timeout(error) ? fail(Errc::timeout, "timed out sending the request")
                             : fail(Errc::unavailable, "the request could not be sent: {}", error.message());
}

Error read_failure(const boost::system::error_code& error, bool has_begun) {
    if (is_timeout(error)) {
        return has_begun ? fail(Errc::timeout, "timed out reading the answer")
                         : fail(Errc::timeout, "timed out waiting for the first byte of the answer");
    }
    if (is_end(error)) {
        return fail(Errc::unavailable, "closed the connection without an answer");
    }
    return fail(Errc::unavailable, "{} {} the answer", error.message(), has_begun ? "within" : "before");
}

}  // namespace

Awaitable<Exchanged> exchange(Connection& connection, std::string request, ExchangeLimits limits) {
    Exchanged done;
    connection.expires_at(std::min(limits.first_byte_by, limits.deadline));
    const auto request_bytes = asio::const_buffer(request.data(), request.size());
    const auto sent = co_await connection.write(request_bytes);
    done.was_sent = sent.size > 0;
    if (sent.error) {
        done.has_died = !is_timeout(sent.error);
        done.response = write_failure(sent.error);
        co_return done;
    }

    ResponseReader answer(limits.is_head, limits.body_limit, limits.may_skip_body);
    boost::beast::flat_buffer buffer(buffer_limit);
    bool has_begun = false;
    while (!answer.is_done()) {
        if (buffer.size() + read_size > buffer_limit) {
            done.response = fail(Errc::corrupt, "answered with a line of more than {} bytes", buffer.size());
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
            const auto taken = answer.take(Bytes(static_cast<const std::byte*>(data.data()), data.size()));
            if (!taken) {
                done.response = taken.error();
                co_return done;
            }
            buffer.consume(*taken);
        }
        if (!got.error || answer.is_done()) {
            continue;
        }
        if (!has_begun || !is_end(got.error)) {
            done.has_died = !has_begun && !is_timeout(got.error);
            done.response = read_failure(got.error, has_begun);
            co_return done;
        }
        const auto ended = answer.end(got.error == asio::error::eof);
        if (!ended) {
            done.response = ended.error();
            co_return done;
        }
    }
    done.is_reusable = answer.keeps_alive() && buffer.size() == 0;
    done.response = answer.release();
    co_return done;
}

}  // namespace tapalcatl::net
