// Where mails that came back lie: a Maildir, a folder of mails, a mailbox in one file, a single mail. Hands
// each to whoever reads it; moves and deletes nothing (I11, C9).
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace crier::intake {

/// `name`: the mail's file, with `:3` behind it for the third of a mailbox in one file.
using TakeMail = std::function<void(const std::string& name, std::string_view bytes)>;
/// A file that cannot be read, and why.
using PassMail = std::function<void(const std::string& name, const std::string& why)>;

/// In the order of their names. Of a Maildir `new` and `cur`; of another folder all files, those in its
/// folders too, but for hidden ones. Throws Error(refused_input) where there is nothing at the path.
void read_mailbox(const std::filesystem::path& path, const TakeMail& take, const PassMail& pass);

/// The same of bytes that were read already.
void read_mailbox_text(const std::string& name, std::string_view bytes, const TakeMail& take);

}  // namespace crier::intake
