"""The job killed at random moments and at every step of its checkpoints: output stays exact."""
import json
import random
import re
import threading
import time

import pytest

import peers
from ledger import LONG, JobProcess, Ledger, rounds, write_slowly, writing
from test_job_faults import wait_until

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
    "checkpoint.shared.linked": "checkpoint.storage.made checkpoint.unfinished.removed checkpoint.shared.removed",
    "kafka.marker.sent": "kafka.init:1 kafka.fenced:1 kafka.init:2 kafka.fenced:2 kafka.marker.read checkpoint.newer.removed "
                         "checkpoint.read kafka.begin kafka.begun state.folder.made state.file.linked slot.restored",
    "checkpoint.durable": "checkpoint.half_removed checkpoint.unfinished.removed",
}
STOPPING = {
    "signal": "checkpoint.trigger checkpoint.durable kafka.marker.sent kafka.committed kafka.abort kafka.aborted",
    "savepoint": "savepoint.folder.made checkpoint.data.written checkpoint.data.synced checkpoint.metadata.written checkpoint.metadata.synced "
                 "checkpoint.metadata.renamed checkpoint.folder.synced checkpoint.durable:1 savepoint.durable checkpoint.durable:2 kafka.committed "
                 "checkpoint.reported",
}
HOUR = 3_600_000
MANY = 30_000  # events: more than are written until the last death

# Which backends take turns; on disk alone, every start goes on from files of the one before (long form only).
BACKENDS = {"both": ["hashmap", "rocksdb"]} | ({"rocksdb": ["rocksdb"]} if LONG else {})


@pytest.mark.parametrize("backends", BACKENDS.values(), ids=BACKENDS.keys())
def test_killed_at_random_moments(cluster, folder, backends):
    kills = rounds(8, 200)
    chance = random.Random(kills)
    ledger = Ledger(cluster.bootstrap, f"kill-{len(backends)}-{chance.randrange(10**6)}", 400 * kills, 7)
    writer = write_slowly(ledger, kills * 0.9)
    for number in range(kills):
        job = JobProcess(folder, ledger.script(parallelism=chance.choice([1, 3]), interval=100, backend=chance.choice(backends)))
        assert not job.died(chance.uniform(0.2, 1.6)), job.text()[-3000:]
        job.kill()
    writer.join(120)
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
    job = JobProcess(folder, script, crash_at=step, options=("--rest", str(port)) if stop else ())
    if stop:
        peers.wait_for_port(port, process=job.popen)
        url = f"http://127.0.0.1:{port}/jobs"
        wait_until(lambda: [one["state"] for one in peers.json_of(f"{url}/overview")["jobs"]] == ["RUNNING"], job)
        if stop == "signal":
            job.popen.terminate()
        else:
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


def test_at_least_once_loses_nothing(embedded, folder):
    """Without alignment and transactions rows may come twice, never not at all."""
    kills = rounds(4, 40)
    chance = random.Random(5)
    ledger = Ledger(embedded.bootstrap, f"atleast-{chance.randrange(10**6)}", 400 * kills, 9)
    script = "SET 'execution.checkpointing.mode' = 'AT_LEAST_ONCE';" + ledger.script(parallelism=3, interval=100)
    writer = write_slowly(ledger, kills * 0.9)
    for _ in range(kills):
        job = JobProcess(folder, script)
        assert not job.died(chance.uniform(0.3, 1.4)), job.text()[-3000:]
        job.kill()
    writer.join(120)
    job = JobProcess(folder, script)
    got = ledger.read(20)
    assert job.stop() == 0, job.text()[-3000:]
    for topic, rows in ledger.expected().items():
        names = set(got[topic]) if topic.endswith("-copy") else {row[:3] for row in got[topic]}
        wanted = set(rows) if topic.endswith("-copy") else {row[:3] for row in rows}
        assert wanted <= names, f"{topic}: {len(wanted - names)} lost"
