#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "fetch/downloader.h"
#include "http/message.h"
#include "server/fields.h"
#include "server/gate.h"
#include "server/query_store.h"

namespace semblance::server {

/// A request's body, taken apart.
struct Form {
  Fields fields;
  std::map<std::string, std::shared_ptr<const Bytes>> files;  ///< parts with a picture, by name
};

/// Reads JSON, multipart/form-data, or a picture alone (then the file "image" and what stands
/// behind the '?'). An empty body has no fields. In a form, a part "json" may hold the fields as
/// one object. Errors: kInvalidArgument.
Result<Form> read_form(const http::Request& request);

/// Where a request says that its photo is.
struct PhotoSource {
  std::shared_ptr<const Bytes> sent;
  std::string url;
  std::string query_id;
};

/// What a form says of a photo: one of the file `prefix`, and the fields `prefix`_base64,
/// `prefix`_url and, for "image", query_id; nothing where there is none of them. Errors:
/// kInvalidArgument (several of them, base64 that is none).
Result<std::optional<PhotoSource>> photo_source(Form& form, const std::string& prefix);

/// Gets photos for requests.
class PhotoInput {
 public:
  struct Options {
    FetchOptions fetch;
    std::size_t downloads = 8;  ///< at once
    std::size_t query_bytes = 64 << 20;
  };
  explicit PhotoInput(const Options& options);

  /// Errors: kNotFound (query_id), those of Downloader::fetch, kUnavailable (too many downloads).
  Result<std::shared_ptr<const Bytes>> photo(const PhotoSource& source,
                                             http::Clock::time_point deadline,
                                             const std::atomic<bool>* cancelled);

  QueryStore& queries() { return queries_; }

 private:
  Result<std::shared_ptr<const Bytes>> download(const std::string& url,
                                                http::Clock::time_point deadline,
                                                const std::atomic<bool>* cancelled);

  FetchOptions fetch_;
  Gate downloads_;
  QueryStore queries_;
};

}  // namespace semblance::server
