#pragma once

#include <chrono>
#include <string>

namespace tapalcatl::web {

/// The Cache-Control of an answer that anybody may keep: "public, max-age=1200, s-maxage=600". s-maxage, for shared
/// caches, is left out where it is 0. Make it once for each setting: it allocates.
///
/// Requires: neither is negative.
std::string cache_control(std::chrono::seconds max_age, std::chrono::seconds shared_max_age = {});

}  // namespace tapalcatl::web
