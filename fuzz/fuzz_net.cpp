// What servers answer, and URLs: an answer is read alike however its bytes come in pieces, it is never larger than was
// asked for, and no part of either becomes a broken log line or a second header.
//
// 'u' and a URL; or a byte of flags, one for the body's limit, the sizes of the pieces up to 0x1e, and the answer.

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "net/exchange.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace {

using namespace tapalcatl;
using namespace tapalcatl::net;

void require(bool claim) {
    if (!claim) {
        std::abort();
    }
}

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void check_url(std::string_view text) {
    const auto url = parse_url(text);
    if (!url) {
        require(url.error().code == Errc::usage && is_printable(url.error().message));
        return;
    }
    require(!url->host.empty() && url->port != 0);
    require(url->host.find_first_of("@/?#[]%\\ ") == std::string::npos);
    require(url->host.find(':') == std::string::npos || is_address(url->host));
    require(url->target.starts_with('/') && url->target.find_first_of("# ") == std::string::npos);
    require(is_printable(url->text()));
    const auto again = parse_url(url->text());
    require(again && *again == *url);
}

struct Question {
    bool is_head = false;
    bool ends_in_order = false;
    std::uint64_t limit = 0;
};

/// How an answer was read.
struct Reading {
    Result<Response> response = Response{};
    bool keeps_alive = false;
    std::size_t used = 0;  ///< of the bytes
};

Reading read(const Question& question, std::string_view bytes, std::string_view piece_sizes) {
    ResponseReader reader(question.is_head, question.limit);
    Reading reading;
    std::size_t come = 0;
    for (std::size_t piece = 0; !reader.is_done() && come < bytes.size(); ++piece) {
        const auto size =
            piece_sizes.empty() ? bytes.size() : static_cast<unsigned char>(piece_sizes[piece % piece_sizes.size()]);
        come += std::clamp<std::size_t>(size, 1, bytes.size() - come);
        // A copy of the exact size, so that a sanitizer sees a read beyond it.
        const std::string there(bytes.substr(reading.used, come - reading.used));
        const auto taken = reader.take(as_bytes(there));
        if (!taken) {
            reading.response = taken.error();
            return reading;
        }
        require(*taken <= there.size());
        reading.used += *taken;
    }
    if (!reader.is_done()) {
        const auto ended = reader.end(question.ends_in_order);
        if (!ended) {
            reading.response = ended.error();
            return reading;
        }
    }
    require(reader.is_done());
    reading.keeps_alive = reader.keeps_alive();
    reading.response = reader.release();
    return reading;
}

void check_response(const Question& question, const Response& response) {
    require(response.status >= 200 && response.status <= 999);
    const bool is_success = response.status / 100 == 2;
    require(response.body.size() <= (is_success ? question.limit : std::max(question.limit, error_body_limit)));
    require(!question.is_head || response.body.empty());
    for (const auto& [name, value] : response.headers) {
        require(!name.empty() && is_printable(name) && name.find_first_of(" :") == std::string::npos);
        require(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
        require(response.find(name).has_value());
    }
}

void check_answer(const Question& question, std::string_view piece_sizes, std::string_view bytes) {
    const auto whole = read(question, bytes, {});
    const auto pieces = read(question, bytes, piece_sizes.empty() ? std::string_view("\1") : piece_sizes);
    require(whole.response.has_value() == pieces.response.has_value());
    for (const auto* reading : {&whole, &pieces}) {
        const auto& response = reading->response;
        if (!response) {
            require(response.error().code == Errc::corrupt || response.error().code == Errc::unavailable ||
                    response.error().code == Errc::too_large);
            require(is_printable(response.error().message));
            continue;
        }
        check_response(question, *response);
    }
    if (whole.response) {
        require(whole.response->status == pieces.response->status);
        require(whole.response->headers == pieces.response->headers);
        require(whole.response->body == pieces.response->body);
        require(whole.keeps_alive == pieces.keeps_alive);
        require(!whole.keeps_alive || whole.used == pieces.used);  // the next answer begins there
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    auto rest = as_text(std::as_bytes(std::span(data, size)));
    if (rest.size() < 2) {
        return 0;
    }
    if (rest.front() == 'u') {
        check_url(rest.substr(1));
        return 0;
    }
    Question question;
    question.is_head = (data[0] & 1U) != 0;
    question.ends_in_order = (data[0] & 2U) != 0;
    question.limit = std::uint64_t{data[1]} * 8;
    rest.remove_prefix(2);
    const auto piece_sizes = next_field(rest, '\x1e');
    check_answer(question, piece_sizes, rest);
    return 0;
}
