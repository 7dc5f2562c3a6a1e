#pragma once

#include "base/clock.hpp"
#include "web/message.hpp"

#include <string>
#include <string_view>

namespace tapalcatl::http {

/// The value of the Date header, formatted once a second. One object for each thread.
class DateText {
 public:
    /// Lifetime: until the next call.
    std::string_view at(WallTime now);

 private:
    std::string text_;
    std::chrono::sys_seconds second_{};
};

enum class Connection { keeps_alive, keeps_alive_http_1_0, closes };

/// Writes the head of `response` into `out`, from the status line to the empty line.
void write_head(std::string& out, const web::Response& response, std::string_view date, Connection connection);

}  // namespace tapalcatl::http
