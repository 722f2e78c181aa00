#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include "support/smtp_server.hpp"

namespace crier::test {

namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Cert = std::unique_ptr<X509, decltype(&X509_free)>;

Key make_key() {
  return {EVP_EC_gen("P-256"), EVP_PKEY_free};
}

void add_extension(X509* cert, X509* issuer, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
  if (extension == nullptr) throw std::runtime_error("cannot make a certificate's extension");
  X509_add_ext(cert, extension, -1);
  X509_EXTENSION_free(extension);
}

Cert begin_cert(EVP_PKEY* key, const char* name, long from_seconds, long to_seconds) {
  static long serial = 1;
  Cert cert(X509_new(), X509_free);
  X509_set_version(cert.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), from_seconds);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), to_seconds);
  X509_set_pubkey(cert.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(cert.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  return cert;
}

struct File {
  explicit File(const std::filesystem::path& path) : file(std::fopen(path.c_str(), "w")) {}
  ~File() { std::fclose(file); }
  std::FILE* file;
};

constexpr long day = 24 * 3600;

/// The authority and its folder: once a process.
class Authority {
 public:
  Authority() : key_(make_key()), cert_(begin_cert(key_.get(), "crier test authority", -2 * day, 2 * day)) {
    auto pattern = (std::filesystem::temp_directory_path() / "crier-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
    folder_ = pattern;
    X509_set_issuer_name(cert_.get(), X509_get_subject_name(cert_.get()));
    add_extension(cert_.get(), cert_.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(cert_.get(), cert_.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    X509_sign(cert_.get(), key_.get(), EVP_sha256());
    file_ = folder_ / "authority.pem";
    PEM_write_X509(File(file_).file, cert_.get());
  }
  ~Authority() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  Certificate issue(const std::string& name, const char* hosts, CertificateKind kind) const {
    const auto key = make_key();
    const bool expired = kind == CertificateKind::expired;
    const auto cert = begin_cert(key.get(), "crier test server", -2 * day, expired ? -day : day);
    const bool own = kind == CertificateKind::self_signed;
    X509* issuer = own ? cert.get() : cert_.get();
    X509_set_issuer_name(cert.get(), X509_get_subject_name(issuer));
    add_extension(cert.get(), issuer, NID_subject_alt_name, hosts);
    X509_sign(cert.get(), own ? key.get() : key_.get(), EVP_sha256());
    Certificate made{folder_ / (name + ".pem"), folder_ / (name + ".key")};
    PEM_write_X509(File(made.chain).file, cert.get());
    PEM_write_PrivateKey(File(made.key).file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return made;
  }
  const std::filesystem::path& file() const { return file_; }

 private:
  Key key_;
  Cert cert_;
  std::filesystem::path folder_;
  std::filesystem::path file_;
};

const Authority& authority() {
  static const Authority made;
  return made;
}

}  // namespace

const std::filesystem::path& authority_file() {
  return authority().file();
}

const Certificate& certificate(CertificateKind kind) {
  constexpr auto here = "DNS:localhost,IP:127.0.0.1";
  static const std::array<Certificate, 4> made{
      authority().issue("good", here, CertificateKind::good),
      authority().issue("expired", here, CertificateKind::expired),
      authority().issue("wrong", "DNS:other.example,IP:127.9.9.9", CertificateKind::wrong_host),
      authority().issue("self", here, CertificateKind::self_signed)};
  return made.at(static_cast<std::size_t>(kind));
}

}  // namespace crier::test
