#pragma once

#include <string>
#include <string_view>

namespace tapalcatl::aws {

/// Whether `text` can be a region's name: lower-case letters, digits and '-', so that it may become part of a host's
/// name whoever said it. S3-compatible stores have names of their own, such as "auto".
bool is_region_name(std::string_view text);

/// What the host names of a region's services end with: "amazonaws.com", in China "amazonaws.com.cn", ...
std::string_view dns_suffix(std::string_view region);

/// The region in a host name like "bucket.s3-eu-west-1.amazonaws.com"; empty if it says none.
std::string region_in_host(std::string_view host);

}  // namespace tapalcatl::aws
