#include "registry/registry.h"

#include <gtest/gtest.h>

#include "registry/memory_schema_log.h"
#include "registry/records.h"

namespace millrace::registry {
namespace {

constexpr const char* kInt = R"("int")";
constexpr const char* kString = R"("string")";
constexpr const char* kV1 = R"({"type":"record","name":"R","fields":[{"name":"a","type":"int"}]})";
constexpr const char* kV2 =
    R"({"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":"int","default":0}]})";
constexpr const char* kNoDefault =
    R"({"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"c","type":"int"}]})";

SchemaRequest Avro(std::string text) {
  SchemaRequest request;
  request.content.text = std::move(text);
  return request;
}

struct Fixture : ::testing::Test {
  Fixture() { Restart({}); }

  void Restart(std::vector<LogRecord> records) {
    auto owned = std::make_unique<MemorySchemaLog>(std::move(records));
    registry.reset();
    log = owned.get();
    registry = std::move(*Registry::Open(std::move(owned)));
  }
  int32_t Register(const std::string& subject, const std::string& text) {
    const auto made = registry->Register(subject, Avro(text));
    EXPECT_TRUE(made.ok()) << made.error().message;
    return made.ok() ? made->id : -1;
  }
  template <typename T>
  static std::string Code(const Result<T>& result) {
    return result.ok() ? "ok" : result.error().code;
  }

  MemorySchemaLog* log = nullptr;
  std::unique_ptr<Registry> registry;
};
using RegistryTest = Fixture;

// Delivers one more record while it goes, as a log that follows a topic may.
class LateLog final : public SchemaLog {
 public:
  LateLog(LogRecord last, std::function<void()> after) : last_(std::move(last)), after_(std::move(after)) {}
  ~LateLog() override {
    sink_(last_);
    after_();
  }
  Status Start(Sink sink) override {
    sink_ = std::move(sink);
    return Ok();
  }
  Status Append(const LogRecord&) override { return Ok(); }
  Status Sync() override { return Ok(); }
  std::string ClusterId() const override { return "late"; }

 private:
  LogRecord last_;
  std::function<void()> after_;
  Sink sink_;
};

TEST_F(RegistryTest, ListensToItsLogUntilTheLogIsGone) {
  Register("a", kV1);
  const std::vector<LogRecord> records = log->records();
  std::vector<std::string> subjects;
  Registry* raw = nullptr;
  auto opened = Registry::Open(
      std::make_unique<LateLog>(records.back(), [&] { subjects = raw->Subjects("", Store::Deleted::kHide); }));
  ASSERT_TRUE(opened.ok());
  raw = opened->get();
  opened->reset();
  EXPECT_EQ(subjects, std::vector<std::string>{"a"});
}

TEST_F(RegistryTest, IdsAreSharedBetweenSubjectsAndVersionsCountUp) {
  EXPECT_EQ(Register("a", kV1), 1);
  EXPECT_EQ(Register("a", kV1), 1);
  EXPECT_EQ(Register("a", kV2), 2);
  EXPECT_EQ(Register("b", kV2), 2);
  EXPECT_EQ(Register("b-int", kInt), 3);
  EXPECT_EQ(registry->GetVersion("a", 2, false)->id, 2);
  EXPECT_EQ(registry->GetVersion("a", -1, false)->version, 2);
  EXPECT_EQ(registry->GetVersion("b", 1, false)->id, 2);
  EXPECT_EQ(*registry->Versions("a", Store::Deleted::kHide), (std::vector<int32_t>{1, 2}));
  EXPECT_EQ(registry->Subjects(":*:", Store::Deleted::kHide), (std::vector<std::string>{"a", "b", "b-int"}));
  EXPECT_EQ(registry->VersionsWithId(2, "", false)->size(), 2u);
}

TEST_F(RegistryTest, RegisteringAKnownSchemaWritesNothing) {
  Register("a", kV1);
  const size_t before = log->records().size();
  Register("a", R"( { "name" : "R", "type":"record", "fields":[{"type":"int","name":"a"}]} )");
  EXPECT_EQ(log->records().size(), before);
  EXPECT_EQ(registry->GetById(1, "").value()->text, kV1);
}

