// Loaded into crier before the C library (LD_PRELOAD): counts what it does to files of one folder, and lets a
// kill, a power cut or a full disk happen at the nth of them (D5). tests/crash/faults drives it.
//
//   CRIER_FAULT       count | kill:N | power:N:SEED | full:N | fsync:N; N counts from 1
//   CRIER_FAULT_ROOT  the folder
//   CRIER_FAULT_COUNT a file that gets the number of writes and of syncs when the process ends
//   CRIER_FAULT_NO_SYNC  set: syncs do nothing, and the power cut knows; a suite that sees nothing then is
//   worth nothing
//
// A power cut at the nth sync (or, where there are fewer, at the end): of every write since its file's last
// sync each sector of 512 bytes is kept, taken back or turned to garbage by the seed, then the process is
// killed. The model is SQLite's own (test6.c), told in our words.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace {

enum class Mode { none, count, kill, power, full, fsync };

/// One write that no sync has made sure of yet.
struct Unsynced {
  std::string path;
  off_t offset = 0;
  /// What stood there; shorter where the file ended.
  std::string before;
  std::size_t length = 0;
  off_t size_before = 0;
};

struct State {
  Mode mode = Mode::none;
  long at = 0;
  unsigned seed = 0;
  bool no_sync = false;
  std::string root;
  std::string count_file;
  long writes = 0;
  long syncs = 0;
  bool full = false;
  std::vector<Unsynced> unsynced;
  std::recursive_mutex mutex;
};

State& state();

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

std::string path_of(int descriptor) {
  char link[64], path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const auto length = ::readlink(link, path, sizeof path - 1);
  return length <= 0 ? std::string() : std::string(path, static_cast<std::size_t>(length));
}

bool concerns(const std::string& path) {
  const auto& root = state().root;
  // The index of the log is memory: it is made anew after a crash.
  return path.size() > root.size() && path.compare(0, root.size(), root) == 0 &&
         path.find("-shm") == std::string::npos && path.find(".lock") == std::string::npos;
}

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

/// Takes back what a disk without power may have lost.
void lose() {
  auto& s = state();
  std::mt19937 random(s.seed);
  using Pwrite = ssize_t (*)(int, const void*, size_t, off_t);
  static const auto pwrite_now = real<Pwrite>("pwrite64");
  // The latest first, so that what is taken back is what stood there before.
  for (auto one = s.unsynced.rbegin(); one != s.unsynced.rend(); ++one) {
    const int file = ::open(one->path.c_str(), O_RDWR);
    if (file < 0) continue;
    constexpr std::size_t sector = 512;
    bool grown_kept = false;
    for (std::size_t from = 0; from < one->length; from += sector) {
      const auto length = std::min(sector, one->length - from);
      const auto fate = random() % 4;  // 0, 1: kept; 2: taken back; 3: garbage
      const auto at = one->offset + static_cast<off_t>(from);
      if (fate < 2) {
        grown_kept = true;
        continue;
      }
      std::string content(length, '\0');
      if (fate == 3) {
        for (auto& c : content) c = static_cast<char>(random());
        grown_kept = true;
      } else if (from < one->before.size()) {
        const auto known = std::min(length, one->before.size() - from);
        std::memcpy(content.data(), one->before.data() + from, known);
      }
      pwrite_now(file, content.data(), length, at);
    }
    if (!grown_kept) {
      struct stat now {};
      if (::fstat(file, &now) == 0 && now.st_size > one->size_before &&
          one->offset + static_cast<off_t>(one->length) >= now.st_size) {
        if (::ftruncate(file, one->size_before) != 0) { /* it stays as long as it is */
        }
      }
    }
    ::close(file);
  }
}

void tell_count() {
  auto& s = state();
  if (s.count_file.empty()) return;
  if (FILE* file = std::fopen(s.count_file.c_str(), "w")) {
    std::fprintf(file, "%ld %ld\n", s.writes, s.syncs);
    std::fclose(file);
  }
}

void at_end() {
  auto& s = state();
  if (s.mode == Mode::power && !s.unsynced.empty()) {
    lose();
    s.unsynced.clear();
  }
  tell_count();
}

State& state() {
  static State* made = [] {
    auto* s = new State;
    const char* fault = std::getenv("CRIER_FAULT");
    const char* root = std::getenv("CRIER_FAULT_ROOT");
    if (fault == nullptr || root == nullptr) return s;
    s->root = root;
    if (const char* count = std::getenv("CRIER_FAULT_COUNT")) s->count_file = count;
    s->no_sync = std::getenv("CRIER_FAULT_NO_SYNC") != nullptr;
    const std::string text = fault;
    const auto colon = text.find(':');
    const auto word = text.substr(0, colon);
    const std::map<std::string, Mode> modes{{"count", Mode::count},
                                            {"kill", Mode::kill},
                                            {"power", Mode::power},
                                            {"full", Mode::full},
                                            {"fsync", Mode::fsync}};
    if (const auto found = modes.find(word); found != modes.end()) s->mode = found->second;
    if (colon != std::string::npos) {
      char* end = nullptr;
      s->at = std::strtol(text.c_str() + colon + 1, &end, 10);
      if (*end == ':') s->seed = static_cast<unsigned>(std::strtoul(end + 1, nullptr, 10));
    }
    std::atexit(at_end);
    return s;
  }();
  return *made;
}

