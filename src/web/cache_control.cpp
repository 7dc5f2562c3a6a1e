#include "web/cache_control.hpp"

#include <fmt/format.h>

#include <cassert>

namespace tapalcatl::web {

std::string cache_control(std::chrono::seconds max_age, std::chrono::seconds shared_max_age) {
    assert(max_age.count() >= 0 && shared_max_age.count() >= 0);
    auto text = fmt::format("public, max-age={}", max_age.count());
    if (shared_max_age.count() > 0) {
        fmt::format_to(std::back_inserter(text), ", s-maxage={}", shared_max_age.count());
    }
    return text;
}

}  // namespace tapalcatl::web
