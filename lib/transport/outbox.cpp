#include "transport/outbox.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <vector>

#include "base/error.hpp"
#include "base/os.hpp"

namespace crier::transport {
namespace asio = boost::asio;

namespace {

/// So many files share one fsync of the folder; small enough that a stop or a kill finds little under way.
constexpr std::size_t group_limit = 64;

Outcome written(const std::string& host) {
  Outcome outcome;
  outcome.verdict = Outcome::Verdict::delivered;
  outcome.host = host;
  return outcome;
}

/// A full disk or a folder without rights is the sender's own fault: it fails nobody (D4).
Outcome unwritable(const std::string& host, const Error& error) {
  Outcome outcome;
  outcome.fault = Outcome::Fault::ours;
  outcome.cause = "outbox-unwritable";
  outcome.host = host;
  outcome.text = error.message();
  return outcome;
}

std::filesystem::path file_of(const std::filesystem::path& folder, Channel channel, const Parcel& parcel) {
  return folder /
         fmt::format("{}-{}.{}", parcel.job, parcel.delivery, channel == Channel::email ? "eml" : "json");
}

using Group = std::vector<Parcel>;

std::vector<Outcome> write_files(const std::filesystem::path& folder, Channel channel, const Group& group) {
  const auto host = folder.string();
  std::vector<Outcome> outcomes;
  try {
    os::make_folder(folder);
    for (const auto& parcel : group) {
      try {
        os::write_file_before_folder(file_of(folder, channel, parcel), parcel.content);
        outcomes.push_back(written(host));
      } catch (const Error& error) {
        outcomes.push_back(unwritable(host, error));
      }
    }
    os::sync_folder(folder);
  } catch (const Error& error) {
    outcomes.assign(group.size(), unwritable(host, error));
  }
  return outcomes;
}

// Runs on the disk's thread; everything by value, since who waits for it may be gone at a hard stop.
asio::awaitable<std::vector<Outcome>> write_group(std::filesystem::path folder, Channel channel,
                                                  std::shared_ptr<const Group> group) {
  co_return write_files(folder, channel, *group);
}

}  // namespace

Outbox::Outbox(std::filesystem::path folder, Channel channel)
    : folder_(std::move(folder)), channel_(channel) {}

asio::awaitable<void> Outbox::run(Work& work) {
  for (;;) {
    const auto group = std::make_shared<Group>();
    while (group->size() < group_limit) {
      auto parcel = work.next();
      if (!parcel) break;
      group->push_back(std::move(*parcel));
    }
    if (group->empty()) {
      if (work.closed()) co_return;
      co_await work.wait();
      continue;
    }
    auto outcomes =
        co_await asio::co_spawn(disk_, write_group(folder_, channel_, group), asio::use_awaitable);
    for (std::size_t i = 0; i < group->size(); ++i) work.settle((*group)[i], std::move(outcomes[i]));
  }
}

}  // namespace crier::transport
