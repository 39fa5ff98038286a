"""A disk that answers EIO or is slow, under a job and under the broker: what was promised is kept, and the reason is told."""
import re
import time

import pytest

import peers
from cluster import Load, Watcher
from faulty_disk import FaultyDisk
from ledger import EVENTS, LONG, JobProcess, checkpoints, new_ledger, newest, wait_until

EIO = "Input/output error"
HELD = 60 if LONG else 0  # how long a fault stays, in seconds
TIMEOUT = "SET 'execution.checkpointing.timeout' = '{}';\n"


def with_rest(job_folder, script, disk):
    """The job and a function that gives what its REST API says about checkpoints."""
    port = peers.free_port()
    job = JobProcess(job_folder, script, "--rest", str(port), variables=disk.variables)
    url = f"http://127.0.0.1:{port}"

    def ask():
        (one,) = peers.json_of(f"{url}/jobs")["jobs"]
        return peers.json_of(f"{url}/jobs/{one['id']}/checkpoints")
    return job, ask


def started(ledger, folder, script):
    """A job that has taken checkpoints and written a third of the rows, and its disk."""
    ledger.write(EVENTS // 3)
    disk = FaultyDisk(folder)
    job, ask = with_rest(folder, script, disk)
    wait_until(lambda: newest(folder) > 1, job)
    return disk, job, ask


def assert_exact(ledger, job):
    ledger.check()
    assert job.stop() == 0, job.text()[-3000:]


# ------------------------------------------------------------------------------------------------- the folder of checkpoints
def test_checkpoint_is_written_again_until_the_disk_answers(embedded, folder):
    ledger = new_ledger(embedded, "again")
    disk, job, ask = started(ledger, folder, ledger.script())
    for calls in ("sync", "write", "rename", "open"):
        told = job.text().count("trying again")
        taken = newest(folder)
        with disk.fails(calls, "/chk-"):
            wait_until(lambda: job.text().count("trying again") > told, job)
        assert re.search(rf"Checkpoint \d+: Cannot {calls} .*chk-\d+.*: {EIO}; trying again", job.text()), job.text()[-3000:]
        wait_until(lambda: newest(folder) > taken + 1, job)
    ledger.write(EVENTS)
    ledger.check()
    assert "starting again" not in job.text()
    assert ask()["counts"]["failed"] == 0
    assert job.stop() == 0, job.text()[-3000:]


@pytest.mark.parametrize("calls", ["sync", *["write", "rename"] * LONG])
def test_checkpoint_that_fails_for_too_long_restarts_the_job(embedded, folder, calls):
    """Its transaction is lost with it."""
    ledger = new_ledger(embedded, "too-long")
    disk, job, ask = started(ledger, folder, TIMEOUT.format("2 s") + ledger.script())
    ledger.write(EVENTS // 3)
    with disk.fails(calls, "/chk-"):
        wait_until(lambda: job.text().count("starting again") > 1, job)
        time.sleep(HELD)
        report = ask()
    told = re.search(r"Checkpoint \d+ expired before completing: .*", job.text())
    assert told and EIO in told[0] and "chk-" in told[0], job.text()[-3000:]
    ledger.write(EVENTS)
    ledger.check()
    assert report["counts"]["failed"] >= 2
    assert any(EIO in one.get("failure_message", "") for one in report["history"] if one["status"] == "FAILED"), report
    assert job.stop() == 0, job.text()[-3000:]
    assert len(list(folder.glob("state/*/chk-*"))) == 1  # nothing is left of those that failed


def test_failed_checkpoints_are_tolerated_without_transactions(embedded, folder):
    ledger = new_ledger(embedded, "tolerated")
    script = TIMEOUT.format("500 ms") + "SET 'execution.checkpointing.tolerable-failed-checkpoints' = '1000';\n" + ledger.script(guarantee="at-least-once")
    disk, job, ask = started(ledger, folder, script)
    with Watcher(embedded.bootstrap, f"{ledger.target}-copy") as watcher, disk.fails("write", "/chk-"):
        moment, wall = time.monotonic(), time.time()
        ledger.write(EVENTS // 3)
        assert watcher.resumed(moment, wall) is not None
        wait_until(lambda: ask()["counts"]["failed"] >= 2, job)
    ledger.write(EVENTS)
    ledger.check()  # the job never failed: no row comes twice
    assert "starting again" not in job.text()
    assert job.stop() == 0, job.text()[-3000:]


# ------------------------------------------------------------------------------------------------------------- state on disk
def test_state_that_cannot_be_written_or_read(embedded, folder):
    ledger = new_ledger(embedded, "state")
    script = f"SET 'state.backend.rocksdb.localdir' = '{folder}/local';\n" + ledger.script(backend="rocksdb")
    disk, job, _ = started(ledger, folder, script)
    for calls in ("write", "read"):
        told = job.text().count("starting again")
        with disk.fails(calls, f"{folder}/local"):
            ledger.write(EVENTS // 4)
            wait_until(lambda: job.text().count("starting again") > told + 1, job)
    assert re.search(rf"Cannot write the state file {folder}/local.*{EIO}", job.text()), job.text()[-3000:]
    assert re.search(rf"Cannot (read|open) the state file {folder}/local.*{EIO}", job.text()), job.text()[-3000:]
    ledger.write(EVENTS)
    assert_exact(ledger, job)


# ---------------------------------------------------------------------------------------------------------------- at the start
def files_of(folder):
    """The checkpoints in a state folder: [(number, names of files), ...]."""
    shared = sorted(path.name for path in folder.glob("state/*/shared/*"))
    return [(path.name[4:], sorted(file.name for file in path.iterdir()) + shared) for path in checkpoints(folder)]


UNREAD = {"hashmap": [("read", "_metadata"), ("open", "slot-0.data"), ("access", "_metadata")],
          "rocksdb": [("read", "/shared/"), ("open", "/shared/")]}


@pytest.mark.parametrize("backend", UNREAD)
def test_checkpoint_that_cannot_be_read_is_kept(embedded, folder, backend):
    """The job says what it cannot read, and neither takes that for damage nor goes back to an older checkpoint."""
    ledger = new_ledger(embedded, "unread")
    script = "SET 'execution.checkpointing.num-retained' = '2';\n" + ledger.script(backend=backend)
    ledger.write(EVENTS // 2)
    job = JobProcess(folder, script)
    wait_until(lambda: newest(folder) > 2 and (backend == "hashmap" or any(folder.rglob("shared/*"))), job)
    assert job.stop() == 0, job.text()[-3000:]  # killed, it might leave a checkpoint that was not committed and goes away
    before = files_of(folder)
    disk = FaultyDisk(folder)
    for number, (calls, name) in enumerate(UNREAD[backend]):
        with disk.fails(calls, name):
            job = JobProcess(folder, script, log=f"job-{number}.log", variables=disk.variables)
            if calls == "access":  # only asks whether the file is there: the job starts
                wait_until(lambda: newest(folder) > int(before[-1][0]) + 1, job)
                assert job.stop() == 0, job.text()[-3000:]
                before = files_of(folder)
            else:
                wait_until(lambda: job.text().count("starting again") > 1, job)
                job.kill()
                assert files_of(folder) == before
        assert calls == "access" or re.search(rf"Cannot (read|open) .*{name}.*: .*{EIO}", job.text()), job.text()[-3000:]
        assert "damaged" not in job.text() and "going back" not in job.text(), job.text()[-3000:]
    job = JobProcess(folder, script)
    ledger.write(EVENTS)
    assert_exact(ledger, job)


# ------------------------------------------------------------------------------------------------------------------ slow disks
SLOW_MILLIS = 3000 if LONG else 600
SLOW_RATE = 400


def test_rows_flow_while_a_checkpoint_is_synced(embedded, folder):
    ledger = new_ledger(embedded, "slow", SLOW_RATE * (40 if LONG else 15))
    disk = FaultyDisk(folder)
    job = JobProcess(folder, ledger.script(), variables=disk.variables)
    with Watcher(embedded.bootstrap, f"{ledger.target}-copy", "read_uncommitted") as watcher:
        load = Load(ledger, SLOW_RATE)
        wait_until(lambda: newest(folder) > 1 and watcher.arrivals, job)
        with disk.is_slow(SLOW_MILLIS, "sync", "/chk-"):
            taken, begin = newest(folder), time.monotonic()
            wait_until(lambda: newest(folder) > taken + 1, job, 60)
            gap = watcher.longest_gap(begin, time.monotonic())
        load.finish()
    ledger.check()
    assert gap < 2 * SLOW_MILLIS / 1000, f"no row for {gap} s"  # a checkpoint has three such calls
    assert "starting again" not in job.text()
    assert job.stop() == 0, job.text()[-3000:]


@pytest.mark.parametrize("guarantee", [None, "at-least-once"])
def test_checkpoint_that_is_too_slow_is_dropped(embedded, folder, guarantee):
    ledger = new_ledger(embedded, "too-slow")
    settings = "SET 'execution.checkpointing.tolerable-failed-checkpoints' = '1000';\n"
    disk, job, ask = started(ledger, folder, TIMEOUT.format("1 s") + settings + ledger.script(guarantee=guarantee))
    with disk.is_slow(SLOW_MILLIS, "sync", "/chk-"):
        ledger.write(EVENTS // 3)
        wait_until(lambda: ask()["counts"]["failed"] >= 2, job)
        time.sleep(HELD)
    assert re.search(r"Checkpoint \d+ expired before completing", job.text()), job.text()[-3000:]
    assert ("starting again" in job.text()) == (guarantee is None)
    ledger.write(EVENTS)
    assert_exact(ledger, job)
    assert len(checkpoints(folder)) == 1  # the dropped ones are gone


# ------------------------------------------------------------------------------------------------------------- the broker's disk
@pytest.fixture
def broker_and_disk(folder):
    """Every record is on the disk before it is acknowledged."""
    disk = FaultyDisk(folder)
    broker = peers.Broker(folder / "cluster", "--flush", "always").start(**disk.variables)
    yield broker, disk
    disk.set("")
    broker.process.stop()


def running(broker, folder, name, part):
    """A ledger of which one `part`-th is written, and its job behind the first checkpoints."""
    ledger = new_ledger(broker, name)
    ledger.write(EVENTS // part)
    job = JobProcess(folder, ledger.script())
    wait_until(lambda: newest(folder) > 1, job)
    return ledger, job


def test_disk_of_the_broker_fails_under_a_job(broker_and_disk, folder):
    """Writes are refused and go on by themselves. After a failed sync nobody knows what is on the disk: the partition stays shut until the
    broker is started again, and has what was acknowledged."""
    broker, disk = broker_and_disk
    ledger, job = running(broker, folder, "broker-disk", 4)
    for calls, words in (("write", "write failed"), ("sync", "takes no more writes until a restart")):
        with disk.fails(calls, "-out-"):
            ledger.write(EVENTS // 4)
            wait_until(lambda: words in broker.process.text(), job)
            assert EIO in broker.process.text()
            time.sleep(HELD)
        if calls == "sync":
            time.sleep(1)
            broker.process.kill()
            broker.start()
        taken = newest(folder)
        wait_until(lambda: newest(folder) > taken + 1, job, 60)
    ledger.write(EVENTS)
    assert_exact(ledger, job)


def test_metadata_of_the_broker_cannot_be_written_under_a_job(broker_and_disk, folder):
    broker, disk = broker_and_disk
    ledger, job = running(broker, folder, "journal", 2)
    with disk.fails("write", "metadata"):
        wait_until(lambda: EIO in broker.process.text(), job)
        time.sleep(HELD or 1)
    ledger.write(EVENTS)
    assert_exact(ledger, job)


def test_disk_of_the_broker_is_slow_under_a_job(broker_and_disk, folder):
    broker, disk = broker_and_disk
    ledger, job = running(broker, folder, "slow-broker", 3)
    with disk.is_slow(SLOW_MILLIS // 6, "sync", "/cluster/"):
        taken = newest(folder)
        ledger.write(EVENTS // 3)
        wait_until(lambda: newest(folder) > taken + 1, job, 120)
        time.sleep(HELD)
    ledger.write(EVENTS)
    ledger.check()
    assert "starting again" not in job.text()
    assert job.stop() == 0, job.text()[-3000:]
