#include "cli/json.hpp"

#include <boost/json/serialize.hpp>

namespace tapalcatl::cli {
namespace {

/// The length of the UTF-8 sequence at the start of `text` (RFC 3629, section 4), or 0 if there is none.
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto lead = byte(0);
    if (lead < 0x80) {
        return 1;
    }
    std::size_t length = 0;
    unsigned char least = 0x80;  // of the second byte: refuses overlong forms
    unsigned char most = 0xbf;   // refuses surrogates and what lies beyond U+10FFFF
    if (lead >= 0xc2 && lead <= 0xdf) {
        length = 2;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        length = 3;
        least = lead == 0xe0 ? 0xa0 : least;
        most = lead == 0xed ? 0x9f : most;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        length = 4;
        least = lead == 0xf0 ? 0x90 : least;
        most = lead == 0xf4 ? 0x8f : most;
    }
    if (length == 0 || text.size() < length || byte(1) < least || byte(1) > most) {
        return 0;
    }
    for (std::size_t i = 2; i < length; ++i) {
        if ((byte(i) & 0xc0U) != 0x80) {
            return 0;
        }
    }
    return length;
}

}  // namespace

std::string utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto length = sequence_length(text);
        out += length == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

std::string json_text(const boost::json::object& value) {
    return boost::json::serialize(value);
}

}  // namespace tapalcatl::cli
