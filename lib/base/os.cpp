#include "base/os.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <openssl/rand.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <thread>

#include "base/error.hpp"

namespace crier::os {
namespace {

/// An open descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }

 private:
  int number_;
};

std::string reason(int error) {
  return std::strerror(error);
}

Error cannot_read(const fs::path& path, std::string_view why) {
  return {Exit::refused_input, "unreadable-file", fmt::format("cannot read {}: {}", path.string(), why),
          "Check the path and that this account may read it."};
}

Error cannot_write(const fs::path& path, int error) {
  return {Exit::store, error == ENOSPC || error == EDQUOT ? "disk-full" : "unwritable-file",
          fmt::format("cannot write {}: {}", path.string(), reason(error)),
          error == ENOSPC || error == EDQUOT
              ? "Make room on that disk, then run the command again."
              : "Check that the folder exists and that this account may write there."};
}

void write_all(int descriptor, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const auto written = ::write(descriptor, content.data(), content.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      throw cannot_write(path, errno);
    }
    content.remove_prefix(static_cast<std::size_t>(written));
  }
}

sockaddr_un socket_address(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

/// Unix socket paths hold about 100 bytes: where the store lies deeper, the bell hangs in the temporary
/// folder under a name made from the whole path.
fs::path bell_path(const fs::path& path) {
  if (path.string().size() < sizeof(sockaddr_un{}.sun_path) - 1) return path;
  return fs::temp_directory_path() / fmt::format("crier-{:x}.bell", std::hash<std::string>()(path.string()));
}

}  // namespace

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

std::string full_host_name() {
  const auto short_name = host_name();
  if (short_name.find('.') != std::string::npos) return short_name;
  addrinfo hints{};
  hints.ai_flags = AI_CANONNAME;
  addrinfo* found = nullptr;
  std::string full = short_name;
  if (::getaddrinfo(short_name.c_str(), nullptr, &hints, &found) == 0) {
    if (found != nullptr && found->ai_canonname != nullptr) full = found->ai_canonname;
    ::freeaddrinfo(found);
  }
  return full;
}

std::string user_name() {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    return found->pw_name;
  }
  return fmt::format("uid-{}", ::geteuid());
}

namespace {
fs::path home_folder() {
  if (const auto home = environment("HOME")) return *home;
  return "/";
}
}  // namespace

fs::path user_config_folder() {
  const auto set = environment("XDG_CONFIG_HOME");
  return (set && !set->empty() ? fs::path(*set) : home_folder() / ".config") / "crier";
}

fs::path user_state_folder() {
  const auto set = environment("XDG_STATE_HOME");
  return (set && !set->empty() ? fs::path(*set) : home_folder() / ".local/state") / "crier";
}

fs::path system_config_folder() {
  return "/etc/crier";
}

std::string machine_id() {
  for (const char* place : {"/etc/machine-id", "/var/lib/dbus/machine-id"}) {
    std::ifstream file(place);
    std::string id;
    if (std::getline(file, id) && !id.empty()) return id;
  }
  return "";
}

std::string file_mark(const fs::path& path) {
  struct statx found {};
  if (::statx(AT_FDCWD, path.c_str(), 0, STATX_INO | STATX_BTIME, &found) != 0) {
    throw Error(Exit::store, "unreadable-store",
                fmt::format("{} cannot be looked at: {}", path.string(), std::strerror(errno)),
                "Check the path and its rights.");
  }
  if ((found.stx_mask & STATX_BTIME) == 0) return fmt::format("{}", found.stx_ino);
  return fmt::format("{}:{}.{:09}", found.stx_ino, found.stx_btime.tv_sec, found.stx_btime.tv_nsec);
}

std::int64_t process_id() {
  return ::getpid();
}

std::string process_start_mark(std::int64_t pid) {
  // Field 22 of /proc/PID/stat is the start in clock ticks since boot; the boot id tells boots apart.
  std::ifstream stat(fmt::format("/proc/{}/stat", pid));
  std::string line;
  if (!std::getline(stat, line)) return "";
  const auto after_name = line.rfind(')');
  if (after_name == std::string::npos) return "";
  std::istringstream fields(line.substr(after_name + 2));
  std::string field;
  for (int i = 3; i <= 22; ++i) {
    if (!(fields >> field)) return "";
    if (i == 3 && (field == "Z" || field == "X")) return "";  // a zombie does no work
  }
  std::ifstream boot("/proc/sys/kernel/random/boot_id");
  std::string boot_id;
  std::getline(boot, boot_id);
  return boot_id + "/" + field;
}

