"""The job killed at random moments and at every step of its checkpoints: output stays exact."""
import contextlib
import json
import random
import re
import time
from collections import Counter

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

import peers
from ledger import EVENTS, LONG, MANY, PARTITIONS, JobProcess, Ledger, new_ledger, newest, rounds, wait_until, write_slowly, writing

# Every place of the checkpoint and commit protocol where the process may die (src/**: FailPoint), in the order of the protocol.
RUNNING = {
    "trigger": "kafka.begin kafka.begun checkpoint.trigger",
    "slots": "slot.barrier kafka.flush kafka.flushed slot.snapshot slot.acknowledged checkpoint.acknowledged",
    "data": "checkpoint.folder.made checkpoint.shared.linked checkpoint.shared.file_synced checkpoint.data.written checkpoint.data.synced "
            "checkpoint.shared.synced",
    "metadata": "checkpoint.metadata.written checkpoint.metadata.synced checkpoint.metadata.renamed checkpoint.folder.synced checkpoint.durable",
    "commit": "kafka.commit kafka.marker.sent kafka.committed checkpoint.completed checkpoint.noted checkpoint.reported",
    "cleaning": "checkpoint.half_removed checkpoint.old.removed checkpoint.shared.removed kafka.offsets.report kafka.offsets.reported",
}
# By the step whose death leaves to the start what it has to do.
STARTING = {
    "": "directory.made",  # the first start of all: it makes the folder
    "checkpoint.shared.linked": "checkpoint.storage.made checkpoint.unfinished.removed checkpoint.shared.removed",
    "kafka.marker.sent": "kafka.init:1 kafka.fenced:1 kafka.init:2 kafka.fenced:2 kafka.marker.read checkpoint.newer.removed "
                         "checkpoint.read kafka.begin kafka.begun state.folder.made state.file.linked slot.restored",
    "checkpoint.durable": "checkpoint.half_removed checkpoint.unfinished.removed",
}
STOPPING = {
    "signal": "checkpoint.trigger checkpoint.durable kafka.marker.sent kafka.committed kafka.abort kafka.aborted",
    "savepoint": "directory.made directory.synced savepoint.folder.made checkpoint.data.written checkpoint.data.synced "
                 "checkpoint.metadata.written checkpoint.metadata.synced checkpoint.metadata.renamed checkpoint.folder.synced "
                 "checkpoint.durable:1 savepoint.durable checkpoint.durable:2 kafka.committed checkpoint.reported",
}
HOUR = 3_600_000

# Which backends take turns; on disk alone, every start goes on from files of the one before (long form only).
BACKENDS = {"both": ["hashmap", "rocksdb"]} | ({"rocksdb": ["rocksdb"]} if LONG else {})


def killed_often(cluster, folder, name, kills, make_script, partitions=PARTITIONS):
    """A ledger all of whose events are written, and whose job was killed again and again meanwhile; make_script(ledger, chance)."""
    chance = random.Random(kills)
    ledger = Ledger(cluster.bootstrap, f"{name}-{chance.randrange(10**6)}", 400 * kills, 7, partitions)
    writer = write_slowly(ledger, kills * 0.9)
    for _ in range(kills):
        job = JobProcess(folder, make_script(ledger, chance))
        assert not job.died(chance.uniform(0.2, 1.6)), job.text()[-3000:]
        job.kill()
    writer.join(120)
    return ledger


@pytest.mark.parametrize("backends", BACKENDS.values(), ids=BACKENDS.keys())
def test_killed_at_random_moments(cluster, folder, backends):
    ledger = killed_often(cluster, folder, f"kill-{len(backends)}", rounds(8, 200), lambda ledger, chance: ledger.script(
        parallelism=chance.choice([1, 3, 5, 8]), interval=100, backend=chance.choice(backends)), partitions=8)
    job = JobProcess(folder, ledger.script(parallelism=2, backend=backends[-1]))
    try:
        ledger.check(90)
    finally:
        assert job.stop() == 0, job.text()[-3000:]
    ledger.check(30)


def test_tables_name_every_step():
    source = "".join(path.read_text() for path in (peers.ROOT / "src").rglob("*.cc"))
    steps = set(re.findall(r'FailPoint\("(?!broker\.)([a-z_.]+)"\)', source))
    assert {step.split(":")[0] for table in (RUNNING, STARTING, STOPPING) for words in table.values() for step in words.split()} == steps


