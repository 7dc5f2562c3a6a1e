#include "credentials/instance_region.hpp"

#include "aws/region.hpp"
#include "base/text.hpp"
#include "credentials/cached_provider.hpp"
#include "credentials/imds.hpp"

#include <utility>

namespace tapalcatl::credentials {
namespace {

Awaitable<Result<std::string>> ask_for_region(InstanceMetadata config, net::Client& client, const Clock* clock,
                                              SteadyTime deadline) {
    RetryingClient retrying_client(client, *clock);
    ImdsClient service(std::move(config), retrying_client, ProviderTimeouts().metadata_attempt);
    constexpr auto question = [](const InstanceMetadata& where, const Secret& token, std::string_view) {
        return metadata_region_request(where, token);
    };
    const auto answer = co_await service.get(question, "", deadline);
    if (!answer) {
        co_return answer.error();
    }
    if (!answer->is_good()) {
        co_return fail(Errc::denied, "the metadata service {} answered {} when asked for the region",
                       service.endpoint(), answer->status);
    }
    const auto name = trim(std::string_view(answer->body).substr(0, answer->body.find_first_of("\r\n")));
    if (!aws::is_region_name(name)) {
        co_return fail(Errc::corrupt, "the metadata service {} answered with no region's name", service.endpoint());
    }
    co_return std::string(name);
}

}  // namespace

Awaitable<Result<std::string>> metadata_region(InstanceMetadata config, net::Client& client, const Clock& clock,
                                               SteadyTime deadline) {
    return ask_for_region(std::move(config), client, &clock, deadline);
}

}  // namespace tapalcatl::credentials
