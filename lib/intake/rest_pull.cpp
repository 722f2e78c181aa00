#include "intake/rest_pull.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <optional>
#include <set>
#include <unordered_set>
#include <vector>

#include "base/error.hpp"
#include "base/os.hpp"
#include "intake/rest_collections.hpp"

namespace crier::intake {
namespace {

namespace json = boost::json;

/// Rows that move while we read: everything is asked for anew, so often.
constexpr int most_rounds = 3;

/// OneRoster 1.2 tells roles within users.
constexpr std::array role_columns{"sourcedId", "status",    "dateLastModified", "userSourcedId", "roleType",
                                  "role",      "beginDate", "endDate",          "orgSourcedId"};

Error incomplete(std::string message) {
  return {Exit::refused_input, "incomplete-pull", std::move(message),
          "Nothing was changed. Import again when nobody works on that server's data; if it stays so, tell "
          "whoever "
          "runs it."};
}

/// Rows moved while they were read.
struct Moved {
  std::string how;
};

/// A CSV file under the hand, and the line that its next row begins on.
class CsvFile {
 public:
  CsvFile(const std::filesystem::path& path, const std::vector<std::string>& header)
      : name_(path.filename().string()), out_(path, std::ios::binary | std::ios::trunc) {
    put(header);
  }
  void put(const std::vector<std::string>& cells) {
    std::string row;
    for (const auto& cell : cells) {
      if (&cell != &cells.front()) row += ',';
      if (cell.find_first_of(",\"\r\n") == std::string::npos) {
        row += cell;
        continue;
      }
      row += '"';
      for (const char c : cell) {
        if (c == '"') row += '"';
        if (c == '\n') ++line_;
        row += c;
      }
      row += '"';
    }
    row += "\r\n";
    ++line_;
    out_ << row;
  }
  std::int64_t line() const { return line_; }
  const std::string& name() const { return name_; }
  /// Throws where the disk did not take it.
  void close() {
    out_.close();
    if (out_) return;
    throw Error(Exit::store, "disk-full", fmt::format("{} cannot be written", name_),
                "Make room on the store's disk. Nothing was changed.");
  }

 private:
  std::string name_;
  std::ofstream out_;
  std::int64_t line_ = 1;
};

class Pull {
 public:
  Pull(const RestPull& wanted, RestWorld world, IssueList& issues)
      : wanted_(wanted), source_(wanted.source), server_(wanted.source, std::move(world)), issues_(issues) {
    if (!wanted.zone.empty()) zone_.emplace(wanted.zone);
    for (const auto& [fact, column] : wanted.columns) own_columns_.insert(column);
  }

  void run() {
    std::string how;
    for (int round = 0; round < most_rounds; ++round) {
      try {
        everything();
        return;
      } catch (const Moved& moved) {
        how = moved.how;
      }
    }
    throw incomplete(fmt::format("{} (asked {} times)", how, most_rounds));
  }

 private:
  struct Page {
    std::string path;
    std::int64_t offset = 0;
    int limit = 0;
    bool sorted = true;
  };

  void everything() {
    modes_.clear();
    revision_.clear();
    schools_.clear();
    found_issues_ = {};
    for (const auto& collection : collections()) {
      if (collection.in_gradebook && source_.gradebook_url.empty()) continue;
      modes_[std::string(collection.name)] = take(collection) ? "bulk" : "absent";
    }
    write_manifest();
    for (const auto& issue : found_issues_.take()) {
      if (issue.severity == Severity::error) {
        issues_.error(issue.file, issue.line, issue.column, issue.value, issue.reason, issue.message);
      } else {
        issues_.warning(issue.file, issue.line, issue.column, issue.value, issue.reason, issue.message);
      }
    }
  }

