// `crier import csv FILE --suggest`: a first map from the headers, by the words that school systems write
// (I2). What it writes is a map that crier accepts; what it could not place stands there as a comment.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace crier::intake {

/// The map of these files. Throws Error(refused_input) where one is no CSV.
std::string suggest_map(const std::vector<std::filesystem::path>& files);

/// The `[[file]]` of one file, from its bytes.
std::string suggest_entry(std::string_view name, std::string_view bytes);

}  // namespace crier::intake
