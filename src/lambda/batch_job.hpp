#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::lambda {

/// One object that S3 Batch Operations names.
struct BatchTask {
    std::string id;
    std::string bucket;
    std::string key;      ///< decoded
    std::string version;  ///< of the object; empty: the current one
};

/// An event of S3 Batch Operations, invocation schema 1.0 or 2.0.
struct BatchJob {
    std::string schema_version;
    std::string invocation_id;
    std::vector<BatchTask> tasks;
};

/// What to tell S3 Batch Operations of a task. It repeats tasks of temporary failures.
struct BatchResult {
    enum class Code { succeeded, temporary_failure, permanent_failure };

    std::string task_id;
    Code code = Code::succeeded;
    std::string text;
};

/// The bucket that an ARN names ("arn:aws:s3:::bucket"). A text that is not an ARN is returned unchanged. Lifetime:
/// views `arn`.
std::string_view bucket_of_arn(std::string_view arn);

/// The key in a task, which is URL-encoded with "+" for a blank.
std::string decoded_key(std::string_view encoded);

/// The result of a check that ended with `error`: what the storage causes is a temporary failure, what the object
/// causes a permanent one.
BatchResult batch_failure(std::string task_id, const Error& error);

/// The answer to an event of S3 Batch Operations, as JSON.
std::string batch_response(const BatchJob& job, const std::vector<BatchResult>& results);

}  // namespace tapalcatl::lambda
