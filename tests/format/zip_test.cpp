#include "format/zip.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <functional>

#include "base/error.hpp"
#include "base/os.hpp"
#include "format/zip_builder.hpp"

using namespace crier;
using namespace crier::format;
using crier::test::ZipPart;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / ("crier-zip-" + os::random_hex(8));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  fs::path write(const std::string& bytes) const {
    const auto file = path / "set.zip";
    os::write_file_whole(file, bytes);
    return file;
  }
  fs::path write(const std::vector<ZipPart>& parts) const { return write(test::build_zip(parts)); }
};

std::string refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::refused_input);
    CHECK(error.message().find("set.zip") != std::string::npos);
    return error.code();
  }
  return "none";
}

ZipPart part(std::string name, std::string bytes = "x") {
  ZipPart made;
  made.name = std::move(name);
  made.bytes = std::move(bytes);
  return made;
}

}  // namespace

TEST_CASE("I1: files come out of a zip as they went in") {
  const Folder folder;
  ZipPart packed = part("nuls.bin", test::deflate_nuls(40));
  packed.method = 8;
  const std::string nuls(40 * 258 + 1, '\0');
  packed.crc = test::crc32(nuls);
  packed.unpacked_size = static_cast<std::uint32_t>(nuls.size());
  ZipArchive archive(folder.write({part("users.csv", "a,b\r\n1,2\r\n"), part("sub/", ""), packed}));
  REQUIRE(archive.entries().size() == 3);
  CHECK(archive.entries()[0].name == "users.csv");
  CHECK(archive.entries()[0].bytes == 10);
  CHECK(archive.entries()[1].kind == ZipEntry::Kind::folder);
  archive.extract(archive.entries()[0], folder.path / "out.csv");
  CHECK(os::read_file(folder.path / "out.csv") == "a,b\r\n1,2\r\n");
  archive.extract(archive.entries()[2], folder.path / "out.bin");
  CHECK(os::read_file(folder.path / "out.bin") == nuls);
}

TEST_CASE("I8: what is no zip, or a cut one, is refused whole") {
  const Folder folder;
  CHECK(refusal([&] { ZipArchive archive(folder.write(std::string("sourcedId,status\n"))); }) == "not-a-zip");
  const auto whole = test::build_zip({part("users.csv", std::string(1000, 'u'))});
  CHECK(refusal([&] { ZipArchive archive(folder.write(whole.substr(0, 600))); }) == "damaged-archive");
  CHECK(refusal([&] { ZipArchive archive(folder.path / "none" / "set.zip"); }) == "unreadable-file");
}

TEST_CASE("I8: entries that would leave the folder or hide something are refused") {
  const Folder folder;
  for (const char* name : {"../users.csv", "a/../../b", "/etc/passwd", "a\\b.csv", "C:users.csv", "a\nb"}) {
    CHECK_MESSAGE(refusal([&] { ZipArchive archive(folder.write({part(name)})); }) == "unsafe-archive", name);
  }
  CHECK(refusal([&] {
          ZipArchive archive(folder.write({part("users.csv"), part("Users.csv")}));
        }) == "unsafe-archive");
  ZipPart link = part("users.csv", "/etc/passwd");
  link.attributes = 0120777U << 16;
  CHECK(refusal([&] { ZipArchive archive(folder.write({link})); }) == "unsafe-archive");
  ZipPart secret = part("users.csv");
  secret.flags = 1;
  CHECK(refusal([&] { ZipArchive archive(folder.write({secret})); }) == "encrypted-archive");
}

TEST_CASE("I8: a wrong checksum is found and nothing is left behind") {
  const Folder folder;
  ZipPart wrong = part("users.csv", "a,b\n");
  wrong.crc = 12345;
  ZipArchive archive(folder.write({wrong}));
  const auto out = folder.path / "out.csv";
  CHECK(refusal([&] { archive.extract(archive.entries()[0], out); }) == "damaged-archive");
  CHECK_FALSE(fs::exists(out));
}

TEST_CASE("I8: a zip bomb is stopped while it unpacks, whatever its directory claims") {
  const Folder folder;
  ZipPart bomb = part("users.csv", test::deflate_nuls(20'000));
  bomb.method = 8;
  bomb.unpacked_size = 100;  // a lie
  const auto file = folder.write({bomb});
  const auto out = folder.path / "out.csv";
  const auto code_with = [&](ZipLimits limits) {
    ZipArchive archive(file, limits);
    const auto code = refusal([&] { archive.extract(archive.entries()[0], out); });
    CHECK_FALSE(fs::exists(out));
    return code;
  };
  CHECK(code_with({.ratio = 100, .ratio_from_bytes = 1 << 20}) == "archive-too-large");
  CHECK(code_with({.entry_bytes = 1 << 20}) == "archive-too-large");
  CHECK(code_with({.total_bytes = 1 << 20}) == "archive-too-large");
  CHECK(code_with({}) == "damaged-archive");  // within all limits, but not as claimed
}

TEST_CASE("I8: claimed sizes and entry counts over the limits are refused at once") {
  const Folder folder;
  ZipPart large = part("users.csv");
  large.unpacked_size = 2'000'000'000;
  CHECK(refusal([&] { ZipArchive archive(folder.write({large}), {.entry_bytes = 1 << 20}); }) ==
        "archive-too-large");
  CHECK(refusal([&] {
          ZipArchive archive(folder.write({part("a"), part("b")}), {.entries = 1});
        }) == "archive-too-large");
}
