#include "doctor/key_sample.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <iterator>

namespace tapalcatl::doctor {
namespace {

/// Builds that are looked into, where there are several and none is configured.
constexpr std::size_t most_builds = 3;

/// With fewer keys than that, a sample of them may well be without any of the deepest, which are most of all.
constexpr std::size_t enough_keys = 100;

/// Where the configured keys are. With HASH_PREFIX that is everywhere.
std::string where_keys_are(const KeyPattern& configured) {
    const bool is_below = configured.layout != KeyLayout::hash_prefix && !configured.prefix.empty();
    return is_below ? configured.prefix + '/' : std::string();
}

/// What keys without a hash have before the zoom.
std::string before_zoom(const KeyPattern& plain) {
    const auto key = plain.key({0, 0, 0});
    return key.substr(0, key.size() - std::string_view("0/0/0.zip").size());
}

class Sampling {
 public:
    Sampling(Lister& lister, const KeyPattern& configured) : lister_(lister), configured_(configured) {}

    Result<KeySample> take() {
        const auto first = look(where_keys_are(configured_));
        if (!first) {
            return first.error();
        }
        if (chosen() == nullptr || chosen()->pattern.prefix != configured_.prefix) {
            look_elsewhere();
        }
        if (const auto* kind = chosen()) {
            settle_zooms(*kind);
        }
        sample_.kinds = survey_keys(keys_, configured_);
        return std::move(sample_);
    }

 private:
    Result<void> look(const std::string& prefix) {
        auto listing = lister_.list(prefix, Depth::all);
        if (!listing) {
            return listing.error();
        }
        sample_.keys_seen += listing->keys.size();
        is_truncated_ = is_truncated_ || listing->is_truncated;
        std::move(listing->keys.begin(), listing->keys.end(), std::back_inserter(keys_));
        sample_.kinds = survey_keys(keys_, configured_);
        return {};
    }

    const KeyKind* chosen() const { return sample_.chosen(configured_); }

    /// At the root, and in what lies there. Nothing of it may be allowed to be listed, which is no failure: the first
    /// listing was.
    void look_elsewhere() {
        const auto root = lister_.list("", Depth::one_level);
        if (!root) {
            return;
        }
        sample_.prefixes = possible_prefixes(root->folders);
        auto builds = sample_.prefixes;
        std::reverse(builds.begin(), builds.end());
        builds.resize(std::min(builds.size(), most_builds));
        for (const auto& build : builds) {
            if (!look(build + '/') || (chosen() != nullptr && chosen()->pattern.prefix.starts_with(build))) {
                return;
            }
        }
        if (!where_keys_are(configured_).empty()) {
            static_cast<void>(look(""));  // folders that are hashes, or keys without any folder
        }
    }

    /// Hashes shuffle the keys, so that any thousand have some of the deepest zoom. Without a hash the first thousand
    /// are of the first zooms as text sorts them.
    void settle_zooms(KeyKind kind) {
        sample_.has_deepest =
            !is_truncated_ || (kind.pattern.layout != KeyLayout::no_hash && kind.metatiles.size() >= enough_keys);
        if (sample_.has_deepest || kind.pattern.layout != KeyLayout::no_hash) {
            return;
        }
        const auto before = before_zoom(kind.pattern);
        const auto zooms = lister_.list(before, Depth::one_level);
        if (!zooms) {
            return;
        }
        std::optional<unsigned> deepest;
        for (const auto& folder : zooms->folders) {
            const auto name = std::string_view(folder).substr(before.size(), folder.size() - before.size() - 1);
            const auto zoom = parse_number(name);
            if (zoom && *zoom < 32 && (!deepest || *zoom > *deepest)) {
                deepest = static_cast<unsigned>(*zoom);
            }
        }
        if (deepest && look(fmt::format("{}{}/", before, *deepest))) {
            sample_.has_deepest = chosen()->deepest_zoom() == *deepest;
        }
    }

    Lister& lister_;
    const KeyPattern& configured_;
    KeySample sample_;
    std::vector<std::string> keys_;
    bool is_truncated_ = false;
};

}  // namespace

Result<KeySample> sample_keys(Lister& lister, const KeyPattern& configured) {
    return Sampling(lister, configured).take();
}

}  // namespace tapalcatl::doctor
