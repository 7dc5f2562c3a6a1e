#include "http/response_head.hpp"

#include "web/date.hpp"
#include "web/responses.hpp"

#include <fmt/format.h>

#include <iterator>

namespace tapalcatl::http {

std::string_view DateText::at(WallTime now) {
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    if (text_.empty() || second != second_) {
        second_ = second;
        text_ = web::format_date(second);
    }
    return text_;
}

void write_head(std::string& out, const web::Response& response, std::string_view date, Connection connection) {
    out.assign("HTTP/1.1 ");
    fmt::format_int status(response.status);
    out.append(status.data(), status.size()).append(1, ' ').append(web::reason_of(response.status));
    out.append("\r\nDate: ").append(date).append("\r\n").append(response.headers.text());
    if (!web::is_bodiless(response.status)) {
        fmt::format_int length(response.body.size());
        out.append("Content-Length: ").append(length.data(), length.size()).append("\r\n");
    }
    if (connection == Connection::closes) {
        out.append("Connection: close\r\n");
    } else if (connection == Connection::keeps_alive_http_1_0) {
        out.append("Connection: keep-alive\r\n");
    }
    out.append("\r\n");
}

}  // namespace tapalcatl::http
