#include "format/mail.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "format/mail_body.hpp"

using namespace crier;
using namespace crier::format;
namespace fs = std::filesystem;

namespace {

const Instant noon = from_millis(1795608000000);  // 2026-11-25 12:00 UTC

MailContent content(std::string subject, std::string text) {
  MailContent made;
  made.from_name = "Cambridge School";
  made.from_address = "office@school.example";
  made.subject = std::move(subject);
  made.text = std::move(text);
  return made;
}

MailRecipient recipient(std::string_view name, std::string_view address) {
  MailRecipient made;
  made.to_name = name;
  made.to_address = address;
  made.message_id = "31-7.ab12@school.example";
  made.date = noon;
  return made;
}

std::string compose(MailContent from, const MailRecipient& to) {
  return MailComposer(std::move(from)).compose(to);
}

/// Header lines as they lie, folded ones apart.
std::vector<std::string> head_lines(const std::string& mail) {
  std::vector<std::string> lines;
  for (auto line : split(std::string_view(mail).substr(0, mail.find("\r\n\r\n")), '\n')) {
    lines.emplace_back(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
  }
  return lines;
}

/// What holds for every mail, whatever is in it.
void check_form(const std::string& mail) {
  REQUIRE(mail.ends_with("\r\n"));
  for (std::size_t i = 0; i < mail.size(); ++i) {
    if (mail[i] == '\n') REQUIRE((i > 0 && mail[i - 1] == '\r'));
    if (mail[i] == '\r') REQUIRE((i + 1 < mail.size() && mail[i + 1] == '\n'));
  }
  for (const auto line : split(mail, '\n')) CHECK(line.size() <= 999);
  for (const auto& line : head_lines(mail)) {
    if (line.find(' ', 1) != std::string::npos) CHECK_MESSAGE(line.size() <= 200, line);
    if (line.find("=?utf-8?") != std::string::npos) CHECK_MESSAGE(line.size() <= 78, line);
  }
}

bool refuses(MailContent from, const MailRecipient& to) {
  try {
    compose(std::move(from), to);
  } catch (const Error& error) {
    return error.exit() == Exit::usage;
  }
  return false;
}

std::string repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("D2: a plain mail is what RFC 5322 asks for") {
  CHECK(compose(content("School Closure", "Dear parents,\nthe school is closed.\n"),
                recipient("Robert Dyer", "r.dyer@example.org")) ==
        "Date: Wed, 25 Nov 2026 12:00:00 +0000\r\n"
        "To: Robert Dyer <r.dyer@example.org>\r\n"
        "Message-ID: <31-7.ab12@school.example>\r\n"
        "From: Cambridge School <office@school.example>\r\n"
        "Subject: School Closure\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 7bit\r\n"
        "\r\n"
        "Dear parents,\r\nthe school is closed.\r\n");
}

TEST_CASE("D2: names are quoted where their signs need it") {
  const auto to_line = [](std::string_view name) {
    return head_lines(compose(content("s", "t\n"), recipient(name, "a@example.org")))[1];
  };
  CHECK(to_line("Dyer, Robert (Bob)") == "To: \"Dyer, Robert (Bob)\" <a@example.org>");
  CHECK(to_line("O'Hara \"Red\" \\") == "To: \"O'Hara \\\"Red\\\" \\\\\" <a@example.org>");
  CHECK(to_line("") == "To: a@example.org");
  CHECK(to_line("Zoë") == "To: =?utf-8?q?Zo=C3=AB?= <a@example.org>");
  CHECK(to_line("王小明") == "To: =?utf-8?b?546L5bCP5piO?= <a@example.org>");
  CHECK(to_line("=?utf-8?q?x?=") == "To: =?utf-8?b?PT91dGYtOD9xP3g/PQ==?= <a@example.org>");
}

TEST_CASE("D2: addresses beyond ASCII go out raw") {
  CHECK(head_lines(compose(content("s", "t\n"), recipient("", "zoë@example.org")))[1] ==
        "To: zoë@example.org");
}

TEST_CASE("D2: long fields are folded, encoded words end between characters") {
  for (const auto& subject : {repeat("Łódź and more ", 12), repeat("王小明", 33), repeat("👍🏽", 40),
                              repeat("plain words ", 20) + "end", std::string(990, 'x'),
                              repeat("é", 3) + repeat("x", 500), "x" + repeat("👨‍👩‍👧", 30)}) {
    const auto mail = compose(content(subject, "t\n"), recipient(repeat("Ünal ", 30), "a@example.org"));
    check_form(mail);
    for (const auto& line : head_lines(mail)) {
      const auto start = line.find("=?utf-8?");
      if (start == std::string::npos) continue;
      CHECK(line.find("?=", start + 12) - start + 2 <= 75);
    }
  }
}

TEST_CASE("M7: nobody injects a header line") {
  const auto good = recipient("Ann", "a@example.org");
  for (const char* bad : {"x\r\nBcc: all@example.org", "x\ny", "x\ry"}) {
    CHECK(refuses(content(bad, "t"), good));
    CHECK(refuses(content("s", "t"), recipient(bad, "a@example.org")));
    CHECK(refuses(content("s", "t"), recipient("Ann", std::string("a@example.org") + bad)));
    auto from = content("s", "t");
    from.from_name = bad;
    CHECK(refuses(from, good));
    from = content("s", "t");
    from.reply_to = bad;
    CHECK(refuses(from, good));
    from = content("s", "t");
    from.headers = {{"X-Kind", bad}};
    CHECK(refuses(from, good));
    from.headers = {{bad, "x"}};
    CHECK(refuses(from, good));
    from = content("s", "t");
    from.attachments = {{bad, "text/plain", "x"}};
    CHECK(refuses(from, good));
    auto to = good;
    const auto id = std::string("a") + bad + "@x";
    to.message_id = id;
    CHECK(refuses(content("s", "t"), to));
  }
  CHECK(refuses(content(std::string("a\0b", 3), "t"), good));
  CHECK(refuses(content("s", std::string("a\0b", 3)), good));
  for (const char* bad : {"a@example.org, b@example.org", "a", "<a@example.org>", "a@example.org>"}) {
    CHECK(refuses(content("s", "t"), recipient("", bad)));
  }
  CHECK_FALSE(refuses(content("s", "t"), recipient("", "\"john smith\"@example.org")));
}

TEST_CASE("D2: a body takes the encoding that fits and is shortest") {
  const auto encoding = [](const std::string& text) {
    const auto mail = compose(content("s", text), recipient("", "a@example.org"));
    check_form(mail);
    const auto at = mail.find("Content-Transfer-Encoding: ") + 27;
    return mail.substr(at, mail.find("\r\n", at) - at);
  };
  CHECK(encoding("plain\n") == "7bit");
  CHECK(encoding(std::string(998, 'x') + "\n" + std::string(998, 'y')) == "7bit");
  CHECK(encoding(std::string(999, 'x') + "\n") == "quoted-printable");
  CHECK(encoding("Dear Zoë, plain otherwise.\n") == "quoted-printable");
  CHECK(encoding("Уважаемые родители, школа закрыта.\n") == "base64");
  CHECK(encoding("") == "7bit");
}

TEST_CASE("D2: quoted-printable keeps its lines within 76 and its blanks at the ends") {
  std::string out;
  append_quoted_printable(out, "ends in a blank \r\ntab\t\r\n=\r\n" + std::string(76, 'x') + "\r\n" +
                                   std::string(77, 'y') + "\r\n");
  CHECK(out == "ends in a blank=20\r\ntab=09\r\n=3D\r\n" + std::string(76, 'x') + "\r\n" +
                   std::string(75, 'y') + "=\r\nyy\r\n");
}

TEST_CASE("D2: what one recipient has to himself replaces or follows what all share") {
  const MailComposer composer(content("s", "shared\n"));
  auto to = recipient("", "a@example.org");
  to.own_text = "only\nyours";
  CHECK(composer.compose(to).ends_with("7bit\r\n\r\nonly\r\nyours\r\n"));
  to.own_text = "";
  to.appended_text = "your link\n";
  CHECK(composer.compose(to).ends_with("7bit\r\n\r\nshared\r\nyour link\r\n"));
  to.appended_text = "a link of their own for Zoë\n";
  CHECK(composer.compose(to).ends_with("shared\r\na link of their own for Zo=C3=AB\r\n"));
  const std::vector<MailHeader> headers{{"List-Unsubscribe", "<https://school.example/u/1>"},
                                        {"List-Unsubscribe-Post", "List-Unsubscribe=One-Click"}};
  to.headers = headers;
  CHECK(composer.compose(to).find(
            "\r\nList-Unsubscribe: <https://school.example/u/1>\r\nList-Unsubscribe-Post: "
            "List-Unsubscribe=One-Click\r\n") != std::string::npos);
}

TEST_CASE("D2: Python's e-mail package reads back what was composed") {
  if (std::system("python3 -c 'import email.policy' > /dev/null 2>&1") != 0) {
    MESSAGE("skipped: no python3 here");
    return;
  }
  const fs::path folder = fs::temp_directory_path() / ("crier-mail-" + os::random_hex(8));
  fs::create_directories(folder);
  boost::json::array expected;
  const std::vector<std::string> subjects{"School Closure",
                                          repeat("Łódź und Straße ", 6) + "Ende",
                                          repeat("王小明", 30),
                                          "=?utf-8?q?no?= trick",
                                          repeat("long ascii words ", 12) + "end",
                                          " blank at both ends ",
                                          "two  blanks   inside",
                                          "Zoë",
                                          repeat("👍", 60),
                                          "tab\there",
                                          std::string(950, 'x')};
  const std::vector<std::string> names{"Robert Dyer",
                                       "Dyer, Robert",
                                       "O'Hara \"Red\" \\ Ann",
                                       "Zoë Ünal",
                                       "",
                                       repeat("Čapek-Novák ", 12) + "Ž",
                                       "王小明",
                                       "a.b (c)"};
  const std::vector<std::string> texts{"Dear parents,\nclosed.\n",
                                       "Zoë = 100%\n\n.\nFrom me \n",
                                       "Уважаемые родители\n" + repeat("школа ", 300) + "\n",
                                       std::string(3000, 'x') + "\n",
                                       repeat("é", 999) + "\n",
                                       "ends without a line end",
                                       "trailing blanks  \n\t\n"};
  int number = 0;
  for (const auto& subject : subjects) {
    for (const auto& name : names) {
      auto from = content(subject, texts[static_cast<std::size_t>(number) % texts.size()]);
      from.from_name = name;
      from.reply_to = "head@school.example";
      if (number % 3 == 0) from.html = "<p>" + from.text + "</p>\n";
      if (number % 4 == 0)
        from.attachments = {{"Brief für alle.pdf", "application/pdf", std::string(500, '\xff')}};
      auto to = recipient(name, "r.dyer@example.org");
      if (number % 5 < 3) {  // M2: a recipient's own words are spliced in, whatever the encodings
        from.html_end = "</body>\n";
        const std::string_view owns[] = {"About: Ann\n", "About: Zoë = 1\n", "关于：安\n"};
        to.appended_text = owns[number % 5];
        if (!from.html.empty()) to.appended_html = owns[(number + 1) % 3];
      }
      const auto mail = compose(from, to);
      check_form(mail);
      os::write_file_whole(folder / fmt::format("{}.eml", number), mail);
      const auto html = from.html.empty() ? "" : from.html + std::string(to.appended_html) + from.html_end;
      expected.push_back({{"subject", subject},
                          {"name", name},
                          {"text", from.text + std::string(to.appended_text)},
                          {"html", html},
                          {"attachments", static_cast<int>(from.attachments.size())}});
      ++number;
    }
  }
  os::write_file_whole(folder / "expected.json", boost::json::serialize(expected));
  os::write_file_whole(folder / "check.py",
                       R"(import email, email.header, email.policy, email.utils, json, sys, pathlib
folder = pathlib.Path(sys.argv[1])
wrong = 0
def same(number, what, got, wanted):
    global wrong
    if got != wanted:
        wrong += 1
        print(number, what, repr(got)[:300], 'instead of', repr(wanted)[:300])
def text_of(part):
    return part.get_content().replace('\r\n', '\n')
for number, want in enumerate(json.load(open(folder / 'expected.json', encoding='utf-8'))):
    bytes = (folder / f'{number}.eml').read_bytes()
    mail = email.message_from_bytes(bytes, policy=email.policy.default)
    old = email.message_from_bytes(bytes)
    same(number, 'subject', mail['Subject'], want['subject'])
    for field, address in (('From', 'office@school.example'), ('To', 'r.dyer@example.org')):
        name, spec = email.utils.parseaddr(old[field])
        # The new policy puts blanks between the encoded words of a folded name.
        name = str(email.header.make_header(email.header.decode_header(name)))
        same(number, field, (name, spec), (want['name'], address))
    same(number, 'reply-to', mail['Reply-To'], 'head@school.example')
    same(number, 'id', mail['Message-ID'], '<31-7.ab12@school.example>')
    same(number, 'date', mail['Date'].datetime.isoformat(), '2026-11-25T12:00:00+00:00')
    text = want['text'] if want['text'].endswith('\n') else want['text'] + '\n'
    same(number, 'text', text_of(mail.get_body(('plain',))), text)
    html = mail.get_body(('html',))
    same(number, 'html', text_of(html) if html else '', want['html'])
    attached = list(mail.iter_attachments()) if mail.get_content_type() == 'multipart/mixed' else []
    same(number, 'attachments', len(attached), want['attachments'])
    for part in attached:
        same(number, 'file', (part.get_filename(), part.get_content()), ('Brief f\u00fcr alle.pdf', b'\xff' * 500))
    defects = [d for part in mail.walk() for d in part.defects]
    same(number, 'defects', defects, [])
sys.exit(1 if wrong else 0)
)");
  const auto command = fmt::format("python3 '{0}/check.py' '{0}' > '{0}/wrong.txt' 2>&1", folder.string());
  const int failed = std::system(command.c_str());
  CHECK_MESSAGE(failed == 0, os::read_file(folder / "wrong.txt"));
  fs::remove_all(folder);
}
