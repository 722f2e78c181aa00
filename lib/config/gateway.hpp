// Gateways that are asked over HTTP, as `[channel.sms]`, `[channel.wechat]` and `[channel.voice]` describe
// them (D2). Part of config/settings; lib/transport speaks to them.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.hpp"
#include "model/receipt.hpp"
#include "model/reply.hpp"

namespace crier::config {

/// What a gateway's own word for an error means (D4): whose fault it is, or that the recipient has opted out
/// there (D12). unanswered: a call that nobody took; it is made again, to their next number where there is
/// one.
enum class GatewayFault { recipient, opted_out, passing, ours, content, unanswered };

/// `kind = "http"`: how a message is put into a request. Texts may hold `{to}`, `{text}`, `{from}`, `{id}`,
/// `{encoding}`, `{segments}`, `{receipt_url}`, `{user}` and `{password}`.
struct RequestShape {
  std::string method = "POST";
  /// json: a name with dots is an object within an object.
  enum class Body { form, json, query } body = Body::form;
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// `kind = "http"`: how success is told from failure. Places in an answer are JSON pointers (RFC 6901).
struct AnswerShape {
  /// Statuses of success.
  std::vector<int> statuses{200, 201, 202};
  /// Where a word says whether it was taken, and the words that mean yes; empty: the status says it.
  std::string ok;
  std::vector<std::string> ok_words;
  /// An answer that is plain text is a success where it begins so; none: any text.
  std::vector<std::string> begins;
  std::string id;
  std::string error;
  std::string text;
  std::map<std::string, GatewayFault> errors;
};

/// `kind = "http"`: how a receipt tells its state. Names are those of its parameters, or JSON pointers where
/// it comes as JSON.
struct ReceiptShape {
  /// Where the state stands; empty: receipts of this gateway are not understood.
  std::string status;
  /// In lower case.
  std::map<std::string, ReceiptState> words;
  /// Where the error stands, as in `errors`; further words for people; which part of a long text it is about.
  /// Each may be empty.
  std::string error;
  std::string text;
  std::string part;
};

/// `kind = "http"`: the parameters of a reply that the gateway brings. Names as in `ReceiptShape`.
struct ReplyShape {
  std::string from = "from";
  std::string text = "text";
  std::string to = "to";
  std::string id = "id";
};

struct Gateway {
  /// kannel: sendsms's address. twilio: https://api.twilio.com. http: where the request goes. wecom:
  /// https://qyapi.weixin.qq.com. Without a slash at the end, but for http.
  std::string url;
  /// kannel: the sendsms-user. twilio: the account's SID.
  std::string user;
  /// kannel, twilio, http: the password or token. wecom: the app's secret.
  Secret secret;
  /// Why it could not be read; who signs in throws it.
  std::string secret_fault;
  std::filesystem::path ca_file;
  /// Where the gateway reaches the daemon for receipts, without a slash at the end; empty: none are asked
  /// for.
  std::string receipts;
  /// Emergencies whose fate is not known go again: rather twice than not at all (D5).
  bool rather_twice = false;
  // kannel
  std::string smsc;
  /// twilio: MessagingServiceSid, instead of a sender's number.
  std::string service;
  // wecom
  std::string corp_id;
  std::int64_t agent_id = 0;
  /// app: messages to members of the school's own WeChat Work. parents: the school–parent channel.
  enum class Audience { app, parents } audience = Audience::parents;
  /// Whose parents are asked for: numbers of departments.
  std::vector<std::int64_t> departments{1};
  /// So long WeChat knows a message again that it has had: what is in doubt goes again within it.
  std::chrono::seconds duplicate_check{4 * 3600};
  // http
  RequestShape request;
  AnswerShape answer;
  ReceiptShape receipt;
  ReplyShape reply;
  /// kannel, http: what a gateway that brings replies shows as `key`; none is named: it brings none.
  bool has_reply_secret = false;
  Secret reply_secret;
  std::string reply_secret_fault;
  /// What the gateway is answered goes back to the phone: STOP and its like are answered so.
  bool answers = true;
  /// Further words, folded, by what they ask for.
  std::map<std::string, ReplyWord> reply_words;
};

}  // namespace crier::config