  /// Whether it is there for us.
  bool take(const Collection& collection) {
    std::vector<std::string> header{"sourcedId", "status", "dateLastModified"};
    std::vector<std::string> own;
    std::set<std::string_view> named;
    for (const auto& field : collection.fields) {
      if (named.insert(field.column).second) header.emplace_back(field.column);
    }
    for (const auto& column : own_columns_) {
      if (named.contains(column)) continue;
      own.push_back(column);
      header.push_back(column);
    }
    CsvFile file(wanted_.folder / fmt::format("{}.csv", collection.name), header);
    const bool with_roles = collection.name == "users" && source_.version == "1.2";
    if (with_roles) {
      roles_.emplace(wanted_.folder / "roles.csv",
                     std::vector<std::string>(role_columns.begin(), role_columns.end()));
    }
    Rows rows{collection, file, own, {}, 0, {}, {}, 0};
    auto fault = pull(rows, std::string(collection.path));
    if (fault && fault->kind == RestAnswer::Kind::not_there && !collection.instead.empty()) {
      for (const auto& [path, column, word] : collection.instead) {
        rows.fill = {column, word};
        rows.elsewhere.merge(rows.ids);
        rows.ids.clear();
        fault = pull(rows, std::string(path));
        if (fault) break;
      }
      if (!fault && collection.name == "users") {
        found_issues_.warning(
            file.name(), 0, "", "users", "no-contacts",
            "This server has no address for all users, only for students and teachers: contacts "
            "do not come from it.");
      }
    }
    if (fault) return without(collection, *fault);
    if (rows.taken_for_school > 0) {
      found_issues_.warning(
          file.name(), 0, "orgSourcedIds", schools_.front(), "taken-for-the-same",
          fmt::format("{} people name no school; there is one only, so that they were taken for "
                      "its people.",
                      rows.taken_for_school));
    }
    file.close();
    if (with_roles) {
      roles_->close();
      roles_.reset();
      modes_["roles"] = "bulk";
    }
    return true;
  }

  bool without(const Collection& collection, const RestAnswer& fault) {
    std::error_code ignored;
    std::filesystem::remove(wanted_.folder / fmt::format("{}.csv", collection.name), ignored);
    const auto address = address_of(collection, collection.path);
    const bool denied = fault.kind == RestAnswer::Kind::no_permission;
    if (collection.needed || fault.kind == RestAnswer::Kind::bad_request) {
      throw Error(
          Exit::gateway, denied ? "rest-turned-away" : "rest-refused",
          fmt::format("{} gives nothing: {}", address, fault.said),
          denied
              ? "Give this client the right to read the roster (scope roster.readonly). Nothing was changed."
              : "Check base_url in the settings. Nothing was changed.");
    }
    found_issues_.warning(
        fmt::format("{}.csv", collection.name), 0, "", std::string(collection.name),
        denied ? "no-permission" : "not-there",
        denied ? fmt::format(
                     "{} is kept back ({}): what stands stays. Give this client the right to read it (scope "
                     "{}).",
                     collection.name, fault.said,
                     collection.in_gradebook ? "gradebook.readonly" : "roster.readonly")
               : fmt::format("This server has no {} ({}): what stands stays.", collection.name, fault.said));
    return false;
  }

  struct Rows {
    const Collection& collection;
    CsvFile& file;
    const std::vector<std::string>& own;
    /// Of the address that is being asked.
    std::unordered_set<std::string> ids;
    std::int64_t without_id = 0;
    /// Of the addresses before it: who is a student there and a teacher here comes once.
    std::unordered_set<std::string> elsewhere;
    /// What a column says where the server leaves it out.
    std::pair<std::string_view, std::string_view> fill;
    /// Who names no school where there is just one.
    std::int64_t taken_for_school = 0;
  };

  std::string address_of(const Collection& collection, std::string_view path) const {
    return fmt::format("{}/{}", collection.in_gradebook ? source_.gradebook_url : source_.base_url, path);
  }

  RestAnswer ask(const Collection& collection, const Page& page) {
    auto parameters =
        net::Parameters{{"limit", std::to_string(page.limit)}, {"offset", std::to_string(page.offset)}};
    if (page.sorted) {
      parameters.emplace_back("sort", "sourcedId");
      parameters.emplace_back("orderBy", "asc");
    }
    auto answer = server_.get(net::with_parameters(address_of(collection, page.path), parameters));
    if (answer.kind != RestAnswer::Kind::page) return answer;
    if (revision_.empty()) revision_ = answer.revision;
    if (!answer.revision.empty() && answer.revision != revision_) {
      throw Moved{"what this client may see changed while it was read"};
    }
    return answer;
  }

