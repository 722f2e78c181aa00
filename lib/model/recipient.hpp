// The answer of the audience: who was meant, who receives, by which address, and who cannot and why (A3).
// Worked out twice, never kept.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/channel.hpp"
#include "model/person.hpp"

namespace crier {

/// The pupil on whose account a recipient hears.
struct RelatedPupil {
  std::int64_t person = 0;
  std::string code;
  std::string family;
  std::string given;
  std::string form;
  /// `father`, `guardian`, …; `self` where the recipient is the person meant.
  std::string relation;
  /// `Parent`, `Rank 1`, …, or empty where the school's ranks name none.
  std::string rank;
  std::optional<int> priority;
};

struct Reach {
  /// The normalised address; as given where it is invalid; empty where there is none.
  std::string address;
  /// None where reachable.
  std::optional<Reason> reason;
  /// Pupils of `related` whom this channel does not name: they belong to another record of the same person,
  /// which has an address of its own here (R9).
  std::vector<std::int64_t> withheld = {};
};

struct Recipient {
  std::int64_t person = 0;
  std::int64_t school = 0;
  std::string code;
  PersonKind kind = PersonKind::contact;
  std::string title;
  std::string family;
  std::string given;
  std::string language;
  std::vector<RelatedPupil> related;
  std::map<Channel, Reach> channels;
};

/// The recipient as this channel's copy may tell: without the pupils that it withholds.
Recipient named_on(const Recipient& recipient, Channel channel);

/// One answer to an expression. Recipients are sorted by name, then code; each person is there once.
struct Resolution {
  std::string expression;
  std::vector<std::string> to;
  std::vector<Channel> via;
  /// How many people the expression names, before `--to`.
  std::int64_t matched = 0;
  std::vector<Recipient> recipients;
};

}  // namespace crier
