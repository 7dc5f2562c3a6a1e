#pragma once

#include "aws/credentials.hpp"
#include "base/clock.hpp"
#include "base/hash.hpp"
#include "base/url.hpp"

#include <string>
#include <string_view>
#include <vector>

/// AWS Signature Version 4, in its header form.
namespace tapalcatl::aws {

/// One header of a request. Names may be in any case.
struct Header {
    std::string name;
    std::string value;

    friend bool operator==(const Header&, const Header&) = default;
};

using Headers = std::vector<Header>;

/// The hash of a request without a body.
inline constexpr std::string_view empty_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A request as it will be sent. Its target on the wire is `path`, and '?' + canonical_query(query) if there is a
/// query.
struct SignableRequest {
    std::string method = "GET";
    std::string path = "/";  ///< encoded once (uri_encode_path), starting with '/'
    Query query = {};
    Headers headers = {};  ///< "host" among them
    std::string payload_sha256{empty_sha256};
};

/// What a signature is good for.
struct SigningScope {
    std::string region;
    std::string service = "s3";
};

/// The first step: the request in the one form that both sides hash.
///
/// All headers are signed but those that proxies change on the way (Accept-Encoding, User-Agent, Connection, ...).
/// A header that is there twice becomes one, in the order given; runs of blanks in a value become one space.
std::string canonical_request(const SignableRequest& request);

/// The second step. `date` is the request's x-amz-date.
std::string string_to_sign(std::string_view canonical_request, std::string_view date, const SigningScope& scope);

/// The third step: the key for one day, region and service. `day`: "20130524".
Digest signing_key(const Secret& secret_access_key, std::string_view day, const SigningScope& scope);

/// All steps: the value of the header Authorization.
/// Requires: the request has the headers that are to be signed, x-amz-date among them with the value `date`.
std::string authorization(const SignableRequest& request, const Credentials& credentials, std::string_view date,
                          const SigningScope& scope, const Digest& key);

/// Signs requests, and keeps the signing keys: a key costs four HMACs and is good for a day. Not for several threads.
class Signer {
 public:
    /// The headers that a request needs beside its own: x-amz-date, x-amz-content-sha256, x-amz-security-token (with a
    /// session's credentials) and authorization. All headers of the request are signed, such as x-amz-request-payer.
    /// Requires: `credentials` are checked(); `request` has none of these headers yet.
    Headers sign(SignableRequest request, const Credentials& credentials, const SigningScope& scope, WallTime now);

    /// How many keys have been derived.
    std::size_t derived() const { return derived_; }

 private:
    struct Kept {
        Secret secret;
        std::string day, region, service;
        Digest key;
    };

    const Digest& key(const Secret& secret, std::string_view day, const SigningScope& scope);

    std::vector<Kept> kept_;
    std::size_t derived_ = 0;
};

}  // namespace tapalcatl::aws
