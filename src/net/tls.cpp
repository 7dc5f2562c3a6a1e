#include "net/tls.hpp"

#include "base/url.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>

namespace tapalcatl::net {
namespace {

constexpr std::array variables{"AWS_CA_BUNDLE", "SSL_CERT_FILE"};

/// Amazon Linux and Fedora; Debian and Alpine.
constexpr std::array default_paths{"/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"};

}  // namespace

Result<std::string> find_ca_bundle(const std::string& configured, const EnvironmentVariables& environment,
                                   const std::function<bool(const std::string&)>& exists) {
    if (!configured.empty()) {
        return configured;
    }
    for (const char* const name : variables) {
        const auto found = environment.find(name);
        if (found != environment.end() && !found->second.empty()) {
            return found->second;
        }
    }
    for (const char* const path : default_paths) {
        if (exists(path)) {
            return std::string(path);
        }
    }
    return fail(Errc::denied,
                "no CA certificates to verify servers with: there is neither {} nor {}; "
                "install ca-certificates, or name a file in {}",
                default_paths[0], default_paths[1], variables[0]);
}

namespace {

namespace ssl = boost::asio::ssl;

/// A server has few upstreams; connections to further ones do not resume sessions.
constexpr std::size_t max_sessions = 64;

/// The protocols for ALPN, each with its length in front (RFC 7301).
constexpr std::array<unsigned char, 9> http_1_1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

/// The index of an SSL object's pointer to its Session. SSL_set_app_data is used by Asio.
int session_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

std::string last_error() {
    const auto code = ERR_peek_last_error();
    ERR_clear_error();
    const char* const reason = ERR_reason_error_string(code);
    return reason != nullptr ? reason : "unknown error";
}

}  // namespace

Result<ssl::context*> Tls::context() {
    if (context_) {
        return &*context_;
    }
    if (!ca_file_ && options_.verifies) {
        return ca_file_.error();
    }
    ssl::context context(ssl::context::tls_client);
    auto* const native = context.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    ERR_clear_error();
    if (options_.verifies && SSL_CTX_load_verify_file(native, ca_file_->c_str()) != 1) {
        return fail(Errc::denied, "CA certificates '{}' cannot be read: {}", *ca_file_, last_error());
    }
    SSL_CTX_set_verify(native, options_.verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    // In TLS 1.3 sessions arrive at any time after the handshake, and only this callback receives them.
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(native, &Tls::store_session);
    context_.emplace(std::move(context));
    return &*context_;
}

int Tls::store_session(SSL* ssl, SSL_SESSION* session) {
    auto* const slot = static_cast<Session*>(SSL_get_ex_data(ssl, session_index()));
    if (slot == nullptr) {
        return 0;
    }
    slot->reset(session);
    return 1;  // the reference is ours
}

Result<void> Tls::prepare(SSL* ssl, const std::string& host, std::uint16_t port) {
    const auto name = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
    int ok = 0;
    if (is_address(name)) {
        ok = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str());
    } else {
        // RFC 9110, section 4.3.4: the common name is not an identity of the server.
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        ok = SSL_set1_host(ssl, name.c_str()) == 1 &&
             SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(name.c_str())) ==
                 1;
    }
    if (ok != 1 || (options_.offers_http && SSL_set_alpn_protos(ssl, http_1_1.data(), http_1_1.size()) != 0)) {
        return fail(Errc::denied, "TLS cannot be set up: {}", last_error());
    }
    const auto key = fmt::format("{}:{}", name, port);
    auto slot = sessions_.find(key);
    if (slot == sessions_.end() && sessions_.size() < max_sessions) {
        slot = sessions_.emplace(key, nullptr).first;
    }
    if (slot != sessions_.end()) {
        SSL_set_ex_data(ssl, session_index(), &slot->second);
        if (slot->second != nullptr) {
            SSL_set_session(ssl, slot->second.get());
        }
    }
    return {};
}

Error Tls::explain(SSL* ssl, const boost::system::error_code& error) const {
    const auto verdict = SSL_get_verify_result(ssl);
    if (verdict != X509_V_OK && options_.verifies) {
        return fail(Errc::denied, "its certificate is not accepted: {} (CA file: {})",
                    X509_verify_cert_error_string(verdict), ca_file_ ? *ca_file_ : std::string("none"));
    }
    if (error == ssl::error::stream_truncated || error == boost::asio::error::eof) {
        return fail(Errc::unavailable, "closed the connection during the TLS handshake");
    }
    return fail(Errc::unavailable, "the TLS handshake failed: {}", error.message());
}

}  // namespace tapalcatl::net
