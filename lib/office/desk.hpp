// Where an act begins: settings, store and clock opened together for one command, one request, one daemon.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "office/office.hpp"

namespace crier::office {

enum class StoreAccess { read, write };

class Desk {
 public:
  /// Opens the store that `store` (from --store, may be empty) or the settings name. Throws Error(store).
  Desk(const config::Settings& settings, const Clock& clock, std::string_view store, std::string school,
       StoreAccess access);
  const Office& office() const { return office_; }

 private:
  std::unique_ptr<store::Connection> connection_;
  Office office_;
};

}  // namespace crier::office
