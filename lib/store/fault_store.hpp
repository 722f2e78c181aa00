// Faults of recipients, counted (D9): noted by settle and by feedback, weighed by delivery/blocking once all
// of a job has been tried. The caller holds the transaction in all functions that change something.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "store/connection.hpp"

namespace crier::store {

/// Some of this job has failed by the recipient's fault.
void note_job_to_weigh(Connection& connection, std::int64_t job);

/// Jobs that were noted and of which nothing is queued or under way any more.
std::vector<std::int64_t> jobs_to_weigh(Connection& connection);
/// Weighed: until it is noted again.
void forget_job_to_weigh(Connection& connection, std::int64_t job);

/// A delivery that failed by the recipient's fault.
struct RecipientFault {
  std::int64_t delivery = 0;
  /// `email` or `phone`, and the address as addresses are compared.
  std::string kind;
  std::string compare_key;
  std::int64_t message = 0;
  std::int64_t job = 0;
  std::string cause;
  Instant sent{};
  /// The server's answer.
  std::string text;
};
/// All of a job's that stand now; those of channels that block nothing (WeChat, voice) are not among them.
std::vector<RecipientFault> faults_of_job(Connection& connection, std::int64_t job);
/// How many a job has to reach.
std::int64_t recipients_of_job(Connection& connection, std::int64_t job);

/// Counted from now on; once a delivery.
void count_fault(Connection& connection, const RecipientFault& fault);
/// Much of the job has failed alike after all: what was counted of this cause is not. Whose faults these
/// were.
std::vector<RecipientFault> uncount_faults(Connection& connection, std::int64_t job, std::string_view cause);
/// An address begins from zero.
void forget_faults(Connection& connection, std::string_view kind, std::string_view compare_key);

/// How many messages in a row have failed at this address, the last ones: each counted, still failed, and
/// sent after the last one that got through. Up to `enough` costs one look at an index.
std::int64_t faults_in_a_row(Connection& connection, std::string_view kind, std::string_view compare_key,
                             std::int64_t enough);

/// Takes a block for failures back; what staff or a complaint closed stays closed. True where there was one.
bool lift_block(Connection& connection, const RecipientFault& fault);

}  // namespace crier::store
