"""What goes wrong around a job: second processes, damaged checkpoints, full disks, brokers and registries that are away, clocks that jump.
The job waits and goes on, or fails with the reason; what docs/exactly-once.md promises about its output holds."""
import contextlib
import errno
import json
import pathlib
import random
import re
import shutil
import signal
import struct
import subprocess
import time

import pytest
from confluent_kafka import Consumer
from confluent_kafka.admin import ConfigResource

import peers
from faulty_disk import preload_library
from ledger import EVENTS, LONG, MANY, JobProcess, Ledger, checkpoints, new_ledger, newest, wait_until, writing


def copy_state(folder, target):
    shutil.copytree(folder / "state", folder / target, ignore=shutil.ignore_patterns(".lock"))


# ------------------------------------------------------------------------------------------------------ two processes
def test_state_folder_belongs_to_one_process(embedded, folder):
    ledger = new_ledger(embedded, "locked")
    ledger.write(EVENTS)
    first = JobProcess(folder, ledger.script())
    wait_until(lambda: checkpoints(folder), first)
    second = JobProcess(folder, ledger.script(), log="second.log")
    assert second.died(10) and second.stop() == 1
    assert re.search(r"state is in use by millrace sql \(process \d+\)", second.text()), second.text()
    ledger.check()
    assert first.stop() == 0


