#include "lambda/batch_job.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "lambda/response.hpp"

#include <algorithm>
#include <utility>

namespace tapalcatl::lambda {
namespace {

/// "Completion report" in the user guide of S3: longer texts are cut there.
constexpr std::size_t max_text_size = 1024;

std::string_view name_of(BatchResult::Code code) {
    switch (code) {
        case BatchResult::Code::succeeded:
            return "Succeeded";
        case BatchResult::Code::temporary_failure:
            return "TemporaryFailure";
        case BatchResult::Code::permanent_failure:
            break;
    }
    return "PermanentFailure";
}

}  // namespace

std::string_view bucket_of_arn(std::string_view arn) {
    return arn.starts_with("arn:") ? arn.substr(arn.rfind(':') + 1) : arn;
}

std::string decoded_key(std::string_view encoded) {
    std::string text(encoded);
    std::replace(text.begin(), text.end(), '+', ' ');
    std::string key;
    percent_decode(text, key);
    return key;
}

BatchResult batch_failure(std::string task_id, const Error& error) {
    const bool is_temporary = error.code == Errc::unavailable || error.code == Errc::timeout ||
                              error.code == Errc::overloaded || error.code == Errc::replaced || error.code == Errc::io;
    return {std::move(task_id),
            is_temporary ? BatchResult::Code::temporary_failure : BatchResult::Code::permanent_failure, error.message};
}

std::string batch_response(const BatchJob& job, const std::vector<BatchResult>& results) {
    std::string out = R"({"invocationSchemaVersion":)";
    append_json_string(out, utf8(job.schema_version));
    out += R"(,"treatMissingKeysAs":"PermanentFailure","invocationId":)";
    append_json_string(out, utf8(job.invocation_id));
    out += R"(,"results":[)";
    for (const auto& result : results) {
        out += &result == results.data() ? R"({"taskId":)" : R"(,{"taskId":)";
        append_json_string(out, utf8(result.task_id));
        out.append(R"(,"resultCode":")").append(name_of(result.code)).append(R"(","resultString":)");
        append_json_string(out, utf8(result.text.substr(0, max_text_size)));
        out += '}';
    }
    return out += "]}";
}

}  // namespace tapalcatl::lambda
