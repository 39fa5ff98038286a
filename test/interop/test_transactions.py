"""Transactions of unmodified clients against the embedded broker: librdkafka, Java, Kafka's tools, Flink's sink."""
import json
import random
import re
import sys
import time

import pytest

sys.path.insert(0, "/usr/lib/python3/dist-packages")
import peers

JAVA = peers.ROOT / "test/interop/java"


def create(broker, topic, partitions):
    peers.millrace("topics", "create", topic, "--partitions", str(partitions), "--bootstrap-server", broker.bootstrap)


def read(broker, topic, isolation="read_committed"):
    """[(partition, value)] of a topic up to its end for this isolation level."""
    from confluent_kafka import Consumer, KafkaError, TopicPartition
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": f"reader-{random.random()}", "isolation.level": isolation,
                         "enable.partition.eof": True, "enable.auto.commit": False})
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
    out, ended, end = [], set(), time.monotonic() + 60
    while len(ended) < len(partitions):
        assert time.monotonic() < end, f"no end of {topic} in sight after {len(out)} records"
        message = consumer.poll(1)
        if message is None:
            continue
        if message.error() is not None:
            assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
            ended.add(message.partition())
        else:
            out.append((message.partition(), message.value().decode()))
    consumer.close()
    return out


def test_librdkafka_commits_and_aborts(broker):
    from confluent_kafka import Producer
    create(broker, "t", 3)
    producer = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": "py", "linger.ms": 1})
    producer.init_transactions(10)
    expected, all_sent, chance = [], [], random.Random(5)
    for number in range(60):
        producer.begin_transaction()
        sent = [(chance.randrange(3), f"{number}-{i}") for i in range(chance.randrange(0, 20))]
        for partition, value in sent:
            producer.produce("t", value, partition=partition)
        all_sent += sent
        if chance.random() < 0.5:
            producer.commit_transaction(10)
            expected += sent
        else:
            producer.flush(10)
            producer.abort_transaction(10)
    assert sorted(read(broker, "t")) == sorted(expected)
    assert sorted(read(broker, "t", "read_uncommitted")) == sorted(all_sent)
    in_order = [value for partition, value in read(broker, "t") if partition == 0]
    assert in_order == [value for partition, value in expected if partition == 0]


def test_offsets_and_records_are_committed_together(broker):
    from confluent_kafka import Consumer, Producer, TopicPartition
    create(broker, "in", 1)
    create(broker, "out", 1)
    peers.run(["kcat", "-P", "-b", broker.bootstrap, "-t", "in", "-p", "0"], input="\n".join(map(str, range(100))) + "\n")
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "copy", "auto.offset.reset": "earliest",
                         "enable.auto.commit": False, "isolation.level": "read_committed"})
    consumer.subscribe(["in"])
    producer = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": "copy"})
    producer.init_transactions(10)
    expected = []
    for number in range(10):
        producer.begin_transaction()
        batch = consumer.consume(10, 30)
        assert len(batch) == 10
        for message in batch:
            producer.produce("out", message.value())
        producer.send_offsets_to_transaction([TopicPartition("in", 0, batch[-1].offset() + 1)], consumer.consumer_group_metadata(), 10)
        if number % 3 == 1:
            producer.abort_transaction(10)
            consumer.seek(TopicPartition("in", 0, batch[0].offset()))
            # Aborted: what was committed is what the transaction before said.
            assert consumer.committed([TopicPartition("in", 0)], 10)[0].offset == len(expected)
        else:
            producer.commit_transaction(10)
            expected += [message.value().decode() for message in batch]
            assert consumer.committed([TopicPartition("in", 0)], 10)[0].offset == len(expected)
    consumer.close()
    assert [value for _, value in read(broker, "out")] == expected == [str(i) for i in range(70)]


@pytest.mark.parametrize("group_mode", [False, True], ids=["assigned", "subscribed"])
def test_kafkas_transactional_message_copier(broker, kafka_jars, group_mode):
    create(broker, "in", 1)
    create(broker, "out", 1)
    count = 2000
    peers.run(["kcat", "-P", "-b", broker.bootstrap, "-t", "in", "-p", "0"], input="\n".join(map(str, range(count))) + "\n")
    java = ["java", "-Xmx256m", "-cp", f"{kafka_jars}/*", "org.apache.kafka.tools.TransactionalMessageCopier"]
    done = peers.run([*java, "--broker-list", broker.bootstrap, "--input-topic", "in", "--input-partition", "0", "--output-topic", "out",
                      "--consumer-group", "copier", "--transactional-id", "copier", "--transaction-size", "100",
                      "--max-messages", str(count), "--enable-random-aborts", "--use-group-metadata",
                      *(["--group-mode"] if group_mode else [])])
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["remaining"] == 0, done.stdout[-2000:]
    assert [value for _, value in read(broker, "out")] == [str(i) for i in range(count)]


