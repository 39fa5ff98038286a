"""What `execution.state-recovery.path` may lead to when the sinks commit with the checkpoints: nothing is lost or doubled unsaid."""
import contextlib
import copy
import random
import signal

import pytest
from kafka.admin import KafkaAdminClient

import peers
from ledger import EVENTS, LONG, JobProcess, checkpoints, new_ledger, newest, rounds, wait_until
from test_job_faults import copy_state


def from_path(path, script):
    return f"SET 'execution.state-recovery.path' = '{path}';\n{script}"


def refused(job, words):
    assert job.died(30) and job.stop() == 1, job.text()[-3000:]
    assert words in " ".join(job.text().split()), job.text()[-3000:]


def test_checkpoint_that_was_not_committed_is_refused(embedded, folder):
    ledger = new_ledger(embedded, "open")
    ledger.write(EVENTS // 2)
    kept = f"SET 'execution.checkpointing.dir' = '{folder}/kept';\n{ledger.script()}"
    job = JobProcess(folder, kept, crash_at="checkpoint.durable:1")
    assert job.died(30)
    (chk,) = (path.parent for path in folder.rglob("chk-*/_metadata"))
    refused(JobProcess(folder, from_path(chk, ledger.script()), log="again.log", state="other"), "was not committed, as far as can be seen")
    anew = JobProcess(folder, ledger.script(), log="anew.log", state="anew")  # the rows are still there for a job that begins anew
    ledger.write(EVENTS)
    ledger.check()
    assert anew.stop() == 0


def test_last_checkpoint_is_restored_into_a_new_folder(embedded, folder):
    ledger = new_ledger(embedded, "moved")
    ledger.write(EVENTS // 2)
    job = JobProcess(folder, ledger.script())
    wait_until(lambda: newest(folder) > 1, job)
    job.popen.send_signal(signal.SIGSTOP)  # or a checkpoint is removed while it is copied
    copy_state(folder, "old")
    job.popen.send_signal(signal.SIGCONT)
    older = checkpoints(folder, "old")[-1]
    wait_until(lambda: newest(folder) > int(older.name[4:]), job)
    assert job.stop() == 0
    refused(JobProcess(folder, from_path(older, ledger.script()), log="older.log", state="third"), "since it took")
    moved = JobProcess(folder, from_path(checkpoints(folder)[-1], ledger.script(parallelism=2)), log="moved.log", state="second")
    ledger.write(EVENTS)
    ledger.check()
    assert moved.stop() == 0, moved.text()[-3000:]
    # Its own checkpoints come first from now on, and it says so.
    again = JobProcess(folder, from_path("/nowhere", ledger.script()), log="again.log", state="second")
    wait_until(lambda: "goes on from its own checkpoints" in again.text(), again)
    assert again.stop() == 0, again.text()[-3000:]


def stopped_with_savepoint(folder, ledger, script, crash_at=None):
    """What `millrace stop` said about a job that had read half of the rows, and the job's process."""
    ledger.write(EVENTS // 2)
    port = peers.free_port()
    job = JobProcess(folder, script, "--rest", str(port), crash_at=crash_at)
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: "Job ID" in job.text(), job)
    (one,) = peers.json_of(f"{url}/jobs")["jobs"]

    def rows_read():
        return max(vertex["metrics"]["write-records"] for vertex in peers.json_of(f"{url}/jobs/{one['id']}")["vertices"])
    wait_until(lambda: rows_read() >= EVENTS // 2, job)
    return peers.millrace("stop", one["id"], "--jobmanager", url, "--savepoint-path", folder / "saves", check=False), job


# Where the job that starts from the savepoint dies, one time after the other.
RESTORING = ["kafka.begin:1", "checkpoint.trigger:1", "checkpoint.acknowledged:1", "checkpoint.durable:1", "kafka.commit:1", "kafka.committed:1"]


@pytest.mark.parametrize("backend", ["rocksdb", *["hashmap"] * LONG])
def test_savepoint_is_restored_at_another_parallelism_and_on_another_backend_between_kills(embedded, folder, backend):
    ledger = new_ledger(embedded, "kills")
    other = "hashmap" if backend == "rocksdb" else "rocksdb"
    stopped, job = stopped_with_savepoint(folder, ledger, ledger.script(parallelism=2, backend=other))
    job.kill()  # it is committed: nothing that the process does from here on matters
    (path,) = (folder / "saves").glob("savepoint-*")
    assert str(path) in stopped.stdout, stopped.stdout + stopped.stderr
    script = from_path(path, ledger.script(parallelism=3, interval=100, backend=backend)).replace(f"'pipeline.name' = '{ledger.name}'",
                                                                                               f"'pipeline.name' = '{ledger.name}-moved'")
    ledger.write(EVENTS // 4)
    chance = random.Random(7)
    for crash_at in RESTORING + [None] * rounds(2, 60):
        job = JobProcess(folder, script, crash_at=crash_at, log="moved.log", state="moved")
        assert job.died(20 if crash_at else chance.uniform(0.05, 0.8)) == bool(crash_at), f"{crash_at}: {job.text()[-3000:]}"
        job.kill()
    job = JobProcess(folder, script.replace("'parallelism.default' = '3'", "'parallelism.default' = '1'"), log="last.log", state="moved")
    ledger.write(EVENTS)
    ledger.check()
    assert job.stop() == 0, job.text()[-3000:]


@pytest.mark.parametrize("step", ["kafka.commit", "kafka.committed"])
def test_killed_while_it_stops_with_a_savepoint(embedded, folder, step):
    """Started again the job goes on; the savepoint, whose path nobody was told, is as good as the last checkpoint once it is committed."""
    ledger = new_ledger(embedded, "saving")
    stopped, job = stopped_with_savepoint(folder, ledger, ledger.script(interval=600_000), crash_at=f"{step}:1")
    assert stopped.returncode != 0 and "saves" not in stopped.stdout, stopped.stdout
    assert job.died(20) and job.popen.returncode == -9
    job.kill()
    if step == "kafka.committed":
        (path,) = (folder / "saves").glob("savepoint-*")
        script, state = from_path(path, ledger.script(parallelism=2, backend="rocksdb")), "other"
    else:
        script, state = ledger.script(parallelism=2), "state"
    job = JobProcess(folder, script, log="again.log", state=state)
    ledger.write(EVENTS)
    ledger.check()
    assert job.stop() == 0, job.text()[-3000:]


def run_until_written(folder, ledger, script, count, log, crash_at=None):
    """Writes `count` more events; the job is killed once all copies so far are there for readers, or at `crash_at`."""
    job = JobProcess(folder, script, log=log, crash_at=crash_at)
    ledger.write(count)
    topic = f"{ledger.target}-copy"
    if crash_at:
        assert job.died(30), job.text()[-3000:]
    else:
        wait_until(lambda: sum(ledger.read(1, [topic])[topic].values()) >= ledger.written, job)
        before = newest(folder)
        wait_until(lambda: newest(folder) > before + 1, job)
    job.kill()


def test_first_sink_comes_and_goes_between_runs(embedded, folder):
    """The marker is found where another table was first, and where that one has gone again."""
    ledger = new_ledger(embedded, "first")
    script = ledger.script(interval=100)
    peers.millrace("topics", "create", f"{ledger.name}-added", "--bootstrap-server", embedded.bootstrap)
    added = script.replace("EXECUTE STATEMENT SET BEGIN", f"""
CREATE TABLE added (id BIGINT) WITH ('connector' = 'kafka', 'topic' = '{ledger.name}-added', 'properties.bootstrap.servers' = '{embedded.bootstrap}', 'format' = 'json');
EXECUTE STATEMENT SET BEGIN
INSERT INTO added SELECT id FROM events;""")
    without = "SET 'execution.state-recovery.ignore-unclaimed-state' = 'true';\n" + script  # the positions it had read for the other table
    for index, each in enumerate([script, added, without]):
        run_until_written(folder, ledger, each, EVENTS // 4, f"{index}.log")
    job = JobProcess(folder, added, log="last.log")
    ledger.write(EVENTS)
    ledger.check()
    assert job.stop() == 0, job.text()[-3000:]


@pytest.mark.parametrize("crash_at", [None, "checkpoint.durable:4"])
def test_guarantee_changes_between_runs(embedded, folder, crash_at):
    """A snapshot whose transaction was not committed is not gone on from by sinks that have none; theirs count with transactions too."""
    ledger = new_ledger(embedded, "guarantee")

    def only_copies(guarantee):
        script = ledger.script(interval=100, guarantee=guarantee)
        return script[:script.index("INSERT INTO tumbles")] + "END;"
    run_until_written(folder, ledger, only_copies("exactly-once"), EVENTS // 4, "0.log", crash_at)
    run_until_written(folder, ledger, only_copies("at-least-once"), EVENTS // 4, "1.log")
    run_until_written(folder, ledger, only_copies("exactly-once"), EVENTS // 4, "2.log")
    job = JobProcess(folder, only_copies("exactly-once"), log="last.log")
    ledger.write(EVENTS)
    topic = f"{ledger.target}-copy"
    got, expected = ledger.read(30, [topic])[topic], ledger.expected()[topic]
    assert job.stop() == 0, job.text()[-3000:]
    assert expected == got, f"{sum((expected - got).values())} rows lost, {sum((got - expected).values())} too many"


# ------------------------------------------------------------------------------------------- starts that would lose or double rows
def state_of(folder):
    return {path: path.read_bytes() for path in (folder / "state").rglob("*") if path.is_file() and path.name != ".lock"}


@contextlib.contextmanager
def nothing_written(folder, ledger):
    before = ledger.ends(), state_of(folder)
    yield
    assert ledger.ends() == before[0]
    assert state_of(folder) == before[1]


def stopped_midway(folder, ledger, script):
    """The only checkpoint that is left, the last one."""
    ledger.write(EVENTS // 2)
    job = JobProcess(folder, script)
    wait_until(lambda: newest(folder) > 1, job)
    assert job.stop() == 0, job.text()[-3000:]
    (last,) = checkpoints(folder)
    return last


def goes_on(folder, ledger, script, **where):
    job = JobProcess(folder, script, log="on.log", **where)
    ledger.write(EVENTS)
    ledger.check()
    assert job.stop() == 0, job.text()[-3000:]


def test_lost_marker_is_refused(cluster, folder):
    ledger = new_ledger(cluster, "unmarked")
    last = stopped_midway(folder, ledger, ledger.script())
    group = f"millrace-{ledger.name}-checkpoints"
    with contextlib.closing(KafkaAdminClient(bootstrap_servers=ledger.bootstrap)) as admin:
        assert [(name, code.errno) for name, code in admin.delete_consumer_groups([group])] == [(group, 0)]
    lost = f"Kafka at {ledger.bootstrap} has lost the number of the last checkpoint of job {ledger.name}; {last.parent} holds checkpoint {last.name[4:]}."
    hint = f"move {last.parent} away and SET 'execution.state-recovery.path' to its {last.name}."
    ledger.write(10)
    with nothing_written(folder, ledger):
        job = JobProcess(folder, ledger.script(), log="refused.log")
        refused(job, lost)
        refused(job, hint)
    last.parent.rename(folder / "away")
    goes_on(folder, ledger, from_path(folder / "away" / last.name, ledger.script()))


def test_checkpoint_that_may_not_have_been_committed_is_refused_without_transactions(embedded, folder):
    ledger = new_ledger(embedded, "perhaps")
    ledger.write(EVENTS // 2)
    job = JobProcess(folder, ledger.script(guarantee="exactly-once"), crash_at="checkpoint.durable:1")
    assert job.died(30) and newest(folder) == 1, job.text()[-3000:]
    (only,) = checkpoints(folder)
    with nothing_written(folder, ledger):
        job = JobProcess(folder, ledger.script(guarantee="at-least-once"), log="refused.log")
        refused(job, f"Checkpoint 1 of job {ledger.name} in {only.parent} may not have been committed: the rows that its sinks wrote before it would be lost.")
        refused(job, "Run the job once more with its exactly-once sinks, or move that folder away to begin anew.")
    job = JobProcess(folder, ledger.script(guarantee="exactly-once"), log="once.log")
    wait_until(lambda: newest(folder) > 1, job)
    assert job.stop() == 0, job.text()[-3000:]
    goes_on(folder, ledger, ledger.script(guarantee="at-least-once"))


def test_committed_checkpoint_that_is_gone_is_refused(embedded, folder):
    """Back in its place it is as good as ever: nothing that it needs was removed meanwhile."""
    ledger = new_ledger(embedded, "gone")
    script = ledger.script(backend="rocksdb")
    last = stopped_midway(folder, ledger, script)
    assert list((last.parent / "shared").iterdir())
    last.rename(folder / last.name)
    ledger.write(10)
    with nothing_written(folder, ledger):
        job = JobProcess(folder, script, log="refused.log")
        refused(job, f"Checkpoint {last.name[4:]} of job {ledger.name} was committed, but {last.parent} does not hold it.")
        refused(job, "Was the folder moved or removed? Start with another pipeline.name to begin anew.")
        elsewhere = JobProcess(folder, script, log="elsewhere.log", state="elsewhere")
        refused(elsewhere, f"Checkpoint {last.name[4:]} of job {ledger.name} was committed, but {folder}/elsewhere/{last.parent.name} does not hold it.")
    (folder / last.name).rename(last)
    goes_on(folder, ledger, script)


def test_sinks_on_two_clusters_are_refused(embedded, folder):
    ledger = new_ledger(embedded, "two")
    ledger.write(EVENTS // 2)
    tumbles = f"{ledger.target}-tumble"
    with peers.Broker(folder / "second") as second:
        peers.millrace("topics", "create", tumbles, "--bootstrap-server", second.bootstrap)
        sink = f"'topic' = '{tumbles}', 'connector' = 'kafka', 'properties.bootstrap.servers' = "
        assert ledger.script().count(sink + f"'{ledger.bootstrap}'") == 1
        script = ledger.script().replace(sink + f"'{ledger.bootstrap}'", sink + f"'{second.bootstrap}'")
        names = " and ".join(f"Kafka at {bootstrap}" for bootstrap in sorted([ledger.bootstrap, second.bootstrap]))
        with nothing_written(folder, ledger):
            job = JobProcess(folder, script, log="refused.log")
            refused(job, f"One job cannot write exactly once to {names}: nothing commits to both at once.")
            refused(job, "Split it into a job per cluster, or set 'sink.delivery-guarantee' = 'at-least-once' on one side.")
        job = JobProcess(folder, script.replace(sink, "'sink.delivery-guarantee' = 'at-least-once', " + sink))
        ledger.write(EVENTS)
        other = copy.copy(ledger)
        other.bootstrap = second.bootstrap
        there = other.read(30, [tumbles])
        topics = [topic for topic in ledger.topics() if topic != tumbles]
        got, expected = ledger.read(30, topics), ledger.expected()
        assert job.stop() == 0, job.text()[-3000:]
    assert got | there == expected
