// Tokens between the network's thread, which gets them from gateways, and the store, which keeps them for the
// next process.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "store/gateway_store.hpp"
#include "transport/gateway_tokens.hpp"

namespace crier::delivery {

class KeptTokens final : public transport::GatewayTokens {
 public:
  explicit KeptTokens(const std::vector<store::KeptToken>& tokens) {
    for (const auto& one : tokens) tokens_[one.name] = {one.value, one.ends};
  }

  std::optional<transport::GatewayToken> token(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    const auto found = tokens_.find(name);
    return found == tokens_.end() ? std::nullopt : std::optional(found->second);
  }
  void keep(const std::string& name, const transport::GatewayToken& token) override {
    const std::lock_guard lock(mutex_);
    tokens_[name] = token;
    fresh_.push_back({name, token.value, token.ends});
  }

  /// What is new since it was last asked, for the store.
  std::vector<store::KeptToken> take_fresh() {
    const std::lock_guard lock(mutex_);
    return std::exchange(fresh_, {});
  }

 private:
  std::mutex mutex_;
  std::map<std::string, transport::GatewayToken> tokens_;
  std::vector<store::KeptToken> fresh_;
};

}  // namespace crier::delivery
