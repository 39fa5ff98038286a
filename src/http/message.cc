#include "http/message.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::http {
namespace {

const std::string kEmpty;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

const std::string* Headers::Find(std::string_view name) const {
  for (const auto& [field, value] : fields) {
    if (EqualsIgnoreCase(field, name)) return &value;
  }
  return nullptr;
}

void Headers::Set(std::string_view name, std::string_view value) {
  std::erase_if(fields, [&](const NameValue& field) { return EqualsIgnoreCase(field.first, name); });
  Add(name, value);
}

bool AcceptsCoding(const Headers& headers, std::string_view coding) {
  const std::string* accepted = headers.Find("Accept-Encoding");
  if (accepted == nullptr) return false;
  for (const std::string& piece : Split(*accepted, ',')) {
    const std::string_view name = Trim(std::string_view(piece).substr(0, piece.find(';')));
    if (EqualsIgnoreCase(name, coding))
      return piece.find("q=0") == std::string::npos || piece.find("q=0.") != std::string::npos;
  }
  return false;
}

const std::string& Request::Parameter(std::string_view name) const {
  for (const auto& [parameter, value] : parameters) {
    if (parameter == name) return value;
  }
  return kEmpty;
}

std::optional<std::string> Request::Query(std::string_view name) const {
  for (const auto& [parameter, value] : query) {
    if (parameter == name) return value;
  }
  return std::nullopt;
}

bool Request::QueryFlag(std::string_view name) const {
  const auto value = Query(name);
  return value && (value->empty() || EqualsIgnoreCase(*value, "true"));
}

Response Response::Of(int status, std::string body, std::string content_type) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.content_type = std::move(content_type);
  return response;
}

Response Response::EventStream(std::function<void(ResponseStream&)> stream) {
  Response response;
  response.content_type = "text/event-stream";
  response.headers.Add("Cache-Control", "no-cache");
  response.stream = std::move(stream);
  return response;
}

std::string_view StatusText(int status) {
  switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Entity";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "";
  }
}

Result<std::string> UrlDecode(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '+' && plus_is_blank) {
      out += ' ';
    } else if (c != '%') {
      out += c;
    } else {
      const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return UserError(fmt::format("Broken percent-escape in the URL at byte {}", i));
      out += static_cast<char>(high << 4 | low);
      i += 2;
    }
  }
  if (!IsValidUtf8(out) || out.find('\0') != std::string::npos) return UserError("The URL is not UTF-8 text");
  return out;
}

std::string UrlEncode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (IsUnreserved(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

Result<std::vector<NameValue>> ParseQuery(std::string_view text) {
  std::vector<NameValue> out;
  if (text.empty()) return out;
  for (const std::string& piece : Split(text, '&')) {
    if (piece.empty()) continue;
    const size_t equals = piece.find('=');
    MR_ASSIGN(std::string name, UrlDecode(std::string_view(piece).substr(0, equals), true));
    std::string value;
    if (equals != std::string::npos) {
      MR_ASSIGN(value, UrlDecode(std::string_view(piece).substr(equals + 1), true));
    }
    out.emplace_back(std::move(name), std::move(value));
  }
  return out;
}

}  // namespace millrace::http
