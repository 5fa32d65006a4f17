#include "server/photo_input.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

#include "base/base64.h"
#include "http/multipart.h"

namespace semblance::server {

namespace {

std::shared_ptr<const Bytes> share(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return std::make_shared<const Bytes>(bytes.begin(), bytes.end());
}

bool is_media_type(std::string_view content_type, std::string_view type) {
  const std::string_view media = content_type.substr(0, content_type.find(';'));
  return media.size() >= type.size() &&
         std::equal(type.begin(), type.end(), media.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + 'a' - 'A') : b);
         });
}

Result<Form> read_multipart(const http::Request& request, std::string_view content_type) {
  const auto parts = http::parse_multipart(content_type, request.body);
  if (!parts) return Error{ErrorCode::kInvalidArgument, parts.error().message};
  Form form;
  for (const http::Part& part : *parts) {
    const bool is_picture = part.filename || is_media_type(part.content_type, "image/");
    if (part.name == "json" && !is_picture) {
      Result<Fields> fields = Fields::from_json(part.bytes);
      if (!fields) return fields.error();
      form.fields = *std::move(fields);
    }
  }
  for (const http::Part& part : *parts) {
    const bool is_picture = part.filename || is_media_type(part.content_type, "image/");
    if (is_picture) {
      if (!form.files.emplace(part.name, share(part.bytes)).second) {
        return Error{ErrorCode::kInvalidArgument, "two files are called '" + part.name + "'"};
      }
    } else if (part.name != "json") {
      form.fields.add_text(part.name, std::string(part.bytes));
    }
  }
  return form;
}

}  // namespace

Result<Form> read_form(const http::Request& request) {
  const std::string_view type = request.field("Content-Type").value_or("");
  if (http::is_multipart_form(type)) return read_multipart(request, type);
  if (is_media_type(type, "image/") || is_media_type(type, "application/octet-stream")) {
    Form form{Fields::from_query(request), {}};
    form.files.emplace("image", share(request.body));
    return form;
  }
  if (request.body.empty()) return Form{Fields::from_query(request), {}};
  Result<Fields> fields = Fields::from_json(request.body);
  if (!fields) return fields.error();
  return Form{*std::move(fields), {}};
}

Result<std::optional<PhotoSource>> photo_source(Form& form, const std::string& prefix) {
  constexpr std::size_t kLongestAddress = 8'000;
  const auto file = form.files.find(prefix);
  const auto base64 = form.fields.text(prefix + "_base64", static_cast<std::size_t>(-1));
  const auto url = form.fields.text(prefix + "_url", kLongestAddress);
  const auto query_id =
      prefix == "image" ? form.fields.text("query_id") : std::optional<std::string>();
  const bool has_file = file != form.files.end();
  const int given =
      int{has_file} + int{base64.has_value()} + int{url.has_value()} + int{query_id.has_value()};
  if (given == 0) return std::optional<PhotoSource>();
  if (given > 1) {
    return Error{ErrorCode::kInvalidArgument, "give one photo: '" + prefix + "', '" + prefix +
                                                  "_base64', '" + prefix + "_url' or 'query_id'"};
  }
  PhotoSource source;
  if (has_file) source.sent = file->second;
  if (url) source.url = *url;
  if (query_id) source.query_id = *query_id;
  if (base64) {
    Result<Bytes> bytes = decode_base64(*base64);
    if (!bytes) {
      return Error{ErrorCode::kInvalidArgument,
                   "'" + prefix + "_base64': " + bytes.error().message};
    }
    source.sent = std::make_shared<const Bytes>(*std::move(bytes));
  }
  return std::optional(std::move(source));
}

PhotoInput::PhotoInput(const Options& options)
    : fetch_(options.fetch),
      downloads_({options.downloads, options.downloads}),
      queries_(options.query_bytes) {
  fetch_.retries = 0;
}

Result<std::shared_ptr<const Bytes>> PhotoInput::download(const std::string& url,
                                                          http::Clock::time_point deadline,
                                                          const std::atomic<bool>* cancelled) {
  const Result<Gate::Slot> slot = downloads_.enter(deadline);
  if (!slot) return slot.error();
  FetchOptions options = fetch_;
  options.deadline = deadline;
  const Result<Downloader> downloader = Downloader::create(options);
  if (!downloader) return downloader.error();
  FetchRequest request;
  request.url = url;
  FetchOutcome outcome = downloader->fetch(std::move(request), cancelled);
  if (outcome.error) return *std::move(outcome.error);
  return std::make_shared<const Bytes>(std::move(outcome.bytes));
}

Result<std::shared_ptr<const Bytes>> PhotoInput::photo(const PhotoSource& source,
                                                       http::Clock::time_point deadline,
                                                       const std::atomic<bool>* cancelled) {
  if (source.sent != nullptr) return source.sent;
  if (!source.url.empty()) return download(source.url, deadline, cancelled);
  std::shared_ptr<const Bytes> bytes = queries_.get(source.query_id);
  if (bytes != nullptr) return bytes;
  return Error{ErrorCode::kNotFound,
               "there is no query '" + source.query_id + "' (any more); send the photo again"};
}

}  // namespace semblance::server
