#include "net/ca_bundle.hpp"

#include <gtest/gtest.h>

namespace tapalcatl::net {
namespace {

constexpr const char* amazon = "/etc/pki/tls/certs/ca-bundle.crt";
constexpr const char* debian = "/etc/ssl/certs/ca-certificates.crt";

bool nothing(const std::string& /*path*/) {
    return false;
}
bool everything(const std::string& /*path*/) {
    return true;
}

TEST(CaBundle, that_is_configured_goes_before_all) {
    EXPECT_EQ(*find_ca_bundle("/mine", {{"AWS_CA_BUNDLE", "/aws"}}, everything), "/mine");
}

TEST(CaBundle, comes_from_the_variables_in_their_order) {
    EXPECT_EQ(*find_ca_bundle("", {{"SSL_CERT_FILE", "/ssl"}, {"AWS_CA_BUNDLE", "/aws"}}, everything), "/aws");
    EXPECT_EQ(*find_ca_bundle("", {{"SSL_CERT_FILE", "/ssl"}, {"AWS_CA_BUNDLE", ""}}, everything), "/ssl");
}

TEST(CaBundle, that_is_named_is_taken_even_if_it_is_missing) {
    EXPECT_EQ(*find_ca_bundle("", {{"AWS_CA_BUNDLE", "/gone"}}, nothing), "/gone");
}

TEST(CaBundle, is_the_system_s_where_nothing_is_named) {
    EXPECT_EQ(*find_ca_bundle("", {}, everything), amazon);
    EXPECT_EQ(*find_ca_bundle("", {}, [](const std::string& path) { return path == debian; }), debian);
}

TEST(CaBundle, that_is_nowhere_is_told_with_the_places) {
    const auto bundle = find_ca_bundle("", {}, nothing);
    ASSERT_FALSE(bundle);
    EXPECT_EQ(bundle.error().code, Errc::denied);
    for (const std::string place : {amazon, debian, "AWS_CA_BUNDLE"}) {
        EXPECT_NE(bundle.error().message.find(place), std::string::npos) << bundle.error();
    }
}

}  // namespace
}  // namespace tapalcatl::net
