#include "service/replaceable_service.hpp"

#include "tests/service/fixture.hpp"

#include <memory>
#include <utility>

namespace tapalcatl::tests {
namespace {

class ReplaceableServiceTest : public ServiceTest {
 protected:
    ReplaceableServiceTest() { storage.put(archive_key, make_archive({{"2/1/1.mvt", "a tile"}})); }

    /// A service that is made of the fixture as it is now.
    std::shared_ptr<service::Service> made() { return std::make_shared<service::Service>(tilesets(), clock, settings); }

    std::string max_age_of(const web::Response& response) {
        return std::string(response.headers.find("Cache-Control"));
    }
};

TEST_F(ReplaceableServiceTest, answers_with_the_latest) {
    service::ReplaceableService replaceable(made());
    EXPECT_EQ(replaceable.answer_at_once(request("/preview.html"))->status, 200U);
    settings.preview = false;
    const auto before = replaceable.replace(made());
    EXPECT_EQ(before.use_count(), 1) << "nothing else holds it";
    EXPECT_EQ(replaceable.answer_at_once(request("/preview.html"))->status, 404U);
}

TEST_F(ReplaceableServiceTest, ends_each_answer_with_the_service_that_began_it) {
    policy.max_age = std::chrono::seconds(1);
    service::ReplaceableService replaceable(made());
    web::Response response;
    boost::asio::co_spawn(context, replaceable.answer(request(tile)),
                          [&](const std::exception_ptr& crash, web::Response answer) {
                              EXPECT_FALSE(crash);
                              response = std::move(answer);
                          });
    context.poll_one();  // it awaits the storage
    policy.max_age = std::chrono::seconds(2);
    std::weak_ptr<const service::Service> first = replaceable.replace(made());
    EXPECT_FALSE(first.expired()) << "the answer under way holds it";
    context.run();
    EXPECT_EQ(response.status, 200U);
    EXPECT_NE(max_age_of(response).find("max-age=1,"), std::string::npos) << max_age_of(response);
    EXPECT_TRUE(first.expired());
    EXPECT_NE(max_age_of(*replaceable.answer_at_once(request(tile))).find("max-age=2,"), std::string::npos);
}

TEST_F(ReplaceableServiceTest, counts_requests_that_wait_in_all_services) {
    settings.max_requests = 1;
    service::ReplaceableService replaceable(made());
    unsigned status = 0;
    boost::asio::co_spawn(context, replaceable.answer(request(tile)),
                          [&](const std::exception_ptr&, web::Response answer) { status = answer.status; });
    context.poll_one();  // it awaits the storage
    const auto before = replaceable.replace(made());
    EXPECT_EQ(run(context, replaceable.answer(request("/tilezen/vector/v1/all/16/8/5.mvt"))).status, 503U);
    context.restart();
    context.run();
    EXPECT_EQ(status, 200U);
}

TEST_F(ReplaceableServiceTest, is_not_ready_after_a_drain_has_begun_whatever_comes_next) {
    service::ReplaceableService replaceable(made());
    EXPECT_EQ(replaceable.answer_at_once(request("/ready"))->status, 200U);
    replaceable.begin_drain();
    EXPECT_EQ(replaceable.answer_at_once(request("/ready"))->status, 503U);
    const auto before = replaceable.replace(made());
    EXPECT_EQ(replaceable.answer_at_once(request("/ready"))->status, 503U);
}

}  // namespace
}  // namespace tapalcatl::tests
