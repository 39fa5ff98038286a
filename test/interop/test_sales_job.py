"""The tutorial's job on the embedded broker and on a real Apache Kafka; an independent reader checks every window."""
import collections
import functools
import json
import re
import sys
import time

import pytest

sys.path.insert(0, "/usr/lib/python3/dist-packages")
import peers
from interop import avro_reader

COUNT = 20000
WINDOW = 60_000
DELAY = 5_000


def read_topic(bootstrap, topic):
    """All (key, value, partition, offset) of a topic up to its present end; the last offset may be that of a transaction's marker."""
    from confluent_kafka import Consumer, KafkaError, TopicPartition
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "independent-reader", "isolation.level": "read_committed",
                         "enable.partition.eof": True})
    out = []
    for partition in consumer.list_topics(topic, timeout=10).topics[topic].partitions:
        consumer.assign([TopicPartition(topic, partition, 0)])
        while True:
            message = consumer.poll(10)
            assert message is not None, f"{topic}-{partition} does not answer"
            if message.error() is not None and message.error().code() == KafkaError._PARTITION_EOF:
                break
            assert message.error() is None, message.error()
            out.append((message.key(), message.value(), message.partition(), message.offset()))
    consumer.close()
    return out


def schema_reader(registry_url):
    return functools.lru_cache(lambda schema_id: json.loads(peers.http("GET", f"{registry_url}/schemas/ids/{schema_id}"))["schema"])


def murmur2_partition(key, count):
    length, seed, m = len(key), 0x9747B28C, 0x5BD1E995
    h = (seed ^ length) & 0xFFFFFFFF
    for i in range(0, length - length % 4, 4):
        k = int.from_bytes(key[i:i + 4], "little") * m & 0xFFFFFFFF
        k = (k ^ k >> 24) * m & 0xFFFFFFFF
        h = (h * m & 0xFFFFFFFF) ^ k
    tail = key[length - length % 4:]
    if tail:
        h = (h ^ int.from_bytes(tail, "little")) * m & 0xFFFFFFFF
    h = (h ^ h >> 13) * m & 0xFFFFFFFF
    h ^= h >> 15
    return (h & 0x7FFFFFFF) % count


def check_output(bootstrap, registry_url, all_closed=False, topic="SALES_AGGREGATE"):
    """Every window that the watermark closed is in the topic once, with the exact sum. Returns the number of windows."""
    schema_of = schema_reader(registry_url)
    sums, latest = collections.Counter(), 0
    per_partition = {}
    for _, value, partition, _ in read_topic(bootstrap, "SALES"):
        sale = avro_reader.decode(value, schema_of)
        sums[sale["store_id"], sale["sale_ts"] // WINDOW * WINDOW] += sale["sale_amount"]
        per_partition[partition] = max(per_partition.get(partition, 0), sale["sale_ts"])
    watermark = min(per_partition.values()) - DELAY
    expected = {key: total for key, total in sums.items() if all_closed or key[1] + WINDOW - 1 <= watermark}
    got = {}
    for key, value, partition, offset in read_topic(bootstrap, topic):
        row = avro_reader.decode(value, schema_of)
        assert avro_reader.decode(key, schema_of) == {"store_id": row["store_id"]}
        assert row["window_end"] - row["window_start"] == WINDOW
        place = (row["store_id"], row["window_start"])
        assert place not in got, f"window {place} twice, again at partition {partition} offset {offset}"
        got[place] = row["aggregated_sales"]
    assert got == expected
    return len(got)


VALUE_SCHEMA = ('{"type":"record","name":"record","namespace":"org.apache.flink.avro.generated","fields":[{"name":"store_id","type":"string"},'
                '{"name":"window_start","type":["null",{"type":"long","logicalType":"timestamp-millis"}],"default":null},'
                '{"name":"window_end","type":["null",{"type":"long","logicalType":"timestamp-millis"}],"default":null},'
                '{"name":"aggregated_sales","type":["null","int"],"default":null}]}')
KEY_SCHEMA = ('{"type":"record","name":"record","namespace":"org.apache.flink.avro.generated","fields":[{"name":"store_id","type":"string"}]}')


def wait_for_windows(bootstrap, topic, process):
    """The job never ends by itself: waits until windows have arrived and no more come. `process` runs it."""
    from confluent_kafka import Consumer, TopicPartition
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "watcher"})
    deadline = peers.time.monotonic() + 90
    seen, stable_since = -1, peers.time.monotonic()
    while peers.time.monotonic() < deadline:
        assert process.popen.poll() is None, process.text()
        total = sum(consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=10)[1] for p in range(3))
        if total != seen:
            seen, stable_since = total, peers.time.monotonic()
        if seen > 0 and peers.time.monotonic() - stable_since > 3:
            break
        peers.time.sleep(0.2)
    consumer.close()


