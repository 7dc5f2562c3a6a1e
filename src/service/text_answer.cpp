#include "service/text_answer.hpp"

#include "base/bytes.hpp"
#include "web/cache_control.hpp"
#include "web/conditional.hpp"
#include "web/cors.hpp"
#include "web/etag.hpp"
#include "zip/deflate.hpp"

#include <array>

namespace tapalcatl::service {

web::Response text_answer(std::string text, std::string_view content_type, std::chrono::seconds max_age,
                          const web::Request& request) {
    const web::EntityTag tag(zip::crc32(as_bytes(text)), text.size(), web::Encoding::identity);
    const std::array tags{tag.view()};
    const auto same = web::unchanged(request[web::Field::if_none_match], {}, tags, std::nullopt);
    web::Response response;
    response.headers.add("ETag", tag.view());
    response.headers.add("Cache-Control", web::cache_control(max_age));
    web::add_cors(response.headers);
    if (same) {
        response.status = 304;
        return response;
    }
    response.headers.add("Content-Type", content_type);
    response.body = copy_of(as_bytes(text));
    return response;
}

web::Response state_answer(unsigned status, std::string_view text) {
    web::Response response;
    response.status = status;
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    response.headers.add("Cache-Control", "no-store");
    web::add_cors(response.headers);
    if (status == 503) {
        response.headers.add("Retry-After", "2");
    }
    response.body = copy_of(as_bytes(text));
    return response;
}

}  // namespace tapalcatl::service
