#include "connectors/filesystem/filesystem_connector.h"

#include <stdlib.h>

#include "base/file.h"
#include "connectors/test_tables.h"

namespace millrace::connectors {
namespace {

using Strings = std::vector<std::string>;

class FilesystemTest : public testing::Test {
 protected:
  FilesystemTest() {
    environment_.formats = &TestFormats();
    environment_.clock = &clock_;
    directory_ = testing::TempDir() + "millrace-files-XXXXXX";
    EXPECT_NE(mkdtemp(directory_.data()), nullptr);
  }
  void TearDown() override { EXPECT_TRUE(RealFileSystem().RemoveTree(directory_).ok()); }

  void Put(const std::string& name, const std::string& text) {
    const std::string path = directory_ + "/" + name;
    Must(RealFileSystem().MakeDirectories(path.substr(0, path.rfind('/'))));
    Must(WriteFileAtomically(RealFileSystem(), path, text));
  }
  Result<std::unique_ptr<connect::Source>> Source(OptionMap options, std::vector<size_t> projected = {0, 1},
                                                  std::vector<connect::MetadataColumn> metadata = {}) {
    options.emplace("path", directory_);
    options.emplace("format", "csv");
    connect::SourceContext context;
    MR_ASSIGN(context.table, TableOf(FilesystemConnector(), environment_, fields_, options));
    context.projected_fields = std::move(projected);
    context.metadata = std::move(metadata);
    return FilesystemConnector().make_source(context);
  }
  Drained Read(const OptionMap& options, std::vector<size_t> projected = {0, 1},
               std::vector<connect::MetadataColumn> metadata = {}) {
    auto source = Must(Source(options, std::move(projected), std::move(metadata)));
    return Drain(*Must(source->CreateReader(0, 1)));
  }

