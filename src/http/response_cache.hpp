#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "http/response_head.hpp"
#include "web/message.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::http {

/// What a response depends on beside its target.
struct ResponseForm {
    bool accepts_gzip = false;  ///< the client accepts gzip
    bool closes = false;        ///< it is the last one of its connection, and says so

    bool operator==(const ResponseForm&) const = default;
};

/// The responses that a front thread sent for its last few thousand targets, ready to be sent again: head and body, of
/// which only Date changes. A hit costs a hash of the target and a few comparisons: no parsing, no lock, no
/// allocation, nothing that threads share.
///
/// A response is sent again only while its web::Validity says that the service would make the same one. Memory: at most
/// `capacity` heads, about 1.2 MB; bodies are the tile cache's, and a body that left it is dropped by the next sweep().
/// Not for several threads.
class ResponseCache {
 public:
    static constexpr std::size_t capacity = 2048;

    struct Entry {
        std::string target;
        ResponseForm form;
        std::string head;  ///< from the status line to the empty line
        SharedBytes body;
        const web::Validity* validity = nullptr;  ///< null: the entry is empty
        std::shared_ptr<const std::string> archive_key;
        bool varies_by_origin = false;
        std::string origin;  ///< of the request, if the response varies by it

     private:
        friend class ResponseCache;
        std::uint64_t hash_ = 0;
        std::chrono::sys_seconds date_{};
        std::uint32_t uses_ = 0;  ///< since the last sweep
    };

    /// The response in this form for a GET of `target` from a page of `origin`, dated `date`, or null. Lifetime: until
    /// the next call of put() or sweep().
    const Entry* find(std::string_view target, ResponseForm form, std::string_view origin, SteadyTime now,
                      WallTime wall, DateText& date);

    /// Keeps a response that was sent in this form, with this head, to a page of `origin`. Requires: response.validity
    /// is not null.
    void put(std::string_view target, ResponseForm form, std::string_view origin, const std::string& head,
             const web::Response& response, WallTime wall);

    /// Tells the tile cache what was used, and drops responses that are not valid any more. To be called several times
    /// a second: it bounds how long an evicted tile stays in memory.
    void sweep(SteadyTime now, WallTime wall);

    /// Forgets all responses.
    void clear();

 private:
    static constexpr std::size_t ways = 4;
    using Set = std::array<Entry, ways>;

    Set& set_of(std::uint64_t hash) { return sets_[static_cast<std::size_t>(hash >> 32) % sets_.size()]; }
    void clear(Entry& entry);

    std::vector<Set> sets_;  ///< made by the first put()
    std::size_t size_ = 0;
};

}  // namespace tapalcatl::http