TEST_F(RegistryTest, RecordsLookAsConfluentWritesThem) {
  Register("a", kInt);
  (void)registry->PutConfig(std::nullopt, *codec::ParseJson(R"({"compatibility":"full"})"));
  (void)registry->PutMode("a", Mode::kReadOnly, false);
  (void)registry->DeleteMode("a");
  (void)registry->DeleteVersion("a", 1, false);
  (void)registry->DeleteVersion("a", 1, true);
  Register("b", kInt);
  (void)registry->DeleteSubject("b", false);
  std::vector<std::string> lines;
  for (const LogRecord& record : log->records()) lines.push_back(record.key + " " + record.value.value_or("-"));
  EXPECT_EQ(
      lines,
      (std::vector<std::string>{
          R"({"keytype":"SCHEMA","subject":"a","version":1,"magic":1} {"subject":"a","version":1,"id":1,"schema":"\"int\"","deleted":false})",
          R"({"keytype":"CONFIG","subject":null,"magic":0} {"compatibilityLevel":"FULL"})",
          R"({"keytype":"MODE","subject":"a","magic":0} {"mode":"READONLY"})",
          R"({"keytype":"MODE","subject":"a","magic":0} -)",
          R"({"keytype":"SCHEMA","subject":"a","version":1,"magic":1} {"subject":"a","version":1,"id":1,"schema":"\"int\"","deleted":true})",
          R"({"keytype":"SCHEMA","subject":"a","version":1,"magic":1} -)",
          R"({"keytype":"SCHEMA","subject":"b","version":1,"magic":1} {"subject":"b","version":1,"id":2,"schema":"\"int\"","deleted":false})",
          R"({"keytype":"DELETE_SUBJECT","subject":"b","magic":0} {"subject":"b","version":1})",
      }));
}

TEST_F(RegistryTest, RestartFromTheLogGivesTheSameState) {
  Register("a", kV1);
  Register("a", kV2);
  Register(":.ctx:a", kInt);
  Register("gone", kString);
  (void)registry->DeleteSubject("gone", false);
  (void)registry->PutConfig("a", *codec::ParseJson(R"({"compatibility":"NONE","normalize":true})"));
  (void)registry->PutMode(std::nullopt, Mode::kReadOnly, false);
  const auto dump = [&] {
    std::string out;
    for (const SchemaVersion& schema : registry->Schemas(":*:", true, false)) {
      out += SchemaRecord(schema).value.value() + "\n";
    }
    out += registry->GetConfig("a", false)->ToString();
    out += ModeName(*registry->GetMode(std::nullopt, false));
    for (const std::string& context : registry->Contexts()) out += context;
    return out;
  };
  const std::string before = dump();
  Restart(log->records());
  EXPECT_EQ(dump(), before);
  EXPECT_EQ(registry->MaxId(""), 3);
}

TEST_F(RegistryTest, BrokenRecordsAreSkipped) {
  Restart({{"", "x"},
           {"{}", "{}"},
           {R"({"keytype":"SCHEMA","subject":"a","version":"x","magic":1})", "{}"},
           {R"({"keytype":"SCHEMA","subject":"a","version":1,"magic":1})", "{}"},
           {R"({"keytype":"SCHEMA","subject":"a","version":1,"magic":1})", "nonsense"},
           {R"({"keytype":"MODE","subject":null,"magic":0})", R"({"mode":"NONSENSE"})"},
           {R"({"keytype":"NOOP","magic":0})", ""},
           {R"({"keytype":"FUTURE","magic":0})", R"({"x":1})"},
           {R"({"keytype":"SCHEMA","subject":"b","version":1,"magic":1})",
            R"({"subject":"b","version":1,"id":7,"md5":"xx","schema":"\"int\"","deleted":false,"ts":1})"}});
  EXPECT_EQ(registry->Subjects(":*:", Store::Deleted::kShow), std::vector<std::string>{"b"});
  EXPECT_EQ(Register("c", kString), 8);
}

TEST_F(RegistryTest, IncompatibleSchemaIsRefusedInConfluentsWords) {
  Register("a", kV1);
  const auto refused = registry->Register("a", Avro(kNoDefault));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "409");
  EXPECT_EQ(
      refused.error().message,
      "Schema being registered is incompatible with an earlier schema for subject \"a\", details: "
      "[{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'c' at path '/fields/1' in the new "
      "schema has no default value and is missing in the old schema', additionalInfo:'c'}, {oldSchemaVersion: 1}, "
      "{oldSchema: '" +
          std::string(kV1) + "'}, {validateFields: 'false', compatibility: 'BACKWARD'}]");
}