def die(folder, script, step, stop=None):
    """`stop`: how the job is stopped once it runs."""
    port = peers.free_port()
    job = JobProcess(folder, script, *(("--rest", str(port)) if stop else ()), crash_at=step)
    if stop:
        peers.wait_for_port(port, process=job.popen)
        url = f"http://127.0.0.1:{port}/jobs"
        wait_until(lambda: [one["state"] for one in peers.json_of(f"{url}/overview")["jobs"]] == ["RUNNING"], job)
        if stop == "signal":
            job.popen.terminate()
        else:
            with contextlib.suppress(ConnectionError):  # it may die before it has answered
                peers.http("POST", f"{url}/{peers.json_of(url)['jobs'][0]['id']}/stop", json.dumps({"targetDirectory": f"{folder}/saves"}).encode())
    assert job.died(30), f"never passed {step}\n{job.text()[-3000:]}"
    assert job.popen.returncode == -9, f"{step}\n{job.text()[-3000:]}"
    job.kill()


def finish(folder, ledger):
    job = JobProcess(folder, ledger.script(parallelism=2))
    try:
        ledger.check(60)
    finally:
        assert job.stop() == 0, job.text()[-3000:]


# In the short form the steps of a phase die on one ledger, one after the other.
@pytest.mark.parametrize("steps", [step for steps in RUNNING.values() for step in steps.split()] if LONG else RUNNING.values(), ids=None if LONG else RUNNING)
def test_killed_at_step(cluster, folder, steps):
    ledger = Ledger(cluster.bootstrap, f"step-{random.randrange(10**6)}", MANY, 3)
    with writing(ledger):
        for step in steps.split():
            backend = "rocksdb" if ".shared." in step else "hashmap"
            die(folder, ledger.script(1, interval=100, backend=backend), f"{step}:2")
            die(folder, ledger.script(3, interval=100, backend="rocksdb"), f"{step}:3")
    finish(folder, ledger)


def test_killed_at_step_of_start(cluster, folder):
    """A start over what a death has left dies, and the next one over what that has left."""
    ledger = Ledger(cluster.bootstrap, f"start-{random.randrange(10**6)}", MANY, 5)
    with writing(ledger):
        for before, steps in STARTING.items():
            if before:
                die(folder, ledger.script(2, interval=100, backend="rocksdb"), f"{before}:9")
            for number, step in enumerate(steps.split()):
                # No checkpoint comes: it is the start that passes.
                die(folder, ledger.script(number % 3 + 1, interval=HOUR, backend="rocksdb"), step)
    finish(folder, ledger)


@pytest.mark.parametrize("how", STOPPING)
def test_killed_at_step_of_stop(cluster, folder, how):
    """The last checkpoint is the only one; a savepoint is written before it."""
    ledger = Ledger(cluster.bootstrap, f"stop-{random.randrange(10**6)}", MANY, 6)
    with writing(ledger):
        die(folder, ledger.script(2, interval=100), "kafka.committed:3")
        for step in STOPPING[how].split():
            die(folder, ledger.script(1, interval=HOUR), step, stop=how)
    finish(folder, ledger)


BUFFERED = "'key.format' = 'json', 'sink.buffer-flush.max-rows' = '30', 'sink.buffer-flush.interval' = '150 ms'"


@pytest.mark.parametrize("broker_kind", ["embedded", *["apache"] * LONG])
def test_upserts_killed_at_random_moments(request, folder, broker_kind):
    """Half of the time with rows in the sink's buffer. Not even a row that says the same again is there twice."""
    def script(ledger, chance):
        text = ledger.script(parallelism=chance.choice([1, 3]), interval=100, connector="upsert-kafka")
        return text.replace("'key.format' = 'json'", chance.choice([BUFFERED, "'key.format' = 'json'"]))
    ledger = killed_often(request.getfixturevalue(broker_kind), folder, "upsert", rounds(3, 100), script)
    job = JobProcess(folder, ledger.script(parallelism=2, connector="upsert-kafka"))
    ledger.check(60)
    assert job.stop() == 0, job.text()[-3000:]
    ledger.check(30)


def test_at_least_once_upserts_describe_the_same_table(embedded, folder):
    script = lambda ledger, chance: ledger.script(parallelism=2, interval=100, connector="upsert-kafka", guarantee="at-least-once")  # noqa: E731
    ledger = killed_often(embedded, folder, "upsert-again", rounds(3, 60), script)
    job = JobProcess(folder, script(ledger, None))
    got = ledger.read(12)
    assert job.stop() == 0, job.text()[-3000:]
    for topic, rows in ledger.expected().items():
        assert set(got[topic]) == set(rows), topic  # a key never has two values, so the last one is right


