#include "delivery/room.hpp"

#include <fmt/format.h>

#include "base/os.hpp"

namespace crier::delivery {
namespace {

std::uint64_t free_beside(const store::Connection& connection) {
  return os::free_bytes(connection.path().parent_path());
}

}  // namespace

bool has_room(const store::Connection& connection, const config::Settings& settings) {
  return free_beside(connection) >= settings.sending.keep_free;
}

std::optional<Error> lack_of_room(const store::Connection& connection, const config::Settings& settings) {
  const auto free = free_beside(connection);
  if (free >= settings.sending.keep_free) return std::nullopt;
  return Error(
      Exit::store, "disk-low",
      fmt::format("the disk is nearly full: beside {} {} MiB are free, and {} MiB are kept for what is "
                  "under way",
                  connection.path().string(), free >> 20, settings.sending.keep_free >> 20),
      "Make room on that disk, then run the command again; keep_free under [sending] is what is kept.");
}

void require_room(const store::Connection& connection, const config::Settings& settings) {
  if (const auto lack = lack_of_room(connection, settings)) throw *lack;
}

}  // namespace crier::delivery