  /// All rows below one address. What it was not given, if anything.
  std::optional<RestAnswer> pull(Rows& rows, const std::string& path) {
    Page page{path, 0, source_.page_size, true};
    auto answer = ask(rows.collection, page);
    if (answer.kind == RestAnswer::Kind::bad_request) {
      // Some know no sort, some no more than 100 rows at once.
      for (const int n : {0, 1, 2}) {
        if (n > 0) page.limit = std::min(page.limit, 100);
        page.sorted = n == 1;
        answer = ask(rows.collection, page);
        if (answer.kind != RestAnswer::Kind::bad_request) break;
      }
    }
    if (answer.kind != RestAnswer::Kind::page) return answer;
    const auto total = answer.total;
    const auto stood = rows.without_id;
    std::optional<std::vector<std::string>> first_page;
    for (;;) {
      const auto& list = list_of(answer.page, rows.collection, path);
      const auto got = static_cast<std::int64_t>(list.size());
      if (!total && first_page && is_same(list, *first_page)) {
        // It knows no pages and gives everything at once, each time.
        if (page.offset == static_cast<std::int64_t>(first_page->size()) && page.offset < page.limit) break;
        throw Moved{fmt::format("{} gives the same page twice", address_of(rows.collection, path))};
      }
      for (const auto& row : list) write(rows, row);
      if (!first_page) first_page = ids_of(list);
      page.offset += got;
      if (wanted_.told) wanted_.told(rows.collection.name, page.offset);
      if (got == 0 || (total && page.offset >= *total)) break;
      if (!total && answer.has_links && !answer.says_next) break;
      answer = ask(rows.collection, page);
      if (answer.kind != RestAnswer::Kind::page) {
        throw Moved{fmt::format("{} gave {} rows and then no more: {}", address_of(rows.collection, path),
                                page.offset, answer.said)};
      }
      if (answer.total != total) {
        throw Moved{fmt::format("the number of {} changed while they were read", rows.collection.name)};
      }
    }
    if (total && received(rows, stood) != *total) {
      throw Moved{fmt::format("{} speaks of {} {} and gives {}", address_of(rows.collection, path), *total,
                              rows.collection.name, received(rows, stood))};
    }
    return std::nullopt;
  }

  /// From the address that is being asked; `before` rows without an id came from others.
  static std::int64_t received(const Rows& rows, std::int64_t before) {
    return static_cast<std::int64_t>(rows.ids.size()) + rows.without_id - before;
  }

  /// The list of rows, under whichever of its names the server puts it.
  const json::array& list_of(const json::object& page, const Collection& collection,
                             const std::string& path) const {
    for (const auto name : {std::string_view(collection.name), std::string_view(path)}) {
      const auto* list = page.if_contains(name);
      if (list != nullptr && list->is_array()) return list->get_array();
    }
    const auto address = address_of(collection, path);
    const auto shown = json::serialize(page).substr(0, 160);
    const bool says_error = page.contains("imsx_StatusInfo") || page.contains("statusInfoSet") ||
                            page.contains("error") || page.contains("errors") || page.contains("message") ||
                            page.contains("imsx_codeMajor");
    if (says_error) {
      throw Error(Exit::gateway, "rest-refused", fmt::format("{} answers with an error: {}", address, shown),
                  "Ask whoever runs that server. Nothing was changed.");
    }
    throw Error(Exit::refused_input, "not-oneroster",
                fmt::format("the answer of {} has no list of {}: {}", address, collection.name, shown),
                "Check base_url and the version in it. Nothing was changed.");
  }

  static std::vector<std::string> ids_of(const json::array& list) {
    std::vector<std::string> ids;
    for (const auto& row : list) ids.push_back(id_of(row));
    return ids;
  }
  static bool is_same(const json::array& list, const std::vector<std::string>& ids) {
    return !list.empty() && ids_of(list) == ids;
  }

