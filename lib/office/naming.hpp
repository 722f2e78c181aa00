// The names that there are, for completion at a terminal: what could stand in a command's place. Reads only;
// what cannot be read is left out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "office/office.hpp"

namespace crier::office {

// Words that are fixed, from where they are defined.
std::vector<std::string> channel_words();
std::vector<std::string> job_state_words();
std::vector<std::string> delivery_state_words();
std::vector<std::string> receiver_words();

std::vector<std::string> source_names(const config::Settings& settings);
std::vector<std::string> school_codes(const Office& office);
/// The latest jobs, messages that have one, as numbers.
std::vector<std::string> job_numbers(const Office& office);
std::vector<std::string> message_numbers(const Office& office);
/// Of people, as far as one is written.
std::vector<std::string> person_codes(const Office& office, std::string_view written);
std::vector<std::string> schedule_names(const Office& office);
std::vector<std::string> template_names(const Office& office);

/// What may stand where an expression is written, as far as it is written: kinds with their colon, and behind
/// a colon the forms, groups, … that there are, in quotation marks where they need them.
std::vector<std::string> expression_words(const Office& office, std::string_view written);

}  // namespace crier::office