/// One more act on a file: false where it must fail with ENOSPC.
bool act() {
  auto& s = state();
  ++s.writes;
  if (s.mode == Mode::kill && s.writes == s.at) die();
  if (s.mode == Mode::full && s.writes >= s.at) s.full = true;
  if (!s.full) return true;
  errno = ENOSPC;
  return false;
}

void note(int descriptor, const std::string& path, off_t offset, std::size_t length) {
  auto& s = state();
  if (s.mode != Mode::power) return;
  Unsynced one{path, offset, std::string(length, '\0'), length, 0};
  struct stat now {};
  if (::fstat(descriptor, &now) == 0) one.size_before = now.st_size;
  using Pread = ssize_t (*)(int, void*, size_t, off_t);
  static const auto pread_now = real<Pread>("pread64");
  const int file = ::open(path.c_str(), O_RDONLY);
  const auto got = file < 0 ? 0 : pread_now(file, one.before.data(), length, offset);
  if (file >= 0) ::close(file);
  one.before.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  s.unsynced.push_back(std::move(one));
}

template <typename Write>
ssize_t write_at(int descriptor, std::size_t length, off_t offset, Write&& write) {
  auto& s = state();
  if (s.mode == Mode::none) return write();
  const auto path = path_of(descriptor);
  if (!concerns(path)) return write();
  const std::lock_guard lock(s.mutex);
  if (!act()) return -1;
  note(descriptor, path, offset, length);
  return write();
}

template <typename Sync>
int sync_now(int descriptor, Sync&& sync) {
  auto& s = state();
  if (s.mode == Mode::none) return sync();
  const auto path = path_of(descriptor);
  if (!concerns(path) && path != s.root) return sync();
  const std::lock_guard lock(s.mutex);
  ++s.syncs;
  if (s.mode == Mode::power && s.syncs == s.at) {
    lose();
    die();
  }
  if (s.mode == Mode::fsync && s.syncs == s.at) {
    errno = EIO;
    return -1;
  }
  if (s.no_sync) return 0;
  const int done = sync();
  if (done == 0) std::erase_if(s.unsynced, [&](const Unsynced& one) { return one.path == path; });
  return done;
}

off_t position_of(int descriptor) {
  const auto flags = ::fcntl(descriptor, F_GETFL);
  struct stat now {};
  if (flags >= 0 && (flags & O_APPEND) != 0 && ::fstat(descriptor, &now) == 0) return now.st_size;
  const auto at = ::lseek(descriptor, 0, SEEK_CUR);
  return at < 0 ? 0 : at;
}

}  // namespace

extern "C" {

ssize_t pwrite64(int descriptor, const void* data, size_t length, off64_t offset) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  return write_at(descriptor, length, offset, [&] { return next(descriptor, data, length, offset); });
}

ssize_t pwrite(int descriptor, const void* data, size_t length, off_t offset) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  return write_at(descriptor, length, offset, [&] { return next(descriptor, data, length, offset); });
}

ssize_t write(int descriptor, const void* data, size_t length) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t)>("write");
  if (state().mode == Mode::none) return next(descriptor, data, length);
  return write_at(descriptor, length, position_of(descriptor),
                  [&] { return next(descriptor, data, length); });
}

ssize_t writev(int descriptor, const struct iovec* parts, int count) {
  static const auto next = real<ssize_t (*)(int, const struct iovec*, int)>("writev");
  if (state().mode == Mode::none) return next(descriptor, parts, count);
  std::size_t length = 0;
  for (int i = 0; i < count; ++i) length += parts[i].iov_len;
  return write_at(descriptor, length, position_of(descriptor),
                  [&] { return next(descriptor, parts, count); });
}

int ftruncate64(int descriptor, off64_t length) {
  static const auto next = real<int (*)(int, off64_t)>("ftruncate64");
  if (state().mode != Mode::none && concerns(path_of(descriptor))) {
    const std::lock_guard lock(state().mutex);
    if (!act()) return -1;
  }
  return next(descriptor, length);
}

int fsync(int descriptor) {
  static const auto next = real<int (*)(int)>("fsync");
  return sync_now(descriptor, [&] { return next(descriptor); });
}

int fdatasync(int descriptor) {
  static const auto next = real<int (*)(int)>("fdatasync");
  return sync_now(descriptor, [&] { return next(descriptor); });
}

int unlink(const char* path) {
  static const auto next = real<int (*)(const char*)>("unlink");
  if (state().mode != Mode::none && concerns(path)) {
    const std::lock_guard lock(state().mutex);
    ++state().writes;
    if (state().mode == Mode::kill && state().writes == state().at) die();
    std::erase_if(state().unsynced, [&](const Unsynced& one) { return one.path == path; });
  }
  return next(path);
}

int rename(const char* from, const char* to) {
  static const auto next = real<int (*)(const char*, const char*)>("rename");
  if (state().mode != Mode::none && concerns(to)) {
    const std::lock_guard lock(state().mutex);
    if (!act()) return -1;
    for (auto& one : state().unsynced) {
      if (one.path == from) one.path = to;
    }
  }
  return next(from, to);
}

}  // extern "C"
