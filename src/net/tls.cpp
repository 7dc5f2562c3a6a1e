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

namespace ssl = boost::asio::ssl;

/// A server has few upstreams; beyond that the rest does without resumption.
constexpr std::size_t max_sessions = 64;

/// Length and name of each protocol (RFC 7301).
constexpr std::array<unsigned char, 9> http_1_1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

/// Where an SSL object keeps the place of its session. Not SSL_set_app_data: that is Asio's.
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
        return fail(Errc::denied, "certificate authorities '{}' cannot be read: {}", *ca_file_, last_error());
    }
    SSL_CTX_set_verify(native, options_.verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    // TLS 1.3 brings sessions at any time after the handshake, to this callback only.
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(native, &Tls::keep_session);
    context_.emplace(std::move(context));
    return &*context_;
}

int Tls::keep_session(SSL* ssl, SSL_SESSION* session) {
    auto* const place = static_cast<Session*>(SSL_get_ex_data(ssl, session_index()));
    if (place == nullptr) {
        return 0;
    }
    place->reset(session);
    return 1;  // the reference is ours
}

Result<void> Tls::prepare(SSL* ssl, const std::string& host, std::uint16_t port) {
    const auto name = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
    int ok = 0;
    if (is_address(name)) {
        ok = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str());
    } else {
        // RFC 9110, section 4.3.4: a common name is no name of the server.
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        ok = SSL_set1_host(ssl, name.c_str()) == 1 &&
             SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(name.c_str())) ==
                 1;
    }
    if (ok != 1 || (options_.speaks_http && SSL_set_alpn_protos(ssl, http_1_1.data(), http_1_1.size()) != 0)) {
        return fail(Errc::denied, "TLS cannot be set up: {}", last_error());
    }
    const auto key = fmt::format("{}:{}", name, port);
    auto place = sessions_.find(key);
    if (place == sessions_.end() && sessions_.size() < max_sessions) {
        place = sessions_.emplace(key, nullptr).first;
    }
    if (place != sessions_.end()) {
        SSL_set_ex_data(ssl, session_index(), &place->second);
        if (place->second != nullptr) {
            SSL_set_session(ssl, place->second.get());
        }
    }
    return {};
}

Error Tls::explain(SSL* ssl, const boost::system::error_code& error) const {
    const auto verdict = SSL_get_verify_result(ssl);
    if (verdict != X509_V_OK && options_.verifies) {
        return fail(Errc::denied, "its certificate is not accepted: {} (authorities: {})",
                    X509_verify_cert_error_string(verdict), ca_file_ ? *ca_file_ : std::string("none"));
    }
    if (error == ssl::error::stream_truncated || error == boost::asio::error::eof) {
        return fail(Errc::unavailable, "closed the connection during the TLS handshake");
    }
    return fail(Errc::unavailable, "no TLS: {}", error.message());
}

}  // namespace tapalcatl::net
