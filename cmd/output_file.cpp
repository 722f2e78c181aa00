#include "output_file.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <filesystem>

#include "base/error.hpp"

namespace crier::cmd {

void add_output_file(CLI::App& command, OutputFile& file, const char* about) {
  auto* output = command.add_option("-o,--output", file.name, about)->type_name("FILE");
  command.add_flag("--force", file.force, "replace a file that is there")->needs(output);
}

void require_free(const OutputFile& file) {
  if (file.name.empty()) return;
  std::error_code unknown;
  if (std::filesystem::is_directory(file.name, unknown)) {
    throw Error(Exit::usage, "is-a-folder", fmt::format("{} is a folder", file.name),
                "Name the file to write.");
  }
  if (!file.force && os::is_taken(file.name)) refuse_existing(file);
}

void refuse_existing(const OutputFile& file) {
  throw Error(Exit::refused_by_rule, "file-exists", fmt::format("{} is there already", file.name),
              "Name another file, or add --force to replace it.");
}

}  // namespace crier::cmd
