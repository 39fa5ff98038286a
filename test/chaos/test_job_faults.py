"""What goes wrong around a job: second processes, damaged checkpoints, full disks, brokers and registries that are away, clocks that jump.
The job waits and goes on, or fails with the reason; what docs/exactly-once.md promises about its output holds."""
import pathlib
import random
import re
import shutil
import signal
import time

import pytest

import peers
from ledger import JobProcess, Ledger

EVENTS = 1200


@pytest.fixture(scope="module")
def apache(kafka_jars):
    with peers.work_directory("faults-kafka") as folder, peers.ApacheKafka(folder, kafka_jars) as running:
        yield running


def new_ledger(cluster, name, events=EVENTS):
    return Ledger(cluster.bootstrap, f"{name}-{random.randrange(10**6)}", events, 11)


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


def copy_state(folder, target):
    shutil.copytree(folder / "state", folder / target, ignore=shutil.ignore_patterns(".lock"))


# ------------------------------------------------------------------------------------------------------ two processes
def test_state_folder_belongs_to_one_process(apache, folder):
    ledger = new_ledger(apache, "locked")
    ledger.write(EVENTS)
    first = JobProcess(folder, ledger.script())
    wait_until(lambda: checkpoints(folder), first)
    second = JobProcess(folder, ledger.script(), log="second.log")
    assert second.died(10) and second.stop() == 1
    assert re.search(r"state is in use by millrace sql \(process \d+\)", second.text()), second.text()
    ledger.check()
    assert first.stop() == 0


def test_second_process_takes_over(apache, folder):
    ledger = new_ledger(apache, "zombie")
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
    assert first.stop() == 1 and "PRODUCER_FENCED" in first.text() and "starting again" not in first.text(), first.text()[-3000:]
    ledger.check()
    assert second.stop() == 0, second.text()[-3000:]


def test_checkpoint_of_another_process_is_not_taken_for_the_committed_one(apache, folder):
    """Both wrote a checkpoint of the same number; only the second process could commit it."""
    ledger = new_ledger(apache, "twins")
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


def test_two_jobs_of_one_name(apache, folder):
    one, other = new_ledger(apache, "pair", 300), new_ledger(apache, "pair", 300)
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
    job = JobProcess(folder, ledger.script(interval=600_000))  # none but the last one
    time.sleep(3)
    assert job.stop() == 0, job.text()[-3000:]
    assert newest(folder) == 1
    ledger.check(20)
    job = JobProcess(folder, ledger.script(interval=600_000))
    time.sleep(2)
    assert job.stop() == 0, job.text()[-3000:]
    ledger.check(10)


def test_finished_job_started_again_writes_nothing(apache, folder):
    ledger = new_ledger(apache, "finished", 300)
    ledger.write(300)
    bounded = ledger.script().replace("'scan.startup.mode' = 'earliest-offset'", "'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset'")
    for _ in range(2):
        job = JobProcess(folder, bounded)
        assert job.died(30), job.text()[-3000:]
        assert job.stop() == 0, job.text()[-3000:]
        ledger.check(20)