def test_kafkas_transactions_command(broker, kafka_jars):
    from confluent_kafka import Producer
    command = ["java", "-Xmx256m", "-cp", f"{kafka_jars}/*", "org.apache.kafka.tools.TransactionsCommand",
               "--bootstrap-server", broker.bootstrap]
    create(broker, "t", 2)
    done = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": "done"})
    done.init_transactions(10)
    done.begin_transaction()
    done.produce("t", "x", partition=1)
    done.commit_transaction(10)
    open_one = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": "open", "transaction.timeout.ms": 120000})
    open_one.init_transactions(10)
    open_one.begin_transaction()
    open_one.produce("t", "y", partition=0)
    open_one.flush(10)

    listed = {row.split()[0]: row.split() for row in peers.run([*command, "list"]).stdout.splitlines()[1:]}
    assert listed["done"][3] == "CompleteCommit" and listed["open"][3] == "Ongoing"
    described = peers.run([*command, "describe", "--transactional-id", "open"]).stdout.splitlines()
    row = dict(zip(described[0].split("\t"), described[1].split("\t")))
    row = {key.strip(): value.strip() for key, value in row.items()}
    assert row["TransactionState"] == "Ongoing" and row["TransactionTimeoutMs"] == "120000" and row["TopicPartitions"] == "t-0"
    assert row["ProducerId"] == listed["open"][2]
    producers = peers.run([*command, "describe-producers", "--topic", "t", "--partition", "0"]).stdout
    assert re.search(rf"^{row['ProducerId']}\b.*\b0\s*$", producers, re.M), producers  # its transaction begins at offset 0
    # A transaction its coordinator knows is not hanging.
    hanging = peers.run([*command, "find-hanging", "--broker-id", "1", "--max-transaction-timeout", "0"]).stdout
    assert len(hanging.splitlines()) == 1, hanging
    open_one.abort_transaction(10)


def test_kafkas_dump_tool_reads_the_files(broker, kafka_jars, folder):
    from confluent_kafka import Producer
    create(broker, "t", 1)
    producer = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": "dumped"})
    producer.init_transactions(10)
    for commit in (True, False, True):
        producer.begin_transaction()
        producer.produce("t", "x", partition=0)
        producer.flush(10)
        producer.commit_transaction(10) if commit else producer.abort_transaction(10)
    producer.begin_transaction()
    producer.produce("t", "open", partition=0)
    producer.flush(10)
    broker.process.stop()  # with a transaction open
    files = folder / "broker/t-0"
    dump = ["java", "-Xmx256m", "-cp", f"{kafka_jars}/*", "kafka.tools.DumpLogSegments", "--deep-iteration", "--files"]
    log = peers.run([*dump, files / "00000000000000000000.log"]).stdout
    assert re.findall(r"endTxnMarker: (\w+)", log) == ["COMMIT", "ABORT", "COMMIT"], log
    assert log.count("isTransactional: true") == 7 and log.count("isControl: true") == 3 and "isvalid: false" not in log
    index = peers.run([*dump, files / "00000000000000000000.txnindex"]).stdout
    assert re.search(r"producerId: \d+ firstOffset: 2 lastOffset: 3 lastStableOffset: 4", index), index
    snapshot = peers.run([*dump, next(files.glob("*.snapshot"))]).stdout
    assert re.search(r"currentTxnFirstOffset: (?:OptionalLong\[6\]|Some\(6\)|6)", snapshot), snapshot
    broker.start()


def test_a_prepared_transaction_is_taken_up_as_flink_does(broker, kafka_jars):
    create(broker, "t", 2)
    java = ["java", "-Xmx256m", "-cp", f"{kafka_jars}/*", JAVA / "ResumeTransaction.java"]
    producer_id, epoch = peers.run([*java, "prepare", broker.bootstrap, "t", "sink-0-7"]).stdout.split()[-2:]
    assert read(broker, "t") == []
    broker.process.kill()
    broker.start()
    assert read(broker, "t") == []
    for _ in range(2):  # the second time, as after a failure between commit and the end of recovery
        done = peers.run([*java, "commit", broker.bootstrap, "t", "sink-0-7", producer_id, epoch])
        assert done.stdout.split()[-1] == "committed"
        assert sorted(value for _, value in read(broker, "t")) == sorted(f"prepared-{i}" for i in range(100))


# ---- Apache Flink itself ------------------------------------------------------------------------------------------------

PROJECT = peers.ROOT / "test/interop/flink_kafka"
BUILD = peers.ROOT / "build/flink_kafka"
# Flink's serializers look into these packages, which Java 17 keeps closed.
OPENED = ["java.lang", "java.util", "java.time", "java.net", "java.io", "java.nio"]


@pytest.fixture(scope="module")
def flink():
    """The Java command of the job."""
    peers.maven_build("Apache Flink's Kafka connector", PROJECT, BUILD)
    opens = [word for name in OPENED for word in ("--add-opens", f"java.base/{name}=ALL-UNNAMED")]
    return ["java", "-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", *opens,
            "-cp", f"{BUILD}/classes:{BUILD}/lib/*", "millrace.interop.ExactlyOnceJob"]


def test_flinks_exactly_once_sink_over_kills(broker, folder, flink):
    count, chance = 6000, random.Random(3)
    create(broker, "numbers", 2)
    checkpoints = folder / "checkpoints"
    job = [*flink, broker.bootstrap, "numbers", str(count), "300", checkpoints]
    for _ in range(2):
        with peers.Process(job, folder / "flink.log") as running:
            known = set(checkpoints.glob("*/chk-*/_metadata"))
            end = time.monotonic() + 60
            while set(checkpoints.glob("*/chk-*/_metadata")) <= known:
                assert time.monotonic() < end and running.popen.poll() is None, running.text()[-4000:]
                time.sleep(0.05)
            time.sleep(chance.uniform(0.5, 2.5))
            running.kill()
    with peers.Process(job, folder / "flink.log") as running:
        assert running.popen.wait(120) == 0, running.text()[-4000:]
    text = (folder / "flink.log").read_text(errors="replace")
    assert text.count("begins at the start") == 1 and text.count("begins at /") == 2, text[-4000:]
    assert sorted(int(value) for _, value in read(broker, "numbers")) == list(range(1, count + 1))
