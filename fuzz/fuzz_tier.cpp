// What comes back from a second tier, and how one is named: a damaged value is no value, an answer of Redis is cut the
// same however it arrives, and no message tells a password. The first byte chooses the parser.

#include "base/bytes.hpp"
#include "cache/cached_read.hpp"
#include "cache/redis_protocol.hpp"
#include "cache/redis_url.hpp"

#include <algorithm>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace tapalcatl;
using namespace tapalcatl::cache;
using namespace tapalcatl::storage;

void require(bool claim) {
    if (!claim) {
        std::abort();
    }
}

bool is_one_line(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// Without a checksum that fits hardly anything gets far: this is one of the corpus' names.
const Digest& identity() {
    static const auto made = first_read_cache_key("", "s3://tiles", "a.zip", Suffix{10}).identity;
    return made;
}

void check_value(Bytes bytes) {
    const auto value = unpack(copy_of(bytes), identity());
    if (!value) {
        require(value.error().code == Errc::corrupt);
        return;
    }
    const auto& content = value->content;
    require(content.offset <= content.version.size);
    require(content.bytes.size() <= content.version.size - content.offset);
    const auto again = pack(*value, identity());
    require(std::equal(again.view().begin(), again.view().end(), bytes.begin(), bytes.end()));
}

void check_url(std::string_view text) {
    const auto address = parse_redis_url(text);
    if (!address) {
        require(address.error().code == Errc::usage && is_one_line(address.error().message));
        return;
    }
    require(address->host.empty() != address->socket_path.empty());
    require(address->port != 0);
    require(is_one_line(address->text()));
    const auto shown = parse_redis_url(address->text());
    require(!shown || (shown->host == address->host && shown->port == address->port &&
                       shown->database == address->database && shown->password.empty() && shown->user.empty()));
}

using Replies = std::vector<std::pair<RedisReply::Kind, std::string>>;

/// All answers in `bytes`; whether they were refused after that.
std::pair<Replies, bool> replies_in(Bytes bytes, std::size_t piece) {
    RedisReader reader(4096);
    Replies replies;
    while (!bytes.empty()) {
        const auto size = std::min(piece, bytes.size());
        if (!reader.feed(bytes.first(size))) {
            return {replies, true};
        }
        bytes = bytes.subspan(size);
        for (;;) {
            const auto reply = reader.next();
            if (!reply) {
                return {replies, true};
            }
            if (!*reply) {
                break;
            }
            require((*reply)->bytes.size() <= 4096);
            replies.emplace_back((*reply)->kind, (*reply)->text());
        }
    }
    return {replies, false};
}

void check_replies(Bytes bytes) {
    const auto whole = bytes.first(std::min<std::size_t>(bytes.size(), 4096));
    const auto at_once = replies_in(whole, whole.size());
    require(replies_in(whole, 1) == at_once);
    require(replies_in(whole, 7) == at_once);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const auto rest = std::as_bytes(std::span(data, size)).subspan(1);
    switch (data[0]) {
        case 'v':
            check_value(rest);
            break;
        case 'u':
            check_url(as_text(rest));
            break;
        default:
            check_replies(rest);
            break;
    }
    return 0;
}