  const std::vector<Field> fields_ = {{"id", kStringType, ""}, {"amount", kIntType, ""}};
  ManualClock clock_{1'600'000'000'000};
  connect::Environment environment_;
  std::string directory_;
};

TEST_F(FilesystemTest, ReadsFilesOfADirectoryInOrder) {
  Put("b", "c|3\nd|4");
  Put("a", "a|1\r\nb|2\n");
  Put(".hidden", "x|9\n");
  Put("sub/c", "e|5\n");
  Put("_tmp/d", "x|9\n");
  const Drained got = Read({});
  EXPECT_EQ(got.rows, (Strings{"+I | a | 1", "+I | b | 2", "+I | c | 3", "+I | d | 4", "+I | e | 5"}));
  EXPECT_TRUE(got.ended);
  EXPECT_EQ(got.events, (Strings{"added " + directory_ + "/a", "added " + directory_ + "/b", "finished 0",
                                 "added " + directory_ + "/sub/c", "finished 1", "finished 2"}));
}

TEST_F(FilesystemTest, OneFilePatternsAndSchemes) {
  Put("a.csv", "a|1\n");
  Put("b.txt", "b|2\n");
  EXPECT_EQ(Read({{"path", directory_ + "/a.csv"}}).rows, (Strings{"+I | a | 1"}));
  EXPECT_EQ(Read({{"path", "file://" + directory_ + "/*.txt"}}).rows, (Strings{"+I | b | 2"}));
  EXPECT_EQ(Read({{"source.path.regex-pattern", ".*/a\\.[a-z]+"}}).rows, (Strings{"+I | a | 1"}));
  EXPECT_FALSE(Source({{"path", "s3://bucket/x"}}).ok());
  const Drained missing = Read({{"path", directory_ + "/nothing"}});
  ASSERT_EQ(missing.events.size(), 1u);
  EXPECT_NE(missing.events[0].find("does not exist"), std::string::npos);
}

TEST_F(FilesystemTest, MetadataAndProjection) {
  Put("a", "a|1\n");
  const Drained got =
      Read({}, {1}, {{"file.name", {"n", kStringType, ""}}, {"file.size", {"s", DataType::Of(TypeKind::kBigInt), ""}}});
  EXPECT_EQ(got.rows, (Strings{"+I | 1 | a | 4"}));
}

TEST_F(FilesystemTest, BadRecords) {
  Put("a", "a|1\nb!\nc|3\n");
  const Drained failing = Read({});
  EXPECT_EQ(failing.events.back(), "error Bad record in file " + directory_ + "/a byte 4: bad text 'b!'.");
  const Drained lenient = Read({{"error-handling.mode", "ignore"}});
  EXPECT_EQ(lenient.rows.size(), 2u);
  EXPECT_EQ(lenient.events[1], "bad file " + directory_ + "/a byte 4: bad text 'b!'.");
}

TEST_F(FilesystemTest, LongFilesAreReadInChunks) {
  std::string text;
  for (int i = 0; i < 300'000; ++i) text += "row|" + std::to_string(i) + "\n";
  Put("a", text + "last|" + std::string(5, '7'));
  auto source = Must(Source({}));
  auto reader = Must(source->CreateReader(0, 1));
  size_t rows = 0;
  for (bool ended = false; !ended;) {
    const auto event = Must(reader->Poll(10));
    ended = event.kind == connect::SourceEvent::Kind::kEnd;
    for (size_t row = 0; row < event.batch.num_rows && rows + row < 300'000; ++row) {
      ASSERT_EQ(event.batch.columns[1]->values<int32_t>()[row], static_cast<int32_t>(rows + row));
    }
    rows += event.batch.num_rows;
  }
  EXPECT_EQ(rows, 300'001u);
}

TEST_F(FilesystemTest, SlotsShareTheFiles) {
  for (int i = 0; i < 10; ++i) Put("f" + std::to_string(i), "x|" + std::to_string(i) + "\n");
  auto source = Must(Source({}));
  size_t rows = 0;
  for (uint32_t slot = 0; slot < 3; ++slot) rows += Drain(*Must(source->CreateReader(slot, 3))).rows.size();
  EXPECT_EQ(rows, 10u);
}

TEST_F(FilesystemTest, MonitoredDirectoryGivesNewFiles) {
  Put("a", "a|1\n");
  auto source = Must(Source({{"source.monitor-interval", "1s"}}));
  EXPECT_FALSE(source->bounded());
  auto reader = Must(source->CreateReader(0, 1));
  EXPECT_EQ(Drain(*reader, 1).rows, (Strings{"+I | a | 1"}));
  Put("b", "b|2\n");
  EXPECT_EQ(Drain(*reader, 1).rows, (Strings{"+I | b | 2"}));
}

TEST_F(FilesystemTest, RestoreGoesOnInsideAFile) {
  Put("a", "a|1\nb|2\n");
  auto source = Must(Source({}));
  auto reader = Must(source->CreateReader(0, 1));
  Must(reader->Restore({{directory_ + "/a", "4"}}));
  EXPECT_EQ(Drain(*reader).rows, (Strings{"+I | b | 2"}));
  const auto states = reader->Snapshot();
  ASSERT_EQ(states.size(), 1u);
  EXPECT_EQ(states[0].position, "8");
}

TEST_F(FilesystemTest, AFileShorterThanItsPositionIsAnotherFile) {
  Put("a", "c|3\n");
  auto source = Must(Source({}));
  auto reader = Must(source->CreateReader(0, 1));
  Must(reader->Restore({{directory_ + "/a", "8"}}));
  EXPECT_EQ(Drain(*reader).rows, (Strings{"+I | c | 3"}));
  EXPECT_EQ(reader->Snapshot()[0].position, "4");
}

TEST_F(FilesystemTest, ACheckpointSoonAfterARestoreForgetsNothing) {
  Put("a", "a|1\n");
  Put("b", "b|2\n");
  auto source = Must(Source({}));
  const std::vector<connect::SourceReader::SplitState> done = {{directory_ + "/a", "4"}, {directory_ + "/b", "4"}};
  size_t kept = 0;
  for (uint32_t slot = 0; slot < 3; ++slot) {
    auto reader = Must(source->CreateReader(slot, 3));
    Must(reader->Restore(done));
    const auto states = reader->Snapshot();  // before the files are opened again
    kept += states.size();
    auto again = Must(source->CreateReader(slot, 3));
    Must(again->Restore(states));
    EXPECT_EQ(Drain(*again).rows, Strings{});
  }
  EXPECT_EQ(kept, 2u) << "each file in the slot that reads it";
}

TEST_F(FilesystemTest, PartFilesAppearOnFlush) {
  connect::SinkContext context;
  context.table =
      Must(TableOf(FilesystemConnector(), environment_, fields_,
                   {{"path", directory_ + "/out"}, {"format", "csv"}, {"sink.rolling-policy.file-size", "1mb"}}));
  auto sink = Must(FilesystemConnector().make_sink(context));
  auto writer = Must(sink->CreateWriter(2, 3));
  Must(writer->Flush());
  EXPECT_FALSE(RealFileSystem().Exists(directory_ + "/out")) << "no rows, no file";
  Must(writer->Write(BatchOf(fields_, {{"a", int64_t{1}}})));
  const std::string big(1'100'000, 'x');
  Must(writer->Write(BatchOf(fields_, {{big, int64_t{2}}})));
  Must(writer->Write(BatchOf(fields_, {{"c", int64_t{3}}})));
  for (const std::string& name : Must(RealFileSystem().List(directory_ + "/out")))
    EXPECT_TRUE(name.starts_with(".")) << name;
  Must(writer->Flush());
  Must(writer->Flush());
  const Strings names = Must(RealFileSystem().List(directory_ + "/out"));
  ASSERT_EQ(names.size(), 2u);
  EXPECT_TRUE(names[0].starts_with("part-") && names[0].ends_with("-2-0")) << names[0];
  EXPECT_EQ(Must(ReadWholeFile(RealFileSystem(), directory_ + "/out/" + names[1])), "c|3\n");
  EXPECT_EQ(Read({{"path", directory_ + "/out"}}).rows.size(), 3u);
}

TEST_F(FilesystemTest, OnlyTextFormats) { EXPECT_FALSE(Source({{"format", "cdc"}}).ok()); }

}  // namespace
}  // namespace millrace::connectors
