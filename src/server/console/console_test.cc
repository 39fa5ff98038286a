// The console's API on a broker and a registry in this process.
#include "server/console/console_test_fixture.h"

#include "broker/broker_test_client.h"
#include "kafka/client/consumer.h"
#include "kafka/protocol/messages/groups.h"

namespace millrace::server::console {
namespace {

using codec::Json;

const std::string kSale = R"({"type":"record","name":"Sale","fields":[{"name":"store","type":"string"},)"
                          R"({"name":"amount","type":"int"},{"name":"note","type":["null","string"],"default":null}]})";

// Values of one member of each item.
std::string Pick(const Json& list, std::string_view member) {
  std::string out;
  for (const Json& item : list.items()) {
    const Json* value = item.Find(member);
    out += (out.empty() ? "" : ",") + (value == nullptr     ? "?"
                                       : value->is_string() ? value->AsString()
                                                            : value->ToString());
  }
  return out;
}

// Texts of the values on a page of messages.
std::string Values(const Json& page) {
  std::string out;
  for (const Json& message : page.Find("messages")->items()) {
    out += (out.empty() ? "" : ",") + *message.Find("value")->FindString("text");
  }
  return out;
}

// ---- topics ----

TEST_F(ConsoleTest, TellsWhatItLooksAt) {
  const Json info = Get("/api/info");
  EXPECT_EQ(*info.FindString("version"), "1.2.3");
  EXPECT_EQ(*info.Find("kafka")->FindString("bootstrap"), config_.bootstrap_servers());
  EXPECT_TRUE(info.Find("kafka")->Find("reachable")->AsBool());
  EXPECT_TRUE(info.Find("registry")->Find("reachable")->AsBool());
  EXPECT_TRUE(info.Find("kafka")->Find("error")->is_null());
}

TEST_F(ConsoleTest, TopicsAreMadeListedConfiguredEmptiedAndDeleted) {
  EXPECT_EQ(Send("POST", "/api/topics", R"({"name":"a","partitions":3,"configs":{"retention.ms":60000}})").status, 201);
  Produce("a", {"1", "2"}, 1);
  context_->LookAtTopics();
  Json topics = Get("/api/topics");
  EXPECT_TRUE(topics.Find("reachable")->AsBool());
  EXPECT_EQ(Pick(*topics.Find("topics"), "name"), "_schemas,a");
  EXPECT_EQ(Pick(*topics.Find("topics"), "internal"), "true,false");
  const Json a = topics.Find("topics")->items()[1];
  EXPECT_EQ(a.Find("partitions")->AsInt(), 3);
  EXPECT_EQ(a.Find("messages")->AsInt(), 2);
  EXPECT_GT(a.Find("bytes")->AsInt(), 60);  // a batch has a header of that size
  EXPECT_EQ(a.Find("retention_ms")->AsInt(), 60'000);
  EXPECT_EQ(*a.FindString("cleanup_policy"), "delete");

  EXPECT_EQ(Call("PUT", "/api/topics/a/configs", R"({"set":{"retention.ms":"90000"}})"), "200 {}");
  const Json one = Get("/api/topics/a");
  EXPECT_EQ(one.Find("retention_ms")->AsInt(), 90'000);
  EXPECT_EQ(Pick(*one.Find("partition_list"), "end"), "0,2,0");
  bool found = false;
  for (const Json& config : one.Find("configs")->items()) {
    if (*config.FindString("name") != "retention.ms") continue;
    found = true;
    EXPECT_EQ(*config.FindString("value"), "90000");
    EXPECT_FALSE(config.Find("is_default")->AsBool());
    EXPECT_FALSE(config.FindString("doc")->empty());
  }
  EXPECT_TRUE(found);

  EXPECT_EQ(Call("DELETE", "/api/topics/a/records"), "200 {}");
  EXPECT_EQ(Get("/api/topics/a").Find("messages")->AsInt(), 0);
  EXPECT_EQ(Call("DELETE", "/api/topics/a"), "200 {}");
  EXPECT_EQ(Call("GET", "/api/topics/a"), R"(404 {"error":{"message":"There is no topic 'a'."}})");
}

TEST_F(ConsoleTest, RefusesTopicsThatCannotBe) {
  EXPECT_EQ(Send("POST", "/api/topics", R"({"name":"a/b"})").status, 400);
  EXPECT_EQ(Send("POST", "/api/topics", R"({"name":".."})").status, 400);
  EXPECT_EQ(Send("POST", "/api/topics", R"({"name":"a","partitions":0})").body,
            R"({"error":{"message":"'partitions' must be a whole number from 1 to 10000, not '0'."}})");
  EXPECT_EQ(Send("POST", "/api/topics", R"({"name":"a","configs":{"retention.ms":"soon"}})").status, 400);
  EXPECT_EQ(Send("POST", "/api/topics", "[]").status, 400);
  EXPECT_EQ(Send("POST", "/api/topics", "").status, 400);
  CreateTopic("a");
  EXPECT_EQ(Send("POST", "/api/topics", R"({"name":"a"})").status, 409);
  EXPECT_EQ(Send("DELETE", "/api/topics/b").status, 404);
  EXPECT_EQ(Send("GET", "/api/topics/b/history").status, 404);
  EXPECT_EQ(Send("GET", "/api/topics/a/history?range=1d").status, 400);
}

TEST_F(ConsoleTest, RatesAndHistoryComeFromSamples) {
  CreateTopic("a", 2);
  TopicStats& stats = context_->topic_stats();
  const int64_t start = (SystemClock().WallMillis() / 1'000 + 60) * 1'000;
  stats.Sample(start);
  Produce("a", {"1", "2", "3", "4"}, 0);
  stats.Sample(start + 1'000);
  Produce("a", {"5", "6"}, 1);
  stats.Sample(start + 2'000);
  EXPECT_DOUBLE_EQ(stats.snapshot()->Find("a")->messages_rate, 3);
  EXPECT_EQ(Get("/api/topics/a/history").ToString(),
            fmt::format(R"({{"step_millis":1000,"times":[{},{}],"series":{{"messages_rate":[null,2.0],)"
                        R"("messages":[4.0,6.0]}}}})",
                        start + 1'000, start + 2'000));
  EXPECT_EQ(Get("/api/topics/a/history?range=6h").Find("step_millis")->AsInt(), 10'000);
}

TEST_F(ConsoleTest, ATopicThatIsDeletedMeanwhileIsGoneWithTheNextLook) {
  CreateTopic("a");
  CreateTopic("b");
  ASSERT_TRUE(context_->admin().DeleteTopic("a").ok());
  context_->topic_stats().Sample(SystemClock().WallMillis());
  Json topics = Get("/api/topics");
  EXPECT_TRUE(topics.Find("reachable")->AsBool()) << topics.ToString();
  context_->topic_stats().Sample(SystemClock().WallMillis() + TopicStats::kSlowMillis);
  EXPECT_EQ(Pick(*Get("/api/topics").Find("topics"), "name"), "_schemas,b");
}

TEST_F(ConsoleTest, NamesTheTablesAndJobsOfATopic) {
  CreateTopic("sales");
  engine::JobReport job;
  job.id = "j1";
  job.name = "insert";
  job.state = "RUNNING";
  job.script =
      "CREATE TABLE S (a INT) WITH "
      "('connector'='kafka','topic'='sales;other','properties.group.id'='g','format'='json');"
      "CREATE TABLE T (a INT) WITH ('connector'='print'); INSERT INTO T SELECT * FROM S";
  job.vertices.resize(1);
  job.vertices[0].operators = {{.id = 1, .name = "S[1]", .table = "default_catalog.default_database.S"},
                               {.id = 2, .name = "T[2]", .table = "default_catalog.default_database.T"}};
  jobs_.reports = {job};
  context_->LookAtJobs();
  const Json topic = Get("/api/topics/sales");
  EXPECT_EQ(topic.Find("tables")->ToString(), R"([{"path":"default_catalog.default_database.S","jobs":["j1"]}])");
  EXPECT_EQ(topic.Find("jobs")->ToString(), R"([{"id":"j1","name":"insert","role":"source"}])");
  jobs_.reports[0].state = "CANCELED";
  context_->LookAtJobs();
  EXPECT_EQ(Get("/api/topics/sales").Find("jobs")->ToString(), "[]");
}

TEST_F(ConsoleTest, KnowsTheTopicsAndTheGroupOfARunningJob) {
  CreateTopic("sales");
  engine::JobSpec spec;
  spec.id = std::string(32, 'a');
  spec.name = "copy";
  spec.preparation = fmt::format(
      "CREATE TABLE S (a INT) WITH ('connector'='kafka','topic'='sales','properties.bootstrap.servers'='{}',"
      "'properties.group.id'='copiers','scan.startup.mode'='earliest-offset','format'='json');\n"
      "CREATE TABLE T (a INT) WITH ('connector'='blackhole');\n",
      config_.bootstrap_servers());
  spec.statement = "INSERT INTO T SELECT a FROM S";
  const Status submitted = jobs_.Submit(spec);
  ASSERT_TRUE(submitted.ok()) << submitted.error().ToString();
  context_->LookAtJobs();
  const Json topic = Get("/api/topics/sales");
  EXPECT_EQ(Pick(*topic.Find("tables"), "path"), "default_catalog.default_database.S");
  EXPECT_EQ(Pick(*topic.Find("jobs"), "id"), spec.id);
  const auto uses = context_->uses();
  ASSERT_EQ(uses->size(), 1u);
  EXPECT_EQ(uses->front().group, "copiers");
  EXPECT_TRUE(jobs_.Cancel(spec.id).ok());
}

TEST_F(ConsoleTest, SaysWhenTheBrokerIsAwayAndRecovers) {
  CreateTopic("a");
  const auto port = broker_->listeners()[0].port;
  registry_.reset();
  broker_.reset();
  context_->LookAtTopics();
  context_->LookAtSubjects();
  const Json topics = Get("/api/topics");
  EXPECT_FALSE(topics.Find("reachable")->AsBool());
  EXPECT_NE(topics.FindString("error")->find("127.0.0.1"), std::string::npos) << *topics.FindString("error");
  EXPECT_FALSE(Get("/api/info").Find("registry")->Find("reachable")->AsBool());
  EXPECT_EQ(Send("GET", "/api/topics/a/messages").status, 503);
  broker::BrokerOptions options;
  options.data_dir = folder_.path();
  options.listeners[0].port = port;
  broker_ = std::move(*broker::Broker::Start(options));
  for (int looks = 0; looks < 20 && !context_->topics()->reachable; ++looks) context_->LookAtTopics();
  EXPECT_TRUE(Get("/api/topics").Find("reachable")->AsBool());
}

// ---- messages ----

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

// ---- search ----

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

// ---- schemas ----

TEST_F(ConsoleTest, SchemasHaveVersionsLevelsAndReasons) {
  CreateTopic("sales");
  Register("sales-value", kSale);
  const std::string bad = R"({"type":"record","name":"Sale","fields":[{"name":"store","type":"int"},)"
                          R"({"name":"region","type":"string"}]})";
  const auto check = [&](const std::string& schema) {
    Json body = Json::MakeObject();
    return Call("POST", "/api/schemas/sales-value/check", body.Set("schema", schema).ToString());
  };
  EXPECT_EQ(check(kSale), R"(200 {"compatible":true,"messages":[],"level":"BACKWARD"})");
  EXPECT_EQ(check(bad),
            R"(200 {"compatible":false,"messages":[{"text":"The new schema cannot read data of version 1: )"
            R"(reader type: INT not compatible with writer type: STRING.","path":"/fields/0/type"},{"text":)"
            R"("The new schema cannot read data of version 1: the reader's field 'region' is missing in that data )"
            R"(and has no default.","path":"/fields/1"}],"level":"BACKWARD"})");
  EXPECT_EQ(Send("POST", "/api/schemas/sales-value/check", R"({"schema":"{\"type\":\"nothing\"}"})").status, 400);
  Json body = Json::MakeObject();
  EXPECT_EQ(Send("POST", "/api/schemas/sales-value", body.Set("schema", bad).ToString()).status, 409);

  EXPECT_EQ(Call("PUT", "/api/schemas/sales-value/compatibility", R"({"level":"NONE"})"), R"(200 {"level":"NONE"})");
  EXPECT_EQ(Send("PUT", "/api/schemas/sales-value/compatibility", R"({"level":"SOME"})").status, 400);
  Register("sales-value", bad);
  const Json list = Get("/api/schemas");
  EXPECT_EQ(list.Find("subjects")->ToString(),
            R"([{"subject":"sales-value","id":2,"version":2,"type":"AVRO","versions":2,"compatibility":"NONE",)"
            R"("topics":["sales"],"tables":[]}])");
  EXPECT_EQ(*list.FindString("compatibility"), "BACKWARD");
  const Json subject = Get("/api/schemas/sales-value");
  EXPECT_EQ(Pick(*subject.Find("versions"), "version"), "1,2");
  EXPECT_EQ(*subject.Find("versions")->items()[0].FindString("schema"), kSale);
  EXPECT_EQ(Get("/api/topics/sales").Find("value_schema")->ToString(),
            R"({"subject":"sales-value","id":2,"version":2,"type":"AVRO"})");

  EXPECT_EQ(Call("DELETE", "/api/schemas/sales-value/versions/1"), "200 {}");
  EXPECT_EQ(Send("DELETE", "/api/schemas/sales-value/versions/1").status, 404);
  EXPECT_EQ(Send("DELETE", "/api/schemas/sales-value/versions/x").status, 400);
  EXPECT_EQ(Call("DELETE", "/api/schemas/sales-value"), "200 {}");
  EXPECT_EQ(Send("GET", "/api/schemas/sales-value").status, 404);
}

TEST_F(ConsoleTest, SubjectsKnowWhatRefersToThem) {
  Register("base", R"({"type":"record","name":"Base","fields":[]})");
  EXPECT_EQ(
      Send("POST", "/api/schemas/user",
           R"({"schema":"{\"type\":\"record\",\"name\":\"User\",\"fields\":[{\"name\":\"b\",\"type\":\"Base\"}]}",)"
           R"("references":[{"name":"Base","subject":"base","version":1}]})")
          .status,
      201);
  EXPECT_EQ(Get("/api/schemas/base").Find("referenced_by")->ToString(), R"(["user"])");
  EXPECT_EQ(Send("DELETE", "/api/schemas/base/versions/1").status, 409);
}

// ---- groups ----

TEST_F(ConsoleTest, GroupsShowTheirLagAndAreReset) {
  CreateTopic("a", 2);
  Produce("a", {"0", "1", "2", "3", "4"}, 0, 1'000);
  Produce("a", {"0", "1"}, 1, 1'000);
  kafka::ClientConfig config = config_;
  config.properties["group.id"] = "g";
  auto reader = kafka::PartitionConsumer::Create(config);
  ASSERT_TRUE(reader.ok());
  const kafka::TopicPartitionOffset committed[] = {{{"a", 0}, 3, ""}};
  ASSERT_TRUE((*reader)->Commit(committed).ok());
  context_->LookAtTopics();
  context_->LookAtGroups();
  EXPECT_EQ(Get("/api/groups").Find("groups")->ToString(),
            R"([{"id":"g","state":"Empty","members":0,"topics":["a"],"lag":2,"job":null}])");
  EXPECT_EQ(Get("/api/groups/g").Find("offsets")->ToString(),
            R"([{"topic":"a","partition":0,"offset":3,"end":5,"lag":2}])");
  EXPECT_EQ(Get("/api/topics/a").Find("groups")->ToString(), R"([{"id":"g","lag":2,"state":"Empty"}])");
  const Json history = Get("/api/groups/g/history");
  EXPECT_EQ(history.Find("series")->Find("lag")->ToString(), "[2.0]");
  EXPECT_EQ(history.Find("series")->Find("lag.a-0")->ToString(), "[2.0]");

  const auto reset = [&](const std::string& body) { return Call("POST", "/api/groups/g/reset", body); };
  EXPECT_EQ(reset(R"({"to":"earliest","preview":true})"),
            R"(200 {"changes":[{"topic":"a","partition":0,"from":3,"to":0}]})");
  EXPECT_EQ(Get("/api/groups/g").Find("offsets")->items()[0].Find("offset")->AsInt(), 3);
  EXPECT_EQ(reset(R"({"to":"shift:-1"})"), R"(200 {"changes":[{"topic":"a","partition":0,"from":3,"to":2}]})");
  EXPECT_EQ(reset(R"({"to":"offset:99"})"), R"(200 {"changes":[{"topic":"a","partition":0,"from":2,"to":5}]})");
  EXPECT_EQ(
      reset(R"({"to":"time:1001","topics":["a"]})"),
      R"(200 {"changes":[{"topic":"a","partition":0,"from":5,"to":1},{"topic":"a","partition":1,"from":null,"to":1}]})");
  EXPECT_EQ(Get("/api/groups").Find("groups")->items()[0].Find("lag")->AsInt(), 5);
  EXPECT_EQ(Send("POST", "/api/groups/g/reset", R"({"to":"there"})").status, 400);
  EXPECT_EQ(Send("POST", "/api/groups/g/reset", R"({"to":"latest","topics":["none"]})").status, 404);

  broker::TestClient member(broker_->listeners()[0].port);
  kafka::JoinGroupRequest join;
  join.group_id = "g";
  join.session_timeout_ms = 30'000;
  join.rebalance_timeout_ms = 30'000;
  join.protocol_type = "consumer";
  join.protocols.push_back({.name = "range"});
  EXPECT_EQ(member.Call<kafka::JoinGroupResponse>(join, 3).error_code, 0);
  EXPECT_EQ(Send("POST", "/api/groups/g/reset", R"({"to":"earliest","preview":true})").status, 200);
  const http::Response refused = Send("POST", "/api/groups/g/reset", R"({"to":"earliest"})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.body.find("Consumer group 'g' has active members: test ("), std::string::npos) << refused.body;
  EXPECT_EQ(Send("DELETE", "/api/groups/g").status, 409);
  EXPECT_EQ(Send("GET", "/api/groups/none").status, 404);
}

TEST_F(ConsoleTest, AnEmptyGroupIsDeleted) {
  CreateTopic("a");
  kafka::ClientConfig config = config_;
  config.properties["group.id"] = "g";
  const kafka::TopicPartitionOffset committed[] = {{{"a", 0}, 0, ""}};
  ASSERT_TRUE((*kafka::PartitionConsumer::Create(config))->Commit(committed).ok());
  EXPECT_EQ(Call("DELETE", "/api/groups/g"), "200 {}");
  EXPECT_EQ(Get("/api/groups").Find("groups")->ToString(), "[]");
}

// ---- history ----

TEST(SampleRing, KeepsAQuarterHourBySecondsAndSixHoursByTen) {
  SampleRing ring;
  EXPECT_TRUE(ring.Read(HistoryRange::kQuarterHour).times.empty());
  for (int64_t second = 0; second < 30'000; ++second) ring.Add(second * 1'000, static_cast<double>(second));
  const auto fine = ring.Read(HistoryRange::kQuarterHour);
  EXPECT_EQ(fine.times.size(), 900u);
  EXPECT_EQ(fine.times.back(), 29'999'000);
  EXPECT_EQ(fine.values.front(), 29'100.0);
  const auto coarse = ring.Read(HistoryRange::kSixHours);
  EXPECT_EQ(coarse.times.size(), 2'160u);
  EXPECT_EQ(coarse.times.back(), 29'990'000);
  EXPECT_EQ(coarse.values.back(), 29'999.0);
  // Steps without a sample are empty, a clock set back waits.
  ring.Add(30'003'000, 1);
  ring.Add(20'000'000, 5);
  const auto gap = ring.Read(HistoryRange::kQuarterHour);
  EXPECT_EQ(gap.times.back(), 30'003'000);
  EXPECT_EQ(gap.values[gap.values.size() - 2], std::nullopt);
  EXPECT_EQ(gap.values[gap.values.size() - 5], 29'999.0);
}

TEST(SampleRing, RatesBridgeALateSample) {
  SampleRing ring;
  for (const auto& [second, value] : {std::pair{10, 5.0}, {11, 8.0}, {13, 12.0}, {14, 3.0}, {20, 9.0}}) {
    ring.Add(second * 1'000, value);
  }
  const auto rates = Rates(ring.Read(HistoryRange::kQuarterHour));
  ASSERT_EQ(rates.size(), 11u);
  EXPECT_EQ(rates[0], std::nullopt);
  EXPECT_EQ(rates[1], 3.0);
  EXPECT_EQ(rates[2], std::nullopt);
  EXPECT_EQ(rates[3], 2.0);
  EXPECT_EQ(rates[4], 0.0);
  EXPECT_EQ(rates[10], std::nullopt);
}

}  // namespace
}  // namespace millrace::server::console
