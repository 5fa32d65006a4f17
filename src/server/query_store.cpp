#include "server/query_store.h"

#include <span>

#include "base/base64.h"
#include "base/sha256.h"

namespace semblance::server {

std::string QueryStore::put(const std::shared_ptr<const Bytes>& photo) {
  constexpr std::size_t kIdBytes = 18;  // of the hash: 144 bits
  const Sha256 hash = sha256(*photo);
  std::string id = "q_" + encode_base64url(std::as_bytes(std::span(hash)).first(kIdBytes));
  if (!photos_.get(id)) photos_.put(id, photo, photo->size());
  return id;
}

std::shared_ptr<const Bytes> QueryStore::get(std::string_view query_id) {
  return photos_.get(std::string(query_id)).value_or(nullptr);
}

}  // namespace semblance::server
