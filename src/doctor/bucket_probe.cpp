#include "doctor/bucket_probe.hpp"

#include "aws/object_list.hpp"
#include "base/bytes.hpp"
#include "base/run_until_done.hpp"
#include "net/client.hpp"

#include <utility>

namespace tapalcatl::doctor {
namespace {

/// Region and clock once each, and the region once more if a redirect comes before S3 names the region.
constexpr unsigned max_corrections = 3;

std::string without_brackets(const std::string& host) {
    return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

}  // namespace

Awaitable<Result<StoreAnswer>> BucketProbe::get(Ask ask) {
    for (unsigned corrections = 0;; ++corrections) {
        auto answer = co_await send_once(ask);
        if (!answer || !answer->refusal || corrections == max_corrections ||
            !correct(*answer->refusal, reported_skew_)) {
            co_return answer;
        }
    }
}

Awaitable<Result<StoreAnswer>> BucketProbe::send_once(Ask ask) {
    net::Request request;
    auto path = endpoint_.base_path.empty() ? std::string("/") : endpoint_.base_path;
    if (!ask.key.empty()) {
        path = endpoint_.path_of(ask.key);
        request.headers.emplace_back("Range", "bytes=0-0");
    }
    const auto query = canonical_query(ask.query);
    request.url =
        Url{endpoint_.tls, without_brackets(endpoint_.host), endpoint_.port, query.empty() ? path : path + '?' + query};
    request.headers.emplace_back("Host", endpoint_.authority());
    if (ask.requester_pays) {
        request.headers.emplace_back("x-amz-request-payer", "requester");
    }
    if (ask.credentials) {
        aws::SignableRequest signable;
        signable.path = path;
        signable.query = ask.query;
        for (const auto& [name, value] : request.headers) {
            signable.headers.push_back({name, value});
        }
        const aws::SigningScope scope{address_.region};
        for (auto& [name, value] : signer_.sign(std::move(signable), *ask.credentials, scope, clock_.wall() + skew_)) {
            request.headers.emplace_back(std::move(name), std::move(value));
        }
    }
    request.body_limit = aws::max_list_bytes;
    request.deadline = ask.deadline;
    const auto response = co_await client_.send(std::move(request));
    if (!response) {
        co_return response.error();
    }
    StoreAnswer answer;
    answer.status = response->status;
    answer.body = as_text(response->body);
    if (answer.status < 200 || answer.status >= 300) {
        answer.refusal = read_refusal(*response);
    }
    co_return answer;
}

aws::S3Failure BucketProbe::read_refusal(const net::Response& response) {
    aws::S3Answer answer;
    answer.status = static_cast<int>(response.status);
    answer.body = as_text(response.body);
    answer.bucket_region = response.find("x-amz-bucket-region").value_or("");
    answer.request_id = response.find("x-amz-request-id").value_or("");
    reported_skew_ = net::clock_offset(response.find("Date").value_or(""), clock_.wall());
    return aws::classify(answer, address_.bucket);
}

bool BucketProbe::correct(const aws::S3Failure& refusal, std::optional<std::chrono::seconds> skew) {
    if (refusal.remedy == aws::Remedy::correct_clock && skew && *skew != skew_) {
        skew_ = *skew;
        return true;
    }
    if (refusal.remedy != aws::Remedy::correct_region || refusal.region == address_.region) {
        return false;
    }
    auto address = address_;
    address.region = refusal.region;
    auto endpoint = aws::endpoint_of(address);
    if (!endpoint) {
        return false;
    }
    address_ = std::move(address);
    endpoint_ = std::move(*endpoint);
    return true;
}

namespace {

/// `names` without the prefix that all keys have. Names without it are not ours and are dropped.
std::vector<std::string> below(std::vector<std::string> names, const std::string& prefix) {
    std::erase_if(names, [&](const std::string& name) { return !name.starts_with(prefix); });
    for (auto& name : names) {
        name.erase(0, prefix.size());
    }
    return names;
}

}  // namespace

Result<aws::ObjectList> read_object_list(const StoreAnswer& answer) {
    if (answer.refusal) {
        return answer.refusal->error;
    }
    return aws::parse_object_list(answer.body);
}

Result<Listing> BucketLister::list(const std::string& prefix, Depth depth) {
    const auto answer = ask(prefix, depth, max_items);
    if (!answer) {
        return answer.error();
    }
    auto list = read_object_list(*answer);
    if (!list) {
        return list.error();
    }
    return Listing{below(std::move(list->keys), prefix_), below(std::move(list->common_prefixes), prefix_),
                   list->is_truncated};
}

Result<bool> BucketLister::may_list(const std::string& prefix) {
    const auto answer = ask(prefix, Depth::one_level, 1);
    if (!answer) {
        return answer.error();
    }
    return read_object_list(*answer).has_value();
}

Result<StoreAnswer> BucketLister::ask(const std::string& prefix, Depth depth, std::size_t limit) {
    const aws::ListOptions options{prefix_ + prefix, depth == Depth::one_level ? "/" : "", limit};
    BucketProbe::Ask ask{.key = {},
                         .query = aws::list_query(options),
                         .requester_pays = user_.requester_pays,
                         .credentials = user_.credentials,
                         .deadline = deadline_()};
    return run_until_done(context_, probe_->get(std::move(ask)));
}

}  // namespace tapalcatl::doctor
