#pragma once

#include "base/clock.hpp"
#include "web/message.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace tapalcatl::http {

/// What is logged of a request.
struct AccessRecord {
    WallTime time;
    std::string_view peer;
    std::string_view method;
    std::string_view path;  ///< without query, where API keys are
    unsigned status = 0;
    std::uint64_t bytes = 0;  ///< of the body that was sent
    std::chrono::microseconds took{0};
    web::CacheState cache = web::CacheState::none;
    std::string_view archive_key;  ///< empty where no archive was read
};

/// The access log's lines, gathered for one thread and written in one go.
class AccessLog {
 public:
    enum class Form { off, plain, json };

    /// Lines go to the file descriptor `fd`. Requires: used on one thread. Lines of several AccessLogs on one
    /// descriptor are never mixed.
    AccessLog(Form form, int fd) : form_(form), fd_(fd) {}
    AccessLog(const AccessLog&) = delete;
    AccessLog& operator=(const AccessLog&) = delete;
    ~AccessLog() { flush(); }

    bool is_on() const { return form_ != Form::off; }

    void add(const AccessRecord& record);

    /// Writes what was gathered. What cannot be written is dropped: a full disk must not stop the server.
    void flush();

 private:
    Form form_;
    int fd_;
    std::string lines_;
};

}  // namespace tapalcatl::http
