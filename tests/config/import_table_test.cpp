#include <doctest/doctest.h>

#include "base/error.hpp"
#include "config/settings.hpp"

using namespace crier;

namespace {

config::ImportSource source(std::string_view table) {
  const auto settings =
      config::parse_settings("[import.oneroster]\n" + std::string(table), "/srv/crier/crier.toml");
  return settings.imports.at("oneroster");
}

Error refusal(std::string_view table) {
  try {
    source(table);
  } catch (const Error& error) {
    return error;
  }
  FAIL("not refused: " << table);
  return {Exit::done, "", "", ""};
}

}  // namespace

TEST_CASE("I5: without settings everybody comes in, priority 1 is prime, and no pre-admission does") {
  const auto plain = source("");
  CHECK(plain.choice.priorities.empty());
  CHECK(plain.choice.relations.empty());
  CHECK_FALSE(plain.choice.parental_responsibility);
  CHECK_FALSE(plain.choice.prime.all);
  CHECK(plain.choice.prime.priorities == std::vector<int>{1});
  CHECK_FALSE(plain.choice.active_groups_only);
  CHECK_FALSE(plain.choice.pre_admissions);
  CHECK(plain.companion.path.empty());
}

TEST_CASE("I5: who is imported and who is prime, addresses, groups, pre-admissions, exceptions") {
  const auto set = source(R"(
priorities = [1, 2]
relations = ["Mother", "father"]
parental_responsibility = true
prime = [1, "Grandmother"]
locations = "home"
addresses = ["email", "mobile"]
groups = "active"
pre_admissions = true
pre_admission_status = { "Offer Made" = "offered", "On roll" = "active" }
exceptions = ["P17"]
exceptions_file = "never.txt"
companion = "extra.csv"
companion_key = "Contact ID"
companion_columns = { court_order = "No contact" }
columns = { admission_status = "metadata.status", admission_date = "metadata.doa" }
)");
  const auto& choice = set.choice;
  CHECK(choice.priorities == std::vector<int>{1, 2});
  CHECK(choice.relations == std::vector<std::string>{"mother", "father"});
  CHECK(choice.parental_responsibility);
  CHECK(choice.prime.priorities == std::vector<int>{1});
  CHECK(choice.prime.relations == std::vector<std::string>{"grandmother"});
  CHECK(choice.locations == std::vector<std::string>{"home"});
  CHECK(choice.addresses == std::vector<std::string>{"email", "mobile"});
  CHECK(choice.active_groups_only);
  CHECK(choice.pre_admissions);
  CHECK(choice.pre_admission_status.at("offer made") == "offered");
  CHECK(choice.exceptions == std::vector<std::string>{"p17"});
  CHECK(choice.exceptions_file == "/srv/crier/never.txt");
  CHECK(set.companion.path == "/srv/crier/extra.csv");
  CHECK(set.companion.key == "Contact ID");
  CHECK(set.companion.columns.at("court_order") == "No contact");
  CHECK(source("prime = \"all\"").choice.prime.all);
}

TEST_CASE("I5: a value that means nothing is refused with its line and what there is") {
  for (const auto* table :
       {"priorities = [0]", "priorities = [\"mother\"]", "relations = [1]", "prime = []",
        "locations = \"hom\"", "addresses = []", "groups = \"none\"", "pre_admissions = \"yes\"",
        "pre_admission_status = { \"Offer\" = \"offerd\" }", "companion_key = \"id\"",
        "companion = \"x.csv\"\ncompanion_columns = { court = \"No contact\" }"}) {
    CAPTURE(table);
    const auto error = refusal(table);
    CHECK(error.exit() == Exit::usage);
    CHECK(error.message().starts_with("/srv/crier/crier.toml:"));
    CHECK_FALSE(error.hint().empty());
  }
  CHECK(refusal("locations = \"hom\"").message().find("did you mean 'home'?") != std::string::npos);
}
