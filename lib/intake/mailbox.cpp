#include "intake/mailbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/error.hpp"
#include "base/os.hpp"
#include "format/mbox.hpp"

namespace crier::intake {
namespace {

namespace fs = std::filesystem;

constexpr int deepest = 16;

void read_one(const fs::path& file, const TakeMail& take, const PassMail& pass) {
  try {
    const os::MappedFile mapped(file);
    read_mailbox_text(file.string(), mapped.bytes(), take);
  } catch (const Error& error) {
    pass(file.string(), error.message());
  }
}

bool is_maildir(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(folder / "new", ignored) || fs::is_directory(folder / "cur", ignored);
}

void read_folder(const fs::path& folder, int depth, const TakeMail& take, const PassMail& pass) {
  std::error_code fault;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator at(folder, fault), end; !fault && at != end; at.increment(fault)) {
    if (!at->path().filename().string().starts_with('.')) entries.push_back(*at);
  }
  if (fault) {
    pass(folder.string(), fault.message());
    return;
  }
  std::ranges::sort(entries);
  const bool maildir = is_maildir(folder);
  for (const auto& entry : entries) {
    std::error_code ignored;
    const auto name = entry.path().filename();
    if (entry.is_directory(ignored)) {
      // `tmp` holds what is still being delivered.
      if (maildir && name != "new" && name != "cur") continue;
      if (!entry.is_symlink(ignored) && depth < deepest) read_folder(entry.path(), depth + 1, take, pass);
    } else if (!maildir && entry.is_regular_file(ignored)) {
      read_one(entry.path(), take, pass);
    }
  }
}

}  // namespace

void read_mailbox(const fs::path& path, const TakeMail& take, const PassMail& pass) {
  std::error_code fault;
  const auto status = fs::status(path, fault);
  if (!fs::exists(status)) {
    throw Error(
        Exit::refused_input, "no-mailbox", fmt::format("there is nothing at {}", path.string()),
        "Name a Maildir, a folder of mails, a mailbox in one file, a single mail, or - for standard input.");
  }
  if (fs::is_directory(status)) {
    read_folder(path, 0, take, pass);
    return;
  }
  const os::MappedFile mapped(path);
  read_mailbox_text(path.string(), mapped.bytes(), take);
}

void read_mailbox_text(const std::string& name, std::string_view bytes, const TakeMail& take) {
  std::vector<std::string_view> mails;
  format::for_each_mail(bytes, [&](std::string_view mail) { mails.push_back(mail); });
  for (std::size_t i = 0; i < mails.size(); ++i) {
    take(mails.size() == 1 ? name : fmt::format("{}:{}", name, i + 1), mails[i]);
  }
}

}  // namespace crier::intake
