#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/search.h"
#include "image/box.h"
#include "server/photo_input.h"

namespace semblance::server {

/// What a client wants to see, and how.
struct SearchRequest {
  // One of these, or liked items alone.
  std::optional<PhotoSource> photo;
  std::optional<std::string> id;             ///< of an item
  std::optional<std::vector<float>> vector;  ///< an embedding: shape, or shape and colour
  std::vector<std::string> positive;         ///< ids of items to look like, too
  std::vector<std::string> negative;         ///< ids of items to stay away from
  std::optional<Box> box;                    ///< of the photo

  SearchOptions options;  ///< without `after` and `cancelled`
  bool with_attributes = true;
  std::optional<std::string> cursor;

  /// Of all that must stay the same from page to page, for a photo that has this query_id.
  [[nodiscard]] std::string digest(const std::string& query_id) const;
};

/// How hits are wanted: what search and similar have in common. Errors: kInvalidArgument.
Result<SearchRequest> read_search_fields(Fields& fields, bool has_colour);

/// A whole request for a search. Errors: kInvalidArgument.
Result<SearchRequest> read_search(Form& form, bool has_colour);

}  // namespace semblance::server
