#include "remote/cluster.h"

#include <algorithm>
#include <mutex>
#include <span>
#include <utility>

#include "base/base64.h"
#include "fetch/http_client.h"
#include "remote/backoff.h"

namespace semblance::remote {

namespace {

using std::chrono::milliseconds;

/// A node that did not answer is left alone so long where there are others.
constexpr milliseconds kNodeRests{5'000};

std::string authorization(const Credentials& credentials) {
  if (!credentials.api_key.empty()) return "Authorization: ApiKey " + credentials.api_key;
  if (credentials.user.empty()) return {};
  const std::string both = credentials.user + ":" + credentials.password;
  return "Authorization: Basic " + encode_base64(std::as_bytes(std::span(both)));
}

bool is_passing(int status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

bool is_json(const std::string& content_type) {
  return content_type == "application/json" || content_type.ends_with("+json");
}

/// A request as all its attempts send it.
struct Request {
  std::string method;
  std::string path;
  std::string_view body;
  bool lines = false;
};

/// A reply that was not read yet.
struct RawReply {
  int status = 0;
  int attempts = 1;
  std::string content_type;
  std::string text;  ///< empty where it is not called JSON
};

/// How one attempt ended.
struct Attempt {
  std::optional<RawReply> reply;
  Error error;
  bool may_repeat = false;
  bool node_is_away = false;
  milliseconds at_least{0};  ///< before the next
};

}  // namespace

struct Cluster::State {
  struct Node {
    std::string url;
    Clock::time_point rests_until{};
  };

  /// The next node in turn; of those that rest, where all do, the one that rests longest.
  std::size_t pick() {
    const std::scoped_lock lock(mutex);
    const auto now = Clock::now();
    std::size_t best = next;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const std::size_t node = (next + i) % nodes.size();
      if (nodes[node].rests_until <= now) {
        best = node;
        break;
      }
      if (nodes[node].rests_until < nodes[best].rests_until) best = node;
    }
    next = (best + 1) % nodes.size();
    return best;
  }

  /// Whether another node can be asked at once.
  bool rest(std::size_t node) {
    const std::scoped_lock lock(mutex);
    const auto now = Clock::now();
    nodes[node].rests_until = now + kNodeRests;
    return std::any_of(nodes.begin(), nodes.end(),
                       [now](const Node& other) { return other.rests_until <= now; });
  }

  void wake(std::size_t node) {
    const std::scoped_lock lock(mutex);
    nodes[node].rests_until = {};
  }

  Attempt attempt(const Request& request, std::size_t node, Clock::time_point give_up,
                  const SendOptions& options) const;
  Attempt take_answer(HttpAnswer answer, const SendOptions& options) const;
  [[nodiscard]] Error not_json(const std::string& content_type) const;
  Result<RawReply> send(const Request& request, const SendOptions& options);
  Result<Reply> send_and_parse(const Request& request, const SendOptions& options);

  ClusterAddress address;
  std::string authorization_header;
  std::string name;
  std::unique_ptr<HttpClient> client;
  std::mutex mutex;
  std::vector<Node> nodes;
  std::size_t next = 0;
};

Error Cluster::State::not_json(const std::string& content_type) const {
  return {ErrorCode::kUnavailable, name + " gave an answer that is not JSON" +
                                       (content_type.empty() ? "" : " (" + content_type + ")") +
                                       ": is this the address of an OpenSearch or Elasticsearch?"};
}

Attempt Cluster::State::take_answer(HttpAnswer answer, const SendOptions& options) const {
  Attempt attempt;
  if (!is_json(answer.content_type)) answer.body.clear();
  const auto& accept = options.accept;
  const bool accepted = std::find(accept.begin(), accept.end(), answer.status) != accept.end();
  if (answer.status < 300 || accepted) {
    attempt.reply =
        RawReply{answer.status, 1, std::move(answer.content_type), std::move(answer.body)};
    return attempt;
  }
  Json body = Json::parse(answer.body, nullptr, false);
  if (body.is_discarded()) body = nullptr;
  attempt.error = error_of_reply(answer.status, body, name);
  // A node that dies in the middle of a search is a 500.
  const bool passing = is_passing(answer.status) || (answer.status == 500 && body.is_object() &&
                                                     names_lost_node(body.value("error", Json())));
  // Who is turned away with 429 was not served; of the others that is not certain.
  attempt.may_repeat = passing && (options.idempotent || answer.status == 429);
  if (answer.retry_after) attempt.at_least = *answer.retry_after;
  return attempt;
}

Attempt Cluster::State::attempt(const Request& request, std::size_t node, Clock::time_point give_up,
                                const SendOptions& options) const {
  HttpCall call;
  call.method = request.method;
  call.url = nodes[node].url + request.path;
  const char* const content = request.body.empty() ? "Content-Type:"
                              : request.lines      ? "Content-Type: application/x-ndjson"
                                                   : "Content-Type: application/json";
  call.headers = {"Accept: application/json", content};
  if (!authorization_header.empty()) call.headers.push_back(authorization_header);
  call.body = request.body;
  call.cancelled = options.cancelled;
  call.max_answer_bytes = options.max_reply_bytes;
  call.fresh_connection = options.fresh_connection || !options.idempotent;
  call.timeout = address.request_timeout;
  if (options.deadline) {
    const auto left = std::chrono::duration_cast<milliseconds>(give_up - Clock::now());
    call.timeout = std::clamp(left, milliseconds(1), call.timeout);
  }
  Result<HttpAnswer> answer = client->send(call);
  if (answer) return take_answer(*std::move(answer), options);
  Attempt attempt;
  attempt.error = answer.error();
  const ErrorCode code = answer.error().code;
  const bool not_sent = code == ErrorCode::kUnavailable;
  attempt.node_is_away = not_sent || code == ErrorCode::kTimeout || code == ErrorCode::kHttpError;
  attempt.may_repeat = not_sent || (attempt.node_is_away && options.idempotent);
  if (attempt.node_is_away) {
    attempt.error = {ErrorCode::kUnavailable, name + " cannot be used now (" +
                                                  answer.error().message +
                                                  "): is it running, and is the address right?"};
  } else if (code != ErrorCode::kCancelled) {
    attempt.error.message = name + ": " + answer.error().message;
  }
  return attempt;
}

Result<RawReply> Cluster::State::send(const Request& request, const SendOptions& options) {
  const Clock::time_point give_up =
      options.deadline ? *options.deadline : Clock::now() + address.patience;
  for (int failures = 0;; ++failures) {
    const std::size_t node = pick();
    Attempt result = attempt(request, node, give_up, options);
    if (!result.node_is_away) wake(node);
    if (result.reply) {
      result.reply->attempts = failures + 1;
      return *std::move(result.reply);
    }
    const bool others = result.node_is_away && rest(node);
    if (!result.may_repeat) return result.error;
    if (others) {
      if (Clock::now() >= give_up) return result.error;
      continue;
    }
    const Clock::time_point again =
        Clock::now() + std::max(random_pause(failures), result.at_least);
    if (again >= give_up) return result.error;
    if (!sleep_until(again, options.cancelled)) {
      return Error{ErrorCode::kCancelled, "the request was given up"};
    }
  }
}

Result<Reply> Cluster::State::send_and_parse(const Request& request, const SendOptions& options) {
  const Result<RawReply> raw = send(request, options);
  if (!raw) return raw.error();
  Json body = Json::parse(raw->text, nullptr, false);
  if (body.is_discarded()) body = nullptr;
  if (body.is_null() && raw->status < 300 && request.method != "HEAD") {
    return not_json(raw->content_type);
  }
  return Reply{raw->status, raw->attempts, std::move(body)};
}

Cluster::Cluster(std::unique_ptr<State> state) : state_(std::move(state)) {}

Cluster::~Cluster() = default;

Result<std::shared_ptr<const Cluster>> Cluster::create(ClusterAddress address) {
  if (address.urls.empty()) {
    return Error{ErrorCode::kInvalidArgument, "the address of a node is missing"};
  }
  HttpClientOptions options;
  options.ca_file = address.ca_file;
  options.connect_timeout = address.connect_timeout;
  Result<std::unique_ptr<HttpClient>> client = HttpClient::create(std::move(options));
  if (!client) return client.error();
  auto state = std::make_unique<State>();
  state->authorization_header = authorization(address.credentials);
  state->name = address.urls.front();
  if (address.urls.size() > 1) {
    state->name += " (and " + std::to_string(address.urls.size() - 1) + " more)";
  }
  for (const std::string& url : address.urls) state->nodes.push_back({url, {}});
  state->client = *std::move(client);
  state->address = std::move(address);
  return std::shared_ptr<const Cluster>(new Cluster(std::move(state)));
}

Result<Reply> Cluster::send(std::string_view method, std::string_view path, const Json& body,
                            const SendOptions& options) const {
  const std::string text = to_text(body);
  return state_->send_and_parse({std::string(method), std::string(path), text, false}, options);
}

Result<Reply> Cluster::send(std::string_view method, std::string_view path,
                            const SendOptions& options) const {
  return state_->send_and_parse({std::string(method), std::string(path), {}, false}, options);
}

Result<JsonDocument> Cluster::read(std::string_view method, std::string_view path,
                                   std::string_view json, const SendOptions& options) const {
  Result<RawReply> raw =
      state_->send({std::string(method), std::string(path), json, false}, options);
  if (!raw) return raw.error();
  std::optional<JsonDocument> document = JsonDocument::parse(std::move(raw->text));
  if (!document) return state_->not_json(raw->content_type);
  return *std::move(document);
}

Result<Reply> Cluster::send_lines(std::string_view method, std::string_view path,
                                  std::string_view lines, const SendOptions& options) const {
  return state_->send_and_parse({std::string(method), std::string(path), lines, true}, options);
}

const ClusterAddress& Cluster::address() const {
  return state_->address;
}

std::string Cluster::name() const {
  return state_->name;
}

}  // namespace semblance::remote
