#include "remote/bulk.h"

#include <gtest/gtest.h>

#include <map>

#include "unit/remote/stub_cluster.h"

namespace semblance::remote {
namespace {

using namespace std::chrono_literals;
using semblance::test::answer;
using semblance::test::HttpExchange;
using test::StubCluster;
using test::StubReply;
using Kind = BulkOperation::Kind;

const std::string kBulk = "POST /c.write/_bulk";

/// What the cluster says of each action: the status that `status_of` gives its document.
StubReply bulk_answer(const Json& lines, const std::function<int(const std::string&)>& status_of) {
  Json items = Json::array();
  bool errors = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string& verb = lines[i].begin().key();
    const std::string id = lines[i].begin().value()["_id"];
    const int status = status_of(id);
    Json result = {{"_index", "c-000001"}, {"_id", id}, {"status", status}};
    if (status < 300) {
      result.update({{"result", "created"}, {"_seq_no", i}, {"_primary_term", 1}});
    } else {
      errors = true;
      result["error"] = {{"type", "an_exception"}, {"reason", "because " + std::to_string(status)}};
    }
    items.push_back({{verb, result}});
    if (verb != "delete") ++i;
  }
  return {200, {{"took", 3}, {"errors", errors}, {"items", items}}};
}

class BulkWriterTest : public ::testing::Test {
 protected:
  void use(BulkOptions options) {
    cluster_ = stub_.connect();
    writer_.emplace(*cluster_, "c.write", std::move(options), [this](const BulkOutcome& outcome) {
      EXPECT_TRUE(outcomes_.emplace(outcome.document_id, outcome).second) << outcome.document_id;
    });
  }
  void all_succeed() {
    stub_.reply(kBulk, [](const Json& lines) {
      return bulk_answer(lines, [](const std::string&) { return 201; });
    });
  }
  Status add(const std::string& id, Kind kind = Kind::kIndex, const std::string& text = "x") {
    return writer_->add({kind, id, {{"product", text}}, {}, {}, 0});
  }

