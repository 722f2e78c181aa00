// The one place that asks the operating system: files, locks, processes, terminals, the environment
// (design decision 10). Nothing else in crier knows POSIX.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace crier::os {

namespace fs = std::filesystem;

std::optional<std::string> environment(const std::string& name);
std::string host_name();
/// This host's full name where it has one (`mail.school.example`), else `host_name()`.
std::string full_host_name();
/// The installation's own id where it has one (machine-id), else empty.
std::string machine_id();
/// A text that differs for every file ever made on a disk, whatever its name: a copy has another, a file that
/// is renamed keeps it. Throws Error(store) where it cannot be asked.
std::string file_mark(const fs::path& path);
/// The account that runs this process, for the audit log.
std::string user_name();
/// Where this user's settings and state belong (XDG base directories).
fs::path user_config_folder();
fs::path user_state_folder();
fs::path system_config_folder();

std::int64_t process_id();
/// A text that differs for every start of every process on this machine: a reused process id is not the same.
std::string process_start_mark(std::int64_t pid);
bool process_lives(std::int64_t pid, std::string_view start_mark);
/// What a text is to the network: an address of this machine alone (127.0.0.0/8, ::1), another address, or
/// none.
enum class AddressKind { none, loopback, other };
AddressKind address_kind(const std::string& text);
/// Bytes from the system's generator, as lower-case hexadecimal.
std::string random_hex(std::size_t bytes);

/// The whole file. Throws Error(refused_input) where it is missing, unreadable, a folder or over the limit.
std::string read_file(const fs::path& path, std::uint64_t limit_bytes = 64ULL << 20);

/// Writes a file that is there complete or not at all: temporary name beside it, fsync, rename, fsync of the
/// folder. An existing file is replaced, the file that a link leads to too; a device or pipe is written to.
/// Throws Error(store) with the system's reason (disk full, no right).
void write_file_whole(const fs::path& path, std::string_view content);
/// The same for what is too long to be held at once: `fill` hands it to `put`, piece by piece. Where it
/// throws nothing is there.
using Put = std::function<void(std::string_view)>;
enum class Existing { refuse, replace };
/// False, and nothing written, where a file or link of this name is there already and is not to be replaced:
/// of two at once, one writes. A device or pipe is never refused.
bool write_file_whole(const fs::path& path, const std::function<void(const Put&)>& fill,
                      Existing existing = Existing::replace);
/// Whether `write_file_whole` would refuse: asked before long work, which looks again at its end.
bool is_taken(const fs::path& path);
/// The same but for the fsync of the folder: whoever writes many files calls `sync_folder` once for a group,
/// and promises nothing before that.
void write_file_before_folder(const fs::path& path, std::string_view content);
void sync_folder(const fs::path& folder);
/// Gives a file that is written its name: fsync, rename, fsync of the folder. An existing file is replaced.
void settle_file(const fs::path& written, const fs::path& name);
/// Creates a file with this content; false, and nothing written, where one is there already.
bool create_file(const fs::path& path, std::string_view content);
/// A file that its owner alone may read from the first byte on, there complete or not at all. False, and
/// nothing written, where one is there already and is not to be replaced.
bool write_private_file(const fs::path& path, std::string_view content, Existing existing);
void make_folder(const fs::path& path);
/// Whether every account of this machine may read the file: by its own rights and those of all its folders.
bool anybody_can_read(const fs::path& path);
std::uint64_t free_bytes(const fs::path& path);

/// A file mapped into memory for reading; the mapping lives as long as the object. An empty file is an empty
/// view. Throws Error(refused_input).
class MappedFile {
 public:
  explicit MappedFile(const fs::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::string_view bytes() const { return {data_, size_}; }
  /// Gives back the memory of what lies before `offset`: a reader that has passed it will not return.
  void forget_before(std::size_t offset);

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t forgotten_ = 0;
};

/// A file that one process at a time holds (flock); the lock ends with the object or the process.
class LockFile {
 public:
  explicit LockFile(fs::path path);
  ~LockFile();
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  bool try_lock();
  /// Waits at most so long; false where somebody else holds it all the time.
  bool lock_within(std::chrono::milliseconds limit);
  void unlock();

 private:
  void open();
  fs::path path_;
  int descriptor_ = -1;
};

/// A bell beside the store: whoever writes work rings it, whoever waits for work hears it. Ringing where
/// nobody waits does nothing and costs microseconds.
void ring(const fs::path& bell);
class Bell {
 public:
  /// Calls `rung` on a thread of its own whenever it rings. Throws Error(store) where the socket cannot be
  /// made. Replaces what a dead process left.
  Bell(const fs::path& path, std::function<void()> rung);
  ~Bell();
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

enum class Stream { in, out, err };
bool is_terminal(Stream stream);
/// Columns of the terminal, 80 where unknown.
std::size_t terminal_columns();

/// SIGINT and SIGTERM as a flag, for loops that want to end cleanly. While the object lives `wake` is called
/// once, on another thread, when one comes; the flag stays.
class StopSignals {
 public:
  explicit StopSignals(std::function<void()> wake);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
};
bool stop_requested();

/// Since the machine was started, suspension counted: what leases are trusted by.
std::chrono::milliseconds since_boot();

/// A read-only snapshot of processor count for work that spreads.
unsigned processors();

}  // namespace crier::os
