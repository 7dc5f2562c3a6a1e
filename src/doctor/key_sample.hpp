#pragma once

#include "doctor/key_survey.hpp"
#include "doctor/lister.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tapalcatl::doctor {

/// What a look into a storage showed.
struct KeySample {
    std::vector<KeyKind> kinds;
    std::size_t keys_seen = 0;          ///< metatiles' or not
    std::vector<std::string> prefixes;  ///< that there may be beside the configured one; only where that has nothing
    bool has_deepest = false;           ///< the deepest metatiles are sure to be among those that were seen

    /// As choose_kind(). Lifetime: views this.
    const KeyKind* chosen(const KeyPattern& configured) const { return choose_kind(kinds, configured); }
};

/// Looks for metatiles: under the configured prefix, else anywhere, with a few listings.
/// Fails: as Lister::list(), if the first of them does.
Result<KeySample> sample_keys(Lister& lister, const KeyPattern& configured);

}  // namespace tapalcatl::doctor
