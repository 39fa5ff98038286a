"""`millrace console` on our own broker and on Apache Kafka: topics, messages, groups with real members, search."""
import contextlib
import json
import socket
import sys
import urllib.error
import urllib.parse

import pytest

sys.path.insert(0, "/usr/lib/python3/dist-packages")
import peers
from peers import wait_for
from running_cluster import Cluster


class Console:
    def __init__(self, directory, bootstrap, registry_url, *words):
        self.port = peers.free_port()
        self.process = peers.Process([peers.MILLRACE, "console", "--listen", f"127.0.0.1:{self.port}", "--bootstrap-server", bootstrap,
                                      "--schema-registry", registry_url, *words], directory / "console.log")
        peers.wait_for_port(self.port, process=self.process.popen)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.stop()

    def call(self, method, path, body=None):
        """Status and JSON."""
        data = None if body is None else json.dumps(body).encode()
        try:
            return 200, json.loads(peers.http(method, f"http://127.0.0.1:{self.port}{path}", data, {"Content-Type": "application/json"}))
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def get(self, path):
        status, body = self.call("GET", path)
        assert status == 200, body
        return body

    def events(self, method, path, body, last):
        """(name, data) of a stream, up to the first event of the name `last`."""
        payload = b"" if body is None else json.dumps(body).encode()
        with socket.create_connection(("127.0.0.1", self.port), 30) as peer:
            peer.sendall(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Length: {len(payload)}\r\n\r\n".encode() + payload)
            text = ""
            while f"event: {last}\n" not in text or not text.rstrip("\r\n0").endswith("}") and not text.rstrip("\r\n0").endswith("]"):
                piece = peer.recv(65536)
                if not piece:
                    break
                text += piece.decode()
        names = [line[7:].strip() for line in text.splitlines() if line.startswith("event: ")]
        return list(zip(names, [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]))


@pytest.fixture(params=["embedded", "apache"])
def console(request, folder):
    with contextlib.ExitStack() as stack:
        if request.param == "embedded":
            cluster = stack.enter_context(peers.Broker(folder))
        else:
            cluster = stack.enter_context(peers.ApacheKafka(folder / "kafka", request.getfixturevalue("kafka_jars")))
        registry = stack.enter_context(peers.Registry(folder, cluster.bootstrap))
        running = stack.enter_context(Console(folder, cluster.bootstrap, registry.url))
        running.bootstrap, running.registry_url = cluster.bootstrap, registry.url
        yield running


def names(console):
    return [topic["name"] for topic in console.get("/api/topics")["topics"]]


def test_topics_messages_and_search(console):
    info = console.get("/api/info")
    assert info["kafka"]["reachable"] and info["registry"]["reachable"], info
    status, made = console.call("POST", "/api/topics", {"name": "sales", "partitions": 2, "configs": {"retention.ms": "3600000"}})
    assert status == 200 and made["partitions"] == 2 and made["retention_ms"] == 3600000, made
    assert console.call("POST", "/api/topics", {"name": "sales"})[0] == 409
    schema = {"type": "record", "name": "Sale", "fields": [
        {"name": "store", "type": "string"}, {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 2}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
    status, registered = console.call("POST", "/api/schemas/sales-value", {"schema": schema})
    assert status == 200, registered
    for number in range(20):
        value = {"store": f"s{number % 3}", "amount": f"{number}.50", "at": f"2026-01-31T12:00:{number:02}.000Z"}
        status, place = console.call("POST", "/api/topics/sales/messages", {
            "partition": number % 2, "key": {"format": "string", "data": f"k{number}"},
            "value": {"schema_id": registered["id"], "data": value}, "headers": [{"name": "n", "value": str(number)}]})
        assert status == 200 and place == {"partition": number % 2, "offset": number // 2}, place
    page = console.get("/api/topics/sales/messages?from=earliest&limit=15")
    assert [message["key"]["data"] for message in page["messages"]] == [f"k{number}" for number in range(15)]
    assert page["messages"][3]["value"]["data"] == {"store": "s0", "amount": "3.50", "at": "2026-01-31T12:00:03.000Z"}
    assert page["messages"][3]["value"]["subject"] == "sales-value" and page["next"] == {"0": 8, "1": 7}
    rest = console.get("/api/topics/sales/messages?at=0:8,1:7&limit=15")
    assert [message["key"]["data"] for message in rest["messages"]] == ["k15", "k16", "k17", "k18", "k19"]

    assert wait_for(lambda: [topic for topic in console.get("/api/topics")["topics"] if topic["name"] == "sales" and topic["messages"] == 20 and (topic["bytes"] or 0) > 500])
    found = console.events("POST", "/api/topics/sales/search", {"where": "store = 's1' AND amount > 10"}, "done")
    rows = [data for name, data in found if name == "row"]
    assert sorted(row["cells"][1] for row in rows) == ["10.50", "13.50", "16.50", "19.50"], found
    assert [column["name"] for column in rows[0]["columns"]] == ["store", "amount", "at", "key_text", "partition", "offset", "timestamp", "headers"]
    assert found[-1] == ("done", {"read": 20, "total": 20, "matched": 4})
    status, wrong = console.call("POST", "/api/topics/sales/search", {"where": "stor = 's1'"})
    assert status == 400 and (wrong["error"]["line"], wrong["error"]["column"]) == (1, 1), wrong

    assert console.call("DELETE", "/api/topics/sales/records") == (200, {})
    assert console.get("/api/topics/sales")["messages"] == 0
    assert console.call("DELETE", "/api/topics/sales") == (200, {})
    assert wait_for(lambda: "sales" not in names(console))  # Kafka forgets it a moment later


def test_groups_are_reset_only_without_members(console):
    from confluent_kafka import Consumer
    assert console.call("POST", "/api/topics", {"name": "orders", "partitions": 2})[0] == 200
    for number in range(10):
        assert console.call("POST", "/api/topics/orders/messages", {"partition": number % 2, "value": {"data": {"n": number}}})[0] == 200
    consumer = Consumer({"bootstrap.servers": console.bootstrap, "group.id": "readers", "client.id": "reader-1", "auto.offset.reset": "earliest",
                         "enable.auto.commit": False})
    consumer.subscribe(["orders"])
    seen = []
    wait_for(lambda: seen.append(consumer.poll(0.1)) or len([message for message in seen if message is not None and not message.error()]) >= 10)
    consumer.commit(asynchronous=False)
    group = console.get("/api/groups/readers")
    assert group["state"] == "Stable" and group["members"][0]["client_id"] == "reader-1", group
    assert sorted((place["topic"], place["partition"]) for place in group["members"][0]["partitions"]) == [("orders", 0), ("orders", 1)]
    wait_for(lambda: [(one["offset"], one["end"], one["lag"]) for one in console.get("/api/groups/readers")["offsets"]] == [(5, 5, 0), (5, 5, 0)])
    status, refused = console.call("POST", "/api/groups/readers/reset", {"to": "earliest"})
    assert status == 409 and "reader-1" in refused["error"]["message"], refused
    consumer.close()
    wait_for(lambda: console.get("/api/groups/readers")["state"] == "Empty")
    preview = {"changes": [{"topic": "orders", "partition": 0, "from": 5, "to": 3}, {"topic": "orders", "partition": 1, "from": 5, "to": 3}]}
    assert console.call("POST", "/api/groups/readers/reset", {"to": "shift:-2", "preview": True}) == (200, preview)
    assert [one["offset"] for one in console.get("/api/groups/readers")["offsets"]] == [5, 5]
    assert console.call("POST", "/api/groups/readers/reset", {"to": "shift:-2"}) == (200, preview)
    assert [one["lag"] for one in console.get("/api/groups/readers")["offsets"]] == [2, 2]
    listed = wait_for(lambda: [one for one in console.get("/api/groups")["groups"] if one["id"] == "readers" and one["lag"] == 4])
    assert listed[0]["topics"] == ["orders"]
    history = wait_for(lambda: (lambda found: found if found["series"].get("lag", []) else None)(console.get("/api/groups/readers/history")))
    assert history["series"]["lag"][-1] == 4.0 and history["series"]["lag.orders-0"][-1] == 2.0
    assert console.call("DELETE", "/api/groups/readers") == (200, {})


JOB = """
SET 'execution.checkpointing.interval' = '500 ms';
CREATE TABLE sales (n INT) WITH ('connector' = 'kafka', 'topic' = 'sales', 'properties.bootstrap.servers' = '{bootstrap}',
  'properties.group.id' = 'tables-own', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
CREATE TABLE refunds WITH ('topic' = 'refunds') LIKE sales;
CREATE TABLE nothing (n INT) WITH ('connector' = 'blackhole');
INSERT INTO nothing SELECT n FROM refunds /*+ OPTIONS('properties.group.id' = 'refunds-report') */;
"""


def test_a_job_of_a_cluster_is_shown_at_its_topic_and_at_the_group_of_its_hint(console, folder):
    from confluent_kafka import Consumer, TopicPartition
    for topic in ("sales", "refunds"):
        assert console.call("POST", "/api/topics", {"name": topic, "partitions": 1})[0] == 200
        assert console.call("POST", f"/api/topics/{topic}/messages", {"value": {"data": {"n": 1}}})[0] == 200
    other = Consumer({"bootstrap.servers": console.bootstrap, "group.id": "tables-own"})
    other.commit(offsets=[TopicPartition("refunds", 0, 0)], asynchronous=False)
    other.close()
    place = folder / "cluster"
    place.mkdir()
    with Cluster(place, JOB.format(bootstrap=console.bootstrap)) as cluster:
        cluster.start_job_manager()
        cluster.add_task_manager()
        job = cluster.wait_for_state("RUNNING")["jid"]
        with Console(place, console.bootstrap, console.registry_url, "--jobmanager", cluster.url) as remote:
            wait_for(lambda: {"id": job, "name": remote.get(f"/api/jobs/{job}")["name"], "role": "source"} in remote.get("/api/topics/refunds")["jobs"])
            assert remote.get("/api/topics/sales")["jobs"] == []
            groups = wait_for(lambda: (lambda jobs: jobs if "refunds-report" in jobs else None)(
                {group["id"]: group["job"] for group in remote.get("/api/groups")["groups"]}))  # its first checkpoint makes the group
            assert groups["refunds-report"] == job and groups["tables-own"] is None, groups


def test_tail_follows_a_topic(console):
    from confluent_kafka import Producer
    assert console.call("POST", "/api/topics", {"name": "live", "partitions": 1})[0] == 200
    producer = Producer({"bootstrap.servers": console.bootstrap})
    import threading
    stop = threading.Event()

    def write():
        while not stop.wait(0.1):
            producer.produce("live", "now")
            producer.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = console.events("GET", "/api/topics/live/tail", None, "messages")
    finally:
        stop.set()
        writer.join()
    assert found[0][0] == "messages" and found[0][1][0]["value"]["data"] == "now", found
