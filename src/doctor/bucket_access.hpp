#pragma once

#include "doctor/diagnosis.hpp"

#include <optional>
#include <string>
#include <vector>

/// Derives from a store's responses to a few requests what may be read, and as whom.
namespace tapalcatl::doctor {

/// The response to a read of a key that cannot exist.
struct ProbeResult {
    unsigned status = 0;
    std::string code;  ///< S3's error code; empty if the response has none
    Error error;       ///< as aws::classify() returns it; unset with a 2xx

    bool is_found() const { return status >= 200 && status < 300; }
    bool is_missing_key() const { return !is_found() && error.code == Errc::not_found; }
    bool is_access_denied() const { return status == 403 && (code == "AccessDenied" || code.empty()); }
};

/// Reads of the same key in several ways. A read that was not made is nullopt.
struct AccessProbes {
    ProbeResult configured;
    std::optional<ProbeResult> paying{};     ///< with the requester paying
    std::optional<ProbeResult> anonymous{};  ///< without credentials
    std::optional<bool> may_list{};          ///< whether keys may be listed
};

struct ConfiguredAccess {
    bool requester_pays = false;
    bool missing_on_403 = false;
    bool anonymous = false;
};

/// The conclusion from the probes.
struct Access {
    std::vector<Diagnosis> findings;
    bool may_read = false;        ///< whether it is worthwhile to continue
    bool requester_pays = false;  ///< the suitable setting, as are the following
    bool anonymous = false;
    bool missing_on_403 = false;
};

/// Whether further probes could explain the first one.
bool needs_more_probes(const ProbeResult& configured);

Access diagnose_access(const AccessProbes& probes, const ConfiguredAccess& configured);

/// The same for a plain web server. `redirected_to`: the response's Location; empty if it has none.
Access diagnose_web_access(unsigned status, const std::string& redirected_to, const ConfiguredAccess& configured);

}  // namespace tapalcatl::doctor
