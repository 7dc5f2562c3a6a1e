#pragma once

#include "base/error.hpp"
#include "web/message.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::web {

/// The origins whose pages may read responses: all, or those of a list. Copies share the list.
class CorsOrigins {
 public:
    /// All origins.
    CorsOrigins() = default;

    /// Reads "*", or origins with commas between them: "https://maps.example,http://localhost:3000". Scheme and host
    /// become lower case, and the default port of http and https is left out, because browsers send origins so.
    /// Fails: usage for anything else, such as a path, and for "*" among others.
    static Result<CorsOrigins> parse(std::string_view text);

    bool are_all() const { return list_ == nullptr; }

    /// Whether `origin` is in the list. Requires: there is one.
    bool have(std::string_view origin) const;

    /// In the form that parse() reads.
    std::string text() const;

 private:
    std::shared_ptr<const std::vector<std::string>> list_;  ///< null: all
};

/// Lets only pages of these origins read a response that has the headers of add_cors() for all of them: the origin of
/// the request is named if it is among them, and no origin otherwise. The response says that it depends on the origin.
/// Requires: `origins` are not all.
void limit_to_origins(Response& response, const CorsOrigins& origins, std::string_view origin);

}  // namespace tapalcatl::web
