#include "http/known_fields.hpp"

namespace tapalcatl::http {

std::shared_ptr<const KnownFields> KnownFieldsTable::find(std::string_view text) const {
    for (const auto& entry : entries_) {
        if (entry == nullptr) {
            return nullptr;
        }
        if (text.starts_with(entry->text)) {
            return entry;
        }
    }
    return nullptr;
}

std::shared_ptr<const KnownFields> KnownFieldsTable::put(std::string_view text, bool accepts_gzip, bool ends_connection,
                                                         std::string_view origin) {
    auto& entry = entries_[next_];
    next_ = (next_ + 1) % capacity;
    if (entry == nullptr || entry.use_count() > 1) {
        entry = std::make_shared<KnownFields>();  // a connection still holds the oldest ones
    }
    entry->text = text;
    entry->origin = origin;
    entry->accepts_gzip = accepts_gzip;
    entry->ends_connection = ends_connection;
    return entry;
}

}  // namespace tapalcatl::http
