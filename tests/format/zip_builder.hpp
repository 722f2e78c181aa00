// Builds zip archives byte by byte for tests, the wicked ones too: names, attributes, flags, sizes and
// checksums are written as told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crier::test {

struct ZipPart {
  std::string name;
  std::string bytes;  // as they lie in the archive
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
  std::uint32_t attributes = 0;
  std::optional<std::uint32_t> crc;
  std::optional<std::uint32_t> unpacked_size;
};

inline std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

inline void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFF);
}

inline std::string build_zip(const std::vector<ZipPart>& parts) {
  std::string out;
  std::string directory;
  for (const auto& part : parts) {
    const auto offset = out.size();
    std::string common;
    put(common, part.flags, 2);
    put(common, part.method, 2);
    put(common, 0, 4);
    put(common, part.crc.value_or(crc32(part.bytes)), 4);
    put(common, part.bytes.size(), 4);
    put(common, part.unpacked_size.value_or(static_cast<std::uint32_t>(part.bytes.size())), 4);
    put(common, part.name.size(), 2);
    put(common, 0, 2);
    out += "PK\x03\x04";
    put(out, 20, 2);
    out += common + part.name + part.bytes;
    directory += "PK\x01\x02";
    put(directory, (3 << 8) | 20, 2);  // made on Unix
    put(directory, 20, 2);
    directory += common;
    put(directory, 0, 2);
    put(directory, 0, 4);
    put(directory, part.attributes, 4);
    put(directory, offset, 4);
    directory += part.name;
  }
  const auto start = out.size();
  out += directory + "PK\x05\x06";
  put(out, 0, 4);
  put(out, parts.size(), 2);
  put(out, parts.size(), 2);
  put(out, directory.size(), 4);
  put(out, start, 4);
  put(out, 0, 2);
  return out;
}

/// A deflate stream of one fixed-code block: a NUL and then `runs` times 258 more of them.
inline std::string deflate_nuls(std::size_t runs) {
  std::string out;
  unsigned bits = 0;
  int used = 0;
  const auto put_bits = [&](unsigned value, int count) {  // most significant bit first, as codes are
    for (int i = count - 1; i >= 0; --i) {
      bits |= ((value >> i) & 1U) << used;
      if (++used == 8) {
        out += static_cast<char>(bits);
        bits = 0;
        used = 0;
      }
    }
  };
  put_bits(1, 1);           // the last block
  put_bits(0b10, 2);        // fixed codes (01, least significant bit first)
  put_bits(0b00110000, 8);  // literal 0
  for (std::size_t i = 0; i < runs; ++i) {
    put_bits(0b11000101, 8);  // length 258
    put_bits(0, 5);           // distance 1
  }
  put_bits(0, 7);  // end of block
  if (used > 0) out += static_cast<char>(bits);
  return out;
}

}  // namespace crier::test
