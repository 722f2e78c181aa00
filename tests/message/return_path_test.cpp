#include "message/return_path.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"

using namespace crier;
using namespace crier::message;

TEST_CASE("I11: a return path names its delivery whatever a server does to case and domain") {
  for (const std::int64_t id : {std::int64_t{1}, std::int64_t{41}, std::int64_t{9'000'000'000}}) {
    const auto path = return_path("key", "store", "bounces@school.example", id);
    CAPTURE(path);
    CHECK(path.starts_with("bounces+" + std::to_string(id) + "-"));
    CHECK(path.ends_with("@school.example"));
    CHECK(path.find('@') <= 64);
    for (const auto& written : {path, to_upper(path), path.substr(0, path.find('@')) + "@relay.example"}) {
      CHECK(delivery_in(written) == id);
      CHECK(is_return_path("key", "store", written));
    }
  }
}

TEST_CASE("I11: nobody makes a return path without the key, nor does a copy of the store") {
  const auto path = return_path("key", "store", "bounces@school.example", 41);
  CHECK_FALSE(is_return_path("other", "store", path));
  CHECK_FALSE(is_return_path("key", "copy", path));
  auto another = path;
  another.replace(another.find("41"), 2, "42");
  CHECK(delivery_in(another) == 42);
  CHECK_FALSE(is_return_path("key", "store", another));
  for (const auto* wrong :
       {"", "@", "bounces@school.example", "bounces+41@school.example", "bounces+41-@school.example",
        "bounces+-abc@school.example", "bounces+0-abc@x", "bounces+41-a b@x",
        "bounces+99999999999999999999-abc@x", "bounces+41-abcdefghijklmno@x", "+-"}) {
    CAPTURE(wrong);
    CHECK_FALSE(delivery_in(wrong));
    CHECK_FALSE(is_return_path("key", "store", wrong));
  }
}
