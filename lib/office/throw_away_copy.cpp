#include "office/throw_away_copy.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/os.hpp"

namespace crier::office {

ThrowAwayCopy::ThrowAwayCopy(store::Connection& original)
    : folder_(std::filesystem::temp_directory_path() / fmt::format("crier-copy-{}", os::random_hex(8))) {
  os::make_folder(folder_);
  try {
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
    original.copy_to(folder_ / "crier.db");
    copy_ = store::Connection::open(folder_ / "crier.db", store::Connection::Access::write);
    copy_->forgo_syncs();
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
    throw;
  }
}

void require_not_stopped() {
  if (!os::stop_requested()) return;
  throw Error(Exit::in_part, "stopped", "it was stopped before its end, and shows nothing", "Run it again.");
}

ThrowAwayCopy::~ThrowAwayCopy() {
  copy_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace crier::office
