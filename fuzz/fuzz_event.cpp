// Events of AWS Lambda: whatever comes is refused in printable words, or is a request whose answer is JSON.

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "lambda/event.hpp"
#include "lambda/response.hpp"
#include "web/origin.hpp"
#include "web/responses.hpp"
#include "web/target.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <cstdlib>
#include <string>

namespace {

using namespace tapalcatl;

void require(bool claim) {
    if (!claim) {
        std::abort();
    }
}

bool is_json(const std::string& text) {
    boost::system::error_code error;
    const auto value = boost::json::parse(text, error);
    return !error && value.is_object();
}

void check_request(const lambda::Event& event) {
    const auto request = event.request();
    require(request.target.starts_with('/') && !web::has_control(request.target));
    require(request.target.find(' ') == std::string_view::npos && request.target.find('#') == std::string_view::npos);
    require(!web::has_control(request.method_name));
    std::string buffer;
    const auto target = web::parse_target(request.target, buffer);
    require(target || target.error().code == Errc::bad_request);
    require(web::authority_of(request.target).empty());
    const auto base = web::base_url(request, {});
    require(base || base.error().code == Errc::bad_request);
    const auto encoded = lambda::encode_response(web::failure(404, request.target, request), event);
    require(is_json(encoded.json) && encoded.json.size() <= lambda::max_response_size(event.shape));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto event = lambda::parse_event(text, {"x-tiles-host"});
    if (!event) {
        require(event.error().code == Errc::bad_request && !web::has_control(event.error().message));
    } else if (event->shape == lambda::Shape::batch_job) {
        require(is_json(lambda::batch_response(event->job, {})));
    } else if (event->shape != lambda::Shape::warm_up) {
        check_request(*event);
    }
    return 0;
}
