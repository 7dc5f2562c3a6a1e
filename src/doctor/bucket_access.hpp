#pragma once

#include "doctor/diagnosis.hpp"

#include <optional>
#include <string>
#include <vector>

/// From what a store says to a few requests to what may be read, and as whom.
namespace tapalcatl::doctor {

/// What was said to a read of a key that cannot be there.
struct Said {
    unsigned status = 0;
    std::string code;  ///< S3's word; empty if it said none
    Error error;       ///< what it means, as aws::classify() has it; of no use with a 2xx

    bool is_found() const { return status >= 200 && status < 300; }
    bool is_missing_key() const { return !is_found() && error.code == Errc::not_found; }
    bool is_access_denied() const { return status == 403 && (code == "AccessDenied" || code.empty()); }
};

/// The same key read in several ways. What was not tried is nullopt.
struct AccessTries {
    Said configured;
    std::optional<Said> paying{};     ///< with the requester paying
    std::optional<Said> anonymous{};  ///< without credentials
    std::optional<bool> lists{};      ///< whether keys may be listed
};

struct ConfiguredAccess {
    bool requester_pays = false;
    bool missing_on_403 = false;
    bool anonymous = false;
};

/// What the tries come to.
struct Access {
    std::vector<Diagnosis> findings;
    bool may_read = false;        ///< worth going on
    bool requester_pays = false;  ///< as it should be
    bool anonymous = false;
    bool missing_on_403 = false;
};

/// Which further tries could explain the first one.
bool wants_more_tries(const Said& configured);

Access judge_access(const AccessTries& tries, const ConfiguredAccess& configured);

/// The same for a web server that is no bucket. `redirected_to`: its Location, where it has one.
Access judge_web_access(unsigned status, const std::string& redirected_to, const ConfiguredAccess& configured);

}  // namespace tapalcatl::doctor
