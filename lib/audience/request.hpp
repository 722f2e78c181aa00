// What the audience is asked: who is meant, who of them receives, by which ways. Built by office from a
// command, a page or a schedule; the same request is asked again when the message is sent (A5).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "model/channel.hpp"
#include "model/message.hpp"

namespace crier::audience {

/// Whether `@file` may be read. A page of the daemon must refuse it: the files are the daemon's.
enum class FileTerms { allowed, refused };

struct ResolveRequest {
  std::string expression;
  /// `self`, `associates`, `parent`, `rank1` … `rank3`, `prime` or relations, also joined by `+` or commas.
  /// Empty: self.
  std::vector<std::string> to;
  /// Empty: email.
  std::vector<Channel> via;
  /// Rows of the schools in scope; empty: all.
  std::vector<std::int64_t> schools;
  /// Opt-outs are of a category, or of all.
  Category category = Category::informational;
  /// An emergency passes opt-outs of a category (M3).
  Priority priority = Priority::general;
  /// Memberships count on this day at the school; without it dates are not looked at.
  std::optional<Instant> now;
  /// Where `@file` is looked for; empty: the working folder.
  std::filesystem::path folder;
  FileTerms files = FileTerms::allowed;
};

}  // namespace crier::audience