TEST_F(RegistryTest, LevelsDecideWhichVersionsAreChecked) {
  const auto set_level = [&](const char* level) {
    ASSERT_TRUE(registry->PutConfig("a", codec::Json::MakeObject().Set("compatibility", level)).ok());
  };
  set_level("NONE");
  Register("a", R"({"type":"record","name":"R","fields":[{"name":"x","type":"string"}]})");
  Register("a", R"({"type":"record","name":"R","fields":[]})");
  const auto check = [&](const char* level, const char* schema) {
    set_level(level);
    return registry->CheckCompatibility("a", std::nullopt, Avro(schema))->is_compatible;
  };
  const char* x_int = R"({"type":"record","name":"R","fields":[{"name":"x","type":"int","default":0}]})";
  EXPECT_TRUE(check("NONE", x_int));
  EXPECT_TRUE(check("BACKWARD", x_int));              // the latest has no x
  EXPECT_FALSE(check("BACKWARD_TRANSITIVE", x_int));  // version 1 has a string x
  EXPECT_TRUE(check("FORWARD", x_int));
  EXPECT_FALSE(check("FORWARD_TRANSITIVE", x_int));
  EXPECT_TRUE(check("FULL", x_int));
  EXPECT_FALSE(check("FULL_TRANSITIVE", x_int));
  EXPECT_FALSE(check("BACKWARD", R"({"type":"record","name":"R","fields":[{"name":"y","type":"int"}]})"));
  EXPECT_TRUE(check("FORWARD", R"({"type":"record","name":"R","fields":[{"name":"y","type":"int"}]})"));
}

TEST_F(RegistryTest, DeletesAreSoftFirst) {
  Register("a", kV1);
  Register("a", kV2);
  EXPECT_EQ(Code(registry->DeleteSubject("x", false)), "40401");
  EXPECT_EQ(Code(registry->DeleteSubject("a", true)), "40405");
  EXPECT_EQ(Code(registry->DeleteVersion("a", 1, true)), "40407");
  EXPECT_EQ(Code(registry->DeleteVersion("a", 9, false)), "40402");
  EXPECT_EQ(*registry->DeleteVersion("a", 1, false), 1);
  EXPECT_EQ(Code(registry->DeleteVersion("a", 1, false)), "40406");
  EXPECT_EQ(Code(registry->GetVersion("a", 1, false)), "40402");
  EXPECT_TRUE(registry->GetVersion("a", 1, true).ok());
  EXPECT_TRUE(registry->GetById(1, "").ok());
  EXPECT_EQ(*registry->DeleteVersion("a", 1, true), 1);
  EXPECT_EQ(Code(registry->GetById(1, "")), "40403");
  EXPECT_EQ(*registry->DeleteSubject("a", false), std::vector<int32_t>{2});
  EXPECT_EQ(Code(registry->DeleteSubject("a", false)), "40404");
  EXPECT_EQ(Code(registry->Versions("a", Store::Deleted::kHide)), "40401");
  EXPECT_EQ(*registry->DeleteSubject("a", true), std::vector<int32_t>{2});
  EXPECT_EQ(Code(registry->DeleteSubject("a", true)), "40401");
  EXPECT_EQ(Register("a", kV1), 3) << "ids are never given twice";
}

TEST_F(RegistryTest, DeletedSchemaComesBackUnderItsIdAsANewVersion) {
  Register("a", kV1);
  (void)registry->DeleteSubject("a", false);
  EXPECT_EQ(Register("a", kV1), 1);
  EXPECT_EQ(*registry->Versions("a", Store::Deleted::kShow), std::vector<int32_t>{2}) << "the deleted one is gone";
}

