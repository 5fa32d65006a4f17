#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "base/sha256.h"
#include "engine/duplicate_json.h"
#include "server/api_error.h"
#include "server/cursor.h"
#include "server/duplicate_reports.h"
#include "server/routes.h"

namespace semblance::server {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMostGroups = 200;
/// Who asks waits so long for a report at most, and asks again then.
constexpr std::chrono::seconds kPatience{2};
/// An answer needs a moment, too.
constexpr std::chrono::milliseconds kBeforeDeadline{200};
constexpr std::array<DuplicateLane, 3> kLanes = {
    DuplicateLane::kIdentical, DuplicateLane::kSamePhoto, DuplicateLane::kLookAlike};

/// Errors: those of collection_of, kInvalidArgument.
Result<std::shared_ptr<LiveCollection>> local_collection_of(Services& services, const Call& call) {
  Result<std::shared_ptr<LiveCollection>> collection = collection_of(services, call);
  if (!collection || (*collection)->duplicates() != nullptr) return collection;
  return Error{ErrorCode::kInvalidArgument,
               "the vectors of collection '" + call.parameters.front() +
                   "' lie in a cluster, where duplicates are not looked for"};
}

/// What is asked for.
struct Listing {
  DuplicateOptions options;
  std::optional<bool> decided;
  std::size_t limit = 20;
  std::optional<std::string> cursor;