def run_sales_job(folder, bootstrap, registry_url):
    """examples/sales-aggregate.sql, unchanged: host aliases lead its addresses to this test's ports. Only a registry below a path has to be named."""
    registry_host, path = re.fullmatch(r"http://([^/]+)(.*)", registry_url).groups()
    script = folder / "sales-aggregate.sql"
    script.write_text((peers.ROOT / "examples/sales-aggregate.sql").read_text().replace("http://schema-registry:8081", f"http://schema-registry:8081{path}"))
    peers.millrace("topics", "create", "SALES", "--partitions", "2", "--bootstrap-server", bootstrap)
    peers.millrace("topics", "create", "SALES_AGGREGATE", "--partitions", "3", "--bootstrap-server", bootstrap)
    peers.millrace("produce", "sales", "--bootstrap-server", bootstrap, "--schema-registry", registry_url, "--count", str(COUNT),
                   "--backfill", "15m", "--disorder", "2s", "--seed", "7")
    job = peers.Process([peers.MILLRACE, "sql", "-f", script, "--alias", f"kafka_broker:29092={bootstrap}", "--alias", f"schema-registry:8081={registry_host}"],
                        folder / "job.log")
    try:
        wait_for_windows(bootstrap, "SALES_AGGREGATE", job)
    finally:
        code = job.stop()
    assert code == 0, job.text()
    return job.text()


def check_everything(folder, bootstrap, registry_url):
    text = run_sales_job(folder, bootstrap, registry_url)
    assert check_output(bootstrap, registry_url) >= 3 * 12
    assert "[INFO] SQL update statement has been successfully submitted to the cluster:" in text and "Job ID: " in text
    assert "Shutting down the session...\ndone." in text
    subject = json.loads(peers.http("GET", f"{registry_url}/subjects/SALES_AGGREGATE-value/versions/latest"))
    assert subject["schema"] == VALUE_SCHEMA
    subject = json.loads(peers.http("GET", f"{registry_url}/subjects/SALES_AGGREGATE-key/versions/latest"))
    assert subject["schema"] == KEY_SCHEMA
    for key, _, partition, _ in read_topic(bootstrap, "SALES_AGGREGATE"):
        assert partition == murmur2_partition(key, 3)


def test_sales_job_on_the_embedded_broker(folder, broker, registry):
    check_everything(folder, broker.bootstrap, registry.url)


def test_sales_job_on_a_real_apache_kafka(folder, kafka_jars):
    with peers.ApacheKafka(folder / "kafka", kafka_jars) as kafka, peers.Registry(folder, kafka.bootstrap) as registry:
        check_everything(folder, kafka.bootstrap, registry.url)


