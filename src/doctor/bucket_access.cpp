#include "doctor/bucket_access.hpp"

#include "base/text.hpp"

namespace tapalcatl::doctor {
namespace {

constexpr std::string_view missing_name = "missing keys";

/// Diagnoses a 403 for a key that does not exist. `why` continues the sentence; `cure` is a better remedy than
/// TAPALCATL_MISSING_ON_403, or empty.
Diagnosis diagnose_denied_missing(bool missing_on_403, std::string_view why, std::string_view cure) {
    const auto text = fmt::format("the storage answers 403 instead of 404{}", why);
    if (missing_on_403) {
        return ok(missing_name, text + "; TAPALCATL_MISSING_ON_403 is on, so that a 403 means a missing tile");
    }
    auto finding =
        problem(missing_name, fail(Errc::denied, "{}: tiles that do not exist would be answered with 502", text));
    if (!cure.empty()) {
        finding = std::move(finding).with(cure);
    }
    return std::move(finding)
        .with("TAPALCATL_MISSING_ON_403=on makes every 403 a missing tile (404), even if all access is denied")
        .with(Advice{"TAPALCATL_MISSING_ON_403", "on"});
}

/// The same for a bucket.
Diagnosis diagnose_denied_key(bool missing_on_403, bool may_list) {
    if (may_list) {
        return diagnose_denied_missing(
            missing_on_403, ", although the prefix may be listed",
            "allow s3:ListBucket without a condition on s3:prefix; s3:GetObject may be missing too. Otherwise:");
    }
    return diagnose_denied_missing(missing_on_403, ", as S3 does without s3:ListBucket",
                                   "allow s3:ListBucket on the bucket, then S3 answers 404. Otherwise:");
}

Diagnosis diagnose_found_missing(bool missing_on_403) {
    if (missing_on_403) {
        return warning(missing_name,
                       "the storage answers 404, so TAPALCATL_MISSING_ON_403 only hides that access is denied")
            .with(Advice{"TAPALCATL_MISSING_ON_403", "off"});
    }
    return ok(missing_name, "the storage answers 404, as it should");
}

Diagnosis diagnose_found_key(unsigned status) {
    return problem(missing_name,
                   fail(Errc::corrupt,
                        "the storage answers {} for a key that cannot exist, so missing tiles would never be a 404",
                        status))
        .with("is this the storage itself, or a web site or proxy that has a page for every path?");
}

}  // namespace

bool needs_more_probes(const ProbeResult& configured) {
    return configured.is_access_denied();
}

Access diagnose_access(const AccessProbes& probes, const ConfiguredAccess& configured) {
    Access access;
    access.requester_pays = configured.requester_pays;
    access.anonymous = configured.anonymous;
    access.missing_on_403 = configured.missing_on_403;
    const auto& answer = probes.configured;
    if (answer.is_found()) {
        access.findings.push_back(diagnose_found_key(answer.status));
        return access;
    }
    if (answer.is_missing_key()) {
        access.may_read = true;
        access.findings.push_back(diagnose_found_missing(configured.missing_on_403));
        return access;
    }
    if (!answer.is_access_denied()) {
        access.findings.push_back(problem("access", answer.error));
        return access;
    }
    access.may_read = true;
    if (probes.paying && probes.paying->is_missing_key()) {
        access.requester_pays = true;
        access.findings.push_back(
            problem("requester pays", fail(Errc::denied, "access is denied unless the requester pays"))
                .with("REQUESTER_PAYS=true agrees to that: AWS bills the account whose credentials these are")
                .with(Advice{"REQUESTER_PAYS", "true"}));
        access.findings.push_back(diagnose_found_missing(configured.missing_on_403));
        return access;
    }
    if (probes.anonymous && probes.anonymous->is_missing_key()) {
        access.anonymous = true;
        access.findings.push_back(problem("access", answer.error)
                                      .with("anonymous access works; these credentials are denied")
                                      .with(Advice{"TAPALCATL_ANONYMOUS", "on"}));
        access.findings.push_back(diagnose_found_missing(configured.missing_on_403));
        return access;
    }
    access.missing_on_403 = true;
    access.findings.push_back(diagnose_denied_key(configured.missing_on_403, probes.may_list.value_or(false)));
    return access;
}

Access diagnose_web_access(unsigned status, const std::string& redirected_to, const ConfiguredAccess& configured) {
    Access access;
    access.missing_on_403 = configured.missing_on_403;
    if (status >= 200 && status < 300) {
        access.findings.push_back(diagnose_found_key(status));
    } else if (status == 404 || status == 410) {
        access.may_read = true;
        access.findings.push_back(diagnose_found_missing(configured.missing_on_403));
    } else if (status == 403) {
        access.may_read = true;
        access.missing_on_403 = true;
        access.findings.push_back(diagnose_denied_missing(configured.missing_on_403, "", ""));
    } else if (status >= 300 && status < 400) {
        const auto where = redirected_to.empty() ? std::string("elsewhere") : "to " + printable(redirected_to);
        access.findings.push_back(
            problem("access", fail(Errc::denied, "the server redirects {} (status {}); redirects are not followed",
                                   where, status))
                .with("set TAPALCATL_STORAGE to that URL"));
    } else {
        const auto code = status == 429 || status >= 500 ? Errc::unavailable : Errc::denied;
        access.findings.push_back(
            problem("access", fail(code, "the server answers {} for a key that does not exist", status)));
    }
    return access;
}

}  // namespace tapalcatl::doctor
