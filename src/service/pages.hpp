#pragma once

#include "base/bytes.hpp"
#include "service/options.hpp"
#include "service/tilesets.hpp"
#include "web/message.hpp"

#include <optional>
#include <string_view>

namespace tapalcatl::service {

/// The page at "/" and the preview's files.
class Pages {
 public:
    /// Inserts the settings of the preview into its page.
    Pages(const Options& options, const Tilesets& tilesets);

    web::Response home(const Tilesets& tilesets, const web::Request& request) const;

    /// The response for "preview.html" or "preview/<name>". nullopt: the file does not exist, or the preview is off.
    std::optional<web::Response> asset(std::string_view name, const web::Request& request) const;

 private:
    bool preview_;
    SharedBytes preview_page_;  ///< gzip
    std::size_t preview_page_size_ = 0;
    std::uint32_t preview_page_crc32_ = 0;
    std::string content_security_policy_;
};

}  // namespace tapalcatl::service