@pytest.mark.parametrize("connector", ["kafka", "upsert-kafka"])
def test_no_guarantee(embedded, folder, connector):
    """Stops lose nothing. After a kill the job goes on from its last checkpoint; rows around it may be gone or there twice."""
    ledger = new_ledger(embedded, f"none-{connector}")
    script = ledger.script(parallelism=2, connector=connector, guarantee="none")
    copies = f"{ledger.target}-copy"

    def ids():
        return {row[0] for row in ledger.read(2, [copies])[copies]}
    for _ in range(2):
        ledger.write(EVENTS // 4)
        job = JobProcess(folder, script)
        wait_until(lambda: len(ids()) == ledger.written, job, 60)
        assert job.stop() == 0, job.text()[-3000:]
    early = set(range(ledger.written))
    assert ledger.read(8, [copies])[copies] == Counter({row: 1 for row in ledger.expected()[copies] if row[0] in early})
    job = JobProcess(folder, script)
    ledger.write(EVENTS // 4)
    job.died(random.uniform(0.2, 1.5))
    job.kill()
    late = set(range(ledger.written, EVENTS))
    job = JobProcess(folder, script)
    ledger.write(EVENTS)
    wait_until(lambda: early | late <= ids(), job, 60)
    assert job.stop() == 0, job.text()[-3000:]
    got, expected = ledger.read(8), ledger.expected()  # of committed rows: an open transaction would hide what follows it
    for topic, rows in expected.items():
        assert topic == copies or {row[:3] for row in got[topic]} <= {row[:3] for row in rows}, f"{topic}: rows nobody wrote"
    assert set(got[copies]) <= set(expected[copies])
    for row in expected[copies]:
        assert row[0] not in early | late or got[copies][row] == 1, f"{row}: {got[copies][row]} times"


def test_at_least_once_loses_nothing(embedded, folder):
    """Without alignment and transactions rows may come twice, never not at all."""
    script = lambda ledger, chance: "SET 'execution.checkpointing.mode' = 'AT_LEAST_ONCE';" + ledger.script(parallelism=3, interval=100)  # noqa: E731
    ledger = killed_often(embedded, folder, "atleast", rounds(4, 40), script)
    job = JobProcess(folder, script(ledger, None))
    got = ledger.read(20)
    assert job.stop() == 0, job.text()[-3000:]
    for topic, rows in ledger.expected().items():
        names = set(got[topic]) if topic.endswith("-copy") else {row[:3] for row in got[topic]}
        wanted = set(rows) if topic.endswith("-copy") else {row[:3] for row in rows}
        assert wanted <= names, f"{topic}: {len(wanted - names)} lost"


@pytest.mark.parametrize("broker_kind", ["embedded", *["apache"] * LONG])
def test_offsets_of_the_group_follow_the_commits(request, folder, broker_kind):
    """For tools that show a group's lag: never ahead of what readers of the output see, and 0 at the end."""
    cluster = request.getfixturevalue(broker_kind)
    ledger = new_ledger(cluster, "lag", 4000)
    script = ledger.script(parallelism=2, interval=700)
    script = script[:script.index("INSERT INTO tumbles")] + "END;"  # each INSERT reads for itself and tells the same group
    job = JobProcess(folder, script)
    ledger.write(100)
    settings = {"bootstrap.servers": cluster.bootstrap, "auto.offset.reset": "earliest", "enable.auto.commit": False}
    lag = Consumer(settings | {"group.id": ledger.name})
    output = Consumer(settings | {"group.id": f"{ledger.name}-output", "isolation.level": "read_committed"})
    output.subscribe([f"{ledger.target}-copy"])
    places = [TopicPartition(ledger.source, partition) for partition in range(ledger.partitions)]
    sums, seen = [], 0
    deadline = time.monotonic() + 60
    while seen < 100:
        seen += len(output.consume(100, 0.2))
        assert time.monotonic() < deadline, job.text()[-3000:]
    writer = write_slowly(ledger, 8)
    while not sums or sums[-1] < len(ledger.events) + ledger.partitions:
        assert time.monotonic() < deadline, (sums[-5:], job.text()[-3000:])
        try:
            sums.append(sum(max(place.offset, 0) for place in lag.committed(places, 10)))
        except KafkaException as failure:
            assert failure.args[0].code() == KafkaError.NOT_COORDINATOR, failure  # Apache Kafka has just made the group's topic
            continue
        while seen < min(sums[-1], len(ledger.events)):  # committed before the offsets: it only has to arrive
            seen += len(output.consume(500, 0.2))
            assert time.monotonic() < deadline, f"the group is at {sums[-1]}, the output at {seen}"
    writer.join(60)
    assert sums == sorted(sums) and len(set(sums)) > 3, sums  # several checkpoints, and no step back
    wait_until(lambda: all(place.offset == lag.get_watermark_offsets(place, 10)[1] for place in lag.committed(places, 10)), job)
    lag.close()
    output.close()
    assert job.stop() == 0, job.text()[-3000:]
