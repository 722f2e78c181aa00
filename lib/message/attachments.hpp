// Files that go with each e-mail of a message (M2): read once, within limits, before anything is queued.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "store/message_store.hpp"

namespace crier::message {

inline constexpr std::size_t most_attachments = 10;
inline constexpr std::uintmax_t most_attachment_bytes = 10ULL << 20;
/// Together, as they travel: base64 makes four bytes of three.
inline constexpr std::uintmax_t most_encoded_bytes = 20ULL << 20;

/// Throws Error(refused_input) for a file that is missing, no plain file, empty, of a kind that mail servers
/// turn away or not what its name says, and for a link that leads out of its own folder;
/// Error(refused_by_rule, "limit") with the figure where it is too large, or there are too many.
std::vector<store::MessageAttachment> read_attachments(std::span<const std::filesystem::path> files);

}  // namespace crier::message
