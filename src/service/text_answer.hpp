#pragma once

#include "web/message.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace tapalcatl::service {

/// 200 with a text made here, or 304 where the client has it: with ETag, CORS and Cache-Control.
web::Response text_answer(std::string text, std::string_view content_type, std::chrono::seconds max_age,
                          const web::Request& request);

/// A short answer that nothing may keep: states of the server.
web::Response state_answer(unsigned status, std::string_view text);

}  // namespace tapalcatl::service
