"""The job killed at random moments and at every step of its checkpoints: output stays exact."""
import random
import re
import threading
import time

import pytest

import peers
from ledger import LONG, JobProcess, Ledger, rounds, write_slowly

# Every place of the checkpoint and commit protocol where the process may die (src/**: FailPoint).
STEPS = sorted(set(re.findall(r'FailPoint\("(?!broker\.)([a-z_.]+)"\)', "".join(path.read_text() for path in (peers.ROOT / "src").rglob("*.cc")))))


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


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_step(cluster, folder, step):
    ledger = Ledger(cluster.bootstrap, f"step-{step.replace('_', '-')}-{random.randrange(10**6)}", 1500, 3)
    writer = write_slowly(ledger, 2)
    for times, parallelism in ((2, 1), (3, 3)):
        job = JobProcess(folder, ledger.script(parallelism=parallelism, interval=100), crash_at=f"{step}:{times}")
        assert job.died(30), f"never passed {step}\n{job.text()[-3000:]}"
        assert job.popen.returncode == -9, job.text()[-3000:]
        job.kill()
    writer.join(60)
    job = JobProcess(folder, ledger.script(parallelism=2))
    try:
        ledger.check(60)
    finally:
        assert job.stop() == 0, job.text()[-3000:]


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
