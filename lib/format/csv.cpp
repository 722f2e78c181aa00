#include "format/csv.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/text.hpp"

namespace crier::format {
namespace {

constexpr std::size_t block_size = 64;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// A bit for each of 64 bytes that a reader must look at.
std::uint64_t find_specials(const char* block, Dialect dialect) {
#ifdef __SSE2__
  const __m128i delimiter = _mm_set1_epi8(dialect.delimiter);
  const __m128i quote = _mm_set1_epi8(dialect.quote);
  const __m128i line_feed = _mm_set1_epi8('\n');
  const __m128i carriage_return = _mm_set1_epi8('\r');
  const __m128i nul = _mm_setzero_si128();
  std::uint64_t bits = 0;
  for (int i = 0; i < 4; ++i) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + 16 * i));
    const __m128i separators = _mm_or_si128(_mm_cmpeq_epi8(bytes, delimiter), _mm_cmpeq_epi8(bytes, quote));
    const __m128i ends =
        _mm_or_si128(_mm_cmpeq_epi8(bytes, line_feed), _mm_cmpeq_epi8(bytes, carriage_return));
    const __m128i any = _mm_or_si128(_mm_or_si128(separators, ends), _mm_cmpeq_epi8(bytes, nul));
    bits |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(any))) << (16 * i);
  }
  return bits;
#else
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < block_size; ++i) {
    const char c = block[i];
    const bool special = c == dialect.delimiter || c == dialect.quote || c == '\n' || c == '\r' || c == '\0';
    bits |= static_cast<std::uint64_t>(special) << i;
  }
  return bits;
#endif
}

}  // namespace

std::string_view CsvFault::message() const {
  switch (kind) {
    case Kind::quote_in_plain_cell:
      return "a quotation mark inside a cell that does not begin with one";
    case Kind::text_after_quote:
      return "text behind the closing quotation mark";
    case Kind::unclosed_quote:
      return "a quotation mark that opens here is never closed";
    case Kind::nul_byte:
      return "a NUL byte: this is not plain text";
  }
  return "";
}

CsvReader::CsvReader(std::string_view bytes, Dialect dialect) : bytes_(bytes), dialect_(dialect) {
  if (bytes_.starts_with(byte_order_mark)) at_ = byte_order_mark.size();  // C1
}

bool CsvReader::next() {
  for (;;) {
    fields_.clear();
    scratch_.clear();
    unescaped_.clear();
    fault_.reset();
    quoted_ = false;
    if (at_ >= bytes_.size()) return false;
    row_line_ = line_;
    read_row();
    if (fields_.size() == 1 && fields_[0].empty() && !quoted_ && !fault_) continue;
    // Only now: the scratch text may have moved while it grew.
    for (const auto& part : unescaped_) {
      fields_[part.field] = std::string_view(scratch_).substr(part.offset, part.length);
    }
    return true;
  }
}

void CsvReader::read_row() {
  for (;;) {
    const bool quoted = at_ < bytes_.size() && bytes_[at_] == dialect_.quote;
    if ((quoted ? read_quoted_cell() : read_plain_cell()) == After::row_end) return;
  }
}

CsvReader::After CsvReader::read_plain_cell() {
  const std::size_t start = at_;
  for (std::size_t from = start;;) {
    const std::size_t stop = next_special(from);
    if (stop < bytes_.size()) {
      const char c = bytes_[stop];
      if (c == dialect_.quote || c == '\0') {
        note(c == '\0' ? CsvFault::Kind::nul_byte : CsvFault::Kind::quote_in_plain_cell, line_);
        from = stop + 1;
        continue;
      }
    }
    fields_.push_back(bytes_.substr(start, stop - start));
    return end_cell(stop);
  }
}

/// `stop` is at a delimiter, at a line end or at the end of the bytes.
CsvReader::After CsvReader::end_cell(std::size_t stop) {
  if (stop >= bytes_.size()) {
    at_ = bytes_.size();
    return After::row_end;
  }
  if (bytes_[stop] == dialect_.delimiter) {
    at_ = stop + 1;
    return After::more_cells;
  }
  pass_line_end(stop);
  return After::row_end;
}

CsvReader::After CsvReader::read_quoted_cell() {
  quoted_ = true;
  const std::size_t opened_at = at_;
  const std::int64_t opened_line = line_;
  const std::size_t scratch_start = scratch_.size();
  std::size_t piece = at_ + 1;
  for (std::size_t from = piece;;) {
    const std::size_t stop = next_special(from);
    if (stop >= bytes_.size()) {
      give_up_quote(opened_at, opened_line);
      return After::row_end;
    }
    from = stop + 1;
    const char c = bytes_[stop];
    if (c == dialect_.quote) {
      if (from < bytes_.size() && bytes_[from] == dialect_.quote) {
        scratch_.append(bytes_, piece, from - piece);
        piece = ++from;
        continue;
      }
      const std::size_t after = stop + 1;
      const bool ends = after >= bytes_.size() || bytes_[after] == dialect_.delimiter ||
                        bytes_[after] == '\n' || bytes_[after] == '\r';
      if (ends && scratch_.size() == scratch_start) {
        fields_.push_back(bytes_.substr(piece, stop - piece));
        return end_cell(after);
      }
      scratch_.append(bytes_, piece, stop - piece);
      return finish_after_quote(after, scratch_start);
    }
    if (c == '\0') {
      note(CsvFault::Kind::nul_byte, line_);
    } else if (c == '\n' || c == '\r') {
      ++line_;
      if (c == '\r' && from < bytes_.size() && bytes_[from] == '\n') ++from;
    }
  }
}