bool process_lives(std::int64_t pid, std::string_view start_mark) {
  const auto mark = process_start_mark(pid);
  if (!mark.empty()) return mark == start_mark;
  // Of another account's process nothing may be seen (hidepid), yet it lives.
  return ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == EPERM;
}

AddressKind address_kind(const std::string& text) {
  in_addr four{};
  if (::inet_pton(AF_INET, text.c_str(), &four) == 1)
    return ntohl(four.s_addr) >> 24 == 127 ? AddressKind::loopback : AddressKind::other;
  in6_addr six{};
  if (::inet_pton(AF_INET6, text.c_str(), &six) == 1)
    return IN6_IS_ADDR_LOOPBACK(&six) ? AddressKind::loopback : AddressKind::other;
  return AddressKind::none;
}

std::string random_hex(std::size_t bytes) {
  std::string raw(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(bytes)) != 1) {
    throw Error(Exit::defect, "no-randomness", "the system's random generator gave nothing",
                "Check that /dev/urandom works.");
  }
  std::string hex;
  for (const char byte : raw) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

std::string read_file(const fs::path& path, std::uint64_t limit_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw cannot_read(path, reason(errno));
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) throw cannot_read(path, reason(errno));
  if (S_ISDIR(about.st_mode)) throw cannot_read(path, "it is a folder");
  std::string content;
  std::array<char, 1 << 16> chunk{};
  for (;;) {
    const auto got = ::read(file.get(), chunk.data(), chunk.size());
    if (got < 0) {
      if (errno == EINTR) continue;
      throw cannot_read(path, reason(errno));
    }
    if (got == 0) return content;
    content.append(chunk.data(), static_cast<std::size_t>(got));
    if (content.size() > limit_bytes) {
      throw cannot_read(path, fmt::format("it is larger than {} bytes", limit_bytes));
    }
  }
}

