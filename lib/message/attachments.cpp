#include "message/attachments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"

namespace crier::message {
namespace {

namespace fs = std::filesystem;

struct FileType {
  std::string_view extension;
  std::string_view type;
  /// How such a file begins; empty: anyhow.
  std::string_view begins;
};

constexpr std::array types{
    FileType{".pdf", "application/pdf", "%PDF-"},
    FileType{".png", "image/png", "\x89PNG"},
    FileType{".jpg", "image/jpeg", "\xFF\xD8\xFF"},
    FileType{".jpeg", "image/jpeg", "\xFF\xD8\xFF"},
    FileType{".gif", "image/gif", "GIF8"},
    FileType{".txt", "text/plain", ""},
    FileType{".csv", "text/csv", ""},
    FileType{".ics", "text/calendar", "BEGIN:VCALENDAR"},
    FileType{".rtf", "application/rtf", "{\\rtf"},
    FileType{".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
             "PK\x03\x04"},
    FileType{".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "PK\x03\x04"},
    FileType{".pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation",
             "PK\x03\x04"},
    FileType{".odt", "application/vnd.oasis.opendocument.text", "PK\x03\x04"},
    FileType{".ods", "application/vnd.oasis.opendocument.spreadsheet", "PK\x03\x04"},
    FileType{".zip", "application/zip", "PK\x03\x04"},
};

/// Mail servers turn these away, and the whole mail with them.
constexpr std::array<std::string_view, 22> turned_away{
    ".exe", ".com", ".bat", ".cmd", ".scr", ".pif", ".js",  ".jse", ".vbs", ".vbe", ".wsf",
    ".wsh", ".lnk", ".msi", ".dll", ".ps1", ".jar", ".hta", ".cpl", ".reg", ".iso", ".html"};

[[noreturn]] void refuse(const fs::path& file, std::string_view what, std::string hint) {
  throw Error(Exit::refused_input, "bad-attachment", fmt::format("{} {}", file.string(), what),
              std::move(hint));
}

void require_plain_file(const fs::path& file) {
  std::error_code error;
  const auto link = fs::symlink_status(file, error);
  if (error || !fs::exists(link)) refuse(file, "is not there", "Check --attach.");
  if (fs::is_symlink(link)) {
    const auto target = fs::weakly_canonical(file, error);
    const auto folder = fs::weakly_canonical(fs::absolute(file).parent_path(), error);
    if (error || target.parent_path() != folder) {
      refuse(file, fmt::format("is a link to {}, outside its own folder", target.string()),
             "Name the file itself, or copy it.");
    }
  }
  if (!fs::is_regular_file(file, error))
    refuse(file, "is no plain file", "Attach files one by one; a folder as a zip.");
}

store::MessageAttachment read(const fs::path& file) {
  require_plain_file(file);
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (!error && size > most_attachment_bytes) {
    throw Error(Exit::refused_by_rule, "limit",
                fmt::format("{} has {} bytes; {} are allowed", file.string(), size, most_attachment_bytes),
                "Put it on the portal and send a link. Nothing was queued.");
  }
  const auto extension = to_lower(file.extension().string());
  if (std::find(turned_away.begin(), turned_away.end(), extension) != turned_away.end()) {
    refuse(file, "is of a kind that mail servers turn away", "Send it as a PDF, or put it on the portal.");
  }
  store::MessageAttachment made{file.filename().string(), "application/octet-stream",
                                os::read_file(file, most_attachment_bytes)};
  if (made.bytes.empty()) refuse(file, "is empty", "Check whether it was written to its end.");
  if (!is_utf8(made.file_name)) refuse(file, "has a name that is not UTF-8", "Rename it.");
  const auto known = std::find_if(types.begin(), types.end(),
                                  [&](const FileType& one) { return one.extension == extension; });
  if (known == types.end()) return made;
  made.type = known->type;
  if (!std::string_view(made.bytes).starts_with(known->begins)) {
    refuse(file, fmt::format("is no {} file, whatever its name says", extension.substr(1)),
           "Check whether it was saved under the right name.");
  }
  return made;
}

}  // namespace

std::vector<store::MessageAttachment> read_attachments(std::span<const fs::path> files) {
  if (files.size() > most_attachments) {
    throw Error(Exit::refused_by_rule, "limit",
                fmt::format("{} files are attached; {} are allowed", files.size(), most_attachments),
                "Put them into one zip, or on the portal. Nothing was queued.");
  }
  std::vector<store::MessageAttachment> all;
  std::uintmax_t encoded = 0;
  for (const auto& file : files) {
    all.push_back(read(file));
    encoded += (all.back().bytes.size() + 2) / 3 * 4;
  }
  if (encoded > most_encoded_bytes) {
    throw Error(Exit::refused_by_rule, "limit",
                fmt::format("the attachments come to {} bytes as they travel; {} are allowed", encoded,
                            most_encoded_bytes),
                "Put them on the portal and send a link. Nothing was queued.");
  }
  return all;
}

}  // namespace crier::message
