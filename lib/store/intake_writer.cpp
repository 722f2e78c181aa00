#include "store/intake_writer.hpp"

namespace crier::store {

IntakeWriter::IntakeWriter(std::vector<Query>& statements) : statements_(statements) {
  thread_ = std::thread([this] { work(); });
}

IntakeWriter::~IntakeWriter() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    full_.clear();
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void IntakeWriter::finish() {
  if (!block_.empty()) hand_over();
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
  if (failure_) std::rethrow_exception(failure_);
}

void IntakeWriter::append_bytes(Tag tag, std::string_view bytes) {
  const auto size = static_cast<std::uint64_t>(bytes.size());
  append_word(tag, &size);
  block_ += bytes;
}

void IntakeWriter::hand_over() {
  std::string next;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return full_.size() < blocks_ahead || failure_; });
    if (failure_) std::rethrow_exception(failure_);
    full_.push_back(std::move(block_));
    if (!spare_.empty()) {
      next = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  changed_.notify_all();
  block_ = std::move(next);
  block_.clear();
  block_.reserve(block_size + block_size / 4);
}

void IntakeWriter::work() {
  std::string block;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (block.capacity() >= block_size) spare_.push_back(std::move(block));
      changed_.wait(lock, [&] { return !full_.empty() || ends_; });
      if (full_.empty()) return;
      block = std::move(full_.front());
      full_.pop_front();
    }
    changed_.notify_all();
    try {
      write(block);
    } catch (...) {
      {
        const std::lock_guard lock(mutex_);
        failure_ = std::current_exception();
      }
      changed_.notify_all();
      return;
    }
  }
}

void IntakeWriter::write(const std::string& block) {
  const char* at = block.data();
  const char* const end = at + block.size();
  const auto word = [&]<typename Word>(Word& value) {
    std::memcpy(&value, at, 8);
    at += 8;
  };
  while (at < end) {
    auto& statement = statements_[static_cast<unsigned char>(*at++)];
    int parameter = 0;
    for (auto tag = static_cast<Tag>(*at++); tag != Tag::end; tag = static_cast<Tag>(*at++)) {
      ++parameter;
      if (tag == Tag::null) {
        statement.bind_null(parameter);
      } else if (tag == Tag::integer) {
        std::int64_t value = 0;
        word(value);
        statement.bind(parameter, value);
      } else if (tag == Tag::real) {
        double value = 0;
        word(value);
        statement.bind(parameter, value);
      } else {
        std::uint64_t size = 0;
        word(size);
        const std::string_view bytes(at, size);
        at += size;
        if (tag == Tag::text) {
          statement.bind(parameter, bytes);
        } else {
          statement.bind_bytes(parameter, bytes);
        }
      }
    }
    statement.run();
  }
}

}  // namespace crier::store