TEST_F(RegistryTest, ReferencesResolveAndProtectWhatTheyUse) {
  Register("address", R"({"type":"record","name":"n.Address","fields":[{"name":"zip","type":"string"}]})");
  SchemaRequest person = Avro(R"({"type":"record","name":"n.Person","fields":[{"name":"home","type":"n.Address"}]})");
  EXPECT_EQ(Code(registry->Register("person", person)), "42201");
  person.content.references = {{"n.Address", "address", 1}};
  const auto made = registry->Register("person", person);
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(made->content->text,
            R"({"type":"record","name":"Person","namespace":"n","fields":[{"name":"home","type":"Address"}]})");
  EXPECT_EQ(*registry->ReferencedBy("address", 1), std::vector<int32_t>{made->id});
  EXPECT_EQ(Code(registry->DeleteVersion("address", 1, false)), "42206");
  EXPECT_EQ(Code(registry->DeleteSubject("address", false)), "42206");
  // The same schema written out in full is found as the one with the reference.
  const auto inlined =
      registry->Lookup("person", Avro(R"({"type":"record","name":"n.Person","fields":[{"name":"home","type":
      {"type":"record","name":"Address","fields":[{"name":"zip","type":"string"}]}}]})"),
                       false);
  ASSERT_TRUE(inlined.ok()) << inlined.error().message;
  EXPECT_EQ(inlined->id, made->id);
  (void)registry->DeleteSubject("person", false);
  EXPECT_TRUE(registry->DeleteSubject("address", false).ok());
}

TEST_F(RegistryTest, ContextsHaveIdsOfTheirOwn) {
  EXPECT_EQ(Register("a", kV1), 1);
  EXPECT_EQ(Register(":.c:a", kInt), 1);
  EXPECT_EQ(Register(":.:a", kV1), 1) << "the default context written out";
  EXPECT_EQ(registry->GetById(1, ":.c:")->get()->text, kInt);
  EXPECT_EQ(registry->GetById(1, "")->get()->text, kV1);
  EXPECT_EQ(registry->Contexts(), (std::vector<std::string>{".", ".c"}));
  EXPECT_EQ(registry->Subjects(":*:", Store::Deleted::kHide), (std::vector<std::string>{":.c:a", "a"}));
  EXPECT_EQ(registry->Subjects(":.c:", Store::Deleted::kHide), std::vector<std::string>{":.c:a"});
}

TEST_F(RegistryTest, LookupFindsByContent) {
  EXPECT_EQ(Code(registry->Lookup("a", Avro(kV1), false)), "40401");
  Register("a", kV1);
  EXPECT_EQ(registry->Lookup("a", Avro(kV1), false)->version, 1);
  EXPECT_EQ(Code(registry->Lookup("a", Avro(kV2), false)), "40403");
  EXPECT_EQ(Code(registry->Lookup("a", Avro("nonsense"), false)), "42201");
  (void)registry->DeleteVersion("a", 1, false);
  EXPECT_EQ(Code(registry->Lookup("a", Avro(kV1), false)), "40401");
  EXPECT_EQ(registry->Lookup("a", Avro(kV1), true)->version, 1);
}

TEST_F(RegistryTest, MetadataTellsSchemasApart) {
  SchemaRequest owned = Avro(kV1);
  owned.content.metadata = *codec::ParseJson(R"({"properties":{"owner":"x"}})");
  EXPECT_EQ(registry->Register("a", owned)->id, 1);
  EXPECT_EQ(Register("a", kV1), 1) << "without metadata the newest with the same text is meant";
  EXPECT_EQ(Register("b", kV1), 2);
}

TEST_F(RegistryTest, NormalizeMakesEqualWhatDiffersInFormOnly) {
  const char* one = R"({"type":"record","name":"n.R","fields":[{"name":"a","type":"int"}],"y":1,"x":2})";
  const char* other =
      R"({"type":"record","name":"R","namespace":"n","x":2,"y":1,"fields":[{"name":"a","type":"int"}]})";
  SchemaRequest request = Avro(one);
  request.normalize = true;
  EXPECT_EQ(registry->Register("a", request)->id, 1);
  request.content.text = other;
  EXPECT_EQ(registry->Register("a", request)->id, 1);
  EXPECT_EQ(Register("b", one), 2);
}

