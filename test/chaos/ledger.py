"""A job under fire: numbered events in, exact rows out, whatever was killed in between.

Events {id, k, v, ts} lie on several partitions, out of order within the watermark's delay. The job copies them and sums them over
TUMBLE, HOP and CUMULATE windows, all written exactly once. `Ledger.expected` is what a run without any failure writes."""
import collections
import contextlib
import json
import os
import random
import signal
import subprocess
import threading
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from peers import MILLRACE, environment

LONG = os.environ.get("CHAOS_ROUNDS") == "long"
PARTITIONS = 4
EVENTS = 1200
MANY = 30_000  # more than are written while a test goes on
TIME_BASE = 1_700_000_000_000
SIZE, SLIDE, STEP = 10_000, 2_500, 5_000  # windows: TUMBLE(SIZE), HOP(SLIDE, SIZE), CUMULATE(STEP, SIZE)
DISORDER = 2_000

SCRIPT = """
SET 'execution.checkpointing.interval' = '{interval} ms';
SET 'execution.checkpointing.min-pause' = '0 ms';
SET 'state.backend' = '{backend}';
SET 'state.backend.incremental' = 'true';
SET 'taskmanager.memory.managed.size' = '20 kb';  -- rocksdb: windows lie on disk
SET 'parallelism.default' = '{parallelism}';
SET 'pipeline.name' = '{name}';
SET 'restart-strategy' = 'fixed-delay';
SET 'restart-strategy.fixed-delay.attempts' = '100';
SET 'restart-strategy.fixed-delay.delay' = '200 ms';
CREATE TABLE events (id BIGINT, k STRING, v INT, ts BIGINT, rt AS TO_TIMESTAMP_LTZ(ts, 3), WATERMARK FOR rt AS rt - INTERVAL '3' SECOND)
  WITH ('connector' = 'kafka', 'topic' = '{source}', 'properties.bootstrap.servers' = '{bootstrap}', 'properties.group.id' = '{name}',
        'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
CREATE TABLE copies (id BIGINT, k STRING, v INT{copy_key}) WITH ('topic' = '{target}-copy', {sink});
CREATE TABLE tumbles (k STRING, s TIMESTAMP_LTZ(3), e TIMESTAMP_LTZ(3), total INT, n BIGINT{window_key}) WITH ('topic' = '{target}-tumble', {sink});
CREATE TABLE hops (k STRING, s TIMESTAMP_LTZ(3), e TIMESTAMP_LTZ(3), total INT, n BIGINT{window_key}) WITH ('topic' = '{target}-hop', {sink});
CREATE TABLE cumulates (k STRING, s TIMESTAMP_LTZ(3), e TIMESTAMP_LTZ(3), total INT, n BIGINT{window_key}) WITH ('topic' = '{target}-cumulate', {sink});
EXECUTE STATEMENT SET BEGIN
INSERT INTO copies SELECT id, k, v FROM events WHERE k <> 'end';
INSERT INTO tumbles SELECT k, window_start, window_end, SUM(v), COUNT(*) FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(rt), INTERVAL '10' SECOND))
  WHERE k <> 'end' GROUP BY k, window_start, window_end;
INSERT INTO hops SELECT k, window_start, window_end, SUM(v), COUNT(*) FROM TABLE(HOP(TABLE events, DESCRIPTOR(rt), INTERVAL '2.5' SECOND, INTERVAL '10' SECOND))
  WHERE k <> 'end' GROUP BY k, window_start, window_end;
INSERT INTO cumulates SELECT k, window_start, window_end, SUM(v), COUNT(*) FROM TABLE(CUMULATE(TABLE events, DESCRIPTOR(rt), INTERVAL '5' SECOND, INTERVAL '10' SECOND))
  WHERE k <> 'end' GROUP BY k, window_start, window_end;
END;
"""


