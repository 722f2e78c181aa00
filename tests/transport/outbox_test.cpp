#include "transport/outbox.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <iterator>

#include "base/error.hpp"
#include "base/os.hpp"
#include "list_work.hpp"

namespace crier::test {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    auto pattern = (fs::temp_directory_path() / "crier-outbox-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path path;
};

std::size_t count_files(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

void carry(ListWork& work, boost::asio::io_context& io, const fs::path& folder, Channel channel) {
  config::ChannelSettings settings;
  settings.path = folder;
  const auto outbox = transport::make_transport(settings, channel, io.get_executor());
  start(io, outbox->run(work));
  io.run();
  io.restart();
}

TEST_CASE("D2: the outbox holds a file for each message, whole and under its name") {
  const Folder folder;
  const auto outbox = folder.path / "outbox" / "email";
  boost::asio::io_context io(1);
  ListWork work(io.get_executor());
  for (int i = 1; i <= 200; ++i) work.add(mail_parcel(i, "ann@example.org"));
  carry(work, io, outbox, Channel::email);
  CHECK(work.outcomes().size() == 200);
  CHECK(count_files(outbox) == 200);
  for (int i = 1; i <= 200; ++i) {
    CHECK(work.outcome(i).verdict == Outcome::Verdict::delivered);
    CHECK(work.outcome(i).host == outbox.string());
    CHECK(os::read_file(outbox / ("1-" + std::to_string(i) + ".eml")) == mail_parcel(i, "").content);
  }
}

TEST_CASE("D2: the same message again replaces its file, and other channels write JSON") {
  const Folder folder;
  boost::asio::io_context io(1);
  for (int round = 0; round < 2; ++round) {
    ListWork work(io.get_executor());
    auto parcel = mail_parcel(7, "+447400900123");
    parcel.content = R"({"text":"hello"})";
    work.add(parcel);
    carry(work, io, folder.path, Channel::sms);
    CHECK(work.outcome(7).verdict == Outcome::Verdict::delivered);
  }
  CHECK(count_files(folder.path) == 1);
  CHECK(os::read_file(folder.path / "1-7.json") == R"({"text":"hello"})");
}

TEST_CASE("D4: an outbox that cannot be written is our fault and fails nobody") {
  const Folder folder;
  os::write_file_whole(folder.path / "file", "in the way");
  boost::asio::io_context io(1);
  ListWork work(io.get_executor());
  work.add(mail_parcel(1, "ann@example.org"));
  work.add(mail_parcel(2, "bob@example.org"));
  carry(work, io, folder.path / "file" / "email", Channel::email);
  for (const int id : {1, 2}) {
    CHECK(work.outcome(id).verdict == Outcome::Verdict::deferred);
    CHECK(work.outcome(id).fault == Outcome::Fault::ours);
    CHECK(work.outcome(id).cause == "outbox-unwritable");
    CHECK(work.outcome(id).text.find("file") != std::string::npos);
  }
}

TEST_CASE("D4: one file that cannot be written leaves the others of its group alone") {
  const Folder folder;
  os::make_folder(folder.path / "1-2.eml" / "in the way");
  boost::asio::io_context io(1);
  ListWork work(io.get_executor());
  for (int i = 1; i <= 3; ++i) work.add(mail_parcel(i, "ann@example.org"));
  carry(work, io, folder.path, Channel::email);
  CHECK(work.outcome(1).verdict == Outcome::Verdict::delivered);
  CHECK(work.outcome(2).cause == "outbox-unwritable");
  CHECK(work.outcome(3).verdict == Outcome::Verdict::delivered);
  CHECK(count_files(folder.path) == 3);
}

TEST_CASE("D2: the inbox has no transport") {
  boost::asio::io_context io(1);
  config::ChannelSettings settings;
  settings.kind = config::ChannelKind::inbox;
  CHECK_THROWS_AS(transport::make_transport(settings, Channel::inbox, io.get_executor()), Error);
}

}  // namespace
}  // namespace crier::test