namespace {

/// Gives what is written its name. False where the name is taken and is not to be.
bool put_in_place(const fs::path& written, const fs::path& path, Existing existing) {
  if (existing == Existing::refuse) {
    if (::link(written.c_str(), path.c_str()) == 0) {
      ::unlink(written.c_str());
      return true;
    }
    const int fault = errno;
    // Some disks, those of cameras and sticks, know no second name: there it is looked for first.
    const bool no_links = fault == EPERM || fault == EOPNOTSUPP || fault == ENOSYS;
    std::error_code unknown;
    if (fault == EEXIST || (no_links && fs::exists(fs::symlink_status(path, unknown)))) {
      ::unlink(written.c_str());
      return false;
    }
    if (!no_links) throw cannot_write(path, fault);
  }
  if (::rename(written.c_str(), path.c_str()) != 0) throw cannot_write(path, errno);
  return true;
}

bool fill_before_folder(const fs::path& path, const std::function<void(const Put&)>& fill,
                        Existing existing = Existing::replace) {
  const fs::path temporary =
      path.parent_path() / fmt::format(".{}.{}.part", path.filename().string(), ::getpid());
  try {
    const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
    if (file.get() < 0) throw cannot_write(path, errno);
    fill([&](std::string_view piece) { write_all(file.get(), piece, path); });
    if (::fsync(file.get()) != 0) throw cannot_write(path, errno);
    return put_in_place(temporary, path, existing);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

bool takes_bytes(fs::file_type kind) {
  return kind == fs::file_type::character || kind == fs::file_type::fifo || kind == fs::file_type::socket ||
         kind == fs::file_type::block;
}

}  // namespace

void write_file_before_folder(const fs::path& path, std::string_view content) {
  fill_before_folder(path, [&](const Put& put) { put(content); });
}

void sync_folder(const fs::path& folder) {
  const Descriptor opened(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0 || ::fsync(opened.get()) != 0) throw cannot_write(folder, errno);
}

void write_file_whole(const fs::path& path, std::string_view content) {
  write_file_whole(path, [&](const Put& put) { put(content); });
}

bool write_file_whole(const fs::path& path, const std::function<void(const Put&)>& fill, Existing existing) {
  std::error_code unknown;
  const auto kind = fs::status(path, unknown).type();
  if (takes_bytes(kind)) {
    // A rename would put a file in the place of the device or pipe itself.
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (file.get() < 0) throw cannot_write(path, errno);
    fill([&](std::string_view piece) { write_all(file.get(), piece, path); });
    return true;
  }
  // A link stays a link: what it leads to is written.
  const bool through_link = existing == Existing::replace && kind == fs::file_type::regular &&
                            fs::is_symlink(fs::symlink_status(path, unknown));
  const auto target = through_link ? fs::canonical(path, unknown) : path;
  if (!fill_before_folder(target, fill, existing)) return false;
  sync_folder(target.parent_path());
  return true;
}

bool is_taken(const fs::path& path) {
  std::error_code unknown;
  return fs::exists(fs::symlink_status(path, unknown)) && !takes_bytes(fs::status(path, unknown).type());
}

bool write_private_file(const fs::path& path, std::string_view content, Existing existing) {
  std::error_code unknown;
  const auto kind = fs::symlink_status(path, unknown).type();
  // A device, a pipe or what a link leads to is not this file to make, and its rights are not ours to set.
  if (kind != fs::file_type::not_found && kind != fs::file_type::regular && existing == Existing::replace) {
    throw Error(Exit::usage, "no-file", fmt::format("{} is no plain file", path.string()),
                "Name a file of its own; without a file it goes to standard output.");
  }
  const auto folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const auto temporary = folder / fmt::format(".{}.{}.part", path.filename().string(), ::getpid());
  try {
    ::unlink(temporary.c_str());  // of a run that was killed, under whatever rights
    const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.get() < 0) throw cannot_write(path, errno);
    write_all(file.get(), content, path);
    if (::fsync(file.get()) != 0) throw cannot_write(path, errno);
    if (!put_in_place(temporary, path, existing)) return false;
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  sync_folder(folder);
  return true;
}

void settle_file(const fs::path& written, const fs::path& name) {
  const auto refuse = [&](int fault) {
    throw Error(Exit::store, fault == ENOSPC ? "disk-full" : "unwritable",
                fmt::format("{} cannot be written: {}", name.string(), std::strerror(fault)),
                "Check the disk and the rights of its folder.");
  };
  {
    const Descriptor file(::open(written.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0 || ::fsync(file.get()) != 0) refuse(errno);
  }
  if (::rename(written.c_str(), name.c_str()) != 0) refuse(errno);
  sync_folder(name.has_parent_path() ? name.parent_path() : fs::path("."));
}

bool create_file(const fs::path& path, std::string_view content) {
  {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
    if (file.get() < 0) {
      if (errno == EEXIST) return false;
      throw cannot_write(path, errno);
    }
    write_all(file.get(), content, path);
    if (::fsync(file.get()) != 0) throw cannot_write(path, errno);
  }
  sync_folder(path.parent_path());
  return true;
}

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  std::error_code unknown;
  if (error && !fs::is_directory(path, unknown)) throw cannot_write(path, error.value());
}

bool anybody_can_read(const fs::path& path) {
  std::error_code unknown;
  const auto may = [&](const fs::path& at, fs::perms right) {
    const auto about = fs::status(at, unknown);
    return !unknown && (about.permissions() & right) == right;
  };
  const auto file = fs::canonical(path, unknown);
  if (unknown || !may(file, fs::perms::others_read)) return false;
  for (auto folder = file.parent_path(); folder != folder.root_path(); folder = folder.parent_path()) {
    if (!may(folder, fs::perms::others_exec)) return false;
  }
  return true;
}

std::uint64_t free_bytes(const fs::path& path) {
  struct statvfs about {};
  if (::statvfs(path.empty() ? "." : path.c_str(), &about) != 0) return 0;
  return static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;
}

MappedFile::MappedFile(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw cannot_read(path, reason(errno));
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) throw cannot_read(path, reason(errno));
  if (!S_ISREG(about.st_mode)) throw cannot_read(path, "it is not a file");
  size_ = static_cast<std::size_t>(about.st_size);
  if (size_ == 0) return;
  void* mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (mapped == MAP_FAILED) throw cannot_read(path, reason(errno));
  ::madvise(mapped, size_, MADV_SEQUENTIAL);
  data_ = static_cast<const char*>(mapped);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
}

void MappedFile::forget_before(std::size_t offset) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t upto = std::min(offset, size_) / page * page;
  if (upto <= forgotten_) return;
  ::madvise(const_cast<char*>(data_) + forgotten_, upto - forgotten_, MADV_DONTNEED);
  forgotten_ = upto;
}