class Ledger:
    def __init__(self, bootstrap, name, events, seed, partitions=PARTITIONS):
        self.bootstrap, self.name, self.random, self.partitions = bootstrap, name, random.Random(seed), partitions
        self.source, self.target = f"{name}-in", f"{name}-out"
        self.events = []
        for number in range(events):
            at = TIME_BASE + number * 20 - self.random.randrange(DISORDER)
            self.events.append({"id": number, "k": f"key-{self.random.randrange(40)}", "v": self.random.randrange(1000), "ts": at})
        self.admin = AdminClient({"bootstrap.servers": bootstrap})
        topics = [NewTopic(self.source, partitions, 1)] + [NewTopic(topic, 2, 1) for topic in self.topics()]
        for future in self.admin.create_topics(topics).values():
            future.result(30)
        self.producer = self.new_producer()
        self.written = 0

    def new_producer(self):
        return Producer({"bootstrap.servers": self.bootstrap, "enable.idempotence": True, "linger.ms": 5})

    def topics(self):
        return [f"{self.target}-{kind}" for kind in ("copy", "tumble", "hop", "cumulate")]

    def grow(self, partitions):
        """The topic of the events, to so many partitions."""
        for future in self.admin.create_partitions([NewPartitions(self.source, partitions)]).values():
            future.result(30)
        self.partitions = partitions
        self.producer = self.new_producer()  # the old one does not know them yet

    def write(self, count):
        """The next `count` events; behind the last one what moves time on in every partition."""
        for event in self.events[self.written:self.written + count]:
            self.send(event, event["id"] % self.partitions)
        self.written = min(self.written + count, len(self.events))
        if self.written == len(self.events):
            for partition in range(self.partitions):
                self.send({"id": -1, "k": "end", "v": 0, "ts": TIME_BASE + len(self.events) * 20 + 100_000}, partition)
        assert self.producer.flush(60) == 0

    def send(self, event, partition):
        self.producer.produce(self.source, json.dumps(event).encode(), key=event["k"], partition=partition)
        self.producer.poll(0)

    def expected(self):
        copies = collections.Counter((e["id"], e["k"], e["v"]) for e in self.events)
        windows = {kind: collections.defaultdict(lambda: [0, 0]) for kind in ("tumble", "hop", "cumulate")}
        for event in self.events:
            at, key = event["ts"], event["k"]
            start = at // SIZE * SIZE
            places = [("tumble", start, start + SIZE)]
            places += [("hop", s, s + SIZE) for s in range(at // SLIDE * SLIDE, at - SIZE, -SLIDE)]
            places += [("cumulate", start, e) for e in range(start + STEP, start + SIZE + 1, STEP) if at < e]
            for kind, begin, end in places:
                window = windows[kind][key, begin, end]
                window[0] += event["v"]
                window[1] += 1
        out = {f"{self.target}-copy": copies}
        for kind, rows in windows.items():
            out[f"{self.target}-{kind}"] = collections.Counter((k, b, e, *sums) for (k, b, e), sums in rows.items())
        return out

    def read(self, seconds, topics=None):
        """What readers of committed data see once all rows that are expected are there (or time is up), and a moment longer."""
        topics = topics or self.topics()
        want = sum(len(rows) for topic, rows in self.expected().items() if topic in topics)
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": f"{self.name}-check-{time.time()}", "isolation.level": "read_committed",
                             "auto.offset.reset": "earliest", "enable.auto.commit": False})
        consumer.subscribe(topics)
        got = {topic: collections.Counter() for topic in topics}
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for message in consumer.consume(1000, 0.5):
                assert message.error() is None, message.error()
                row = json.loads(message.value())
                kind = message.topic()
                if kind.endswith("-copy"):
                    got[kind][row["id"], row["k"], row["v"]] += 1
                else:
                    got[kind][row["k"], epoch(row["s"]), epoch(row["e"]), row["total"], row["n"]] += 1
            if sum(map(len, got.values())) >= want and end > time.monotonic() + 3:
                end = time.monotonic() + 3  # anything doubled would follow
        consumer.close()
        return got

    def ends(self, isolation="read_uncommitted"):
        """Where each partition of the output ends; for readers of committed data, where the first open transaction begins."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": f"{self.name}-ends", "isolation.level": isolation})
        places = [TopicPartition(topic, partition) for topic in self.topics() for partition in range(2)]
        ends = {(place.topic, place.partition): consumer.get_watermark_offsets(place, 10)[1] for place in places}
        consumer.close()
        return ends

    def check(self, seconds=60):
        got, expected = self.read(seconds), self.expected()
        for topic in self.topics():
            lost, extra = expected[topic] - got[topic], got[topic] - expected[topic]
            assert not lost and not extra, (f"{topic}: {sum(lost.values())} rows lost, {sum(extra.values())} too many; lost "
                                            f"{sorted(lost.items())[:5]}, too many {sorted(extra.items())[:5]}")
        return sum(sum(rows.values()) for rows in got.values())

    def script(self, parallelism=1, interval=200, backend="hashmap", guarantee=None, connector="kafka"):
        """With upsert-kafka each row has a key of its own: what the table says and what was written to it are the same."""
        upsert = connector == "upsert-kafka"
        formats = "'key.format' = 'json', 'value.format' = 'json'" if upsert else "'format' = 'json'"
        sink = f"'connector' = '{connector}', 'properties.bootstrap.servers' = '{self.bootstrap}', {formats}"
        if guarantee:
            sink += f", 'sink.delivery-guarantee' = '{guarantee}', 'sink.transactional-id-prefix' = '{self.name}'"
        key = ", PRIMARY KEY ({}) NOT ENFORCED" if upsert else ""
        return SCRIPT.format(interval=interval, parallelism=parallelism, backend=backend, name=self.name, source=self.source, target=self.target,
                             bootstrap=self.bootstrap, sink=sink, copy_key=key.format("id"), window_key=key.format("k, s, e"))


def epoch(text):
    moment, _, fraction = text.rstrip("Z").replace("T", " ").partition(".")
    import calendar
    return calendar.timegm(time.strptime(moment, "%Y-%m-%d %H:%M:%S")) * 1000 + int((fraction + "000")[:3])


def write_slowly(ledger, seconds, parts=40):
    def write():
        for _ in range(parts):
            ledger.write(len(ledger.events) // parts + 1)
            time.sleep(seconds / parts)
        ledger.write(len(ledger.events))
    writer = threading.Thread(target=write)
    writer.start()
    return writer


@contextlib.contextmanager
def writing(ledger):
    """Some 300 events per second for as long as the block runs; the ledger has no others then."""
    done = threading.Event()
    left = []

    def write():
        while not done.wait(0.05):
            ledger.write(15)
        left.append(len(ledger.events) - ledger.written)
        del ledger.events[ledger.written + 15:]
        ledger.write(15)
    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        done.set()
        writer.join(60)
    assert left and left[0] > 0, "the events ran out, or could not be written"


def new_ledger(cluster, name, events=EVENTS, partitions=PARTITIONS):
    return Ledger(cluster.bootstrap, f"{name}-{random.randrange(10**6)}", events, 11, partitions)


def wait_until(holds, job, seconds=30):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, job.text()[-3000:]
        time.sleep(0.05)


def checkpoints(folder, state="state"):
    """The finished checkpoints of the only job in the folder, oldest first."""
    return sorted((path.parent for path in (folder / state).glob("*/chk-*/_metadata")), key=lambda path: int(path.name[4:]))


def newest(folder, state="state"):
    found = checkpoints(folder, state)
    return int(found[-1].name[4:]) if found else 0


class JobProcess:
    """`millrace sql -f` with a state folder. What a failed test leaves running is killed behind it (conftest.py)."""
    all = []

    def __init__(self, folder, script, *words, crash_at=None, log="job.log", state="state", variables=None):
        path = folder / f"{log}.sql"
        path.write_text(script)
        self.log = folder / log
        self.out = open(self.log, "ab")
        variables = environment() | (variables or {})
        if crash_at:
            variables["MILLRACE_CRASH_AT"] = crash_at
        self.popen = subprocess.Popen([str(MILLRACE), "sql", "-f", str(path), "--state-dir", str(folder / state), "--verbose", *words],
                                      stdout=self.out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=variables)
        JobProcess.all.append(self)

    def kill(self):
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGKILL)
        self.popen.wait()
        self.out.close()

    def stop(self, seconds=30):
        self.popen.terminate()
        code = self.popen.wait(seconds)
        self.out.close()
        return code

    def died(self, seconds):
        try:
            self.popen.wait(seconds)
            return True
        except subprocess.TimeoutExpired:
            return False

    def text(self):
        return self.log.read_text(errors="replace")


def rounds(short, long):
    """How often to kill: the short form, or with CHAOS_ROUNDS=long the long one, or that number."""
    wanted = os.environ.get("CHAOS_ROUNDS", "")
    return {"": short, "long": long}.get(wanted) or int(wanted)
