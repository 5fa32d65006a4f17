#include "catalogue/filter_sql.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>

#include "filtered_items.h"

namespace semblance {
namespace {

using test::FilteredItems;

/// Five items; "lost" failed, so that it is never found.
void fill(FilteredItems& items) {
  items.put("a", "1", {{"colour", "Blue"}, {"price", "9.50"}, {"sale", "true"}});
  items.put("b", "1", {{"colour", "Navy Blue"}, {"price", "50"}, {"sale", "False"}});
  items.put("c", "02", {{"colour", "Red"}, {"price", "12.99 USD"}, {"sale", "yes"}});
  items.put("d", "2", {{"price", "on request"}, {"size", "38"}});
  items.put("10007", "3", {{"colour", ""}, {"price", "100"}, {"sale", "0"}, {"size", "M"}});
  items.put_failed("lost", {{"colour", "Blue"}, {"price", "10"}});
}

TEST(CatalogueFilter, ComparesTextsExactly) {
  FilteredItems items;
  fill(items);
  EXPECT_EQ(items.matching("colour=Blue"), "a");
  EXPECT_EQ(items.matching("colour=blue"), "");
  EXPECT_EQ(items.matching("colour='Navy Blue'"), "b");
  EXPECT_EQ(items.matching("colour IN (Red, Blue, Blue, Green)"), "a c");
  EXPECT_EQ(items.matching("colour>=N"), "b c");
  EXPECT_EQ(items.matching("colour<'C'"), "a");
  EXPECT_EQ(items.matching("price='50'"), "b");
  EXPECT_EQ(items.matching("price='on request'"), "d");
}

TEST(CatalogueFilter, ComparesNumbersAsNumbers) {
  FilteredItems items;
  fill(items);
  EXPECT_EQ(items.matching("price<50"), "a c");
  EXPECT_EQ(items.matching("price<=50.0"), "a b c");
  EXPECT_EQ(items.matching("price=9.5"), "a");
  EXPECT_EQ(items.matching("price>9.5"), "b c 10007");
  EXPECT_EQ(items.matching("price IN (100, 5e1)"), "b 10007");
  // A value that is no number is not equal to any, and neither above nor below one.
  EXPECT_EQ(items.matching("price!=50"), "a c d 10007");
  EXPECT_EQ(items.matching("price>-1e9"), "a b c 10007");
}

TEST(CatalogueFilter, KnowsHowValuesSayTrueAndFalse) {
  FilteredItems items;
  fill(items);
  EXPECT_EQ(items.matching("sale=true"), "a c");
  EXPECT_EQ(items.matching("sale=FALSE"), "b 10007");
  EXPECT_EQ(items.matching("sale!=true"), "b 10007");
  EXPECT_EQ(items.matching("sale='true'"), "a");
}

TEST(CatalogueFilter, ComparisonsWithWhatIsMissingAreFalse) {
  FilteredItems items;
  fill(items);
  EXPECT_EQ(items.matching("HAS colour"), "a b c");  // an empty text is no value
  EXPECT_EQ(items.matching("NOT HAS colour"), "d 10007");
  EXPECT_EQ(items.matching("colour!=Blue"), "b c");
  EXPECT_EQ(items.matching("colour NOT IN (Blue, Red)"), "b");
  EXPECT_EQ(items.matching("NOT colour=Blue"), "b c d 10007");
  EXPECT_EQ(items.matching("colour=''"), "");
  EXPECT_EQ(items.matching("colour!=''"), "a b c");
  EXPECT_EQ(items.matching("colour>=''"), "a b c");
  EXPECT_EQ(items.matching("colour<zzz"), "a b c");
}

TEST(CatalogueFilter, JoinsComparisons) {
  FilteredItems items;
  fill(items);
  EXPECT_EQ(items.matching("colour=Red OR colour=Blue AND price>10"), "c");
  EXPECT_EQ(items.matching("(colour=Red OR colour=Blue) AND NOT price>10"), "a");
  EXPECT_EQ(items.matching(""), "a b c d 10007");
}

TEST(CatalogueFilter, IdAndProductAreTexts) {
  FilteredItems items;
  fill(items);
  EXPECT_EQ(items.matching("id=10007"), "10007");
  EXPECT_EQ(items.matching("id=010007"), "");
  EXPECT_EQ(items.matching("product=2"), "d");
  EXPECT_EQ(items.matching("product NOT IN (1, 2)"), "c 10007");
  EXPECT_EQ(items.matching("id>=b AND HAS product"), "b c d");
}

TEST(CatalogueFilter, AnAttributeOfThatNameGoesBeforeIdAndProduct) {
  FilteredItems items;
  items.put("a", "x", {{"product", "y"}, {"id", "7.0"}});
  EXPECT_EQ(items.matching("product=y AND id=7"), "a");
  EXPECT_EQ(items.matching("product=x"), "");
}

TEST(CatalogueFilter, KeepsToTheItemsGiven) {
  FilteredItems items;
  const std::int64_t a = items.put("a", "1", {{"colour", "Blue"}});
  const std::int64_t b = items.put("b", "1", {{"colour", "Red"}});
  const std::int64_t c = items.put("c", "1", {{"colour", "Red"}});
  Bitmap two(static_cast<std::size_t>(c));  // c is beyond its size
  two.add(a);
  two.add(b);
  const auto count = [&](std::string_view filter) {
    return items.catalogue().filter(filter, two)->count();
  };
  EXPECT_EQ(count(""), 2u);
  EXPECT_EQ(count("colour=Red"), 1u);
  EXPECT_EQ(count("NOT colour=Red"), 1u);
  EXPECT_EQ(count("HAS colour OR id=c"), 2u);
}

TEST(CatalogueFilter, UnknownNamesAreErrorsThatTellTheKnownOnes) {
  FilteredItems items;
  fill(items);
  const Result<Bitmap> found = items.catalogue().filter("colour=Red OR Colour=Blue");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(found.error().message,
            "column 15: no attribute 'Colour' in this collection; there are: id, product, colour, "
            "price, sale, size");
  EXPECT_EQ(found.error().details, "colour=Red OR Colour=Blue\n              ^");
}

TEST(CatalogueFilter, ValuesAreNeverSql) {
  FilteredItems items;
  fill(items);
  EXPECT_EQ(items.matching("colour='x'' OR 1=1; DROP TABLE item; --'"), "");
  EXPECT_EQ(items.matching("\"colour' OR '1'='1\"=x").substr(0, 10), "column 1: ");
  EXPECT_EQ(items.matching("colour='?'"), "");
  EXPECT_EQ(items.matching(""), "a b c d 10007");
}

TEST(CatalogueFilter, WorksOnAnEmptyCatalogue) {
  FilteredItems items;
  EXPECT_EQ(items.matching(""), "");
  EXPECT_EQ(items.matching("NOT id=x"), "");
}

TEST(CatalogueFilter, RefusesKeysThatWouldNeedAllMemory) {
  FilteredItems items;
  fill(items);
  ASSERT_TRUE(items.catalogue().database().execute(
      "PRAGMA foreign_keys=OFF; UPDATE item SET key = 4611686018427387904 WHERE id = 'lost'"));
  EXPECT_EQ(items.catalogue().filter("id=a").error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(items.catalogue().product_numbers().error().code, ErrorCode::kCorrupt);
}

TEST(FilterQueries, AreAnsweredByAnIndexAlone) {
  FilteredItems items;
  fill(items);
  const Database& database = items.catalogue().database();
  for (const char* text :
       {"colour=x", "colour IN (x,5,true)", "colour>x", "colour<=x", "colour<5", "colour>=5",
        "HAS colour", "id=x", "id<x", "product=x", "product>=x", "HAS id", "colour!=5"}) {
    const Result<Filter> filter = parse_filter(text);
    ASSERT_TRUE(filter);
    const auto column = find_column(database, filter->root.name);
    ASSERT_TRUE(column && *column);
    for (const FilterQuery& query : queries_of(filter->root, **column)) {
      Result<Statement> plan = database.prepare("EXPLAIN QUERY PLAN " + query.sql);
      ASSERT_TRUE(plan && plan->step());
      EXPECT_NE(plan->text(3).find("USING COVERING INDEX"), std::string::npos)
          << query.sql << ": " << plan->text(3);
    }
  }
}

TEST(Facets, CountValuesOfIndexedItems) {
  FilteredItems items;
  fill(items);
  const auto text = [&](std::string_view attribute, std::string_view filter, std::size_t limit) {
    const Result<Facets> facets = items.catalogue().facets(attribute, filter, limit);
    if (!facets) return facets.error().message;
    std::string counts = std::to_string(facets->items) + "/" + std::to_string(facets->distinct);
    for (const Facets::Value& value : facets->values) {
      counts += ", " + value.value + " " + std::to_string(value.count);
    }
    return counts;
  };
  EXPECT_EQ(text("colour", "", 10), "3/3, Blue 1, Navy Blue 1, Red 1");
  EXPECT_EQ(text("product", "", 2), "5/4, 1 2, 02 1");
  EXPECT_EQ(text("product", "HAS colour", 10), "3/2, 1 2, 02 1");
  EXPECT_EQ(text("sale", "price<60", 1), "3/3, False 1");
  EXPECT_EQ(text("id", "price=100", 9), "1/1, 10007 1");
  EXPECT_EQ(text("colour", "price=3", 9), "0/0");
  EXPECT_EQ(text("brand", "", 9),
            "no attribute 'brand' in this collection; it has: product, colour, price, sale, size");
  EXPECT_EQ(text("colour", "price=", 9), "column 7: expected a value after '='");
}

TEST(ProductNumbers, AreEqualWhereTheProductIs) {
  FilteredItems items;
  const auto a = static_cast<std::size_t>(items.put("a", "x", {}));
  const std::int64_t gone = items.put("b", "y", {});
  const auto c = static_cast<std::size_t>(items.put("c", "x", {}));
  const auto d = static_cast<std::size_t>(items.put("d", "X", {}));
  items.remove(gone);
  const auto numbers = items.catalogue().product_numbers();
  ASSERT_TRUE(numbers);
  EXPECT_EQ((*numbers)[a], (*numbers)[c]);
  EXPECT_NE((*numbers)[a], (*numbers)[d]);
  EXPECT_EQ((*numbers)[static_cast<std::size_t>(gone)], -1);
  EXPECT_EQ((*numbers)[0], -1);
}

// Random filters on random items against the meaning that docs/filters.md gives them, written down
// once more without SQL, bitmaps or the parser.

using Values = std::map<std::string, std::string>;
using Truth = std::function<bool(const Values&)>;

struct RandomFilter {
  std::string text;
  Truth truth;
};

class RandomFilters {
 public:
  explicit RandomFilters(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return random_() % n; }

  std::string one_of(const std::vector<std::string>& choice) {
    return choice[below(choice.size())];
  }

  RandomFilter filter(int depth) {
    const std::size_t kind = depth == 0 ? 0 : below(5);
    if (kind < 2) return comparison();
    RandomFilter a = filter(depth - 1);
    if (kind == 2) {
      return {"NOT (" + a.text + ")", [a](const Values& values) { return !a.truth(values); }};
    }
    RandomFilter b = filter(depth - 1);
    if (kind == 3) {
      return {"(" + a.text + ") AND (" + b.text + ")",
              [a, b](const Values& values) { return a.truth(values) && b.truth(values); }};
    }
    return {"(" + a.text + " or " + b.text + ")",
            [a, b](const Values& values) { return a.truth(values) || b.truth(values); }};
  }

  const std::vector<std::string> names = {"colour", "price", "sale", "id", "product"};
  const std::vector<std::string> texts = {
      "Blue",  "blue",  "Navy Blue", "Ä",    "it's", "5", "5.0", "05", "-1", "12.5",
      "USD 5", "7 EUR", "true",      "True", "no",   "1", "0",   "x1", "x2"};

 private:
  static std::string quoted(const std::string& text) {
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
    return quoted + "'";
  }

  /// A value as written, and whether another value stands in `relation` to it: "=" or "<" or ">".
  struct RandomValue {
    std::string written;
    std::function<bool(const std::string& name, const std::string& value, char relation)> holds;
    bool ordered = true;
  };

  RandomValue value() {
    const std::size_t kind = below(4);
    if (kind == 0) {
      const std::string number = one_of({"5", "-1", "12.5", "05", "0", "1"});
      return {number, [number](const std::string& name, const std::string& value, char relation) {
                if (name == "id" || name == "product") {
                  return relation == '=' ? value == number
                                         : (relation == '<' ? value < number : value > number);
                }
                const std::optional<double> stored = number_in(value);
                const double asked = std::stod(number);
                if (!stored) return false;
                return relation == '=' ? *stored == asked
                                       : (relation == '<' ? *stored < asked : *stored > asked);
              }};
    }
    if (kind == 1) {
      const std::string boolean = one_of({"true", "FALSE"});
      return {boolean,
              [boolean](const std::string& name, const std::string& value, char) {
                if (name == "id" || name == "product") return value == boolean;
                const auto& spellings = boolean == "true" ? kTrueTexts : kFalseTexts;
                return std::find(spellings.begin(), spellings.end(), value) != spellings.end();
              },
              false};
    }
    const std::string text = one_of(texts);
    return {quoted(text), [text](const std::string&, const std::string& value, char relation) {
              return relation == '=' ? value == text
                                     : (relation == '<' ? value < text : value > text);
            }};
  }

  RandomFilter comparison() {
    const std::string name = one_of(names);
    const auto stored = [name](const Values& values) {
      const auto found = values.find(name);
      return found == values.end() ? std::string() : found->second;
    };
    const std::size_t kind = below(9);
    if (kind == 8) {
      return {"HAS " + name, [stored](const Values& values) { return !stored(values).empty(); }};
    }
    if (kind >= 6) {
      std::vector<RandomValue> list;
      std::string written;
      for (std::size_t i = 0; i <= below(4); ++i) {
        list.push_back(value());
        written += (i == 0 ? "" : ", ") + list.back().written;
      }
      const bool wanted = kind == 6;
      return {name + (wanted ? " IN (" : " NOT IN (") + written + ")",
              [stored, list, name, wanted](const Values& values) {
                const std::string text = stored(values);
                if (text.empty()) return false;
                const bool any = std::any_of(list.begin(), list.end(), [&](const auto& each) {
                  return each.holds(name, text, '=');
                });
                return any == wanted;
              }};
    }
    const RandomValue asked = value();
    const std::string relation =
        std::vector<std::string>{"=", "!=", "<", "<=", ">", ">="}[asked.ordered ? kind : kind % 2];
    return {name + relation + asked.written, [stored, asked, name, relation](const Values& values) {
              const std::string text = stored(values);
              if (text.empty()) return false;
              const bool equal = asked.holds(name, text, '=');
              if (relation == "=") return equal;
              if (relation == "!=") return !equal;
              return (relation.size() == 2 && equal) || asked.holds(name, text, relation[0]);
            }};
  }

  std::mt19937 random_;
};

TEST(CatalogueFilter, AgreesWithAPlainReadingOfRandomFilters) {
  RandomFilters random(20240611);
  FilteredItems items;
  std::map<std::string, Values> all;
  ASSERT_TRUE(items.catalogue().database().execute("PRAGMA synchronous=OFF"));
  for (int i = 0; i < 120; ++i) {
    Values values;
    Attributes attributes;
    for (const char* name : {"colour", "price", "sale"}) {
      if (random.below(4) == 0) continue;
      const std::string value = random.below(8) == 0 ? "" : random.one_of(random.texts);
      values[name] = value;
      attributes.push_back({name, value});
    }
    const std::string id = i < 5 ? std::to_string(i) : "x" + std::to_string(i);
    values["id"] = id;
    values["product"] = random.one_of({"x1", "x2", "5", "05", "true"});
    if (i % 10 == 9) {
      items.put_failed(id, attributes);
      continue;
    }
    const std::int64_t key = items.put(id, values["product"], attributes);
    if (i % 10 == 8) {
      items.remove(key);
    } else {
      all[id] = values;
    }
  }
  std::map<std::string, std::int64_t> keys;
  const auto ids = items.catalogue().indexed_ids();
  ASSERT_TRUE(ids);
  for (const auto& [key, id] : *ids) keys[id] = key;
  ASSERT_EQ(keys.size(), all.size());

  std::size_t some = 0;
  for (int i = 0; i < 1500; ++i) {
    const RandomFilter filter = random.filter(3);
    const Result<Bitmap> found = items.catalogue().filter(filter.text);
    ASSERT_TRUE(found) << filter.text << ": " << found.error().message;
    std::size_t expected = 0;
    for (const auto& [id, values] : all) {
      const bool truth = filter.truth(values);
      ASSERT_EQ(found->contains(keys[id]), truth) << filter.text << " of " << id;
      expected += truth ? 1 : 0;
    }
    ASSERT_EQ(found->count(), expected) << filter.text << ": also items that are not there";
    some += expected > 0 && expected < all.size() ? 1 : 0;
  }
  EXPECT_GT(some, 500u);  // not only filters that are always or never true
}

}  // namespace
}  // namespace semblance
