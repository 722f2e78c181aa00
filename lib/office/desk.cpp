#include "office/desk.hpp"

#include "base/os.hpp"

namespace crier::office {

Desk::Desk(const config::Settings& settings, const Clock& clock, std::string_view store, std::string school,
           StoreAccess access)
    : connection_(store::Connection::open(
          store_path(settings, store),
          access == StoreAccess::write ? store::Connection::Access::write : store::Connection::Access::read)),
      office_{*connection_, settings, clock, os::user_name(), std::move(school)} {}

}  // namespace crier::office