  /// Of what must stay the same from page to page.
  [[nodiscard]] std::string digest() const {
    const Json all = {options.lane ? lane_name(*options.lane) : "", options.mirrored, options.grey,
                      options.look_alike_score, decided ? Json(*decided) : Json()};
    constexpr std::size_t kDigits = 16;
    const std::string text = all.dump();
    return to_hex(sha256(std::as_bytes(std::span(text)))).substr(0, kDigits);
  }
};

Result<Listing> read_listing(const Call& call) {
  Fields fields = Fields::from_query(call.request);
  Listing listing;
  listing.options.lane = parse_lane(
      fields.one_of("lane", {lane_name(kLanes[0]), lane_name(kLanes[1]), lane_name(kLanes[2])}));
  listing.options.mirrored = fields.boolean("mirrored").value_or(false);
  listing.options.grey = fields.boolean("grey").value_or(false);
  listing.options.look_alike_score = fields.number("min_score", 0, 1).value_or(kLookAlikeScore);
  listing.decided = fields.boolean("decided");
  listing.limit = static_cast<std::size_t>(fields.integer("limit", 1, kMostGroups).value_or(20));
  listing.cursor = fields.text("cursor", 8'000);
  SEMBLANCE_RETURN_IF_ERROR(fields.finish());
  return listing;
}

GroupPlace place_of(const DuplicateGroup& group) {
  return {static_cast<int>(group.lane), static_cast<std::int64_t>(group.items.size()),
          group.items.front().id, group.name};
}

Json decision_json(const std::optional<GroupDecision>& decision) {
  if (!decision) return {};
  if (decision->verdict == DuplicateVerdict::kNotDuplicates) return {{"verdict", "not_duplicates"}};
  return {{"verdict", "keep"}, {"keep", decision->keep}};
}

Json group_json(const LiveCollection& collection, const DuplicateGroup& group,
                const std::optional<GroupDecision>& decision) {
  const Json plain = json_of(group);
  Json json = {{"group", plain["group"]},
               {"lane", plain["lane"]},
               {"decision", decision_json(decision)},
               {"items", plain["items"]}};
  for (Json& item : json["items"]) {
    const std::string address =
        item_address(collection.name(), item["id"].get_ref<const std::string&>());
    item["image"] = address + "/image";
    item["thumbnail"] = address + "/thumbnail";
  }
  return json;
}

Json progress_json(const DuplicateReports::Progress& progress) {
  return {{"what", progress.what.empty() ? "waiting" : progress.what},
          {"done", progress.done},
          {"total", progress.total}};
}

/// How many groups each lane has, and about how many of them somebody decided.
Json lanes_json(const DuplicateReport& report, const GroupDecisions& decisions) {
  std::array<std::int64_t, kLanes.size()> groups{};
  std::array<std::int64_t, kLanes.size()> decided{};
  for (const DuplicateGroup& group : report.groups) {
    const auto lane = static_cast<std::size_t>(group.lane);
    ++groups[lane];
    if (decisions.about(group)) ++decided[lane];
  }
  Json json = Json::array();
  for (std::size_t lane = 0; lane < kLanes.size(); ++lane) {
    json.push_back(
        {{"lane", lane_name(kLanes[lane])}, {"groups", groups[lane]}, {"decided", decided[lane]}});
  }
  return json;
}

Json page_json(const LiveCollection& collection, const Listing& listing,
               const DuplicateReports::Answer& found, const GroupDecisions& decisions,
               const std::optional<GroupPlace>& after) {
  const DuplicateReport& report = *found.report;
  Json groups = Json::array();
  std::optional<GroupPlace> last;
  bool more = false;
  for (const DuplicateGroup& group : report.groups) {
    if (listing.options.lane && group.lane != *listing.options.lane) continue;
    const GroupPlace place = place_of(group);
    if (after && !after->is_before(place)) continue;
    const auto decision = decisions.about(group);
    if (listing.decided && *listing.decided != decision.has_value()) continue;
    if (groups.size() == listing.limit) {
      more = true;
      break;
    }
    groups.push_back(group_json(collection, group, decision));
    last = place;
  }
  return {{"items", report.items},
          {"unreadable", report.unreadable},
          {"seconds", report.seconds},
          {"found", found.found},
          {"current", found.current},
          {"progress", found.current ? Json() : progress_json(found.progress)},
          {"lanes", lanes_json(report, decisions)},
          {"groups", std::move(groups)},
          {"next_cursor", more ? Json(make_group_cursor(*last, listing.digest())) : Json()}};
}

Result<http::Response> list(Services& services, const Call& call) {
  const Result<Listing> listing = read_listing(call);
  if (!listing) return listing.error();
  std::optional<GroupPlace> after;
  if (listing->cursor) {
    Result<GroupPlace> place = read_group_cursor(*listing->cursor, listing->digest());
    if (!place) return place.error();
    after = *std::move(place);
  }
  const Result<std::shared_ptr<LiveCollection>> collection = local_collection_of(services, call);
  if (!collection) return collection.error();
  const auto until = std::min<http::Clock::time_point>(call.request.deadline - kBeforeDeadline,
                                                       http::Clock::now() + kPatience);
  const Result<DuplicateReports::Answer> found =
      services.duplicates.get(*collection, listing->options, until, call.cancelled());
  if (!found) return found.error();
  if (!found->report) {
    const Json json = {{"progress", progress_json(found->progress)}};
    return retry_after(json_response(json.dump(), 202), 1);
  }
  Result<std::vector<DuplicateDecision>> decisions = (*collection)->duplicates()->decisions();
  if (!decisions) return decisions.error();
  const Json json =
      page_json(**collection, *listing, *found, GroupDecisions(*std::move(decisions)), after);
  // A product may come from a table that is not UTF-8.
  return json_response(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Result<DuplicateRuling> read_ruling(const Call& call) {
  Result<Form> form = read_form(call.request);
  if (!form) return form.error();
  DuplicateRuling ruling;
  const std::string verdict = form->fields.one_of("verdict", {"keep", "not_duplicates"});
  const std::optional<std::string> keep = form->fields.text("keep");
  SEMBLANCE_RETURN_IF_ERROR(form->fields.finish());
  const auto refuse = [](std::string reason) {
    return Error{ErrorCode::kInvalidArgument, std::move(reason)};
  };
  if (verdict.empty()) return refuse("'verdict' is missing: keep, or not_duplicates");
  if (verdict == "not_duplicates") {
    if (keep) return refuse("'keep' goes with the verdict keep");
    return ruling;
  }
  if (!keep) return refuse("'keep' is missing: the id of the item to keep");
  return DuplicateRuling{DuplicateVerdict::kKeepOne, *keep};
}

Result<http::Response> decide(Services& services, const Call& call) {
  const Result<DuplicateRuling> ruling = read_ruling(call);
  if (!ruling) return ruling.error();
  const Result<std::shared_ptr<LiveCollection>> collection = local_collection_of(services, call);
  if (!collection) return collection.error();
  const std::string& name = call.parameters.at(1);
  const auto kept = services.duplicates.group(**collection, name);
  const Result<FoundGroup> group =
      kept ? found_group(*kept) : (*collection)->duplicates()->found_last(name);
  if (!group) return group.error();
  const StageTimer timer(services.metrics, Stage::kWrite);
  SEMBLANCE_RETURN_IF_ERROR(
      (*collection)->duplicates()->decide(*group, *ruling, call.request.deadline));
  const GroupDecision decision{name, ruling->verdict, ruling->keep};
  return json_response(
      Json{{"group", name}, {"lane", lane_name(group->lane)}, {"decision", decision_json(decision)}}
          .dump());
}

/// A decision may have been taken when the group had another name, since one more photo was in it.
std::string name_when_decided(Services& services, LiveCollection& collection,
                              const std::string& name) {
  const auto group = services.duplicates.group(collection, name);
  if (!group) return name;
  Result<std::vector<DuplicateDecision>> decisions = collection.duplicates()->decisions();
  if (!decisions) return name;
  const auto decision = GroupDecisions(*std::move(decisions)).about(*group);
  return decision ? decision->group : name;
}

Result<http::Response> undecide(Services& services, const Call& call) {
  SEMBLANCE_RETURN_IF_ERROR(takes_no_fields(call));
  const Result<std::shared_ptr<LiveCollection>> collection = local_collection_of(services, call);
  if (!collection) return collection.error();
  const StageTimer timer(services.metrics, Stage::kWrite);
  const std::string name = name_when_decided(services, **collection, call.parameters.at(1));
  SEMBLANCE_RETURN_IF_ERROR((*collection)->duplicates()->undecide(name, call.request.deadline));
  http::Response response;
  response.status = 204;
  return response;
}

/// Paths as they are, which need not be UTF-8.
Result<http::Response> delete_list(Services& services, const Call& call) {
  SEMBLANCE_RETURN_IF_ERROR(takes_no_fields(call));
  const Result<std::shared_ptr<LiveCollection>> collection = local_collection_of(services, call);
  if (!collection) return collection.error();
  const auto paths = (*collection)->duplicates()->to_delete();
  if (!paths) return paths.error();
  http::Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.fields.push_back({"Content-Disposition", "attachment; filename=\"delete-list.txt\""});
  for (const auto& path : *paths) response.body += path.native() + "\n";
  return response;
}

}  // namespace

std::vector<Route> duplicate_routes() {
  // Finding duplicates keeps a processor busy for a while: an admin's matter, as a sync is.
  return {
      {"GET", "/v1/collections/{}/duplicates", Access::kAdmin, Lane::kHeavy, kNoBody, list},
      {"GET", "/v1/collections/{}/duplicates/delete-list", Access::kAdmin, Lane::kHeavy, kNoBody,
       delete_list},
      {"PUT", "/v1/collections/{}/duplicates/{}/decision", Access::kAdmin, Lane::kHeavy, kJson,
       decide},
      {"DELETE", "/v1/collections/{}/duplicates/{}/decision", Access::kAdmin, Lane::kHeavy, kNoBody,
       undecide},
  };
}

}  // namespace semblance::server
