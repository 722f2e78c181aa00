// A report as a page of its own (S3): one HTML file that needs nothing from outside, reads well with a screen
// reader, on paper, on a phone and in the dark. The pieces serve the dashboard's pages too.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/table.hpp"
#include "base/zone.hpp"

namespace crier::output {

/// Text as it may stand in HTML, between tags and in quoted attributes.
std::string escape_html(std::string_view text);

/// `<table>` with caption and scopes; the first column heads its row. Notes follow as a list.
std::string html_table(const Table& table, const Zone& zone);

/// Everything on one page: each table under its title, its charts above it.
struct Page {
  std::string title;
  /// What the figures cover: `Cambridge School, 1 to 30 November 2026`.
  std::string subtitle = {};
  /// BCP 47
  std::string language = "en";
  Instant made{};
};
std::string html_page(const Page& page, std::span<const Table> tables, const Zone& zone);

/// The style of the page, for others that show its pieces.
std::string_view page_style();

}  // namespace crier::output
