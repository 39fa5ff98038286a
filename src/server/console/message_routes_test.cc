// Messages read, written, followed and searched.
#include "server/console/console_test_fixture.h"

namespace millrace::server::console {
namespace {

using codec::Json;

// Texts of the values on a page of messages.
std::string Values(const Json& page) {
  std::string out;
  for (const Json& message : page.Find("messages")->items()) {
    out += (out.empty() ? "" : ",") + *message.Find("value")->FindString("text");
  }
  return out;
}

TEST_F(ConsoleTest, MessagesArePagedByOffsetTimeAndPartition) {
  CreateTopic("a", 2);
  Produce("a", {"a0", "a1", "a2", "a3"}, 0, 1'000);
  Produce("a", {"b0", "b1", "b2"}, 1, 1'002);
  EXPECT_EQ(Values(Get("/api/topics/a/messages")), "a0,a1,a2,b0,a3,b1,b2");
  EXPECT_EQ(Values(Get("/api/topics/a/messages?from=latest&limit=3")), "a3,b1,b2");
  EXPECT_EQ(Values(Get("/api/topics/a/messages?from=offset:2")), "a2,a3,b2");
  EXPECT_EQ(Values(Get("/api/topics/a/messages?from=time:1003")), "a3,b1,b2");
  EXPECT_EQ(Values(Get("/api/topics/a/messages?from=earliest&partition=1")), "b0,b1,b2");
  const Json first = Get("/api/topics/a/messages?from=earliest&limit=3");
  EXPECT_EQ(Values(first), "a0,a1,a2");
  EXPECT_EQ(first.Find("next")->ToString(), R"({"0":3,"1":0})");
  const Json second = Get("/api/topics/a/messages?at=0:3,1:0&limit=3");
  EXPECT_EQ(Values(second), "b0,a3,b1");
  EXPECT_EQ(second.Find("next")->ToString(), R"({"0":4,"1":2})");
  const Json third = Get("/api/topics/a/messages?at=0:4,1:2&limit=3");
  EXPECT_EQ(Values(third), "b2");
  EXPECT_EQ(third.Find("next")->ToString(), R"({"0":4,"1":3})");
  EXPECT_EQ(Values(Get("/api/topics/a/messages?at=0:4,1:3&limit=3")), "");
}

TEST_F(ConsoleTest, RefusesPlacesThatAreNone) {
  CreateTopic("a");
  for (const char* bad : {"from=soon", "from=offset:-1", "from=offset:", "at=0", "at=x:1", "limit=0", "limit=1001"}) {
    EXPECT_EQ(Send("GET", fmt::format("/api/topics/a/messages?{}", bad)).status, 400) << bad;
  }
  EXPECT_EQ(Send("GET", "/api/topics/a/messages?partition=7").status, 404);
  EXPECT_EQ(Send("GET", "/api/topics/none/messages").status, 404);
}

TEST_F(ConsoleTest, WritesAndReadsBySchemaJsonTextAndBytes) {
  CreateTopic("sales");
  Register("sales-value", kSale);
  const Json form = Get("/api/topics/sales/form");
  EXPECT_TRUE(form.Find("key")->is_null());
  EXPECT_EQ(Pick(*form.Find("value")->Find("fields"), "name"), "store,amount,note");
  EXPECT_EQ(Pick(*form.Find("value")->Find("fields"), "nullable"), "false,false,true");
  const int64_t id = form.Find("value")->Find("schema_id")->AsInt();
  const auto post = [&](const std::string& body) { return Call("POST", "/api/topics/sales/messages", body); };
  EXPECT_EQ(post(fmt::format(R"({{"key":{{"format":"string","data":"k"}},"value":{{"schema_id":{},"data":)"
                             R"({{"store":"s","amount":5}}}},"headers":[{{"name":"h","value":"v"}}]}})",
                             id)),
            R"(201 {"partition":0,"offset":0})");
  EXPECT_EQ(post(R"({"partition":0,"value":{"data":{"x":[1]}}})"), R"(201 {"partition":0,"offset":1})");
  EXPECT_EQ(post(R"({"key":{"format":"bytes","data":"00ff"},"value":null})"), R"(201 {"partition":0,"offset":2})");
  EXPECT_EQ(post(fmt::format(R"({{"value":{{"schema_id":{},"data":{{"store":"s","amount":"x"}}}}}})", id)),
            R"(400 {"error":{"message":"value: amount: expected int, found \"x\""}})");
  EXPECT_EQ(Send("POST", "/api/topics/sales/messages", R"({"value":{"format":"bytes","data":"zz"}})").status, 400);
  EXPECT_EQ(Send("POST", "/api/topics/sales/messages", R"({"value":{"schema_id":99,"data":{}}})").status, 404);

  const Json page = Get("/api/topics/sales/messages?from=earliest");
  ASSERT_EQ(page.Find("messages")->items().size(), 3u);
  const Json& first = page.Find("messages")->items()[0];
  EXPECT_EQ(first.Find("value")->ToString(),
            fmt::format(R"({{"encoding":"avro","data":{{"store":"s","amount":5,"note":null}},"text":)"
                        R"("{{\"store\":\"s\",\"amount\":5,\"note\":null}}","schema_id":{},"subject":"sales-value",)"
                        R"("error":null,"size":9}})",
                        id));
  EXPECT_EQ(*first.Find("key")->FindString("text"), "k");
  EXPECT_EQ(first.Find("headers")->ToString(), R"([{"name":"h","value":"v","hex":"76"}])");
  const Json& second = page.Find("messages")->items()[1];
  EXPECT_EQ(*second.Find("value")->FindString("encoding"), "json");
  EXPECT_EQ(*second.Find("key")->FindString("encoding"), "null");
  const Json& third = page.Find("messages")->items()[2];
  EXPECT_EQ(*third.Find("key")->FindString("encoding"), "bytes");
  EXPECT_EQ(*third.Find("key")->FindString("text"), "00ff");
  EXPECT_EQ(*third.Find("value")->FindString("encoding"), "null");
}

TEST_F(ConsoleTest, DecodesWhatItCanAndSaysWhyNotTheRest) {
  Json body = Json::MakeObject();
  body.Set("schema", R"({"type":"object"})").Set("type", "JSON");
  ASSERT_EQ(Send("POST", "/api/schemas/j-value", body.ToString()).status, 201);
  Register("a-value", R"("long")");
  RecordDecoder& decoder = context_->decoder();
  const auto framed = [](char id, std::string_view rest) {
    return std::string("\0\0\0\0", 4) + id + std::string(rest);
  };
  DecodedBytes json = decoder.Decode(framed(1, R"({"x":1})"));
  EXPECT_EQ(json.encoding, "json");
  EXPECT_EQ(json.schema_id, 1);
  DecodedBytes avro = decoder.Decode(framed(2, "\x06"));
  EXPECT_EQ(avro.encoding, "avro");
  EXPECT_EQ(avro.text, "3");
  const DecodedBytes cut = decoder.Decode(framed(2, "\x80"));
  EXPECT_EQ(cut.encoding, "bytes");
  EXPECT_EQ(cut.error, "Schema 2: The Avro value ends inside a number.");
  const DecodedBytes unknown = decoder.Decode(framed(9, "\x06"));
  EXPECT_EQ(unknown.text, "000000000906");
  EXPECT_NE(unknown.error.find("Schema 9 not found"), std::string::npos) << unknown.error;
  EXPECT_EQ(decoder.Decode("[1").encoding, "string");
  EXPECT_EQ(decoder.Decode("").encoding, "string");
  EXPECT_EQ(decoder.Decode(nullptr, 0).encoding, "null");
}

TEST_F(ConsoleTest, TailShowsWhatIsWrittenFromNowOn) {
  CreateTopic("a");
  Produce("a", {"before"});
  const http::Response response = Send("GET", "/api/topics/a/tail");
  ASSERT_TRUE(response.stream);
  Produce("a", {"after"});
  TestStream stream;
  stream.wanted = "after";
  response.stream(stream);
  EXPECT_NE(stream.text.find("event: messages\ndata: [{\"partition\":0,\"offset\":1,"), std::string::npos)
      << stream.text;
  EXPECT_EQ(stream.text.find("before"), std::string::npos);
}

TEST_F(ConsoleTest, DerivesATableFromSchemasAndFromMessages) {
  CreateTopic("sales");
  Register("sales-value", kSale);
  Json table = Get("/api/topics/sales/table");
  EXPECT_EQ(Pick(*table.Find("columns"), "name"), "store,amount,note,key_text,partition,offset,timestamp,headers");
  EXPECT_EQ(Pick(*table.Find("columns"), "type"),
            "STRING NOT NULL,INT NOT NULL,STRING,STRING,INT,BIGINT,TIMESTAMP_LTZ(3),MAP<STRING, BYTES>");
  EXPECT_NE(table.FindString("sql")->find("'value.format' = 'avro-confluent'"), std::string::npos);
  CreateTopic("lines");
  Produce("lines", {R"({"id":1,"tags":["a"],"offset":1.5})", R"({"id":2.5,"at":{"x":true}})"});
  table = Get("/api/topics/lines/table");
  EXPECT_EQ(Pick(*table.Find("columns"), "name"), "id,tags,offset,at,partition,_offset,timestamp,headers");
  EXPECT_EQ(Pick(*table.Find("columns"), "type"),
            "DOUBLE,ARRAY<STRING>,DOUBLE,ROW<`x` BOOLEAN>,INT,BIGINT,TIMESTAMP_LTZ(3),MAP<STRING, BYTES>");
  CreateTopic("raw");
  Produce("raw", {"text"});
  EXPECT_EQ(Pick(*Get("/api/topics/raw/table").Find("columns"), "name"), "value,partition,offset,timestamp,headers");
}

TEST_F(ConsoleTest, DerivesATableFromTheSchemaThatValuesWereWrittenWith) {
  CreateTopic("sales");
  Register("elsewhere", kSale);
  const Json schema = Get("/api/schemas/elsewhere");
  const int64_t id = schema.Find("versions")->items()[0].Find("id")->AsInt();
  const auto written =
      Send("POST", "/api/topics/sales/messages",
           fmt::format(R"({{"value":{{"schema_id":{},"data":{{"store":"ABC","amount":1,"note":null}}}}}})", id));
  ASSERT_EQ(written.status, 201) << written.body;
  EXPECT_TRUE(Pick(*Get("/api/topics/sales/table").Find("columns"), "name").starts_with("store,amount,note,"));
}

TEST_F(ConsoleTest, SearchRunsTheConditionOverTheWholeTopic) {
  CreateTopic("lines", 2);
  for (int partition = 0; partition < 2; ++partition) {
    std::vector<std::string> values;
    for (int i = 0; i < 50; ++i) values.push_back(fmt::format(R"({{"id":{},"name":"n{}"}})", i, i % 7));
    values.push_back("no json");
    Produce("lines", values, partition);
  }
  context_->LookAtTopics();
  const auto search = [&](const std::string& where) {
    Json body = Json::MakeObject();
    return Stream("POST", "/api/topics/lines/search", body.Set("where", where).ToString(), "event: done");
  };
  const std::string found = search("id = 10 AND name = 'n3'");
  EXPECT_NE(found.find(R"("cells":["10","n3","0","10",)"), std::string::npos) << found;
  EXPECT_NE(found.find(R"("cells":["10","n3","1","10",)"), std::string::npos) << found;
  EXPECT_NE(found.find(R"("total":102,"matched":2})"), std::string::npos) << found;
  EXPECT_NE(found.find(R"("columns":[{"name":"id","type":"BIGINT"})"), std::string::npos) << found;
  // Places are those of the condition.
  EXPECT_EQ(Call("POST", "/api/topics/lines/search", R"({"where":"id = 1\n  AND nam = 'x'"})"),
            R"(400 {"error":{"message":"Column 'nam' not found in any table","hint":"Did you mean 'name'?",)"
            R"("line":2,"column":7}})");
  EXPECT_EQ(Send("POST", "/api/topics/lines/search", R"({"where":"id = "})").status, 400);
  EXPECT_EQ(Send("POST", "/api/topics/lines/search", R"({"where":"true","limit":0})").status, 400);
  EXPECT_EQ(Send("POST", "/api/topics/lines/search", R"({"where":"true","from":"latest"})").status, 400);
}

TEST_F(ConsoleTest, SearchReadsAvroKeysAndRecordsWithoutKey) {
  CreateTopic("sales");
  Register("sales-value", kSale);
  Register("sales-key", R"({"type":"record","name":"K","fields":[{"name":"id","type":"long"}]})");
  const Json form = Get("/api/topics/sales/form");
  const int64_t value_id = form.Find("value")->Find("schema_id")->AsInt();
  const int64_t key_id = form.Find("key")->Find("schema_id")->AsInt();
  const auto write = [&](const std::string& key) {
    const http::Response written = Send(
        "POST", "/api/topics/sales/messages",
        fmt::format(R"({{"key":{},"value":{{"schema_id":{},"data":{{"store":"s","amount":5}}}}}})", key, value_id));
    ASSERT_EQ(written.status, 201) << written.body;
  };
  const auto search = [&](const std::string& where) {
    Json body = Json::MakeObject();
    return Stream("POST", "/api/topics/sales/search", body.Set("where", where).ToString(), "event: done");
  };
  write(fmt::format(R"({{"schema_id":{},"data":{{"id":7}}}})", key_id));
  const std::string keyed = search("key_id = 7");
  EXPECT_NE(keyed.find(R"("cells":["s","5",null,"7","0","0",)"), std::string::npos) << keyed;
  EXPECT_NE(keyed.find(R"({"read":1,"total":1,"matched":1})"), std::string::npos) << keyed;
  // With key columns a record without a key would be left out.
  write("null");
  const std::string all = search("store = 's'");
  EXPECT_NE(all.find(R"({"read":2,"total":2,"matched":2})"), std::string::npos) << all;
  EXPECT_EQ(all.find("key_id"), std::string::npos);
}

TEST_F(ConsoleTest, SearchSeesTextKeysAndTheirAbsence) {
  CreateTopic("t");
  for (const char* key : {R"({"format":"string","data":"k"})", "null"}) {
    ASSERT_EQ(Send("POST", "/api/topics/t/messages", fmt::format(R"({{"key":{},"value":{{"data":"v"}}}})", key)).status,
              201);
  }
  const std::string found = Stream("POST", "/api/topics/t/search", R"({"where":"key_text IS NULL"})", "event: done");
  EXPECT_NE(found.find(R"("cells":["v",null,"0","1",)"), std::string::npos) << found;
  EXPECT_NE(found.find(R"({"read":2,"total":2,"matched":1})"), std::string::npos) << found;
}

}  // namespace
}  // namespace millrace::server::console