def check_addresses(demo, broker, second, registry):
    """The demo says where its ports are, and there they are."""
    end = time.monotonic() + 30
    while "Ctrl-C ends all.\n" not in demo.text():
        assert time.monotonic() < end and demo.popen.poll() is None, demo.text()
        time.sleep(0.05)
    address = r"(http://127\.0\.0\.1:\d+)"
    title = re.search(rf"^Kafka broker on 127\.0\.0\.1:{broker}, 127\.0\.0\.1:{second}; schema registry on {address}; data in .*\n"
                      rf"Dashboard on {address}; console on {address}; SQL gateway on {address}\nRuns for 20 s\. Ctrl-C ends all\.\n", demo.text(), re.MULTILINE)
    assert title, demo.text()
    schemas, dashboard, console, gateway = title.groups()
    assert schemas == f"http://127.0.0.1:{registry}" and len({dashboard, console, gateway}) == 3
    assert peers.json_of(f"{dashboard}/jobs/overview")["jobs"]
    for page in (dashboard, console):
        assert "<title>Millrace</title>" in peers.http("GET", f"{page}/")
    assert "SALES" in [topic["name"] for topic in peers.json_of(f"{console}/api/topics")["topics"]]
    assert "productName" in peers.json_of(f"{gateway}/v2/info")


def test_demo_shows_nine_windows_per_store_and_its_topics_agree(folder):
    broker, second, registry = peers.free_port(), peers.free_port(), peers.free_port()
    demo = peers.Process([peers.MILLRACE, "local", "--demo", "--for", "20s", "--data-dir", folder / "data", "--broker-port", broker,
                          "--broker-port", second, "--registry-port", registry, "--rest-port", "0"], folder / "demo.log")
    try:
        check_addresses(demo, broker, second, registry)
        demo.popen.wait(60)
    finally:
        code = demo.stop()
    assert code == 0, demo.text()
    lines = [line for line in demo.text().splitlines() if line.startswith("window ")]
    per_store = collections.Counter(line.split()[1] for line in lines)
    assert set(per_store) == {"ABC", "DEF", "GHI"} and min(per_store.values()) >= 9, demo.text()
    # The services on their own find the demo's data again; an independent sum agrees.
    with peers.Broker(folder / "data") as services, peers.Registry(folder, services.bootstrap) as schemas:
        assert check_output(services.bootstrap, schemas.url) >= 27


def test_a_second_demo_shows_the_windows_of_the_first_and_goes_on(folder):
    broker, registry = peers.free_port(), peers.free_port()
    command = [peers.MILLRACE, "local", "--demo", "--for", "4s", "--data-dir", folder / "data", "--broker-port", broker, "--registry-port", registry, "--rest-port", "0"]
    shown = []
    for run in ("first", "second"):
        done = peers.run(command)
        shown.append({tuple(line.split()[1:]) for line in done.stdout.splitlines() if line.startswith("window ")})
    assert len(shown[0]) >= 27 and shown[0] <= shown[1]
    # One past only: the second start wrote no ten minutes of its own over the first one's.
    assert len(shown[1]) <= len(shown[0]) + 6


