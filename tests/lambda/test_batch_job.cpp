#include "lambda/batch_job.hpp"
#include "lambda/event.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gmock/gmock.h>

namespace tapalcatl::tests {
namespace {

namespace json = boost::json;

using lambda::BatchResult;
using lambda::parse_event;

TEST(BatchJob, of_schema_1_has_buckets_as_arns_and_encoded_keys) {
    const auto event = parse_event(R"({"invocationSchemaVersion":"1.0","invocationId":"i","job":{"id":"j"},"tasks":[
        {"taskId":"t","s3Key":"a+b/%C3%A9%2B.zip","s3VersionId":null,"s3BucketArn":"arn:aws:s3:::tiles"}]})");
    ASSERT_TRUE(event) << event.error();
    EXPECT_EQ(event->shape, lambda::Shape::batch_job);
    ASSERT_EQ(event->job.tasks.size(), 1U);
    const auto& task = event->job.tasks[0];
    EXPECT_EQ(task.id, "t");
    EXPECT_EQ(task.bucket, "tiles");
    EXPECT_EQ(task.key, "a b/\xC3\xA9+.zip");
    EXPECT_EQ(task.version, "");
    EXPECT_EQ(event->job.invocation_id, "i");
}

TEST(BatchJob, of_schema_2_has_names_of_buckets) {
    const auto event = parse_event(R"({"invocationSchemaVersion":"2.0","invocationId":"i",
        "job":{"id":"j","userArguments":{}},"tasks":[{"taskId":"t","s3Key":"a","s3VersionId":"v","s3Bucket":"tiles"}]})");
    ASSERT_TRUE(event) << event.error();
    EXPECT_EQ(event->job.schema_version, "2.0");
    EXPECT_EQ(event->job.tasks.at(0).bucket, "tiles");
    EXPECT_EQ(event->job.tasks.at(0).version, "v");
}

TEST(BatchJob, is_answered_task_by_task) {
    const lambda::BatchJob job{"1.0", "i", {}};
    const auto value =
        json::parse(lambda::batch_response(job, {{"a", BatchResult::Code::succeeded, "fine"},
                                                 lambda::batch_failure("b", fail(Errc::unavailable, "S3 fails")),
                                                 lambda::batch_failure("c", fail(Errc::corrupt, "\"x\"\xff"))}));
    EXPECT_EQ(value, json::parse(R"({"invocationSchemaVersion":"1.0","treatMissingKeysAs":"PermanentFailure",
        "invocationId":"i","results":[{"taskId":"a","resultCode":"Succeeded","resultString":"fine"},
        {"taskId":"b","resultCode":"TemporaryFailure","resultString":"S3 fails"},
        {"taskId":"c","resultCode":"PermanentFailure","resultString":"\"x\"\uFFFD"}]})"));
}

TEST(BatchJob, repeats_what_the_storage_causes_and_nothing_else) {
    for (const auto code : {Errc::unavailable, Errc::timeout, Errc::io, Errc::replaced, Errc::overloaded}) {
        EXPECT_EQ(lambda::batch_failure("t", Error{code, ""}).code, BatchResult::Code::temporary_failure);
    }
    for (const auto code : {Errc::corrupt, Errc::not_found, Errc::denied, Errc::unsupported, Errc::too_large}) {
        EXPECT_EQ(lambda::batch_failure("t", Error{code, ""}).code, BatchResult::Code::permanent_failure);
    }
}

TEST(BatchJob, without_tasks_is_an_event_of_another_kind) {
    EXPECT_FALSE(parse_event(R"({"invocationSchemaVersion":"1.0","tasks":7})"));
    EXPECT_FALSE(parse_event(R"({"tasks":[]})"));
}

}  // namespace
}  // namespace tapalcatl::tests
