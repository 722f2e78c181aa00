// One Markdown source, two parts of an e-mail (M2): HTML that is safe whatever was written, and plain text as
// its reader expects it. Between the words of a message and format/mail. Staff write without a thought of
// Markdown: line ends stay, angle brackets are shown, addresses of pages become links.
#pragma once

#include <string>
#include <string_view>

namespace crier::message {

/// A piece of HTML, each line ended: no raw HTML, no link but to http, https, mailto and tel; paragraphs take
/// their direction from their own letters. Throws Error(refused_by_rule, "limit") for a source that nests
/// beyond what a letter does.
std::string markdown_to_html(std::string_view source);

/// The same for readers of plain text: links as `text (address)`, marks of lists and quotes kept.
std::string markdown_to_plain(std::string_view source);

/// What stands before and after the pieces of HTML: one self-contained page in a language (BCP 47, may be
/// empty), readable in the dark.
std::string html_begin(std::string_view language);
std::string html_end();

/// Text between tags.
std::string html_escape(std::string_view text);

/// Text that comes out of Markdown as it went in.
std::string markdown_escape(std::string_view text);

}  // namespace crier::message
