#include "message/markdown.hpp"

#include <doctest/doctest.h>

#include <chrono>

#include "base/error.hpp"

using namespace crier;
using namespace crier::message;

TEST_CASE("M2: what staff write without a thought of Markdown comes out as they meant it") {
  struct Row {
    std::string source;
    std::string html;
    std::string plain;
  };
  const Row rows[] = {
      {"Line one\nline two", "<p dir=\"auto\">Line one<br />\nline two</p>\n", "Line one\nline two\n"},
      {"First.\n\nSecond.", "<p dir=\"auto\">First.</p>\n<p dir=\"auto\">Second.</p>\n",
       "First.\n\nSecond.\n"},
      {"a < b & c > d", "<p dir=\"auto\">a &lt; b &amp; c &gt; d</p>\n", "a < b & c > d\n"},
      {"see <angle> here", "<p dir=\"auto\">see &lt;angle&gt; here</p>\n", "see <angle> here\n"},
      {"<b>bold</b>", "<p dir=\"auto\">&lt;b&gt;bold&lt;/b&gt;</p>\n", "<b>bold</b>\n"},
      {"<div>\nx\n</div>", "<p dir=\"auto\">&lt;div&gt;<br />\nx<br />\n&lt;/div&gt;</p>\n",
       "<div>\nx\n</div>\n"},
      {"file_name_here.pdf", "<p dir=\"auto\">file_name_here.pdf</p>\n", "file_name_here.pdf\n"},
      {"#1 in the county", "<p dir=\"auto\">#1 in the county</p>\n", "#1 in the county\n"},
      {"2 * 3 * 4", "<p dir=\"auto\">2 * 3 * 4</p>\n", "2 * 3 * 4\n"},
      {"Write to a_b@school.example.org.",
       "<p dir=\"auto\">Write to <a href=\"mailto:a_b@school.example.org\">a_b@school.example.org</a>.</p>\n",
       "Write to a_b@school.example.org.\n"},
      {"See https://school.example/a_b_c?x=1&y=2.",
       "<p dir=\"auto\">See <a "
       "href=\"https://school.example/a_b_c?x=1&amp;y=2\">https://school.example/a_b_c?x=1&amp;y="
       "2</a>.</p>\n",
       "See https://school.example/a_b_c?x=1&y=2.\n"},
      {"*Bring* a **coat**", "<p dir=\"auto\"><em>Bring</em> a <strong>coat</strong></p>\n",
       "Bring a coat\n"},
      {"[Portal](https://portal.example)",
       "<p dir=\"auto\"><a href=\"https://portal.example\">Portal</a></p>\n",
       "Portal (https://portal.example)\n"},
      {"- one\n- two", "<ul>\n<li dir=\"auto\">one</li>\n<li dir=\"auto\">two</li>\n</ul>\n",
       "- one\n- two\n"},
      {"3. three\n4. four",
       "<ol start=\"3\">\n<li dir=\"auto\">three</li>\n<li dir=\"auto\">four</li>\n</ol>\n",
       "3. three\n4. four\n"},
      {"# Title\n\n> quoted\n> more",
       "<h1 dir=\"auto\">Title</h1>\n<blockquote dir=\"auto\">\n<p dir=\"auto\">quoted<br "
       "/>\nmore</p>\n</blockquote>\n",
       "Title\n\n> quoted\n> more\n"},
      {"مرحبا", "<p dir=\"auto\">مرحبا</p>\n", "مرحبا\n"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.source);
    CHECK(markdown_to_html(row.source) == row.html);
    CHECK(markdown_to_plain(row.source) == row.plain);
  }
}

TEST_CASE(
    "M2: no source makes a script, an image or a link to anything but pages, mailboxes and telephones") {
  for (const auto* source :
       {"[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](data:text/html,a)",
        "![x](https://e.example/p.png)", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
        "[x](vbscript:y)", "<javascript:alert(1)>", "[a]: javascript:alert(1)\n\n[a]",
        "[x](\"onmouseover=alert(1))", "https://e.example/\"onclick=alert(1)"}) {
    CAPTURE(source);
    const auto html = markdown_to_html(source);
    for (const auto* bad : {"<script", "<img", "href=\"javascript", "href=\"data", "href=\"vb",
                            "onclick=alert(1)>", "\"onmouseover=", "href=\"Ja"}) {
      CAPTURE(bad);
      CHECK(html.find(bad) == std::string::npos);
    }
  }
}

TEST_CASE("M2: a value that is put into Markdown comes out as it is, in HTML and plain") {
  for (const std::string value :
       {"*Ann* <b>", "[x](http://evil.example)", "O'Hara_the_3rd", "1. # > - `code`", "{{x}}", "back\\slash",
        "A & B", "http://evil.example"}) {
    CAPTURE(value);
    const auto plain = markdown_to_plain("Dear " + markdown_escape(value) + ",");
    CHECK(plain == "Dear " + value + ",\n");
    const auto html = markdown_to_html("Dear " + markdown_escape(value) + ",");
    CHECK(html.find("<em>") == std::string::npos);
    CHECK(html.find("<b>") == std::string::npos);
  }
  CHECK(markdown_to_plain(markdown_escape("two\nlines")) == "two lines\n");
  // Where a backslash would show: in code, which a line that is indented is.
  CHECK(markdown_to_plain("    Dear " + markdown_escape("O'Hara <*>")) == "Dear O'Hara <*>\n");
  CHECK(markdown_to_html("`" + markdown_escape("a`*b*<i>") + "`") ==
        "<p dir=\"auto\"><code>a`*b*&lt;i&gt;</code></p>\n");
  CHECK(markdown_to_plain("\\" + markdown_escape("*Ann*")) == "\\*Ann*\n");
  CHECK(markdown_to_html("[Portal](" + markdown_escape("https://p.example/?a=1&b=(2)") + ")") ==
        "<p dir=\"auto\"><a href=\"https://p.example/?a=1&amp;b=(2)\">Portal</a></p>\n");
  CHECK(markdown_to_html(markdown_escape("https://p.example/a_b")) ==
        "<p dir=\"auto\"><a href=\"https://p.example/a_b\">https://p.example/a_b</a></p>\n");
  CHECK(markdown_to_html("[x](" + markdown_escape("javascript:alert(1)") + ")") == "<p dir=\"auto\">x</p>\n");
  CHECK(markdown_to_plain("a\U0010F00Ab\U0010F000c") == "a\U0010F00Ab\U0010F000c\n");
}

TEST_CASE("M2: a source that nests without end is refused, and a long one does not take long") {
  CHECK_THROWS_AS(markdown_to_html(std::string(100'000, '>') + "x"), Error);
  CHECK_THROWS_AS(markdown_to_html("x\n" + std::string(50, '-') + " - - x" + std::string(50, '>') + "y"),
                  Error);
  CHECK(markdown_to_plain(std::string(60, '-') + "\n") == "-----\n");
  std::string brackets, stars;
  for (int i = 0; i < 50'000; ++i) {
    brackets += "[a](";
    stars += "*a **b ";
  }
  (void)markdown_to_html(brackets);
  (void)markdown_to_html(stars);
}
