#include "lambda/invocation_log.hpp"

#include "base/text.hpp"
#include "lambda/response.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include <unistd.h>

namespace tapalcatl::lambda {
namespace {

/// Longer paths are cut in the log.
constexpr std::size_t max_path_size = 1024;

/// `text` as a JSON string. Parts of a request need not be UTF-8.
std::string quoted(std::string_view text) {
    std::string out;
    append_json_string(out, printable(text));
    return out;
}

/// Log lines are worth less than answers: what cannot be written is dropped.
void write_line(int fd, const std::string& line) {
    std::string_view rest = line;
    while (!rest.empty()) {
        const auto written = ::write(fd, rest.data(), rest.size());
        if (written < 0 && errno != EINTR) {
            return;
        }
        rest.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
}

double milliseconds_of(const InvocationRecord& record) {
    return static_cast<double>(record.took.count()) / 1000;
}

}  // namespace

void InvocationLog::add(const InvocationRecord& record) {
    const bool is_sampled = requests_++ % options_.sample == 0 || record.status >= 500;
    std::string lines;
    if (options_.has_access_log && is_sampled) {
        lines = access_line(record);
    }
    if (options_.has_metrics) {
        lines += metrics_line(record);
    }
    write_line(options_.fd, lines);
}

std::string InvocationLog::access_line(const InvocationRecord& record) const {
    auto line = fmt::format(R"({{"time":"{}","request_id":{})", rfc3339(clock_.wall()), quoted(record.request_id));
    if (!record.trace_id.empty()) {
        line += fmt::format(R"(,"trace_id":{})", quoted(record.trace_id));
    }
    if (requests_ == 1) {
        line += R"(,"cold":true)";
    }
    return line + fmt::format(
                      R"(,"client":{},"method":{},"path":{},"status":{},"bytes":{},"ms":{:.3f},"cache":"{}","key":{}}})"
                      "\n",
                      quoted(record.peer), quoted(record.method), quoted(record.path.substr(0, max_path_size)),
                      record.status, record.bytes, milliseconds_of(record), name_of(record.cache),
                      quoted(record.archive_key));
}

/// "Specification: Embedded metric format" in the user guide of CloudWatch.
std::string InvocationLog::metrics_line(const InvocationRecord& record) {
    Reads reads;
    if (options_.reads) {
        const auto now = options_.reads();
        reads = {now.count - reads_before_.count, now.bytes - reads_before_.bytes};
        reads_before_ = now;
    }
    const bool is_hit = record.cache == web::CacheState::hit || record.cache == web::CacheState::stale;
    const auto timestamp = std::chrono::floor<std::chrono::milliseconds>(clock_.wall().time_since_epoch()).count();
    return fmt::format(
        R"({{"_aws":{{"Timestamp":{},"CloudWatchMetrics":[{{"Namespace":"tapalcatl","Dimensions":[["FunctionName"]],)"
        R"("Metrics":[{{"Name":"Duration","Unit":"Milliseconds"}},{{"Name":"Bytes","Unit":"Bytes"}},)"
        R"({{"Name":"CacheHits","Unit":"Count"}},{{"Name":"Errors","Unit":"Count"}},)"
        R"({{"Name":"Reads","Unit":"Count"}},{{"Name":"ReadBytes","Unit":"Bytes"}}]}}]}},"FunctionName":{},)"
        R"("Duration":{:.3f},"Bytes":{},"CacheHits":{},"Errors":{},"Reads":{},"ReadBytes":{},"status":{},)"
        R"("request_id":{}}})"
        "\n",
        timestamp, quoted(options_.function_name), milliseconds_of(record), record.bytes, is_hit ? 1 : 0,
        record.status >= 500 ? 1 : 0, reads.count, reads.bytes, record.status, quoted(record.request_id));
}

}  // namespace tapalcatl::lambda
