#include "zip/extra.hpp"

namespace tapalcatl::zip {

std::optional<Bytes> find_extra(Bytes extra, std::uint16_t id) {
    Cursor cursor(extra);
    while (cursor.left() >= 4) {
        const auto field = cursor.u16();
        const auto size = cursor.u16();
        const auto data = cursor.bytes(size);
        if (!cursor.ok()) {
            return std::nullopt;
        }
        if (field == id) {
            return data;
        }
    }
    return std::nullopt;
}

}  // namespace tapalcatl::zip
