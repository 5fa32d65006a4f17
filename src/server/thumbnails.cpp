#include "server/thumbnails.h"

#include <sys/stat.h>

#include <span>
#include <utility>

#include "base/base64.h"
#include "base/sha256.h"
#include "image/encode.h"
#include "image/thumbnail.h"

namespace semblance::server {

namespace {

constexpr int kQuality = 85;

Result<std::shared_ptr<const std::string>> make(const Bytes& photo, int side) {
  const Result<Image> image = decode_thumbnail(photo, side, {});
  if (!image) return image.error();
  const std::vector<std::byte> jpeg = encode_jpeg(*image, kQuality);
  return std::make_shared<const std::string>(reinterpret_cast<const char*>(jpeg.data()),
                                             jpeg.size());
}

}  // namespace

std::string photo_etag(const Item& item) {
  // A photo that is not on this disk (uploaded to a cluster, say) is the one that was indexed.
  std::string version = item.content_hash ? to_hex(*item.content_hash) : item.id;
  struct ::stat file {};
  if (::stat(item.path.c_str(), &file) == 0) {
    version += "\n" + item.path.native() + "\n" + std::to_string(file.st_size) + "\n" +
               std::to_string(file.st_mtim.tv_sec) + "\n" + std::to_string(file.st_mtim.tv_nsec);
  }
  constexpr std::size_t kBytes = 12;
  const Sha256 hash = sha256(std::as_bytes(std::span(version)));
  return '"' + encode_base64url(std::as_bytes(std::span(hash)).first(kBytes)) + '"';
}

Result<Thumbnails::Picture> Thumbnails::get(const LiveCollection& collection, const Item& item,
                                            int side, http::Clock::time_point deadline) {
  std::string etag = photo_etag(item);
  etag.insert(etag.size() - 1, "-" + std::to_string(side));
  if (auto known = pictures_.get(etag)) return Picture{*std::move(known), std::move(etag)};
  const Result<Bytes> photo = collection.photo(item, deadline);
  if (!photo) return photo.error();
  const Result<Gate::Slot> slot = making_.enter(deadline);
  if (!slot) return slot.error();
  // Somebody else may have made it meanwhile.
  if (auto known = pictures_.get(etag)) return Picture{*std::move(known), std::move(etag)};
  Result<std::shared_ptr<const std::string>> jpeg = make(*photo, side);
  if (!jpeg) return jpeg.error();
  pictures_.put(etag, *jpeg, (*jpeg)->size());
  return Picture{*std::move(jpeg), std::move(etag)};
}

}  // namespace semblance::server
