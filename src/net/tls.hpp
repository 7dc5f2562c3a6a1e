#pragma once

#include "base/environment.hpp"
#include "base/error.hpp"

#include <boost/asio/ssl/context.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace tapalcatl::net {

/// The CA file to trust: `configured` if it is not empty, else the value of AWS_CA_BUNDLE or SSL_CERT_FILE, else the
/// first of the systems' default paths for which `exists` is true.
///
/// A configured file is not checked here: if it cannot be read, loading it fails, and no other file replaces it.
/// Fails: denied if there is none; the message lists the default paths.
Result<std::string> find_ca_bundle(const std::string& configured, const EnvironmentVariables& environment,
                                   const std::function<bool(const std::string&)>& exists);

struct TlsOptions {
    bool offers_http = true;  ///< offer HTTP/1.1 by ALPN (RFC 7301); else offer no protocol
    bool verifies = true;     ///< else any certificate is accepted, and no CA file is needed
};

/// What all TLS connections of a client share: the trusted CA certificates and the cached sessions.
///
/// TLS 1.2 and newer. The certificate chain and the name or address of the server are verified unless
/// TlsOptions::verifies is false. Used on one thread. Lifetime: connections share ownership, because OpenSSL reports
/// new sessions to this object.
class Tls {
 public:
    /// `ca_file`: a file of PEM certificates, or the reason why there is none. It is read by the first connection.
    explicit Tls(Result<std::string> ca_file, TlsOptions options = {})
        : ca_file_(std::move(ca_file)), options_(options) {}

    /// Fails: denied if the CA file cannot be read; the next call tries again.
    Result<boost::asio::ssl::context*> context();

    /// Configures `ssl` for a connection to `host`: SNI, ALPN, the name to verify, and the session to resume.
    /// Fails: denied.
    Result<void> prepare(SSL* ssl, const std::string& host, std::uint16_t port);

    /// The Error for a handshake of `ssl` that failed with `error`: denied if the certificate was not accepted.
    Error explain(SSL* ssl, const boost::system::error_code& error) const;

 private:
    struct FreeSession {
        void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
    };
    using Session = std::unique_ptr<SSL_SESSION, FreeSession>;

    static int store_session(SSL* ssl, SSL_SESSION* session);

    Result<std::string> ca_file_;
    TlsOptions options_;
    std::optional<boost::asio::ssl::context> context_;
    std::map<std::string, Session> sessions_;  ///< by host and port; never erased, because connections point to them
};

}  // namespace tapalcatl::net
