#include "http/response_cache.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace tapalcatl::http {
namespace {

constexpr std::string_view before_date = "HTTP/1.1 200 OK\r\nDate: ";

}  // namespace

const ResponseCache::Entry* ResponseCache::find(std::string_view target, ResponseForm form, std::string_view origin,
                                                SteadyTime now, WallTime wall, DateText& date) {
    if (size_ == 0) {
        return nullptr;
    }
    const auto hash = std::hash<std::string_view>{}(target);
    for (auto& entry : set_of(hash)) {
        if (entry.hash_ != hash || entry.validity == nullptr || entry.form != form || entry.target != target) {
            continue;
        }
        if (entry.varies_by_origin && entry.origin != origin) {
            continue;
        }
        if (!entry.validity->is_valid(now, wall)) {
            clear(entry);
            return nullptr;
        }
        const auto second = std::chrono::floor<std::chrono::seconds>(wall);
        if (second != entry.date_) {
            entry.date_ = second;
            const auto text = date.at(wall);
            std::copy(text.begin(), text.end(), entry.head.begin() + before_date.size());
        }
        ++entry.uses_;
        return &entry;
    }
    return nullptr;
}

void ResponseCache::put(std::string_view target, ResponseForm form, std::string_view origin, const std::string& head,
                        const web::Response& response, WallTime wall) {
    if (!head.starts_with(before_date)) {
        return;
    }
    if (sets_.empty()) {
        sets_.resize(capacity / ways);
    }
    const auto hash = std::hash<std::string_view>{}(target);
    auto& set = set_of(hash);
    // The same target first, then an empty entry, then the one that was used least since the last sweep.
    const auto rank = [&](const Entry& entry) {
        const bool is_for_origin = !entry.varies_by_origin || !response.varies_by_origin || entry.origin == origin;
        const bool same = entry.hash_ == hash && entry.form == form && entry.target == target && is_for_origin;
        return same ? -2 : entry.validity == nullptr ? -1 : static_cast<std::int64_t>(entry.uses_);
    };
    auto& entry =
        *std::min_element(set.begin(), set.end(), [&](const Entry& a, const Entry& b) { return rank(a) < rank(b); });
    clear(entry);
    ++size_;
    entry.target = target;
    entry.form = form;
    entry.head = head;
    entry.body = response.body;
    entry.validity = response.validity;
    entry.archive_key = response.archive_key;
    entry.varies_by_origin = response.varies_by_origin;
    entry.origin = response.varies_by_origin ? origin : std::string_view();
    entry.hash_ = hash;
    entry.date_ = std::chrono::floor<std::chrono::seconds>(wall);
}

void ResponseCache::sweep(SteadyTime now, WallTime wall) {
    if (size_ == 0) {
        return;
    }
    for (auto& set : sets_) {
        for (auto& entry : set) {
            if (entry.validity == nullptr) {
                continue;
            }
            if (entry.uses_ > 0) {
                entry.validity->note_uses(std::exchange(entry.uses_, 0));
            }
            if (!entry.validity->is_valid(now, wall)) {
                clear(entry);
            }
        }
    }
}

void ResponseCache::clear() {
    if (size_ == 0) {
        return;
    }
    for (auto& set : sets_) {
        for (auto& entry : set) {
            clear(entry);
        }
    }
}

void ResponseCache::clear(Entry& entry) {
    if (entry.validity == nullptr) {
        return;
    }
    if (entry.uses_ > 0) {
        entry.validity->note_uses(std::exchange(entry.uses_, 0));
    }
    entry.validity = nullptr;
    entry.body = {};
    entry.archive_key.reset();
    --size_;
}

}  // namespace tapalcatl::http
