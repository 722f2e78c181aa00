// `-o FILE` and `--force`, one rule for all commands: a file is there whole or not at all, one that is there
// is refused unless it is to be replaced, a folder is no file; a device or pipe is written to.
#pragma once

#include <string>

#include "base/os.hpp"

namespace CLI {
class App;
}

namespace crier::cmd {

struct OutputFile {
  /// Empty: standard output.
  std::string name;
  bool force = false;

  os::Existing existing() const { return force ? os::Existing::replace : os::Existing::refuse; }
};

void add_output_file(CLI::App& command, OutputFile& file, const char* about);

/// Before long work: throws Error(refused_by_rule, "file-exists") and Error(usage, "is-a-folder").
void require_free(const OutputFile& file);

/// Throws Error(refused_by_rule, "file-exists"): for whoever finds at the end that somebody was first.
[[noreturn]] void refuse_existing(const OutputFile& file);

}  // namespace crier::cmd