LockFile::LockFile(fs::path path) : path_(std::move(path)) {}

LockFile::~LockFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void LockFile::open() {
  if (descriptor_ >= 0) return;
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0660);
  if (descriptor_ < 0) throw cannot_write(path_, errno);
}

bool LockFile::try_lock() {
  open();
  for (;;) {
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) throw cannot_write(path_, errno);
  }
}

bool LockFile::lock_within(std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  auto pause = std::chrono::microseconds(200);
  while (!try_lock()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::microseconds(5000));
  }
  return true;
}

void LockFile::unlock() {
  if (descriptor_ >= 0) ::flock(descriptor_, LOCK_UN);
}

void ring(const fs::path& bell) {
  const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return;
  const auto address = socket_address(bell_path(bell));
  // Nobody listening, or a full queue of rings: both are fine.
  (void)!::sendto(socket.get(), "!", 1, 0, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

struct Bell::Rep {
  fs::path path;
  int descriptor = -1;
  ino_t inode = 0;
  std::atomic<bool> ending = false;
  std::function<void()> rung;
  std::thread listener;

  void listen() {
    std::array<char, 16> ignored{};
    while (!ending) {
      const auto got = ::recv(descriptor, ignored.data(), ignored.size(), 0);
      if (got < 0 && errno != EINTR) return;
      while (::recv(descriptor, ignored.data(), ignored.size(), MSG_DONTWAIT) > 0) {
      }
      if (!ending) rung();
    }
  }
};

Bell::Bell(const fs::path& path, std::function<void()> rung) : rep_(std::make_unique<Rep>()) {
  rep_->path = bell_path(path);
  rep_->rung = std::move(rung);
  rep_->descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (rep_->descriptor < 0) throw cannot_write(path, errno);
  ::unlink(rep_->path.c_str());
  const auto address = socket_address(rep_->path);
  if (::bind(rep_->descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    ::close(rep_->descriptor);
    throw cannot_write(path, error);
  }
  ::chmod(rep_->path.c_str(), 0660);  // whoever may write the store may ring
  struct stat about {};
  if (::stat(rep_->path.c_str(), &about) == 0) rep_->inode = about.st_ino;
  rep_->listener = std::thread([rep = rep_.get()] { rep->listen(); });
}

Bell::~Bell() {
  rep_->ending = true;
  ring(rep_->path);
  ::shutdown(rep_->descriptor, SHUT_RD);
  rep_->listener.join();
  ::close(rep_->descriptor);
  // A successor may have hung its own by now.
  struct stat about {};
  if (::stat(rep_->path.c_str(), &about) == 0 && about.st_ino == rep_->inode) ::unlink(rep_->path.c_str());
}

namespace {
volatile std::sig_atomic_t stop_flag = 0;
int stop_pipe[2] = {-1, -1};
std::mutex wake_mutex;
std::function<void()> wake_on_stop;

void note_stop(int) {
  const int error = errno;
  stop_flag = 1;
  (void)!::write(stop_pipe[1], "!", 1);
  errno = error;
}

/// Once for the process: the handlers, and a thread that turns their byte into a call.
void watch_stop_signals() {
  static const bool watching = [] {
    if (::pipe2(stop_pipe, O_CLOEXEC) != 0) return false;
    struct sigaction action {};
    action.sa_handler = note_stop;
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    std::thread([] {
      char byte;
      for (;;) {
        const auto got = ::read(stop_pipe[0], &byte, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return;
        const std::lock_guard lock(wake_mutex);
        if (wake_on_stop) wake_on_stop();
      }
    }).detach();
    return true;
  }();
  (void)watching;
}
}  // namespace

StopSignals::StopSignals(std::function<void()> wake) {
  {
    const std::lock_guard lock(wake_mutex);
    wake_on_stop = std::move(wake);
  }
  watch_stop_signals();
}

StopSignals::~StopSignals() {
  const std::lock_guard lock(wake_mutex);
  wake_on_stop = nullptr;
}

bool stop_requested() {
  return stop_flag != 0;
}

std::chrono::milliseconds since_boot() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::milliseconds(static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000);
}

unsigned processors() {
  return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace crier::os