def test_a_bad_record_stops_the_job_and_is_named(folder, broker, registry):
    from confluent_kafka import Producer
    peers.millrace("produce", "sales", "--bootstrap-server", broker.bootstrap, "--schema-registry", registry.url, "--count", "10", "--rate", "0")
    good = [value for _, value, _, _ in read_topic(broker.bootstrap, "SALES")]
    cases = {"magic": b"\x01" + good[0][1:], "unknown": good[0][:1] + (99999).to_bytes(4, "big") + good[0][5:], "short": good[0][:-3]}
    for name, bytes_ in cases.items():
        topic = f"BAD_{name}"
        producer = Producer({"bootstrap.servers": broker.bootstrap})
        for value in (good[0], bytes_, good[1]):
            producer.produce(topic, value, partition=0)
        producer.flush(10)
        table = (f"CREATE TABLE s (store_id STRING, sale_amount INT) WITH ('connector'='kafka','topic'='{topic}',"
                 f"'properties.bootstrap.servers'='{broker.bootstrap}','scan.startup.mode'='earliest-offset','scan.bounded.mode'='latest-offset',"
                 f"'format'='avro-confluent','avro-confluent.url'='{registry.url}'%s);\n")
        mode = "SET 'sql-client.execution.result-mode'='tableau';\n"
        done = peers.run([peers.MILLRACE, "sql", "-e", mode + table % "" + "SELECT * FROM s;"], check=False)
        assert done.returncode != 0
        assert f"{topic}" in done.stdout + done.stderr and "partition 0" in done.stdout + done.stderr and "offset 1" in done.stdout + done.stderr
        done = peers.run([peers.MILLRACE, "sql", "-e", mode + table % ",'error-handling.mode'='ignore'" + "SELECT * FROM s;"])
        assert "Received a total of 2 rows" in done.stdout, done.stdout
        log = ("CREATE TABLE bad (topic STRING, `partition` INT, `offset` BIGINT, error_reason STRING, `value` BYTES) WITH ('connector'='kafka',"
               f"'topic'='{topic}_DLQ','properties.bootstrap.servers'='{broker.bootstrap}','format'='json','scan.startup.mode'='earliest-offset',"
               "'scan.bounded.mode'='latest-offset');\n")
        peers.run([peers.MILLRACE, "sql", "-e", mode + log + table % ",'error-handling.mode'='log','error-handling.log.target'='bad'" + "SELECT * FROM s;"])
        (_, value, _, _), = read_topic(broker.bootstrap, f"{topic}_DLQ")
        row = json.loads(value)
        assert (row["topic"], row["partition"], row["offset"]) == (topic, 0, 1) and row["error_reason"]


def test_produce_sales_is_reproducible_and_registers_its_schema(broker, registry):
    for topic in ("one", "two"):
        peers.millrace("produce", "sales", "--topic", topic, "--bootstrap-server", broker.bootstrap, "--schema-registry", registry.url,
                       "--count", "100", "--seed", "5", "--stores", "4", "--rate", "0")
    schema_of = schema_reader(registry.url)
    one, two = ([(key, avro_reader.decode(value, schema_of)) for key, value, _, _ in read_topic(broker.bootstrap, topic)] for topic in ("one", "two"))
    strip = lambda rows: [(key, row["store_id"], row["sale_amount"]) for key, row in rows]  # noqa: E731
    assert strip(one) == strip(two) and len(one) == 100
    assert len({key for key, _ in one}) == 4 and all(key.decode() == row["store_id"] for key, row in one)
    assert all(100 <= row["sale_amount"] <= 1000 for _, row in one)
    schema = json.loads(json.loads(peers.http("GET", f"{registry.url}/subjects/one-value/versions/latest"))["schema"])
    assert schema["name"] == "StoreSale" and [field["name"] for field in schema["fields"]] == ["store_id", "sale_amount", "sale_ts"]


def test_consume_prints_decoded_json(broker, registry):
    peers.millrace("produce", "sales", "--bootstrap-server", broker.bootstrap, "--schema-registry", registry.url, "--count", "5", "--rate", "0")
    out = peers.millrace("consume", "SALES", "--from-beginning", "--max", "5", "--bootstrap-server", broker.bootstrap,
                         "--schema-registry", registry.url).stdout
    rows = [json.loads(line) for line in out.splitlines()]
    assert len(rows) == 5 and {"key", "value", "partition", "offset", "timestamp"} <= set(rows[0])
    assert set(rows[0]["value"]) == {"store_id", "sale_amount", "sale_ts"} and rows[0]["key"] == rows[0]["value"]["store_id"]
    blind = peers.millrace("consume", "SALES", "--from-beginning", "--max", "5", "--bootstrap-server", broker.bootstrap,
                           "--schema-registry", f"http://127.0.0.1:{peers.free_port()}", check=False)
    assert blind.returncode == 1 and blind.stderr.count("warning: ") == 1 and "not decoded: " in blind.stderr, blind
    assert all(set(json.loads(line)["value"]) == {"base64"} for line in blind.stdout.splitlines())


if __name__ == "__main__":
    sys.exit(pytest.main([__file__]))