  StubCluster stub_;
  std::shared_ptr<const Cluster> cluster_;
  std::optional<BulkWriter> writer_;
  std::map<std::string, BulkOutcome> outcomes_;
};

TEST_F(BulkWriterTest, WritesLinesAsTheDocumentationSays) {
  use({});
  all_succeed();
  ASSERT_TRUE(writer_->add({Kind::kIndex, "a", {{"id", "a"}}, 7, 2, 1}));
  ASSERT_TRUE(writer_->add({Kind::kCreate, "b", {{"id", "b"}}, {}, {}, 2}));
  ASSERT_TRUE(writer_->add({Kind::kUpdate, "c", {{"product", "p"}}, {}, {}, 3}));
  ASSERT_TRUE(writer_->add({Kind::kDelete, "d", {}, {}, {}, 4}));
  EXPECT_EQ(writer_->pending(), 4U);
  EXPECT_TRUE(outcomes_.empty());
  ASSERT_TRUE(writer_->flush());
  EXPECT_EQ(stub_.bodies(kBulk).at(0),
            Json::parse(R"([{"index":{"_id":"a","if_primary_term":2,"if_seq_no":7}},{"id":"a"},
                            {"create":{"_id":"b"}},{"id":"b"},
                            {"update":{"_id":"c"}},{"doc":{"product":"p"}},
                            {"delete":{"_id":"d"}}])"));
  EXPECT_EQ(outcomes_.size(), 4U);
  EXPECT_EQ(outcomes_["b"].tag, 2U);
  EXPECT_TRUE(outcomes_["c"].ok());
  EXPECT_TRUE(stub_.refusals().empty());
  ASSERT_TRUE(writer_->flush());  // nothing is left
  EXPECT_EQ(stub_.bodies(kBulk).size(), 1U);
}

TEST_F(BulkWriterTest, BoundsBatches) {
  BulkOptions options;
  options.batch_documents = 3;
  options.batch_bytes = 1'000;
  use(options);
  all_succeed();
  for (int i = 0; i < 7; ++i) ASSERT_TRUE(add(std::to_string(i)));
  EXPECT_EQ(outcomes_.size(), 6U);
  ASSERT_TRUE(add("large", Kind::kIndex, std::string(5'000, 'x')));  // goes alone
  EXPECT_EQ(outcomes_.size(), 8U);
  ASSERT_TRUE(add("half", Kind::kIndex, std::string(600, 'x')));
  ASSERT_TRUE(add("half more", Kind::kIndex, std::string(600, 'x')));
  ASSERT_TRUE(writer_->flush());
  std::vector<std::size_t> documents;
  for (const Json& lines : stub_.bodies(kBulk)) documents.push_back(lines.size() / 2);
  EXPECT_EQ(documents, (std::vector<std::size_t>{3, 3, 1, 1, 1, 1}));
}

TEST_F(BulkWriterTest, SendsAgainOnlyWhatWasTurnedAway) {
  use({});
  std::map<std::string, int> seen;
  stub_.reply(kBulk, [&](const Json& lines) {
    return bulk_answer(lines, [&](const std::string& id) {
      const int times = ++seen[id];
      if (id == "busy") return times < 3 ? 429 : 201;
      if (id == "away") return times < 2 ? 503 : 200;
      return id == "bad" ? 400 : 201;
    });
  });
  for (const char* id : {"a", "busy", "bad", "away"}) ASSERT_TRUE(add(id));
  ASSERT_TRUE(writer_->flush());
  EXPECT_EQ(seen, (std::map<std::string, int>{{"a", 1}, {"away", 2}, {"bad", 1}, {"busy", 3}}));
  EXPECT_TRUE(outcomes_["busy"].ok());
  EXPECT_TRUE(outcomes_["away"].ok());
  EXPECT_EQ(outcomes_["bad"].status, 400);
  EXPECT_EQ(outcomes_["bad"].error().code, ErrorCode::kBadRow);
  EXPECT_EQ(outcomes_["bad"].reason, "an_exception: because 400");
}

TEST_F(BulkWriterTest, SendsAgainWhatALostNodeMayHaveDone) {
  use({});
  int sent = 0;
  stub_.reply(kBulk, [&](const Json& lines) {
    StubReply reply =
        bulk_answer(lines, [&](const std::string&) { return ++sent == 1 ? 500 : 409; });
    if (sent == 1)
      reply.body["items"][0]["create"]["error"]["type"] = "node_disconnected_exception";
    return reply;
  });
  ASSERT_TRUE(add("a", Kind::kCreate));
  ASSERT_TRUE(writer_->flush());
  EXPECT_EQ(outcomes_["a"].status, 409);
  EXPECT_TRUE(outcomes_["a"].repeated);
}

TEST_F(BulkWriterTest, TellsInTheEndWhatWasTurnedAwayForTooLong) {
  BulkOptions options;
  options.patience = 300ms;
  use(options);
  stub_.reply(kBulk, [](const Json& lines) {
    return bulk_answer(lines, [](const std::string& id) { return id == "busy" ? 429 : 201; });
  });
  ASSERT_TRUE(add("a"));
  ASSERT_TRUE(add("busy"));
  EXPECT_TRUE(writer_->flush());
  EXPECT_TRUE(outcomes_["a"].ok());
  EXPECT_EQ(outcomes_["busy"].status, 429);
  EXPECT_EQ(outcomes_["busy"].error().code, ErrorCode::kUnavailable);
}

TEST_F(BulkWriterTest, HalvesWhatIsTooLarge) {
  use({});
  stub_.reply(kBulk, [](const Json& lines) -> StubReply {
    if (lines.size() > 4) return {413, Json::object()};
    return bulk_answer(lines, [](const std::string&) { return 201; });
  });
  for (int i = 0; i < 7; ++i) ASSERT_TRUE(add(std::to_string(i)));
  ASSERT_TRUE(writer_->flush());
  EXPECT_EQ(outcomes_.size(), 7U);
  for (const auto& [id, outcome] : outcomes_) EXPECT_TRUE(outcome.ok());
  // One that is too large by itself.
  stub_.reply(kBulk, {{413, Json::object()}});
  ASSERT_TRUE(add("giant"));
  EXPECT_TRUE(writer_->flush());
  EXPECT_EQ(outcomes_["giant"].error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(outcomes_["giant"].status, 413);
}

TEST_F(BulkWriterTest, SaysWhichWritesWereSentTwice) {
  use({});
  int sent = 0;
  stub_.reply(kBulk, [&](const Json& lines) {
    ++sent;
    return bulk_answer(lines, [](const std::string&) { return 409; });
  });
  // The first is carried out, but its answer never arrives.
  stub_.first({[](HttpExchange& exchange) { exchange.reset(); }});
  ASSERT_TRUE(add("mine", Kind::kCreate));
  ASSERT_TRUE(writer_->flush());
  EXPECT_EQ(outcomes_["mine"].status, 409);
  EXPECT_TRUE(outcomes_["mine"].repeated);
  ASSERT_TRUE(add("other", Kind::kCreate));
  ASSERT_TRUE(writer_->flush());
  EXPECT_FALSE(outcomes_["other"].repeated);
  // Each on a connection of its own, where libcurl sends nothing twice.
  EXPECT_EQ(stub_.server().connections(), 3);
}

TEST_F(BulkWriterTest, NothingIsDoneThatWasNotAcknowledged) {
  BulkOptions options;
  options.patience = 50ms;
  use(options);
  const semblance::test::HttpHeaders json = {{"Content-Type", "application/json"}};
  const semblance::test::HttpHandler kAnswers[] = {
      answer(503, {}, ""),
      answer(400, json, R"({"error":{"type":"x","reason":"malformed"},"status":400})"),
      answer(200, json, "{}"),
      answer(200, json, R"({"errors":false,"items":[]})"),
      answer(200, json, R"({"errors":false,"items":[{"index":{"_id":"other","status":201}}]})"),
      answer(200, json, R"({"errors":false,"items":[{"create":{"_id":"a","status":201}}]})"),
      answer(200, json, R"({"errors":false,"items":[{"index":{"_id":"a"}}]})"),
      answer(200, json, R"({"errors":false,"items":[{"index":{"_id":"a","sta)"),
      answer(200, {{"Content-Type", "text/plain"}}, "ok")};
  stub_.reply(kBulk, {{503, Json::object()}});
  for (const auto& handler : kAnswers) {
    stub_.first({handler});
    outcomes_.clear();
    ASSERT_TRUE(add("a"));
    EXPECT_FALSE(writer_->flush());
    ASSERT_EQ(outcomes_.size(), 1U);
    EXPECT_EQ(outcomes_["a"].status, 0);
    EXPECT_FALSE(outcomes_["a"].ok());
    EXPECT_FALSE(outcomes_["a"].error().message.empty());
  }
  // It goes on when the cluster is there again.
  all_succeed();
  outcomes_.clear();
  ASSERT_TRUE(add("a"));
  EXPECT_TRUE(writer_->flush());
  EXPECT_TRUE(outcomes_["a"].ok());
}

TEST_F(BulkWriterTest, CanBeGivenUp) {
  std::atomic<bool> cancelled{false};
  BulkOptions options;
  options.cancelled = &cancelled;
  use(options);
  stub_.reply(kBulk, [&](const Json& lines) {
    cancelled = true;
    return bulk_answer(lines, [](const std::string&) { return 429; });
  });
  ASSERT_TRUE(add("a"));
  EXPECT_EQ(writer_->flush().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(outcomes_["a"].error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace semblance::remote
