#include "cache/redis_tier.hpp"

#include "base/text.hpp"
#include "cache/redis_client.hpp"
#include "cache/redis_url.hpp"

#include <algorithm>
#include <utility>

namespace tapalcatl::cache {
namespace {

namespace asio = boost::asio;

constexpr std::size_t max_shown_reply = 100;
/// Bytes of a reply beside the value; also the limit of errors.
constexpr std::uint64_t frame_limit = 32'000;
/// Redis refuses longer times to live.
constexpr std::chrono::seconds longest{1'000'000'000};

Error unexpected(std::string_view command, const RedisReply& reply) {
    // "OOM command not allowed ...", "LOADING ...", "MOVED ...": the server may recover after a while.
    const auto text = printable(reply.text().substr(0, max_shown_reply));
    return fail(Errc::unavailable, "replies to {} with: {}", command, text);
}

class RedisTier final : public Tier {
 public:
    RedisTier(std::shared_ptr<RedisDialer> dialer, const RedisTierOptions& options, const Clock& clock)
        : name_(dialer->address().text()), value_limit_(options.value_limit) {
        RedisClient::Options channel{value_limit_ + frame_limit, options.queue_limit, options.answer_timeout};
        gets_ = std::make_shared<RedisClient>(dialer, channel, clock);
        channel.reply_limit = frame_limit;
        puts_ = std::make_shared<RedisClient>(dialer, channel, clock);
    }

    ~RedisTier() override {
        gets_->stop();
        puts_->stop();
    }

    Awaitable<Result<std::optional<SharedBytes>>> get(std::string name, SteadyTime deadline) override {
        auto command = redis_command({"GET", name});
        auto reply = co_await gets_->ask(std::move(command), deadline);
        if (!reply) {
            co_return reply.error();
        }
        if (reply->kind == RedisReply::Kind::nothing) {
            co_return std::nullopt;
        }
        if (reply->kind != RedisReply::Kind::value) {
            co_return unexpected("GET", *reply);
        }
        co_return SharedBytes(std::move(reply->bytes));
    }

    Awaitable<Result<void>> put(std::string name, SharedBytes value, std::chrono::seconds keep_for,
                                SteadyTime deadline) override {
        if (value.size() > value_limit_) {
            co_return fail(Errc::too_large, "a value of {} bytes, over the limit of {}", value.size(), value_limit_);
        }
        const auto seconds = fmt::format("{}", std::min(keep_for, longest).count());
        auto command = redis_command({"SET", name, as_text(value.view()), "EX", seconds});
        const auto reply = co_await puts_->ask(std::move(command), deadline);
        if (!reply) {
            co_return reply.error();
        }
        if (reply->kind != RedisReply::Kind::status) {
            co_return unexpected("SET", *reply);
        }
        co_return Result<void>();
    }

    std::string name() const override { return name_; }

 private:
    std::string name_;
    std::uint64_t value_limit_;
    std::shared_ptr<RedisClient> gets_;
    std::shared_ptr<RedisClient> puts_;
};

}  // namespace

Result<std::unique_ptr<Tier>> make_redis_tier(RedisTierOptions options, asio::any_io_executor executor,
                                              const Clock& clock) {
    auto address = parse_redis_url(options.url);
    if (!address) {
        return address.error();
    }
    auto dialer = std::make_shared<RedisDialer>(std::move(*address), options.ca_file, options.connect_timeout,
                                                std::move(executor), clock);
    std::unique_ptr<Tier> tier = std::make_unique<RedisTier>(std::move(dialer), options, clock);
    return tier;
}

}  // namespace tapalcatl::cache
