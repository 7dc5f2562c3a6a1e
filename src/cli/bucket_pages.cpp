#include "cli/bucket_pages.hpp"

#include "aws/object_list.hpp"
#include "base/awaitable.hpp"
#include "base/run_until_done.hpp"
#include "credentials/cached_provider.hpp"
#include "doctor/open_lister.hpp"
#include "storage/http_storage.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace tapalcatl::cli {
namespace {

constexpr std::chrono::minutes list_timeout{1};

net::RetryClass retry_class_of(const Result<doctor::StoreAnswer>& answer) {
    if (answer) {
        return answer->refusal ? answer->refusal->retry : net::RetryClass::none;
    }
    const auto code = answer.error().code;
    return code == Errc::unavailable || code == Errc::timeout ? net::RetryClass::transient : net::RetryClass::none;
}

Awaitable<Result<doctor::StoreAnswer>> ask_repeatedly(doctor::BucketProbe& probe, doctor::BucketProbe::Ask ask,
                                                      net::RetryTokens& tokens, boost::asio::io_context& context) {
    net::Retry retry(tokens, {}, storage::HttpStorageOptions::random_fraction());
    for (;;) {
        auto answer = co_await probe.get(ask);
        const auto kind = retry_class_of(answer);
        const auto now = std::chrono::steady_clock::now();
        const auto wait =
            kind == net::RetryClass::none ? std::nullopt : retry.after_failure(kind, std::nullopt, now, ask.deadline);
        if (!wait) {
            co_return answer;
        }
        boost::asio::steady_timer timer(context, now + *wait);
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
}

}  // namespace

Result<BucketPage> BucketPages::list(const std::string& bucket, const std::string& prefix, const std::string& after) {
    const auto probe = this->probe(bucket);
    if (!probe) {
        return probe.error();
    }
    const auto provider = storages_.credentials(app::storage_access(settings_).credentials);
    if (!provider) {
        return provider.error();
    }
    const auto deadline = std::chrono::steady_clock::now() + list_timeout;
    const auto credentials = run_until_done(context_, (*provider)->credentials(deadline));
    if (!credentials) {
        return credentials.error();
    }
    aws::ListOptions options;
    options.prefix = prefix;
    options.start_after = after;
    doctor::BucketProbe::Ask ask{.key = {},
                                 .query = aws::list_query(options),
                                 .requester_pays = settings_.access.requester_pays,
                                 .credentials = *credentials,
                                 .deadline = deadline};
    const auto answer = run_until_done(context_, ask_repeatedly(**probe, std::move(ask), tokens_, context_));
    if (!answer) {
        return answer.error();
    }
    auto list = doctor::read_object_list(*answer);
    if (!list) {
        return list.error();
    }
    BucketPage page;
    for (std::size_t i = 0; i < list->keys.size(); ++i) {
        page.objects.push_back({std::move(list->keys[i]), list->sizes[i]});
    }
    page.is_truncated = list->is_truncated;
    return page;
}

Result<doctor::BucketProbe*> BucketPages::probe(const std::string& bucket) {
    auto& known = probes_[bucket];
    if (known != nullptr) {
        return known.get();
    }
    auto opened = doctor::open_bucket_probe({bucket, {}}, app::storage_access(settings_), storages_);
    if (!opened) {
        return opened.error();
    }
    known = std::move(*opened);
    return known.get();
}

}  // namespace tapalcatl::cli
