#include "credentials/container.hpp"

#include "tests/support/fake_environment.hpp"

#include <gtest/gtest.h>

namespace tapalcatl::credentials {
namespace {

using tests::machine;

TEST(ContainerUrls, are_absent_where_nothing_is_set) {
    const auto url = container_url(machine({}));
    ASSERT_TRUE(url);
    EXPECT_EQ(*url, std::nullopt);
}

TEST(ContainerUrls, are_rather_the_relative_one) {
    const auto url = container_url(machine({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x"},
                                            {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost/y"}}));
    ASSERT_TRUE(url);
    EXPECT_EQ(*url, "http://169.254.170.2/v2/x");
}

TEST(ContainerUrls, that_are_relative_cannot_change_the_host) {
    for (const auto* path : {"x", "@evil.example/x", ".evil.example/x", "/x y", "/x\r\nHost: y"}) {
        EXPECT_FALSE(container_url(machine({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", path}}))) << path;
    }
}

TEST(ContainerUrls, may_be_secure_or_near) {
    for (const auto* good :
         {"https://credentials.example.com/x", "http://localhost:8080/x", "http://127.0.0.1/x", "http://127.8.9.1:80",
          "http://[::1]:1/x", "http://169.254.170.2/x", "http://169.254.170.23/v1/credentials",
          "http://[fd00:ec2::23]/v1/credentials", "http://LocalHost/x"}) {
        const auto url = container_url(machine({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", good}}));
        ASSERT_TRUE(url) << url.error();
        EXPECT_EQ(*url, good);
    }
}

TEST(ContainerUrls, that_would_give_a_token_away_are_refused) {
    for (const auto* bad : {"http://example.com/x",
                            "http://169.254.170.3/x",
                            "http://localhost.example.com/x",
                            "http://localhost@example.com/x",
                            "http://127.0.0.1.example.com/x",
                            "http://127.example.com.a.b/",
                            "http://127.0.0.1\\@example.com/",
                            "http://example.com#localhost",
                            "http://example.com?localhost",
                            "http://[::1].example.com@x/",
                            "http://[::1].example.com/",
                            "ftp://localhost/x",
                            "localhost",
                            "http://",
                            "https://",
                            "http:/",
                            "http",
                            "http://[::1",
                            "http://localhost/x y",
                            "HTTP://"}) {
        EXPECT_FALSE(container_url(machine({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", bad}}))) << bad;
    }
}

}  // namespace
}  // namespace tapalcatl::credentials