TEST_F(RegistryTest, ModesGuardWrites) {
  Register("a", kV1);
  (void)registry->PutMode("a", Mode::kReadOnly, false);
  EXPECT_EQ(Code(registry->Register("a", Avro(kV2))), "42205");
  EXPECT_EQ(Code(registry->DeleteSubject("a", false)), "42205");
  EXPECT_EQ(Code(registry->PutMode("a", Mode::kImport, false)), "42205") << "occupied";
  EXPECT_EQ(Code(registry->PutMode("i", Mode::kImport, false)), "ok");
  SchemaRequest import = Avro(kString);
  EXPECT_EQ(Code(registry->Register("i", import)), "42205") << "an id is due";
  import.id = 42;
  import.version = 5;
  EXPECT_EQ(registry->Register("i", import)->id, 42);
  EXPECT_EQ(registry->GetVersion("i", 5, false)->id, 42);
  import.content.text = kInt;
  import.version = 6;
  EXPECT_EQ(Code(registry->Register("i", import)), "42205") << "the id means another schema";
  import.content.text = kString;
  import.id = 43;
  EXPECT_EQ(Code(registry->Register("i", import)), "42207");
  EXPECT_EQ(Register("b", kInt), 43) << "new ids follow imported ones";
  SchemaRequest with_id = Avro(kV2);
  with_id.id = 99;
  EXPECT_EQ(Code(registry->Register("b2", with_id)), "42205") << "not in import mode";
  EXPECT_EQ(Code(registry->GetMode("zzz", false)), "40409");
  EXPECT_EQ(*registry->GetMode("zzz", true), Mode::kReadWrite);
}

TEST_F(RegistryTest, ConfigsFallBackToContextAndGlobal) {
  EXPECT_EQ(registry->GetConfig(std::nullopt, false)->ToString(), R"({"compatibilityLevel":"BACKWARD"})");
  EXPECT_EQ(Code(registry->GetConfig("a", false)), "40408");
  EXPECT_EQ(Code(registry->PutConfig("a", *codec::ParseJson(R"({"compatibility":"SIDEWAYS"})"))), "42203");
  (void)registry->PutConfig(":.c:", *codec::ParseJson(R"({"compatibility":"NONE"})"));
  EXPECT_EQ(registry->GetConfig(":.c:a", true)->ToString(), R"({"compatibilityLevel":"NONE"})");
  EXPECT_EQ(registry->GetConfig("a", true)->ToString(), R"({"compatibilityLevel":"BACKWARD"})");
  (void)registry->PutConfig("a", *codec::ParseJson(R"({"compatibility":"FULL"})"));
  EXPECT_EQ(registry->DeleteConfig("a")->ToString(), R"({"compatibilityLevel":"FULL"})");
  EXPECT_EQ(Code(registry->DeleteConfig("a")), "40401");
}

TEST_F(RegistryTest, OtherSchemaTypesAreKeptButNotCompared) {
  SchemaRequest json;
  json.content.type = "JSON";
  json.content.text = R"( { "type" : "object" } )";
  EXPECT_EQ(registry->Register("j", json)->content->text, R"({"type":"object"})");
  json.content.text = R"({"type":"object","title":"x"})";
  const auto refused = registry->Register("j", json);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "422");
  EXPECT_NE(refused.error().message.find("Set the compatibility of the subject to NONE"), std::string::npos);
  (void)registry->PutConfig("j", *codec::ParseJson(R"({"compatibility":"NONE"})"));
  EXPECT_TRUE(registry->Register("j", json).ok());
  json.content.text = "{";
  EXPECT_EQ(Code(registry->Register("j", json)), "42201");
  SchemaRequest proto;
  proto.content.type = "PROTOBUF";
  proto.content.text = "syntax = \"proto3\"; message M {}\n";
  EXPECT_TRUE(registry->Register("p", proto).ok());
  proto.content.type = "THRIFT";
  EXPECT_EQ(Code(registry->Register("p", proto)), "422");
  (void)registry->PutConfig("j", *codec::ParseJson(R"({"compatibility":"BACKWARD"})"));
  const auto mixed = registry->Register("j", Avro(kInt));
  ASSERT_FALSE(mixed.ok());
  EXPECT_NE(mixed.error().message.find("Incompatible because of different schema type"), std::string::npos);
}

TEST_F(RegistryTest, LogThatFailsIsAStoreErrorAndChangesNothing) {
  log->FailWith(ExternalError("the broker is away"));
  const auto failed = registry->Register("a", Avro(kV1));
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().domain, ErrorDomain::kExternal);
  EXPECT_TRUE(registry->Subjects(":*:", Store::Deleted::kShow).empty());
  log->FailWith(std::nullopt);
  EXPECT_EQ(Register("a", kV1), 1);
}

}  // namespace
}  // namespace millrace::registry
