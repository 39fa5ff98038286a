"""Savepoints: stop, look inside, go on at another parallelism, on the other backend, after harmless changes; what does not fit is said first."""
import collections
import json
import re
import subprocess
import threading
import time

import pytest

import peers

TABLES = """
SET 'execution.checkpointing.savepoint-dir' = '{folder}/saves';
SET 'parallelism.default' = '{parallelism}';
SET 'state.backend' = '{backend}';
CREATE TABLE events (k STRING, v INT, ts BIGINT, {column} rt AS TO_TIMESTAMP_LTZ(ts, 3), WATERMARK FOR rt AS rt) WITH ('connector' = 'kafka',
  'topic' = 'events', 'properties.bootstrap.servers' = '{bootstrap}', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
CREATE TABLE sums (k STRING, e TIMESTAMP_LTZ(3), total INT, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'sums',
  'properties.bootstrap.servers' = '{bootstrap}', 'format' = 'json', 'sink.delivery-guarantee' = 'at-least-once');
"""
INSERT = """INSERT INTO sums SELECT k, window_end, {aggregates} FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(rt), INTERVAL '{size}' SECOND))
GROUP BY k, window_start, window_end;
"""
BASE = 1_700_000_000_000


class Shell:
    """`millrace sql` with a pipe for a keyboard."""

    def __init__(self):
        self.popen = subprocess.Popen([str(peers.MILLRACE), "sql", "--quiet"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      text=True, bufsize=1)
        self.text = ""
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.popen.stdout:
            self.text += line

    def type(self, statements):
        self.popen.stdin.write(statements)
        self.popen.stdin.flush()

    def wait(self, pattern, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = re.search(pattern, self.text)
            if found:
                return found
            time.sleep(0.02)
        raise AssertionError(f"no {pattern!r} in {self.text}")

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.popen.kill()
        self.popen.wait()


@pytest.fixture
def topics(broker):
    for topic in ("events", "sums"):
        peers.millrace("topics", "create", topic, "--partitions", "3", "--bootstrap-server", broker.bootstrap)
    return broker


def write(broker, events):
    from confluent_kafka import Producer
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    for number, event in enumerate(events):
        producer.produce("events", json.dumps(event), partition=number % 3)
    assert producer.flush(20) == 0


def rows(broker, count, seconds=20):
    from confluent_kafka import Consumer
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": f"check-{time.time()}", "auto.offset.reset": "earliest"})
    consumer.subscribe(["sums"])
    out, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        for message in consumer.consume(100, 0.3):
            row = json.loads(message.value())
            out.append((row["k"], row["e"], row["total"], row["n"]))
        if len(out) >= count and end > time.monotonic() + 1:
            end = time.monotonic() + 1  # what is too much would follow
    consumer.close()
    return collections.Counter(out)


def script(folder, broker, parallelism=1, backend="hashmap", column="", aggregates="SUM(v), COUNT(*)", size=10):
    return (TABLES.format(folder=folder, parallelism=parallelism, backend=backend, column=column, bootstrap=broker.bootstrap) +
            INSERT.format(aggregates=aggregates, size=size))


def stop_with_savepoint(shell, drain=""):
    job = shell.wait(r"Job ID: ([0-9a-f]{32})").group(1)
    shell.type(f"STOP JOB '{job}' WITH SAVEPOINT{drain};\n")
    return shell.wait(r"\| +(/\S+/savepoint-\S+) +\|").group(1)


def events(begin, end):
    return [{"k": f"k{n % 7}", "v": n, "ts": BASE + n * 10} for n in range(begin, end)]


def expected(count):
    sums = collections.defaultdict(lambda: [0, 0])
    for event in events(0, count):
        window = sums[event["k"], (event["ts"] // 10_000 + 1) * 10_000]
        window[0] += event["v"]
        window[1] += 1
    text = lambda end: time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(end // 1000))
    return collections.Counter((k, text(end), *window) for (k, end), window in sums.items())


def inspected(path):
    return json.loads(peers.millrace("savepoint", "inspect", path, "--json").stdout)


def take_savepoint_after(topics, folder, text, count):
    write(topics, events(0, count))
    with Shell() as shell:
        shell.type(text)
        shell.wait(r"Job ID: ")
        time.sleep(1.5)
        return stop_with_savepoint(shell)


@pytest.mark.parametrize("backends", [("hashmap", "rocksdb"), ("rocksdb", "hashmap")])
def test_goes_on_elsewhere_with_another_column_and_another_insert(topics, folder, backends):
    path = take_savepoint_after(topics, folder, script(folder, topics, 1, backends[0]), 1500)
    seen = inspected(path)
    assert seen["savepoint"] and seen["parallelism"] == 1
    window = next(op for op in seen["operators"] if op["name"].startswith("GlobalWindowAggregate"))
    assert window["entries"] == 7 and window["watermark"] > BASE
    source = next(op for op in seen["operators"] if op["name"].startswith("Source"))
    assert {split["name"]: split["position"] for split in source["splits"]} == {f"events-{p}": "500" for p in range(3)}
    lines = [json.loads(line) for line in peers.millrace("savepoint", "inspect", path, "--export", "all").stdout.splitlines()]
    assert sum(line["n"] if "n" in line else line["EXPR$3"] for line in lines) == 500  # the open window's rows
    assert "All checksums are right." in peers.millrace("savepoint", "inspect", path, "--verify").stdout

    with Shell() as shell:
        shell.type(f"SET 'execution.state-recovery.path' = '{path}';\n")
        shell.type("CREATE TABLE nowhere (k STRING) WITH ('connector' = 'blackhole');\n")
        text = script(folder, topics, 3, backends[1], column="note STRING,")
        shell.type(text.replace("INSERT INTO", "EXECUTE STATEMENT SET BEGIN INSERT INTO nowhere SELECT k FROM events;\nINSERT INTO") + "END;\n")
        shell.wait(r"Job ID: ")
        write(topics, events(1500, 3000) + [{"k": "end", "v": 0, "ts": BASE + 200_000}] * 3)
        assert rows(topics, len(expected(3000))) == expected(3000)


def test_drain_fires_every_window(topics, folder):
    write(topics, events(0, 1500))
    with Shell() as shell:
        shell.type(script(folder, topics, 3))
        shell.wait(r"Job ID: ")
        assert len(rows(topics, 7)) == 7
        time.sleep(1)
        path = stop_with_savepoint(shell, " WITH DRAIN")
    assert rows(topics, len(expected(1500))) == expected(1500)
    window = next(op for op in inspected(path)["operators"] if op["name"].startswith("GlobalWindowAggregate"))
    assert window["entries"] == 0


def test_what_does_not_fit_is_said_before_anything_starts(topics, folder):
    path = take_savepoint_after(topics, folder, script(folder, topics), 700)
    cases = [
        (dict(aggregates="SUM(v), COUNT(DISTINCT v)"), r"the aggregates were \(SUM\(INT\) INT, COUNT\(\*\) BIGINT\), now \(SUM\(INT\) INT, COUNT\(DISTINCT INT\) BIGINT\)"),
        (dict(size=20), r"the window was TUMBLE\(size=\[10 s\], .*\), now TUMBLE\(size=\[20 s\], .*\)"),
    ]
    for change, message in cases:
        with Shell() as shell:
            shell.type(f"SET 'execution.state-recovery.path' = '{path}';\n" + script(folder, topics, **change) + "SHOW JOBS;\n")
            assert re.search(message, shell.wait(r"The state in .* does not fit this job: .*").group(0)), shell.text
            shell.wait(r"Empty set")  # SHOW JOBS: none was started
    other = script(folder, topics).replace("INSERT INTO sums", "CREATE TABLE other (k STRING, e TIMESTAMP_LTZ(3), total INT, n BIGINT) "
                                           "WITH ('connector' = 'blackhole');\nINSERT INTO other")
    with Shell() as shell:
        shell.type(f"SET 'execution.state-recovery.path' = '{path}';\n" + other)
        shell.wait(r"holds state of operators that this job does not have: .*GlobalWindowAggregate\[\d+\] \(default_catalog.default_database.sums/GlobalWindowAggregate\)")
    moved = script(folder, topics).replace("'topic' = 'events'", "'topic' = 'events-of-today'")
    with Shell() as shell:
        shell.type(f"SET 'execution.state-recovery.path' = '{path}';\n" + moved + "SHOW JOBS;\n")
        shell.wait(r"holds state of operators that this job does not have: Source: events\[1\] \(.*\) for topic events\.")
        shell.wait(r"Empty set")
    with Shell() as shell:
        shell.type(f"SET 'execution.state-recovery.path' = '{path}';\nSET 'execution.state-recovery.ignore-unclaimed-state' = 'true';\n" + other)
        shell.wait(r"dropped the state of")
    assert not rows(topics, 10, 2) - expected(700)


def test_what_a_limit_has_let_through_fits_that_limit_only(folder):
    with Shell() as shell:
        tables = (f"SET 'execution.checkpointing.savepoint-dir' = '{folder}/saves';\nCREATE TABLE a (k INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100');\n"
                  "CREATE TABLE b (k INT) WITH ('connector' = 'blackhole');\n")
        shell.type(tables + "INSERT INTO b SELECT k FROM a LIMIT 1000000;\n")
        job = shell.wait(r"Job ID: (\w+)").group(1)
        shell.type(f"STOP JOB '{job}' WITH SAVEPOINT;\n")
        path = shell.wait(rf"{folder}/saves/savepoint-\S+").group(0)
        shell.type(f"SET 'execution.state-recovery.path' = '{path}';\nINSERT INTO b SELECT k FROM a LIMIT 2000000;\nSHOW JOBS;\n")
        shell.wait(r"The state in .* does not fit this job: .*Limit\[\d+\] .*: it was LIMIT 1000000, now LIMIT 2000000\.")
        shell.type("INSERT INTO b SELECT k FROM a LIMIT 1000000;\n")
        shell.wait(r"Job ID: (?!%s)\w+" % job)


def test_commands_reach_a_running_job(topics, folder):
    write(topics, events(0, 1500))
    port = peers.free_port()
    where = ["--jobmanager", f"127.0.0.1:{port}"]
    (folder / "job.sql").write_text(script(folder, topics, 2))
    with peers.Process([peers.MILLRACE, "sql", "-f", folder / "job.sql", "--rest", str(port)], folder / "job.log") as process:
        peers.wait_for_port(port, process=process.popen)
        assert len(rows(topics, 7)) == 7
        job = json.loads(peers.millrace("jobs", "--json", *where).stdout)[0]
        assert job["state"] == "RUNNING" and job["end-time"] == -1
        taken = peers.millrace("savepoint", "take", job["jid"], folder / "other", *where).stdout.split()[-1]
        assert inspected(taken)["savepoint"] and taken.startswith(str(folder / "other"))
        refused = peers.millrace("savepoint", "take", job["jid"], "/proc/nowhere", *where, check=False)
        assert refused.returncode == 1 and "Cannot make folder /proc/nowhere" in refused.stderr
        assert f"Job {'0' * 32} not found" in peers.millrace("stop", "0" * 32, *where, check=False).stderr
        assert "32 hex digits" in peers.millrace("stop", "00", *where, check=False).stderr
        assert json.loads(peers.millrace("jobs", "--json", *where).stdout)[0]["state"] == "RUNNING"
        path = peers.millrace("stop", "--drain", job["jid"], *where).stdout.split()[-1]
        assert inspected(path)["savepoint"]
        assert process.popen.wait(20) == 0, process.text()
    assert rows(topics, len(expected(1500))) == expected(1500)
    assert "Is it running?" in peers.millrace("jobs", *where, check=False).stderr

