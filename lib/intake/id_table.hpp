// A source's ids and what they stand for: hundreds of thousands of short texts, looked up in no order, more
// than a million times an import. Each look-up costs two memory accesses, where a map of nodes costs three
// and a division.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace crier::intake {

template <typename Value>
class IdTable {
 public:
  /// What stands under this id, or nothing. It stays where it is.
  Value* find(std::string_view id) {
    if (slots_.empty()) return nullptr;
    const auto hash = hash_of(id);
    for (auto at = hash & mask(); slots_[at].number != 0; at = (at + 1) & mask()) {
      if (slots_[at].tag != tag_of(hash)) continue;
      auto& found = entry(slots_[at].number - 1);
      if (found.id == id) return &found.value;
    }
    return nullptr;
  }

  /// The value of this id; true where it has just been put there.
  std::pair<Value*, bool> try_emplace(std::string_view id, Value value = {}) {
    if (auto* standing = find(id)) return {standing, false};
    if ((count_ + 1) * 2 > slots_.size()) grow();
    if (count_ % chunk_size == 0) {
      chunks_.emplace_back();
      chunks_.back().reserve(chunk_size);
    }
    chunks_.back().push_back({std::string(id), std::move(value)});
    place(hash_of(id), ++count_);
    return {&chunks_.back().back().value, true};
  }

  bool empty() const { return count_ == 0; }

 private:
  struct Entry {
    std::string id;
    Value value;
  };
  struct Slot {
    std::uint32_t tag = 0;
    /// Of the entry, from 1; 0 where there is none.
    std::uint32_t number = 0;
  };
  static constexpr std::size_t chunk_size = 4096;

  static std::uint64_t hash_of(std::string_view id) { return std::hash<std::string_view>()(id); }
  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }
  std::size_t mask() const { return slots_.size() - 1; }
  Entry& entry(std::size_t number) { return chunks_[number / chunk_size][number % chunk_size]; }

  void place(std::uint64_t hash, std::uint32_t number) {
    auto at = hash & mask();
    while (slots_[at].number != 0) at = (at + 1) & mask();
    slots_[at] = {tag_of(hash), number};
  }

  void grow() {
    slots_.assign(std::max<std::size_t>(64, slots_.size() * 2), Slot{});
    for (std::uint32_t number = 1; number <= count_; ++number) place(hash_of(entry(number - 1).id), number);
  }

  std::vector<Slot> slots_;
  std::vector<std::vector<Entry>> chunks_;
  std::uint32_t count_ = 0;
};

}  // namespace crier::intake
