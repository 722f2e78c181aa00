// The records of an XML report, one after the other, over bytes that somebody else holds: a root, its
// records, a field an element. What SIMS's report runner writes, and whatever has that shape (I3). Streaming,
// so that a cross product of a school's lists needs no more room than one record. A file that is not what it
// says to be is refused whole with its line (I8); nothing outside the file is ever fetched, and no entity is
// expanded.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace crier::format {

struct XmlField {
  /// As it stands in the file, `Legal_x0020_Surname`: see unescape_xml_name.
  std::string name;
  std::string value;
  std::int64_t line = 0;
};

struct XmlRecord {
  std::string name;
  /// The line on which it begins, the first of the file being 1.
  std::int64_t line = 0;
  std::vector<XmlField> fields;
  /// Why it is no record of fields (elements within a field, text between fields), in words; else empty.
  std::string fault;
  std::int64_t fault_line = 0;
};

class XmlRecords {
 public:
  /// `name` is the file, for messages. Throws Error(refused_input) where the bytes are plainly no XML.
  XmlRecords(std::string_view name, std::string_view bytes);
  ~XmlRecords();
  XmlRecords(const XmlRecords&) = delete;
  XmlRecords& operator=(const XmlRecords&) = delete;

  /// To the next record; false behind the last. Throws Error(refused_input) where the file is cut off, not
  /// well formed, of an encoding that its bytes are not, or has a document type.
  bool next();
  const XmlRecord& record() const;

  /// The root's name; known once next() was called.
  const std::string& root() const;
  /// Text that stands in no field, but beside the records or within one; of a report that failed it is the
  /// reason.
  const std::string& root_text() const;
  /// How many bytes have been read.
  std::size_t offset() const;
  /// Where the bytes say another encoding than the file's first line, and are believed: in words; else empty.
  const std::string& encoding_remark() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The name that was meant: `Legal_x0020_Surname` is `Legal Surname`, `_x005F_` an underscore. What is no
/// escape stays as it is.
std::string unescape_xml_name(std::string_view name);

}  // namespace crier::format
