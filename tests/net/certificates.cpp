#include "tests/net/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <stdexcept>

namespace tapalcatl::tests {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

void must(bool ok) {
    if (!ok) {
        throw std::runtime_error("OpenSSL cannot make the test's certificates");
    }
}

Key make_key() {
    Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), &EVP_PKEY_free);
    must(key != nullptr);
    return key;
}

std::string text_of(const Bio& bio) {
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
    const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
    must(PEM_write_bio_X509(bio.get(), certificate) == 1);
    return text_of(bio);
}

std::string pem_of(EVP_PKEY* key) {
    const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
    must(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return text_of(bio);
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    auto* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    must(extension != nullptr);
    must(X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

X509Ptr make_certificate(EVP_PKEY* key, const std::string& name, std::chrono::seconds until) {
    static std::atomic<long> serial{1};
    X509Ptr certificate(X509_new(), &X509_free);
    must(certificate != nullptr);
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
    const auto from = std::min<std::chrono::seconds>(std::chrono::seconds(0), until) - std::chrono::hours(1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from.count());
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), until.count());
    X509_set_pubkey(certificate.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    return certificate;
}

}  // namespace

struct Authority::Impl {
    Key key = make_key();
    X509Ptr certificate = make_certificate(key.get(), "Test Authority", std::chrono::hours(1));
};

Authority::Authority() : impl_(std::make_unique<Impl>()) {
    auto* const own = impl_->certificate.get();
    X509_set_issuer_name(own, X509_get_subject_name(own));
    add_extension(own, own, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(own, own, NID_subject_key_identifier, "hash");
    must(X509_sign(own, impl_->key.get(), EVP_sha256()) > 0);
}
Authority::~Authority() = default;

std::string Authority::pem() const {
    return pem_of(impl_->certificate.get());
}

Certificate Authority::issue(const std::string& names, std::chrono::seconds until,
                             const std::string& common_name) const {
    const auto key = make_key();
    const auto certificate = make_certificate(key.get(), common_name, until);
    auto* const issuer = impl_->certificate.get();
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer));
    if (!names.empty()) {
        add_extension(certificate.get(), issuer, NID_subject_alt_name, names);
    }
    must(X509_sign(certificate.get(), impl_->key.get(), EVP_sha256()) > 0);
    return {pem_of(certificate.get()), pem_of(key.get())};
}

}  // namespace tapalcatl::tests
