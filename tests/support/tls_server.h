#pragma once

#include <filesystem>
#include <string>
#include <thread>

#include "base/file.h"

namespace semblance::test {

/// An https server on 127.0.0.1 with a certificate of its own that nobody knows: gives every
/// request the same answer and ends the connection. One connection at a time.
class TlsServer {
 public:
  /// Writes its certificate, in PEM, into `folder`. Throws std::runtime_error.
  TlsServer(const std::filesystem::path& folder, std::string body);
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer();

  [[nodiscard]] const std::filesystem::path& certificate() const { return certificate_; }
  [[nodiscard]] std::string url() const;

 private:
  struct Context;
  void serve();

  std::filesystem::path certificate_;
  std::string body_;
  Context* context_;
  FileDescriptor listener_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace semblance::test
