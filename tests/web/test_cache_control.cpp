#include "web/cache_control.hpp"

#include <gtest/gtest.h>

namespace tapalcatl::web {
namespace {

using namespace std::chrono_literals;

TEST(CacheControl, names_both_ages) {
    EXPECT_EQ(cache_control(1200s, 600s), "public, max-age=1200, s-maxage=600");
    EXPECT_EQ(cache_control(0s, 1s), "public, max-age=0, s-maxage=1");
}

TEST(CacheControl, leaves_out_a_shared_age_of_zero) {
    EXPECT_EQ(cache_control(1200s, 0s), "public, max-age=1200");
    EXPECT_EQ(cache_control(24h), "public, max-age=86400");
}

}  // namespace
}  // namespace tapalcatl::web
