#include "doctor/bucket_access.hpp"

#include "base/text.hpp"

namespace tapalcatl::doctor {
namespace {

constexpr std::string_view missing_name = "missing keys";

/// What a 403 for a key that is not there makes of the server. `why` goes on in the sentence; `cure` is a better one
/// than to set it aside, or empty.
Diagnosis judge_denied_missing(bool missing_on_403, std::string_view why, std::string_view cure) {
    const auto text = fmt::format("403 in place of 404{}", why);
    if (missing_on_403) {
        return fine(missing_name, text + "; TAPALCATL_MISSING_ON_403 takes that for missing");
    }
    auto finding =
        problem(missing_name, fail(Errc::denied, "{}: tiles that do not exist would be failures (502)", text));
    if (!cure.empty()) {
        finding = std::move(finding).with(cure);
    }
    return std::move(finding)
        .with("TAPALCATL_MISSING_ON_403=on takes every 403 for a missing tile (404), a refusal of all access too")
        .with(Advice{"TAPALCATL_MISSING_ON_403", "on"});
}

/// The same of a bucket.
Diagnosis judge_denied_key(bool missing_on_403, bool lists) {
    if (lists) {
        return judge_denied_missing(
            missing_on_403, ", though the prefix may be listed",
            "allow s3:ListBucket without a condition on s3:prefix; maybe s3:GetObject is not allowed either. Else:");
    }
    return judge_denied_missing(missing_on_403, ", as without s3:ListBucket",
                                "allow s3:ListBucket on the bucket, and S3 says 404. Else:");
}

Diagnosis judge_found_missing(bool missing_on_403) {
    if (missing_on_403) {
        return remark(missing_name, "404, so TAPALCATL_MISSING_ON_403 only hides it when access is refused")
            .with(Advice{"TAPALCATL_MISSING_ON_403", "off"});
    }
    return fine(missing_name, "404, as it should be");
}

Diagnosis judge_there(unsigned status) {
    return problem(missing_name,
                   fail(Errc::corrupt, "a key that cannot exist is answered with {}: what is missing is never a 404",
                        status))
        .with("is this the storage itself, and not a web site or a proxy with a page for everything?");
}

}  // namespace

bool wants_more_tries(const Said& configured) {
    return configured.is_access_denied();
}

Access judge_access(const AccessTries& tries, const ConfiguredAccess& configured) {
    Access access;
    access.requester_pays = configured.requester_pays;
    access.anonymous = configured.anonymous;
    access.missing_on_403 = configured.missing_on_403;
    const auto& said = tries.configured;
    if (said.is_found()) {
        access.findings.push_back(judge_there(said.status));
        return access;
    }
    if (said.is_missing_key()) {
        access.may_read = true;
        access.findings.push_back(judge_found_missing(configured.missing_on_403));
        return access;
    }
    if (!said.is_access_denied()) {
        access.findings.push_back(problem("access", said.error));
        return access;
    }
    access.may_read = true;
    if (tries.paying && tries.paying->is_missing_key()) {
        access.requester_pays = true;
        access.findings.push_back(
            problem("requester pays", fail(Errc::denied, "access is denied unless the requester pays"))
                .with("REQUESTER_PAYS=true agrees to that: AWS bills the account whose credentials these are")
                .with(Advice{"REQUESTER_PAYS", "true"}));
        access.findings.push_back(judge_found_missing(configured.missing_on_403));
        return access;
    }
    if (tries.anonymous && tries.anonymous->is_missing_key()) {
        access.anonymous = true;
        access.findings.push_back(
            problem("access", said.error)
                .with("without credentials it is not: the bucket is public, but not for whom these credentials are of")
                .with(Advice{"TAPALCATL_ANONYMOUS", "on"}));
        access.findings.push_back(judge_found_missing(configured.missing_on_403));
        return access;
    }
    access.missing_on_403 = true;
    access.findings.push_back(judge_denied_key(configured.missing_on_403, tries.lists.value_or(false)));
    return access;
}

Access judge_web_access(unsigned status, const std::string& redirected_to, const ConfiguredAccess& configured) {
    Access access;
    access.missing_on_403 = configured.missing_on_403;
    if (status >= 200 && status < 300) {
        access.findings.push_back(judge_there(status));
    } else if (status == 404 || status == 410) {
        access.may_read = true;
        access.findings.push_back(judge_found_missing(configured.missing_on_403));
    } else if (status == 403) {
        access.may_read = true;
        access.missing_on_403 = true;
        access.findings.push_back(judge_denied_missing(configured.missing_on_403, "", ""));
    } else if (status >= 300 && status < 400) {
        const auto where = redirected_to.empty() ? std::string("elsewhere") : "to " + printable(redirected_to);
        access.findings.push_back(
            problem("access", fail(Errc::denied, "redirected {} (status {}), which is not followed", where, status))
                .with("name that place in TAPALCATL_STORAGE"));
    } else {
        const auto code = status == 429 || status >= 500 ? Errc::unavailable : Errc::denied;
        access.findings.push_back(
            problem("access", fail(code, "the server answers {} to a key that is not there", status)));
    }
    return access;
}

}  // namespace tapalcatl::doctor