/// Takes what stands between a closing quote and the end of the cell (a fault, if anything) and keeps the
/// cell from the scratch text.
CsvReader::After CsvReader::finish_after_quote(std::size_t after, std::size_t scratch_start) {
  std::size_t stop = after;
  while (stop < bytes_.size() && bytes_[stop] != dialect_.delimiter && bytes_[stop] != '\n' &&
         bytes_[stop] != '\r') {
    ++stop;
  }
  if (stop > after) {
    note(CsvFault::Kind::text_after_quote, line_);
    scratch_.append(bytes_, after, stop - after);
  }
  unescaped_.push_back({fields_.size(), scratch_start, scratch_.size() - scratch_start});
  fields_.emplace_back();
  return end_cell(stop);
}

/// The quote swallowed the rest of the file: the row ends with the line on which it opened, and reading goes
/// on behind that line. No second quote can do the same, for the rest holds only doubled ones.
void CsvReader::give_up_quote(std::size_t opened_at, std::int64_t opened_line) {
  fault_.reset();
  note(CsvFault::Kind::unclosed_quote, opened_line);
  line_ = opened_line;
  const std::size_t stop = std::min(bytes_.find_first_of("\r\n", opened_at), bytes_.size());
  fields_.push_back(bytes_.substr(opened_at, stop - opened_at));
  at_ = stop;
  if (stop < bytes_.size()) pass_line_end(stop);
}

void CsvReader::pass_line_end(std::size_t stop) {
  ++line_;
  const bool pair = bytes_[stop] == '\r' && stop + 1 < bytes_.size() && bytes_[stop + 1] == '\n';
  at_ = stop + (pair ? 2 : 1);
}

void CsvReader::note(CsvFault::Kind kind, std::int64_t line) {
  if (!fault_) fault_ = CsvFault{kind, line, fields_.size()};
}

std::size_t CsvReader::next_special(std::size_t from) {
  while (from < bytes_.size()) {
    const std::size_t start = from & ~(block_size - 1);
    if (start != block_) load_block(start);
    const std::uint64_t ahead = specials_ >> (from - start);
    if (ahead != 0) return from + static_cast<std::size_t>(std::countr_zero(ahead));
    from = start + block_size;
  }
  return bytes_.size();
}

void CsvReader::load_block(std::size_t start) {
  block_ = start;
  const std::size_t left = bytes_.size() - start;
  if (left >= block_size) {
    specials_ = find_specials(bytes_.data() + start, dialect_);
    return;
  }
  std::array<char, block_size> last{};
  std::memcpy(last.data(), bytes_.data() + start, left);
  specials_ = find_specials(last.data(), dialect_) & ((std::uint64_t{1} << left) - 1);
}

std::optional<std::size_t> CsvHeader::column(std::string_view name) const {
  const auto found = std::find(lower_.begin(), lower_.end(), to_lower(trim_invisible(name)));
  if (found == lower_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - lower_.begin());
}

std::optional<CsvHeader> read_header(CsvReader& reader) {
  if (!reader.next()) return std::nullopt;
  CsvHeader header;
  header.line = reader.line();
  header.fault = reader.fault();
  std::vector<std::string> told;
  for (const auto cell : reader.fields()) {
    const auto name = trim_invisible(cell);
    auto lower = to_lower(name);
    const bool seen = std::find(header.lower_.begin(), header.lower_.end(), lower) != header.lower_.end();
    if (seen && !lower.empty() && std::find(told.begin(), told.end(), lower) == told.end()) {
      header.duplicates.push_back(header.names[*header.column(lower)]);
      told.push_back(lower);
    }
    header.names.emplace_back(name);
    header.lower_.push_back(std::move(lower));
  }
  return header;
}

std::string header_delimiters(std::string_view bytes) {
  static constexpr std::string_view candidates = ",;\t|";
  std::array<std::size_t, candidates.size()> counts{};
  if (bytes.starts_with(byte_order_mark)) bytes.remove_prefix(byte_order_mark.size());
  bool in_quotes = false;
  bool text_seen = false;
  for (const char c : bytes) {
    if (c == '"') in_quotes = !in_quotes;
    if (!in_quotes && (c == '\n' || c == '\r')) {
      if (text_seen) break;
      continue;
    }
    text_seen = true;
    const auto which = candidates.find(c);
    if (!in_quotes && which != std::string_view::npos) ++counts[which];
  }
  std::string found;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (counts[i] > 0) found += candidates[i];
  }
  std::stable_sort(found.begin(), found.end(),
                   [&](char a, char b) { return counts[candidates.find(a)] > counts[candidates.find(b)]; });
  return found;
}

void CsvWriter::cell(std::string_view value) {
  if (cells_++ > 0) out_ += dialect_.delimiter;
  if (!value.empty()) only_empty_ = false;
  const bool plain = std::none_of(value.begin(), value.end(), [&](char c) {
    return c == dialect_.delimiter || c == dialect_.quote || c == '\n' || c == '\r';
  });
  if (plain) {
    out_ += value;
    return;
  }
  out_ += dialect_.quote;
  for (const char c : value) {
    if (c == dialect_.quote) out_ += dialect_.quote;
    out_ += c;
  }
  out_ += dialect_.quote;
}

void CsvWriter::end_row() {
  // One empty cell would be a blank line, which readers pass over.
  if (cells_ == 1 && only_empty_) out_.append(2, dialect_.quote);
  out_ += "\r\n";
  cells_ = 0;
  only_empty_ = true;
}

void CsvWriter::row(std::span<const std::string_view> cells) {
  for (const auto value : cells) cell(value);
  end_row();
}

}  // namespace crier::format