  std::string told_cell(const Rows& rows, const json::object& row, std::string_view column,
                        std::string_view key, Form form) {
    const auto* value = field_of(row, key);
    if (value == nullptr) return "";
    auto text = cell_of(*value, form, zone_ ? &*zone_ : nullptr);
    if (text) return *text;
    found_issues_.error(rows.file.name(), rows.file.line(), column, json::serialize(*value).substr(0, 80),
                        "invalid-value", "The server sends another kind of value here; it was left out.");
    return "";
  }

  void write(Rows& rows, const json::value& value) {
    const auto* row = value.if_object();
    if (row == nullptr) {
      ++rows.without_id;
      found_issues_.error(rows.file.name(), rows.file.line(), "", json::serialize(value).substr(0, 80),
                          "invalid-row", "The server sends something that is no row; it was left out.");
      return;
    }
    const auto id = id_of(value);
    if (id.empty()) {
      ++rows.without_id;
    } else if (!rows.ids.insert(id).second) {
      throw Moved{fmt::format("{} '{}' comes twice", rows.collection.name, id)};
    }
    if (rows.elsewhere.contains(id)) return;
    std::vector<std::string> cells{id, told_cell(rows, *row, "status", "status", Form::text),
                                   told_cell(rows, *row, "dateLastModified", "dateLastModified", Form::text)};
    std::string_view last;
    for (const auto& field : rows.collection.fields) {
      auto text = told_cell(rows, *row, field.column, field.key, field.form);
      if (text.empty() && field.column == rows.fill.first) text = rows.fill.second;
      if (text.empty() && field.column == "orgSourcedIds" && source_.version == "1.1" &&
          schools_.size() == 1) {
        text = schools_.front();
        ++rows.taken_for_school;
      }
      if (field.column == last) {
        // A column that goes by two names: the later one counts where it is there.
        if (!text.empty()) cells.back() = std::move(text);
      } else {
        cells.push_back(std::move(text));
      }
      last = field.column;
    }
    for (const auto& column : rows.own) cells.push_back(told_cell(rows, *row, column, column, Form::list));
    if (roles_) write_roles(rows, *row, id);
    if (rows.collection.name == "orgs" && !id.empty()) schools_.push_back(id);
    rows.file.put(cells);
  }

  void write_roles(const Rows& rows, const json::object& user, const std::string& id) {
    const auto* roles = user.if_contains("roles");
    if (roles == nullptr || !roles->is_array()) return;
    int n = 0;
    for (const auto& value : roles->get_array()) {
      const auto* role = value.if_object();
      if (role == nullptr) continue;
      const auto text = [&](std::string_view key, Form form) {
        return told_cell(rows, *role, "roles", key, form);
      };
      roles_->put({fmt::format("{}-{}", id, ++n), told_cell(rows, user, "status", "status", Form::text), "",
                   id, text("roleType", Form::text), text("role", Form::text), text("beginDate", Form::date),
                   text("endDate", Form::date), text("org", Form::ref)});
    }
  }

  void write_manifest() {
    std::string text = "propertyName,value\r\nmanifest.version,1.0\r\n";
    text += fmt::format("oneroster.version,{}\r\n", source_.version);
    for (const auto& [name, mode] : modes_) text += fmt::format("file.{},{}\r\n", name, mode);
    os::write_file_whole(wanted_.folder / "manifest.csv", text);
  }

  const RestPull& wanted_;
  const config::RestSource& source_;
  RestServer server_;
  IssueList& issues_;
  /// Of the round that is under way.
  IssueList found_issues_;
  std::optional<Zone> zone_;
  std::set<std::string> own_columns_;
  std::map<std::string, std::string> modes_;
  std::optional<CsvFile> roles_;
  std::string revision_;
  /// Ids of orgs.
  std::vector<std::string> schools_;
};

}  // namespace

void pull_oneroster(const RestPull& pull, RestWorld world, IssueList& issues) {
  Pull(pull, std::move(world), issues).run();
}

}  // namespace crier::intake
