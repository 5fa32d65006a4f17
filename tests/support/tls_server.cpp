#include "support/tls_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <stdexcept>

namespace semblance::test {

namespace {

using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using Certificate = std::unique_ptr<X509, void (*)(X509*)>;

void add_extension(X509* certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// Of 127.0.0.1, signed by itself, for an hour.
Certificate make_certificate(EVP_PKEY* key) {
  Certificate certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3'600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate.get(), NID_subject_alt_name, "IP:127.0.0.1");
  X509_sign(certificate.get(), key, EVP_sha256());
  return certificate;
}

}  // namespace

struct TlsServer::Context {
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> tls{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
};

TlsServer::TlsServer(const std::filesystem::path& folder, std::string body)
    : certificate_(folder / "certificate.pem"), body_(std::move(body)), context_(new Context) {
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free);
  const Certificate certificate = make_certificate(key.get());
  SSL_CTX_use_certificate(context_->tls.get(), certificate.get());
  SSL_CTX_use_PrivateKey(context_->tls.get(), key.get());
  std::FILE* const file = std::fopen(certificate_.c_str(), "w");
  if (file == nullptr || PEM_write_X509(file, certificate.get()) != 1) {
    throw std::runtime_error("cannot write " + certificate_.string());
  }
  std::fclose(file);

  listener_ = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0 ||
      ::listen(listener_.get(), 8) != 0 ||
      ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw std::runtime_error("cannot listen");
  }
  port_ = ntohs(address.sin_port);
  std::signal(SIGPIPE, SIG_IGN);  // clients that do not trust it go away in the middle
  thread_ = std::thread([this] { serve(); });
}

TlsServer::~TlsServer() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  thread_.join();
  delete context_;
}

std::string TlsServer::url() const {
  return "https://127.0.0.1:" + std::to_string(port_);
}

void TlsServer::serve() {
  const std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
      "Content-Length: " +
      std::to_string(body_.size()) + "\r\n\r\n" + body_;
  while (true) {
    const FileDescriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client.is_open()) return;
    const std::unique_ptr<SSL, void (*)(SSL*)> tls(SSL_new(context_->tls.get()), SSL_free);
    SSL_set_fd(tls.get(), client.get());
    if (SSL_accept(tls.get()) != 1) continue;
    char request[4096];
    if (SSL_read(tls.get(), request, sizeof(request)) <= 0) continue;
    SSL_write(tls.get(), answer.data(), static_cast<int>(answer.size()));
    SSL_shutdown(tls.get());
  }
}

}  // namespace semblance::test