def test_second_process_takes_over(cluster, folder):
    ledger = new_ledger(cluster, "zombie")
    ledger.write(EVENTS // 2)
    first = JobProcess(folder, ledger.script())
    wait_until(lambda: newest(folder) > 2, first)
    first.popen.send_signal(signal.SIGSTOP)
    copy_state(folder, "copy")
    second = JobProcess(folder, ledger.script(), state="copy", log="second.log")
    taken_over = newest(folder)
    wait_until(lambda: newest(folder, "copy") > taken_over + 1, second)
    first.popen.send_signal(signal.SIGCONT)
    ledger.write(EVENTS)
    assert first.died(30), "the first process was not fenced"
    assert first.stop() == 1 and "PRODUCER_FENCED" in first.text(), first.text()[-3000:]
    assert "starting again" not in first.text(), first.text()[-3000:]
    ledger.check()
    assert second.stop() == 0, second.text()[-3000:]


def test_checkpoint_of_another_process_is_not_taken_for_the_committed_one(cluster, folder):
    """Both wrote a checkpoint of the same number; only the second process could commit it."""
    ledger = new_ledger(cluster, "twins")
    ledger.write(EVENTS // 2)
    first = JobProcess(folder, ledger.script(interval=50), crash_at="checkpoint.durable:3")
    assert first.died(30)
    first.kill()
    copy_state(folder, "copy")
    ledger.write(EVENTS)
    second = JobProcess(folder, ledger.script(interval=2000), crash_at="kafka.committed:1", state="copy", log="second.log")
    assert second.died(30)
    second.kill()
    assert newest(folder) == newest(folder, "copy")
    again = JobProcess(folder, ledger.script(), log="again.log")
    assert again.died(20), again.text()[-3000:]
    assert again.stop() == 1 and re.search(r"Checkpoint 3 .* was taken by another process", again.text()), again.text()[-3000:]
    second = JobProcess(folder, ledger.script(), state="copy", log="second.log")
    ledger.check()
    assert second.stop() == 0


def test_two_jobs_of_one_name(embedded, folder):
    one, other = new_ledger(embedded, "pair", 300), new_ledger(embedded, "pair", 300)
    one.write(300)
    other.write(300)
    other.name = one.name
    script = one.script().replace("events", "events_1") + other.script().split("'200 ms';")[-1]
    for kind in ("copies", "tumbles", "hops", "cumulates"):
        head, tail = script.split("END;\n", 1)
        script = head.replace(kind, f"{kind}_1") + "END;\n" + tail
    job = JobProcess(folder, script)
    try:
        one.check()
        other.check()
        assert "PRODUCER_FENCED" not in job.text()
    finally:
        assert job.stop() == 0, job.text()[-3000:]


# -------------------------------------------------------------------------------------------------------- ends and starts
def test_stop_takes_a_last_checkpoint(apache, folder):
    ledger = new_ledger(apache, "stop")
    ledger.write(EVENTS)
    job = JobProcess(folder, ledger.script(interval=600_000))  # no checkpoint but the last one
    time.sleep(3)
    assert job.stop() == 0, job.text()[-3000:]
    assert newest(folder) == 1
    ledger.check(20)
    job = JobProcess(folder, ledger.script(interval=600_000))
    time.sleep(2)
    assert job.stop() == 0, job.text()[-3000:]
    assert newest(folder) == 2 and re.search(r"\b0 records in", job.text()), job.text()[-1000:]


def test_finished_job_started_again_writes_nothing(embedded, folder):
    ledger = new_ledger(embedded, "finished", 300)
    ledger.write(300)
    bounded = ledger.script().replace("'scan.startup.mode' = 'earliest-offset'", "'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset'")
    for _ in range(2):
        job = JobProcess(folder, bounded)
        assert job.died(30), job.text()[-3000:]
        assert job.stop() == 0, job.text()[-3000:]
        ledger.check(20)


TWO_JOBS = """
SET 'execution.checkpointing.interval' = '100 ms';
SET 'state.checkpoints.dir' = 'file://{folder}/elsewhere';
CREATE TABLE source (v INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100');
CREATE TABLE one (v INT) WITH ('connector' = 'blackhole');
CREATE TABLE other (v INT) WITH ('connector' = 'blackhole');
INSERT INTO one SELECT v FROM source;
INSERT INTO other SELECT v FROM source;
"""


def test_state_folder_goes_before_the_scripts_key(folder):
    job = JobProcess(folder, TWO_JOBS.format(folder=folder))
    wait_until(lambda: len({path.parent for path in checkpoints(folder)}) == 2, job)
    assert job.stop() == 0
    assert not (folder / "elsewhere").exists()
    said = f"'execution.checkpointing.dir' = '{folder}/elsewhere' has no effect here: --state-dir is {folder}/state."
    assert job.text().count(said) == 1, job.text()[-3000:]


# ------------------------------------------------------------------------------------------------------------------ disk
def flip_byte(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)


def two_thirds(embedded, folder, name, retained):
    """A job that has stopped; its last checkpoint stands for the second third of the events. Some windows are open."""
    ledger = new_ledger(embedded, name)
    settings = f"SET 'execution.checkpointing.num-retained' = '{retained}';\n"
    for interval in (100, 600_000):
        ledger.write(EVENTS // 3)
        job = JobProcess(folder, settings + ledger.script(interval=interval))
        if interval == 100:
            wait_until(lambda: newest(folder) > 1, job)
        time.sleep(3)
        assert job.stop() == 0, job.text()[-3000:]
    return ledger, settings + ledger.script()


@pytest.mark.parametrize("name", ["_metadata", "slot-0.data"])
def test_damaged_checkpoint_goes_back_to_the_one_before(embedded, folder, name):
    ledger, script = two_thirds(embedded, folder, "damaged", 2)
    before, last = (int(path.name[4:]) for path in checkpoints(folder)[-2:])
    flip_byte(checkpoints(folder)[-1] / name)
    ledger.write(EVENTS)
    job = JobProcess(folder, script)
    wait_until(lambda: newest(folder) > last + 1, job)
    assert re.search(f"checksum.*; going back to checkpoint {before}: rows written between the two are written again", job.text()), job.text()[-3000:]
    got, expected = ledger.read(30), ledger.expected()
    assert job.stop() == 0
    for topic, rows in expected.items():
        assert not rows - got[topic], f"{topic}: rows lost"
        assert set(got[topic]) == set(rows) and max(got[topic].values()) <= 2, f"{topic}: rows nobody wrote"
    copies = got[f"{ledger.target}-copy"]
    assert 0 < sum((copies - expected[f"{ledger.target}-copy"]).values()) <= 2 * EVENTS // 3


def test_damaged_only_checkpoint_is_an_error(embedded, folder):
    ledger, script = two_thirds(embedded, folder, "alone", 1)
    damaged = checkpoints(folder)[-1] / "_metadata"
    flip_byte(damaged)
    job = JobProcess(folder, script)
    assert job.died(20), job.text()[-3000:]
    assert job.stop() == 1 and str(damaged.parent) in job.text() and "checksum" in job.text(), job.text()[-3000:]
    assert "starting again" not in job.text()
    flip_byte(damaged)
    ledger.write(EVENTS)
    job = JobProcess(folder, script)
    ledger.check()
    assert job.stop() == 0


@pytest.fixture
def small_disk(folder):
    state = folder / "state"
    state.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "millrace-test", state], capture_output=True).returncode != 0:
        pytest.skip("SKIPPED ALOUD: only root may mount a small disk")
    yield state
    subprocess.run(["umount", "-l", state], check=True)


def test_full_disk(apache, folder, small_disk):
    ledger = new_ledger(apache, "full")
    ledger.write(EVENTS // 3)
    job = JobProcess(folder, ledger.script())
    wait_until(lambda: newest(folder) > 1, job)
    restarts = job.text().count("starting again")
    ballast = small_disk / "ballast"

    def is_noticed():  # an older checkpoint's removal makes room again
        with open(ballast, "ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError as error:
                assert error.errno == errno.ENOSPC
        return "No space left on device" in job.text() and "trying again" in job.text()

    wait_until(is_noticed, job)
    ledger.write(EVENTS)
    time.sleep(30 if LONG else 2)
    assert job.popen.poll() is None, job.text()[-3000:]
    ballast.unlink()
    ledger.check()
    assert job.text().count("starting again") == restarts, job.text()[-3000:]
    assert job.stop() == 0, job.text()[-3000:]


# ------------------------------------------------------------------------------------------------------- services are away
AWAY_SECONDS = 75 if LONG else 6  # long: past the minute for which commits and sources are tried


# Apache Kafka takes a quarter of a minute to come back after a kill: in the long form only.
AWAY = [("apache", "frozen"), ("embedded", "killed")] + [("apache", "killed"), ("embedded", "frozen")] * LONG


@pytest.mark.parametrize(("broker_kind", "how"), AWAY)
def test_brokers_away(request, folder, broker_kind, how):
    cluster = request.getfixturevalue(broker_kind)
    ledger = new_ledger(cluster, f"away-{how}")
    ledger.write(EVENTS // 2)
    job = JobProcess(folder, ledger.script(parallelism=2))
    wait_until(lambda: newest(folder) > 2, job)
    if how == "frozen":
        cluster.process.popen.send_signal(signal.SIGSTOP)
        time.sleep(AWAY_SECONDS)
        cluster.process.popen.send_signal(signal.SIGCONT)
    else:
        cluster.process.kill()
        time.sleep(AWAY_SECONDS)
        cluster.start()
    ledger.write(EVENTS)
    ledger.check(90 + AWAY_SECONDS)
    assert job.stop(90) == 0, job.text()[-3000:]


TIMED_OUT = """
SET 'execution.checkpointing.interval' = '100 ms';
SET 'execution.checkpointing.timeout' = '2 s';
SET 'restart-strategy' = 'none';
SET 'pipeline.name' = '{name}';
CREATE TABLE source (v INT) WITH ('connector' = 'datagen', 'rows-per-second' = '50000');
CREATE TABLE target (v INT) WITH ('connector' = 'kafka', 'topic' = '{name}', 'properties.bootstrap.servers' = '{bootstrap}', 'format' = 'json');
INSERT INTO target SELECT v FROM source;
"""


def test_failed_job_ends_while_the_broker_is_away(folder):
    """Rows of a transaction that nobody will commit are not waited for: librdkafka would hold on to them for transaction.timeout.ms."""
    with peers.Broker(folder) as broker:
        peers.millrace("topics", "create", "timed-out", "--bootstrap-server", broker.bootstrap)
        job = JobProcess(folder, TIMED_OUT.format(name="timed-out", bootstrap=broker.bootstrap))
        wait_until(lambda: newest(folder) > 2, job)
        broker.process.popen.send_signal(signal.SIGSTOP)
        try:
            # A commit that is under way is tried for a minute.
            assert job.died(100), job.text()[-3000:]
        finally:
            broker.process.popen.send_signal(signal.SIGCONT)
            job.kill()
        assert job.popen.returncode == 1 and "Checkpoint" in job.text().split("ERROR")[-1], job.text()[-3000:]


@pytest.mark.parametrize("broker_kind", ["embedded", *["apache"] * LONG])
def test_job_sleeps_longer_than_its_transaction_may_last(request, folder, broker_kind):
    ledger = new_ledger(request.getfixturevalue(broker_kind), "asleep")

    def script(interval, seconds):
        place = f"'properties.bootstrap.servers' = '{ledger.bootstrap}', 'format'"
        return ledger.script(parallelism=2, interval=interval).replace(place, f"'properties.transaction.timeout.ms' = '{seconds}000', {place}")
    ledger.write(EVENTS // 4)
    job = JobProcess(folder, script(200, 60))
    wait_until(lambda: newest(folder) > 1, job)
    assert job.stop() == 0, job.text()[-3000:]
    job = JobProcess(folder, script(600_000, 4), log="asleep.log")  # no checkpoint: its rows stay in an open transaction
    ledger.write(EVENTS // 4)

    def is_open():
        return ledger.ends("read_committed") != ledger.ends()
    wait_until(is_open, job)
    job.popen.send_signal(signal.SIGSTOP)
    assert is_open(), job.text()[-3000:]
    wait_until(lambda: not is_open(), job)  # the broker has aborted it
    ledger.write(EVENTS // 4)
    job.popen.send_signal(signal.SIGCONT)
    end = time.monotonic() + 30
    while not job.died(0.1) and "starting again" not in job.text():
        assert time.monotonic() < end, job.text()[-3000:]
    if "starting again" in job.text():  # its rows were on their way
        assert "Message timed out" in job.text(), job.text()[-3000:]
        job.popen.kill()
        job.stop()
    else:
        assert job.stop() == 1 and "PRODUCER_FENCED" in job.text(), job.text()[-3000:]
    job = JobProcess(folder, script(200, 60), log="again.log")
    ledger.write(EVENTS)
    ledger.check()
    assert job.stop() == 0, job.text()[-3000:]


STOPPED = """
SET 'execution.checkpointing.interval' = '200 ms';
CREATE TABLE source (v INT) WITH ('connector' = 'kafka', 'topic' = 'stopped', 'properties.bootstrap.servers' = '{bootstrap}', 'properties.group.id' = 'g',
  'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
CREATE TABLE target (v INT) WITH ('connector' = 'blackhole');
INSERT INTO target SELECT v FROM source;
"""


def test_stop_while_the_broker_is_away(folder):
    """Offsets that can no longer be committed are not waited for: librdkafka would do so for session.timeout.ms."""
    with peers.Broker(folder) as broker:
        peers.millrace("topics", "create", "stopped", "--bootstrap-server", broker.bootstrap)
        job = JobProcess(folder, STOPPED.format(bootstrap=broker.bootstrap))
        wait_until(lambda: newest(folder) > 2, job)
        broker.process.kill()
        taken = newest(folder)
        wait_until(lambda: newest(folder) > taken + 5, job)  # of which none can commit its offsets
        assert job.stop(20) == 0, job.text()[-3000:]
        broker.start()


AVRO = """
SET 'execution.checkpointing.interval' = '200 ms';
SET 'pipeline.name' = '{name}';
CREATE TABLE source (id BIGINT, k STRING, v INT) WITH ('connector' = 'kafka', 'topic' = '{source}', 'properties.bootstrap.servers' = '{bootstrap}',
  'scan.startup.mode' = 'earliest-offset', {source_format});
CREATE TABLE target (id BIGINT, k STRING, v INT) WITH ('connector' = 'kafka', 'topic' = '{target}', 'properties.bootstrap.servers' = '{bootstrap}',
  {target_format});
INSERT INTO target SELECT id, k, v FROM source WHERE k <> 'end';
"""


def test_registry_away(apache, folder):
    """One job writes Avro, another reads it; neither finds the registry when it starts."""
    ledger = new_ledger(apache, "avro", 300)
    ledger.write(300)
    with peers.Broker(folder / "registry-store") as store:
        port = peers.free_port()
        avro = f"'format' = 'avro-confluent', 'avro-confluent.url' = 'http://127.0.0.1:{port}'"
        common = {"bootstrap": ledger.bootstrap}
        writer = JobProcess(folder, AVRO.format(name=f"{ledger.name}-w", source=ledger.source, target=f"{ledger.name}-avro", source_format="'format' = 'json'",
                                                target_format=avro, **common), log="writer.log", state="writer")
        reader = JobProcess(folder, AVRO.format(name=f"{ledger.name}-r", source=f"{ledger.name}-avro", target=f"{ledger.target}-copy",
                                                source_format=avro, target_format="'format' = 'json'", **common), log="reader.log", state="reader")
        time.sleep(AWAY_SECONDS)
        with peers.Registry(folder, store.bootstrap, port):
            topic = f"{ledger.target}-copy"
            got = ledger.read(30 + AWAY_SECONDS, [topic])[topic]
            assert got == ledger.expected()[topic], writer.text()[-2000:] + reader.text()[-2000:]
            assert writer.stop() == 0, writer.text()[-2000:]
            assert reader.stop() == 0, reader.text()[-2000:]


def avro(schema_id, *values):
    """A record of numbers and texts behind Confluent's header."""
    out = bytearray(struct.pack(">bI", 0, schema_id))
    for value in values:
        text = value.encode() if isinstance(value, str) else b""
        number = len(text) if text else value
        number = number << 1 ^ number >> 63
        while number > 127:
            out.append(number & 127 | 128)
            number >>= 7
        out.append(number)
        out += text
    return bytes(out)


class AvroLedger(Ledger):
    """Its events are Avro; each schema has a column more than the one before."""
    columns = [("id", "long"), ("k", "string"), ("v", "int")]

    def next_schema(self, registry):
        fields = [{"name": name, "type": kind, **({"default": 0} if name.startswith("extra") else {})} for name, kind in self.columns]
        body = {"schema": json.dumps({"type": "record", "name": "Event", "fields": fields})}
        answer = peers.http("POST", f"{registry.url}/subjects/{self.source}-value/versions", json.dumps(body).encode(),
                            {"Content-Type": "application/vnd.schemaregistry.v1+json"})
        self.schema, self.extra = json.loads(answer)["id"], [7] * (len(self.columns) - 3)
        self.columns = [*self.columns, (f"extra{len(self.columns)}", "int")]

    def send(self, event, partition):
        self.producer.produce(self.source, avro(self.schema, event["id"], event["k"], event["v"], *self.extra), partition=partition)
        self.producer.poll(0)


@pytest.mark.parametrize("how", ["frozen", "closed"])
def test_registry_away_when_a_new_schema_appears(embedded, folder, how):
    ledger = AvroLedger(embedded.bootstrap, f"evolving-{how}-{random.randrange(10**6)}", 300, 12)
    copies = f"{ledger.target}-copy"
    count = lambda seconds: sum(ledger.read(seconds, [copies])[copies].values())  # noqa: E731
    with contextlib.ExitStack() as ends:
        registry = ends.enter_context(peers.Registry(folder, embedded.bootstrap))
        ledger.next_schema(registry)
        ledger.write(100)
        job = JobProcess(folder, AVRO.format(name=ledger.name, bootstrap=ledger.bootstrap, source=ledger.source, target=copies,
                                             source_format=f"'format' = 'avro-confluent', 'avro-confluent.url' = '{registry.url}'",
                                             target_format="'format' = 'json'"))
        wait_until(lambda: count(1) == 100, job)
        ledger.next_schema(registry)
        if how == "frozen":
            registry.process.popen.send_signal(signal.SIGSTOP)
        else:
            registry.process.kill()
        ledger.write(300)
        assert count(AWAY_SECONDS) == 100
        if how == "frozen":
            registry.process.popen.send_signal(signal.SIGCONT)
        else:
            ends.enter_context(peers.Registry(folder, embedded.bootstrap, registry.port))
        got = ledger.read(40 + AWAY_SECONDS, [copies])[copies]
        assert got == ledger.expected()[copies], job.text()[-3000:]
        assert LONG or "starting again" not in job.text(), job.text()[-3000:]
        assert job.stop() == 0, job.text()[-3000:]


# ----------------------------------------------------------------------------------------------------------------- clocks
class MovedClock:
    def __init__(self, folder):
        self.shift = folder / "shift"
        self.shift.write_bytes(bytes(8))
        self.variables = {"LD_PRELOAD": preload_library(folder, pathlib.Path(__file__).with_name("shifted_clock.c")), "CLOCK_SHIFT": str(self.shift)}

    def move(self, hours):
        with open(self.shift, "r+b", buffering=0) as file:
            file.write(struct.pack("<q", hours * 3600))


def timestamps(ledger, topic):
    """When the committed records of the topic were written, by the clock of their writer or of the broker."""
    consumer = Consumer({"bootstrap.servers": ledger.bootstrap, "group.id": f"{ledger.name}-stamps", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    stamps = []
    while len(stamps) < len(ledger.events):
        stamps += [message.timestamp()[1] for message in consumer.consume(1000, 1)]
    consumer.close()
    return stamps


def goes_on_through_jumps(clock, ledger, job, folder):
    """With rows in the open transaction at every jump."""
    jumps = (3, -48, 0)
    wait_until(lambda: newest(folder) > 0, job)
    restarts = job.text().count("starting again")
    with writing(ledger):
        for hours in jumps:
            taken = newest(folder)
            wait_until(lambda: newest(folder) > taken + 2, job)
            clock.move(hours)
    ledger.check()
    assert job.text().count("starting again") == restarts, job.text()[-3000:]
    assert job.stop() == 0, job.text()[-3000:]
    written = {round((stamp / 1000 - time.time()) / 3600) for stamp in timestamps(ledger, f"{ledger.target}-copy")}
    assert written == set(jumps)


def test_clock_jumps(apache, folder):
    clock = MovedClock(folder)
    ledger = new_ledger(apache, "clock", MANY)
    goes_on_through_jumps(clock, ledger, JobProcess(folder, ledger.script(), variables=clock.variables), folder)


def test_clock_jumps_of_the_broker(folder):
    clock = MovedClock(folder)
    broker = peers.Broker(folder)
    broker.start(**clock.variables)
    try:
        ledger = new_ledger(broker, "clock", MANY)
        topic = ConfigResource("topic", f"{ledger.target}-copy", set_config={"message.timestamp.type": "LogAppendTime"})
        ledger.admin.alter_configs([topic])[topic].result(30)
        goes_on_through_jumps(clock, ledger, JobProcess(folder, ledger.script(parallelism=2)), folder)
    finally:
        broker.process.stop()
