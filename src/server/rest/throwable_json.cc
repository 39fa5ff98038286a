#include "server/rest/throwable_json.h"

#include "base/strings.h"

namespace millrace::server {
namespace {

constexpr std::string_view kSerializedThrowable = "org.apache.flink.util.SerializedThrowable";
constexpr std::string_view kDefaultClass = "org.apache.flink.util.FlinkException";

// Java Object Serialization Specification, version 2, section 6.4.
constexpr char kNull = 0x70;
constexpr char kClassDescription = 0x72;
constexpr char kObject = 0x73;
constexpr char kString = 0x74;
constexpr char kArray = 0x75;
constexpr char kEnd = 0x78;
constexpr char kLongString = 0x7c;
constexpr char kSerializable = 2;

// Writes one org.apache.flink.util.SerializedThrowable without a nested one, the same in Flink 1.x and 2.x.
class JavaObjectWriter {
 public:
  std::string Write(std::string_view class_name, std::string_view text) {
    out_ += std::string_view("\xac\xed\x00\x05", 4);
    out_ += kObject;
    // Fields in the order of the specification: by name, all of them objects here.
    BeginClass(kSerializedThrowable, 0x65169df51fa713f3, 3);
    ObjectField("fullStringifiedStackTrace", "Ljava/lang/String;");
    ObjectField("originalErrorClassName", "Ljava/lang/String;");
    ObjectField("serializedException", "[B", '[');
    out_ += kEnd;
    BeginClass("java.lang.Exception", static_cast<int64_t>(0xd0fd1f3e1a3b1cc4), 0);
    out_ += kEnd;
    BeginClass("java.lang.Throwable", static_cast<int64_t>(0xd5c635273977b8cb), 4);
    ObjectField("cause", "Ljava/lang/Throwable;");
    ObjectField("detailMessage", "Ljava/lang/String;");
    ObjectField("stackTrace", "[Ljava/lang/StackTraceElement;", '[');
    ObjectField("suppressedExceptions", "Ljava/util/List;");
    out_ += kEnd;
    out_ += kNull;  // no further superclass
    // The values, from the topmost class down.
    out_ += kNull;
    Text(text);
    EmptyStackTrace();
    out_ += kNull;
    Text(text);
    Text(class_name);
    EmptyBytes();
    return std::move(out_);
  }

 private:
  void Number(uint64_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out_ += static_cast<char>(value >> shift & 0xff);
  }
  void ShortText(std::string_view text) {
    Number(text.size(), 2);
    out_ += text;
  }
  // Java's own UTF-8 has no 4-byte characters and no NUL byte.
  static std::string Modified(std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      out += byte == 0 || byte >= 0xf0 ? '?' : text[i];
      if (byte >= 0xf0) i += 3;
    }
    return out;
  }
  void Text(std::string_view given) {
    const std::string text = Modified(given);
    if (text.size() <= 0xffff) {
      out_ += kString;
      return ShortText(text);
    }
    out_ += kLongString;
    Number(text.size(), 8);
    out_ += text;
  }
  void BeginClass(std::string_view name, int64_t version, uint16_t num_fields) {
    out_ += kClassDescription;
    ShortText(name);
    Number(static_cast<uint64_t>(version), 8);
    out_ += kSerializable;
    Number(num_fields, 2);
  }
  void ObjectField(std::string_view name, std::string_view type, char code = 'L') {
    out_ += code;
    ShortText(name);
    Text(type);
  }
  void EmptyArray(std::string_view type, uint64_t version) {
    out_ += kArray;
    BeginClass(type, static_cast<int64_t>(version), 0);
    out_ += kEnd;
    out_ += kNull;
    Number(0, 4);
  }
  void EmptyStackTrace() { EmptyArray("[Ljava.lang.StackTraceElement;", 0x02462a3c3cfd2239); }
  void EmptyBytes() { EmptyArray("[B", 0xacf317f8060854e0); }

  std::string out_;
};

}  // namespace

codec::Json ThrowableJson(std::string_view class_name, std::string_view text) {
  codec::Json out = codec::Json::MakeObject();
  out.Set("class", class_name).Set("stack-trace", text);
  return out.Set("serialized-throwable", Base64Encode(JavaObjectWriter().Write(class_name, text)));
}

std::string ExceptionClass(const engine::FailureReport& failure) {
  return failure.code.find('.') == std::string::npos ? std::string(kDefaultClass) : failure.code;
}

}  // namespace millrace::server
