// Filters mean the same in a search engine as in the local one: random items, random filters.
#include <algorithm>
#include <random>
#include <set>

#include "opensearch/remote_fixture.h"
#include "remote/filter_query.h"
#include "unit/catalogue/filtered_items.h"

namespace semblance::remote {
namespace {

class Filters : public RemoteTest {
 protected:
  void put(const std::string& id, const std::string& product, const Attributes& attributes) {
    local_.put(id, product, attributes);
    RemoteItem one = item(id, items_.size(), attributes);
    one.item.product = product;
    items_.push_back(std::move(one));
    for (const Attribute& attribute : attributes) names_.insert(attribute.name);
  }

  void put_failed(const std::string& id, const Attributes& attributes) {
    local_.put_failed(id, attributes);
    RemoteItem one = item(id, items_.size(), attributes);
    one.status = ItemStatus::kFailed;
    one.descriptors.reset();
    items_.push_back(std::move(one));
  }

  void write_all() {
    make_index(2, {names_.begin(), names_.end()});
    write(items_);
  }

  std::set<std::string> remote(const std::string& filter) {
    const Result<Json> query = indexed_items_query(filter, names_);
    EXPECT_TRUE(query) << query.error().message << "\n" << query.error().details;
    std::set<std::string> ids;
    if (!query) return ids;
    const Json body = {{"size", 10'000}, {"_source", {"id"}}, {"query", *query}};
    const Result<SearchHits> found = reader().search(to_text(body));
    EXPECT_TRUE(found) << found.error().message << "\n" << query->dump(1);
    if (!found) return ids;
    EXPECT_FALSE(found->shards.partial()) << found->shards.reason;
    for (const JsonView hit : found->hits)
      ids.insert(std::string(hit["_source"]["id"].text().value()));
    return ids;
  }

  std::set<std::string> local(const std::string& filter) {
    const Result<Bitmap> items = local_.catalogue().filter(filter);
    EXPECT_TRUE(items) << items.error().message;
    std::set<std::string> ids;
    if (!items) return ids;
    items->for_each([&](std::int64_t key) { ids.insert((*local_.catalogue().item(key))->id); });
    return ids;
  }

  test::FilteredItems local_;
  std::vector<RemoteItem> items_;
  std::set<std::string> names_;
};

class RandomText {
 public:
  explicit RandomText(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return random_() % n; }
  const std::string& one_of(const std::vector<std::string>& choice) {
    return choice[below(choice.size())];
  }

  std::string filter(int depth) {
    switch (depth == 0 ? 0 : below(6)) {
      case 2:
        return "NOT (" + filter(depth - 1) + ")";
      case 3:
        return "(" + filter(depth - 1) + ") AND (" + filter(depth - 1) + ")";
      case 4:
        return "(" + filter(depth - 1) + " OR " + filter(depth - 1) + ")";
      case 5:
        return filter(depth - 1) + " AND NOT " + comparison() + " OR " + comparison();
      default:
        return comparison();
    }
  }

  const std::vector<std::string> names = {"colour", "price", "sale", "id", "product", "a.b c"};
  const std::vector<std::string> values = {"",
                                           "Blue",
                                           "blue",
                                           "Navy Blue",
                                           "\u00c4",
                                           "it's",
                                           "5",
                                           "5.0",
                                           "05",
                                           "-1",
                                           "-0.0",
                                           "0",
                                           "0.0",
                                           "12.5",
                                           "USD 5",
                                           "7 EUR",
                                           "$7",
                                           "1e3",
                                           "true",
                                           "True",
                                           "false",
                                           "no",
                                           "yes",
                                           "1",
                                           "x1",
                                           "x2",
                                           "x10",
                                           "\u540d",
                                           "\U0001f457",
                                           "1e-300",
                                           "9007199254740993",
                                           " 5 ",
                                           "5 ",
                                           "null",
                                           "*",
                                           "B*",
                                           "[a TO z]"};

 private:
  static std::string quoted(const std::string& text) {
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + "\"";
  }

  /// Quoted, a text; else whatever it looks like.
  std::string value(bool ordered) {
    const std::string& text = one_of(values);
    const bool plain = !text.empty() && text.find_first_of(" ()<>=!,'\"") == std::string::npos;
    const bool boolean = text == "true" || text == "True" || text == "false";
    if (!plain || (boolean && ordered) || below(3) == 0) return quoted(text);
    return text;
  }

  std::string comparison() {
    const std::string name = quoted(one_of(names));
    const std::vector<std::string> equal = {"=", "!="};
    const std::vector<std::string> order = {"<", "<=", ">", ">="};
    switch (below(5)) {
      case 0:
        return "HAS " + name;
      case 1: {
        std::string list = value(false);
        for (std::size_t more = below(5); more > 0; --more) list += ", " + value(false);
        return name + (below(2) == 0 ? " IN (" : " NOT IN (") + list + ")";
      }
      case 2:
        return name + one_of(equal) + value(false);
      default:
        return name + one_of(order) + value(true);
    }
  }

  std::mt19937 random_;
};

TEST_F(Filters, FindTheSameItemsAsTheLocalEngine) {
  RandomText random(20'240'101);
  for (int i = 0; i < 120; ++i) {
    Attributes attributes;
    for (const char* name : {"colour", "price", "sale", "a.b c"}) {
      if (random.below(4) > 0) attributes.push_back({name, random.one_of(random.values)});
    }
    const std::string id = "x" + std::to_string(i);
    if (i % 11 == 0) {
      put_failed(id, attributes);
    } else {
      put(id, random.below(9) == 0 ? "" : random.one_of(random.values), attributes);
    }
  }
  write_all();
  int matched = 0;
  for (int i = 0; i < 600; ++i) {
    const std::string filter = random.filter(4);
    const std::set<std::string> want = local(filter);
    EXPECT_EQ(remote(filter), want) << filter;
    if (!want.empty()) ++matched;
    if (HasFailure()) return;
  }
  EXPECT_GT(matched, 200);
}

TEST_F(Filters, LongTextsAreComparedToo) {
  const std::string long_a(40'000, 'a');
  const std::string long_b = long_a + "b";
  put("short", "p", {{"text", "a"}});
  put("a", "p", {{"text", long_a}});
  put("b", "p", {{"text", long_b}});
  put("z", "p", {{"text", "z" + long_a}});
  put("none", "p", {{"text", ""}});
  write_all();
  for (const std::string& filter :
       {"text='" + long_a + "'", "text!='" + long_a + "'", "text='" + long_b + "'",
        std::string("HAS text"), std::string("NOT HAS text"), std::string("text>b"),
        std::string("text<b"), "text>'a' AND text<'" + long_a.substr(0, 100) + "b'"}) {
    EXPECT_EQ(remote(filter), local(filter)) << filter.substr(0, 40);
  }
}

TEST_F(Filters, AreAsDeepAndAsWideAsTheyMayBe) {
  put("a", "1", {{"n", "1"}});
  put("b", "2", {{"n", "2"}});
  write_all();
  std::string deep = "n=1";
  for (int i = 0; i < 30; ++i) deep = "NOT (" + deep + ")";
  EXPECT_EQ(remote(deep), local(deep));
  std::string wide = "n=1";
  for (int i = 0; i < 98; ++i) wide += " OR n=" + std::to_string(i + 100);
  EXPECT_EQ(remote(wide), local(wide));
  std::string list = "n IN (2";
  for (int i = 0; i < 9'000; ++i) list += ",x" + std::to_string(i);
  EXPECT_EQ(remote(list + ")"), local(list + ")"));
  // As deep as the translation lets through, below what a search has around it.
  std::string nested = "n=1";
  int levels = 0;
  for (int i = 0; i < 60; ++i) {
    const std::string next =
        i % 2 == 0 ? "n=2 OR (" + nested + " AND HAS n)" : "HAS id AND (" + nested + " OR n!=2)";
    if (!indexed_items_query(next, names_)) break;
    nested = next;
    ++levels;
  }
  EXPECT_GE(levels, 20);
  EXPECT_LT(levels, 60);
  EXPECT_EQ(remote(nested), local(nested));
  VectorQuery search;
  const std::vector<float> vector = {1, 0, 0, 0, 0, 0, 1, 0};
  search.vector = vector;
  search.filter = *indexed_items_query(nested, names_);
  for (const bool exact : {true, false}) {
    const Result<SearchHits> found = reader().search(search, exact);
    EXPECT_TRUE(found) << found.error().message;
  }
}

}  // namespace
}  // namespace semblance::remote
