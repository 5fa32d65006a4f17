#include "remote/index_admin.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <utility>

#include "remote/field_names.h"

namespace semblance::remote {

namespace {

constexpr std::size_t kGenerationDigits = 6;
constexpr std::size_t kMostAliasBytes = 200;  // of 255 that an index name may have

std::string text_of(const Json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// Numbers in settings are texts.
int number_of(const Json& object, const char* name) {
  if (!object.is_object() || !object.contains(name)) return 0;
  const Json& value = object[name];
  if (value.is_number_integer()) return value.get<int>();
  int number = 0;
  const std::string text = text_of(object, name);
  (void)std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::uint64_t size_of(const Json& object, const char* pointer) {
  const Json value = object.value(Json::json_pointer(pointer), Json());
  return value.is_number_integer() ? value.get<std::uint64_t>() : 0;
}

/// The number behind "ALIAS-"; 0 for what is no generation of it.
int generation_in(std::string_view index, std::string_view alias) {
  if (!index.starts_with(alias) || index.size() != alias.size() + 1 + kGenerationDigits ||
      index[alias.size()] != '-') {
    return 0;
  }
  int number = 0;
  const char* const end = index.data() + index.size();
  const auto read = std::from_chars(index.data() + alias.size() + 1, end, number);
  return read.ec == std::errc() && read.ptr == end ? number : 0;
}

Error strange_answer(const Cluster& cluster, std::string_view what) {
  return {ErrorCode::kCorrupt, cluster.name() + " answered without " + std::string(what)};
}

SendOptions accepting(SendOptions options, std::vector<int> statuses) {
  options.accept = std::move(statuses);
  return options;
}

std::string error_type(const Json& body) {
  return body.is_object() ? text_of(body.value("error", Json()), "type") : "";
}

}  // namespace

std::string generation_name(std::string_view alias, int generation) {
  char number[16];
  std::snprintf(number, sizeof(number), "%06d", generation);
  return std::string(alias) + "-" + number;
}

std::string write_alias(std::string_view index) {
  return std::string(index) + ".write";
}

std::string photos_index_name(std::string_view alias) {
  return std::string(alias) + "-photos";
}

Status check_alias(std::string_view alias) {
  const bool fine =
      !alias.empty() && alias.size() <= kMostAliasBytes &&
      std::string_view("-_+.").find(alias.front()) == std::string_view::npos &&
      std::all_of(alias.begin(), alias.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
      });
  if (fine) return {};
  return Error{ErrorCode::kInvalidArgument,
               "'" + std::string(alias) +
                   "' cannot be the name of an index: it takes small letters, digits, '-', '_' and "
                   "'.', begins with a letter or digit, and has up to " +
                   std::to_string(kMostAliasBytes) + " characters"};
}

Result<std::vector<Generation>> IndexAdmin::generations(std::string_view alias,
                                                        const SendOptions& options) const {
  const Result<Reply> reply =
      cluster_->send("GET", "/" + path_part(alias) + "-*/_alias?ignore_unavailable=true",
                     accepting(options, {404}));
  if (!reply) return reply.error();
  std::vector<Generation> generations;
  if (reply->status == 404) return generations;
  for (const auto& [index, described] : reply->body.items()) {
    const int number = generation_in(index, alias);
    if (number == 0) continue;
    const Json aliases = described.is_object() ? described.value("aliases", Json()) : Json();
    generations.push_back(
        {index, number, aliases.is_object() && aliases.contains(std::string(alias))});
  }
  std::sort(generations.begin(), generations.end(),
            [](const Generation& a, const Generation& b) { return a.number < b.number; });
  return generations;
}

Result<std::string> IndexAdmin::create_generation(std::string_view alias, const IndexLayout& layout,
                                                  const SendOptions& options) const {
  SEMBLANCE_RETURN_IF_ERROR(check_alias(alias));
  const Result<std::vector<Generation>> known = generations(alias, options);
  if (!known) return known.error();
  std::string index = generation_name(alias, known->empty() ? 1 : known->back().number + 1);
  Json body = dialect_->index_body(layout);
  body["aliases"][write_alias(index)] = Json::object();
  SendOptions once = accepting(options, {400});
  once.idempotent = false;  // the second would find the first one's index
  const Result<Reply> reply = cluster_->send("PUT", "/" + path_part(index), body, once);
  if (!reply) return reply.error();
  if (reply->status < 300) return index;
  if (error_type(reply->body) == "resource_already_exists_exception") {
    return Error{ErrorCode::kConflict,
                 "another process is making index '" + index + "'; try again when it is done"};
  }
  return error_of_reply(reply->status, reply->body, cluster_->name());
}

Status IndexAdmin::point_alias(std::string_view alias, std::string_view index,
                               const std::optional<std::string>& expected,
                               const SendOptions& options) const {
  const Result<std::vector<Generation>> known = generations(alias, options);
  if (!known) return known.error();
  Json::array_t actions;
  std::string before;
  for (const Generation& generation : *known) {
    if (!generation.live) continue;
    before = generation.index;
    if (generation.index == index) continue;
    actions.push_back(
        {{"remove", {{"index", generation.index}, {"alias", alias}, {"must_exist", true}}}});
  }
  if (expected && *expected != before) {
    return Error{ErrorCode::kConflict, "alias '" + std::string(alias) + "' points at '" + before +
                                           "' meanwhile: another process changed the collection"};
  }
  actions.push_back({{"add", {{"index", index}, {"alias", alias}}}});
  const Result<Reply> reply =
      cluster_->send("POST", "/_aliases", {{"actions", std::move(actions)}}, options);
  if (!reply) return reply.error();
  return {};
}

Status IndexAdmin::remove(std::string_view index, const SendOptions& options) const {
  const Result<Reply> reply =
      cluster_->send("DELETE", "/" + path_part(index), accepting(options, {404}));
  if (!reply) return reply.error();
  return {};
}

Result<IndexDescription> IndexAdmin::describe(std::string_view index_or_alias,
                                              const SendOptions& options) const {
  const Result<Reply> reply =
      cluster_->send("GET", "/" + path_part(index_or_alias), accepting(options, {404}));
  if (!reply) return reply.error();
  if (reply->status == 404) {
    return Error{ErrorCode::kNotFound, cluster_->name() + " has no index '" +
                                           std::string(index_or_alias) +
                                           "': was it removed there? 'semblance collections "
                                           "create' makes it"};
  }
  if (!reply->body.is_object() || reply->body.empty()) return strange_answer(*cluster_, "an index");
  if (reply->body.size() > 1) {
    return Error{ErrorCode::kInvalidArgument,
                 "alias '" + std::string(index_or_alias) +
                     "' points at several indices: leave it at the one that Semblance made"};
  }
  const auto described = reply->body.begin();
  IndexDescription description;
  description.index = described.key();
  const Json mappings = described->value("mappings", Json());
  SEMBLANCE_RETURN_IF_ERROR(dialect_->check_mapping(mappings, description.index));
  Result<IndexMeta> meta = parse_index_meta(mappings.value("_meta", Json()), description.index);
  if (!meta) return meta.error();
  description.meta = *std::move(meta);
  const Json attributes =
      mappings.value(Json::json_pointer("/properties/attributes/properties"), Json::object());
  for (const auto& [field, mapping] : attributes.items()) {
    if (std::optional<std::string> name = attribute_of_field(field)) {
      description.attributes.insert(*std::move(name));
    }
  }
  const Json settings = described->value(Json::json_pointer("/settings/index"), Json());
  description.shards = number_of(settings, "number_of_shards");
  description.replicas = number_of(settings, "number_of_replicas");
  return description;
}

Status IndexAdmin::put_meta(std::string_view index, const IndexMeta& meta,
                            const SendOptions& options) const {
  IndexLayout layout;
  layout.meta = meta;
  const Result<Reply> reply = cluster_->send("PUT", "/" + path_part(index) + "/_mapping",
                                             dialect_->meta_body(layout), options);
  if (!reply) return reply.error();
  return {};
}

Status IndexAdmin::add_attributes(std::string_view index, std::span<const std::string> names,
                                  const SendOptions& options) const {
  if (names.empty()) return {};
  const Result<Reply> reply =
      cluster_->send("PUT", "/" + path_part(index) + "/_mapping", attributes_mapping_body(names),
                     accepting(options, {400}));
  if (!reply) return reply.error();
  if (reply->status < 300) return {};
  const Error error = error_of_reply(reply->status, reply->body, cluster_->name());
  if (error.message.find("total fields") == std::string::npos) return error;
  return Error{ErrorCode::kInvalidArgument,
               "index '" + std::string(index) + "' cannot have more attributes than " +
                   std::to_string(kMostAttributes) +
                   ": leave columns out that nobody filters by (" + error.message + ")"};
}

Status IndexAdmin::ensure_photos_index(std::string_view alias, int shards, int replicas,
                                       const SendOptions& options) const {
  const std::string index = photos_index_name(alias);
  const Json body = {
      {"settings", {{"index", {{"number_of_shards", shards}, {"number_of_replicas", replicas}}}}},
      {"aliases", {{write_alias(index), Json::object()}}},
      {"mappings",
       {{"dynamic", "strict"},
        {"properties", {{"id", {{"type", "keyword"}}}, {"photo", {{"type", "binary"}}}}}}}};
  const Result<Reply> reply =
      cluster_->send("PUT", "/" + path_part(index), body, accepting(options, {400}));
  if (!reply) return reply.error();
  if (reply->status < 300 || error_type(reply->body) == "resource_already_exists_exception") {
    return {};
  }
  return error_of_reply(reply->status, reply->body, cluster_->name());
}

Status IndexAdmin::refresh(std::string_view index, const SendOptions& options) const {
  const Result<Reply> reply = cluster_->send("POST", "/" + path_part(index) + "/_refresh", options);
  if (!reply) return reply.error();
  return {};
}

Result<ClusterHealth> IndexAdmin::health(std::string_view index, const SendOptions& options) const {
  std::string path = "/_cluster/health";
  // Without shards' level an index that is not there would be waited for.
  if (!index.empty()) path += "/" + path_part(index) + "?timeout=0s";
  const Result<Reply> reply = cluster_->send("GET", path, accepting(options, {408}));
  if (!reply) return reply.error();
  ClusterHealth health;
  health.status = text_of(reply->body, "status");
  if (health.status.empty()) return strange_answer(*cluster_, "its health");
  health.nodes = number_of(reply->body, "number_of_nodes");
  health.data_nodes = number_of(reply->body, "number_of_data_nodes");
  health.active_shards = number_of(reply->body, "active_shards");
  health.unassigned_shards = number_of(reply->body, "unassigned_shards");
  return health;
}

Result<IndexStatistics> IndexAdmin::statistics(std::string_view index,
                                               const SendOptions& options) const {
  const Result<Reply> reply =
      cluster_->send("GET", "/" + path_part(index) + "/_stats/docs,store", options);
  if (!reply) return reply.error();
  if (!reply->body.is_object() || !reply->body.contains("_all")) {
    return strange_answer(*cluster_, "statistics");
  }
  IndexStatistics statistics;
  statistics.documents =
      static_cast<std::int64_t>(size_of(reply->body, "/_all/primaries/docs/count"));
  statistics.bytes = size_of(reply->body, "/_all/total/store/size_in_bytes");
  statistics.primary_bytes = size_of(reply->body, "/_all/primaries/store/size_in_bytes");
  return statistics;
}

}  // namespace semblance::remote
