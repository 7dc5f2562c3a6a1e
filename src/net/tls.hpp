#pragma once

#include "base/error.hpp"

#include <boost/asio/ssl/context.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace tapalcatl::net {

struct TlsOptions {
    bool speaks_http = true;  ///< HTTP/1.1 is announced; else no protocol is (RFC 7301)
    bool verifies = true;     ///< else any certificate will do, and no authorities are needed
};

/// What all TLS connections of a client share: the trusted authorities and the sessions to resume.
///
/// TLS 1.2 and newer; the server's chain and its name or address are checked, unless it is told not to.
/// Used on one thread. Lifetime: connections hold a share, as their sessions are told to this.
class Tls {
 public:
    /// `ca_file`: PEM certificates, or why there are none. It is read when first needed.
    explicit Tls(Result<std::string> ca_file, TlsOptions options = {})
        : ca_file_(std::move(ca_file)), options_(options) {}

    /// Fails: denied if the authorities cannot be read; the next call tries again.
    Result<boost::asio::ssl::context*> context();

    /// Makes `ssl` announce to `host` what is spoken, check that it is `host` that answers, and resume what it had with
    /// it. Fails: denied.
    Result<void> prepare(SSL* ssl, const std::string& host, std::uint16_t port);

    /// Why the handshake over `ssl` failed with `error`: denied where the certificate is not accepted.
    Error explain(SSL* ssl, const boost::system::error_code& error) const;

 private:
    struct FreeSession {
        void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
    };
    using Session = std::unique_ptr<SSL_SESSION, FreeSession>;

    static int keep_session(SSL* ssl, SSL_SESSION* session);

    Result<std::string> ca_file_;
    TlsOptions options_;
    std::optional<boost::asio::ssl::context> context_;
    std::map<std::string, Session> sessions_;  ///< by host and port; never erased, as connections point to them
};

}  // namespace tapalcatl::net
