#include "storage/https.hpp"

#include "base/url.hpp"
#include "net/client.hpp"

#include <utility>

namespace tapalcatl::storage {
namespace {

class HttpsRequestBuilder final : public RequestBuilder {
 public:
    explicit HttpsRequestBuilder(HttpsOptions options) : options_(std::move(options)) {}

    Awaitable<Result<BuiltRequest>> build(std::string key, std::vector<net::Header> headers,
                                          SteadyTime /*deadline*/) override {
        BuiltRequest built;
        built.request.url = url_of_object(options_.base, key);
        built.request.headers = std::move(headers);
        built.classify = [this](const net::Response& refusal) { return classify(refusal); };
        co_return built;
    }

    std::string name() const override { return options_.base.for_people(); }

 private:
    ClassifiedError classify(const net::Response& refusal) const;

    HttpsOptions options_;
};

ClassifiedError HttpsRequestBuilder::classify(const net::Response& refusal) const {
    const auto status = refusal.status;
    const auto where = options_.base.host_and_port();
    if (status == 404 || status == 410 || (status == 403 && options_.missing_on_403)) {
        return {fail(Errc::not_found, "{}: no such object (status {})", where, status)};
    }
    if (status >= 300 && status < 400) {
        const auto location = refusal.find("Location").value_or("nowhere");
        return {fail(Errc::denied, "{}: redirects to {} (status {}): configure that URL as the storage", where,
                     url_for_people(location), status)};
    }
    if (status == 429) {
        return {fail(Errc::unavailable, "{}: throttled the request (status 429)", where), net::RetryClass::throttling};
    }
    if (status == 408 || status == 500 || status == 502 || status == 503 || status == 504) {
        return {fail(Errc::unavailable, "{}: failed (status {})", where, status), net::RetryClass::transient};
    }
    if (status >= 500) {
        return {fail(Errc::unavailable, "{}: failed (status {})", where, status)};
    }
    if (status == 416) {
        return {fail(Errc::corrupt, "{}: the requested range is outside of the object (status 416)", where)};
    }
    if (status == 401 || status == 403) {
        return {fail(Errc::denied, "{}: access denied (status {})", where, status)};
    }
    return {fail(Errc::denied, "{}: refused the request (status {})", where, status)};
}

}  // namespace

Url url_of_object(const Url& base, std::string_view key) {
    auto url = base;
    if (!key.empty()) {
        const std::string_view target = base.target;
        const auto path = target.substr(0, target.find('?'));
        url.target = fmt::format("{}{}{}{}", path, path.ends_with('/') ? "" : "/", uri_encode_path(key),
                                 target.substr(path.size()));
    }
    return url;
}

std::unique_ptr<Storage> make_https_storage(HttpsOptions options, net::Client& client,
                                            boost::asio::any_io_executor executor) {
    auto http = options.http;
    return std::make_unique<HttpStorage>(std::make_unique<HttpsRequestBuilder>(std::move(options)), std::move(http),
                                         client, std::move(executor));
}

}  // namespace tapalcatl::storage
