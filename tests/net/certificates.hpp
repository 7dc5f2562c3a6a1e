#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace tapalcatl::tests {

/// What a TLS server needs, as PEM.
struct Certificate {
    std::string chain;
    std::string key;
};

/// A certificate authority for one test.
class Authority {
 public:
    Authority();
    ~Authority();

    /// Its own certificate, as PEM.
    std::string pem() const;

    /// `names` as OpenSSL writes them: "DNS:a.example,IP:127.0.0.1"; none if it is empty. Its common name is
    /// `common_name`. Valid from an hour before `until` counts from now, or from an hour ago.
    Certificate issue(const std::string& names, std::chrono::seconds until = std::chrono::hours(1),
                      const std::string& common_name = "Test Server") const;

 private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tapalcatl::tests
