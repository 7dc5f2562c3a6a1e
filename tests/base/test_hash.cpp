#include "base/hash.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace tapalcatl {
namespace {

TEST(Hashes, of_known_texts_are_those_of_the_standard) {
    // FIPS 180-2, appendix B and A
    EXPECT_EQ(hex(sha256(as_bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(hex(sha1(as_bytes("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST(Hashes, of_rfc_1321_are_those_of_md5_each_time_and_on_each_thread) {
    const auto check = [] {
        EXPECT_EQ(hex(md5({})), "d41d8cd98f00b204e9800998ecf8427e");
        EXPECT_EQ(hex(md5(as_bytes("abc"))), "900150983cd24fb0d6963f7d28e17f72");
        EXPECT_EQ(
            hex(md5(as_bytes("12345678901234567890123456789012345678901234567890123456789012345678901234567890"))),
            "57edf4a22be3c955ac49da2e2107b67a");
    };
    check();
    check();
    std::thread(check).join();
}

TEST(Base64, is_that_of_rfc_4648) {
    for (const auto& [text, encoded] : {std::pair<std::string_view, std::string_view>{"", ""},
                                        {"f", "Zg=="},
                                        {"fo", "Zm8="},
                                        {"foo", "Zm9v"},
                                        {"foobar", "Zm9vYmFy"},
                                        {"\xff\xfb", "//s="}}) {
        EXPECT_EQ(base64(as_bytes(text)), encoded);
    }
}

TEST(Hashes, of_nothing_are_known_too) {
    EXPECT_EQ(hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex(sha1({})), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

struct HmacCase {
    std::string key, text, digest;
};
class Hmac : public testing::TestWithParam<HmacCase> {};

TEST_P(Hmac, is_that_of_rfc_4231) {
    EXPECT_EQ(hex(hmac_sha256(as_bytes(GetParam().key), as_bytes(GetParam().text))), GetParam().digest);
}

INSTANTIATE_TEST_SUITE_P(Rfc4231, Hmac,
                         testing::Values(HmacCase{std::string(20, '\x0b'), "Hi There",
                                                  "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
                                         HmacCase{"Jefe", "what do ya want for nothing?",
                                                  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
                                         HmacCase{std::string(20, '\xaa'), std::string(50, '\xdd'),
                                                  "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
                                         HmacCase{std::string(131, '\xaa'),
                                                  "Test Using Larger Than Block-Size Key - Hash Key First",
                                                  "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"}));

TEST(Hmacs, of_an_empty_key_do_not_reuse_the_key_of_before) {
    hmac_sha256(as_bytes("another key"), as_bytes("text"));
    EXPECT_EQ(hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

}  // namespace
}  // namespace tapalcatl
