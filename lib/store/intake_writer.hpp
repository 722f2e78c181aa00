// Writes staged rows on a thread of its own, so that a reader reads on meanwhile: of a first import's time
// before the lock, writing is half. Blocks of rows go over to it, each row a statement's number and what to
// bind. While it lives nobody else uses the connection.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "store/connection.hpp"

namespace crier::store {

/// Bytes that are no text.
struct Blob {
  std::string_view bytes;
};

class IntakeWriter {
 public:
  /// The statements must outlive the writer.
  explicit IntakeWriter(std::vector<Query>& statements);
  /// Lets go what has not been written.
  ~IntakeWriter();
  IntakeWriter(const IntakeWriter&) = delete;
  IntakeWriter& operator=(const IntakeWriter&) = delete;

  /// Throws what went wrong with a row before.
  template <typename... Values>
  void put(std::size_t statement, const Values&... values) {
    begin_row(statement);
    (append(values), ...);
    end_row();
  }

  /// Waits until everything is written; throws what went wrong.
  void finish();

 private:
  enum class Tag : char { null, integer, real, text, blob, end };

  void append(std::int64_t value) { append_word(Tag::integer, &value); }
  void append(int value) { append(static_cast<std::int64_t>(value)); }
  void append(double value) { append_word(Tag::real, &value); }
  void append(std::string_view value) { append_bytes(Tag::text, value); }
  void append(const std::string& value) { append_bytes(Tag::text, value); }
  void append(const Blob& value) { append_bytes(Tag::blob, value.bytes); }
  template <typename T>
  void append(const std::optional<T>& value) {
    if (value) {
      append(*value);
    } else {
      block_ += static_cast<char>(Tag::null);
    }
  }
  void append_word(Tag tag, const void* eight_bytes) {
    block_ += static_cast<char>(tag);
    block_.append(static_cast<const char*>(eight_bytes), 8);
  }
  void append_bytes(Tag tag, std::string_view bytes);

  void begin_row(std::size_t statement) { block_ += static_cast<char>(statement); }
  void end_row() {
    block_ += static_cast<char>(Tag::end);
    if (block_.size() >= block_size) hand_over();
  }
  void hand_over();
  void work();
  void write(const std::string& block);

  static constexpr std::size_t block_size = 65536;
  /// So many blocks wait at most: then the reader waits, too.
  static constexpr std::size_t blocks_ahead = 8;

  std::vector<Query>& statements_;
  std::string block_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> full_;
  std::vector<std::string> spare_;
  bool ends_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace crier::store
