"""What is left of a job's checkpoints when it has ended, by `execution.checkpointing.externalized-checkpoint-retention`."""
import time

import pytest

import peers
import running_job
from running_job import call

SETTINGS = """
SET 'restart-strategy.type' = 'none';
SET 'execution.checkpointing.interval' = '100 ms';
CREATE TABLE nothing (k INT) WITH ('connector' = 'blackhole');
CREATE TABLE endless (k INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100');
CREATE TABLE numbers (k INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100', 'fields.k.kind' = 'sequence', 'fields.k.start' = '1',
  'fields.k.end' = '400');
"""
ENDS = {"CANCELED": "SELECT k FROM endless", "FAILED": "SELECT 1 / (k - 300) FROM numbers", "FINISHED": "SELECT k FROM numbers"}
# A job that fails keeps its last checkpoint always: Flink removes it with NO_EXTERNALIZED_CHECKPOINTS.
KEPT = {None: {"FAILED"}, "NO_EXTERNALIZED_CHECKPOINTS": {"FAILED"}, "delete_on_cancellation": {"FAILED"}, "RETAIN_ON_CANCELLATION": {"FAILED", "CANCELED"}}


def script_of(folder, folder_key, end, retentions):
    script = SETTINGS
    for retention in retentions:
        if retention:
            script += f"SET 'execution.checkpointing.externalized-checkpoint-retention' = '{retention}';\n"
        script += f"SET '{folder_key}' = 'file://{folder}/{retention}-{end}';\nINSERT INTO nothing {ENDS[end]};\n"
    return script


@pytest.mark.parametrize("folder_key", ["execution.checkpointing.dir", "state.checkpoints.dir"])
def test_what_is_left_of_checkpoints(folder, folder_key):
    def taken(retention, end):
        return list(folder.glob(f"{retention}-{end}/*/chk-*/_metadata"))

    # A job that fails ends its process: each has its own.
    processes = []
    for number, (end, retentions) in enumerate([("FINISHED", KEPT), *(("FAILED", [retention]) for retention in KEPT)]):
        path = folder / f"{number}.sql"
        path.write_text(script_of(folder, folder_key, end, retentions))
        processes.append((end, peers.Process([peers.MILLRACE, "sql", "-f", path], folder / f"{number}.log")))
    with running_job.running(folder, script_of(folder, folder_key, "CANCELED", KEPT)) as job:
        job.wait(lambda: all(taken(retention, "CANCELED") for retention in KEPT))
        job.wait(lambda: len(call(f"{job.url}/jobs")[1]["jobs"]) == len(KEPT))  # the list may be a moment old
        for one in call(f"{job.url}/jobs")[1]["jobs"]:
            call(f"{job.url}/jobs/{one['id']}?mode=cancel", "PATCH")
        job.process.popen.wait(20)
    for end, process in processes:
        assert process.popen.wait(20) == (1 if end == "FAILED" else 0), process.text()
        process.stop()
        assert ("by zero" in process.text()) == (end == "FAILED"), process.text()
    assert {retention: {end for end in ENDS if len(taken(retention, end)) == 1} for retention in KEPT} == KEPT
    assert len(list(folder.rglob("chk-*"))) == sum(map(len, KEPT.values()))


def test_what_a_stopped_process_leaves(folder):
    """Its last checkpoint, if those of cancelled jobs are retained: another job goes on from it."""
    processes = {}
    for retention in KEPT:
        path = folder / f"{retention}.sql"
        path.write_text(script_of(folder, "execution.checkpointing.dir", "CANCELED", [retention]))
        processes[retention] = peers.Process([peers.MILLRACE, "sql", "-f", path], folder / f"{retention}.log")
    for retention, process in processes.items():
        while not list(folder.glob(f"{retention}-CANCELED/*/chk-*/_metadata")):
            assert process.popen.poll() is None, process.text()
            time.sleep(0.02)
        assert process.stop() == 0, process.text()
    left = {retention: list(folder.glob(f"{retention}-CANCELED/*/chk-*")) for retention in KEPT}
    assert {retention for retention, checkpoints in left.items() if checkpoints} == {"RETAIN_ON_CANCELLATION"}, left
    (checkpoint,) = left["RETAIN_ON_CANCELLATION"]
    again = folder / "again.sql"
    again.write_text(f"SET 'execution.state-recovery.path' = '{checkpoint}';\n" + script_of(folder, "execution.checkpointing.dir", "CANCELED", ["RETAIN_ON_CANCELLATION"]))
    with running_job.running(folder, again.read_text()) as job:
        job.wait_until_it_runs()
        assert job.wait(lambda: call(f"{job.url}/jobs/{job.id}/checkpoints")[1]["latest"]["restored"])["external_path"] == str(checkpoint)


def test_what_a_cancelled_job_of_a_cluster_leaves(folder):
    def left():
        return {retention for retention in (None, "RETAIN_ON_CANCELLATION") if list(folder.glob(f"{retention}-CANCELED/*/chk-*/_metadata"))}

    with running_job.running(folder, script_of(folder, "execution.checkpointing.dir", "CANCELED", [None, "RETAIN_ON_CANCELLATION"]), running_job.ClusterJob) as job:
        job.wait(lambda: len(left()) == 2)
        for one in call(f"{job.url}/jobs")[1]["jobs"]:
            call(f"{job.url}/jobs/{one['id']}?mode=cancel", "PATCH")
        job.wait(lambda: left() == {"RETAIN_ON_CANCELLATION"})
        job.wait(lambda: {one["status"] for one in call(f"{job.url}/jobs")[1]["jobs"]} == {"CANCELED"})
    assert left() == {"RETAIN_ON_CANCELLATION"}


def test_local_keeps_checkpoints_of_its_script_only(folder):
    """A start runs the script again; what came through the gateway does not come again."""
    script = folder / "job.sql"
    script.write_text(SETTINGS + "INSERT INTO nothing SELECT k FROM endless;\n")
    ports = {name: peers.free_port() for name in ("broker", "registry", "rest", "console", "gateway")}
    words = [word for name, port in ports.items() for word in (f"--{name}-port", port)]
    with peers.Process([peers.MILLRACE, "local", "--script", script, "--data-dir", folder / "data", *words], folder / "local.log") as local:
        peers.wait_for_port(ports["gateway"], process=local.popen)
        peers.millrace("sql", "--endpoint", f"http://127.0.0.1:{ports['gateway']}", "-f", script)
        rest = f"http://127.0.0.1:{ports['rest']}"

        def ids(status):
            return {one["id"] for one in call(f"{rest}/jobs")[1]["jobs"] if one["status"] == status}

        def with_checkpoints():
            return {path.parent.parent.name for path in (folder / "data").rglob("chk-*/_metadata")}

        def wait(holds):
            end = time.monotonic() + 30
            while not holds():
                assert time.monotonic() < end and local.popen.poll() is None, (ids("RUNNING"), with_checkpoints(), local.text())
                time.sleep(0.05)

        wait(lambda: len(ids("RUNNING")) == 2 and len(with_checkpoints()) == 2)
        for job in ids("RUNNING"):
            call(f"{rest}/jobs/{job}?mode=cancel", "PATCH")
        wait(lambda: len(ids("CANCELED")) == 2 and len(with_checkpoints()) == 1)
    again = folder / "again.log"
    with peers.Process([peers.MILLRACE, "local", "--script", script, "--data-dir", folder / "data", *words], again) as local:
        kept = with_checkpoints()
        peers.wait_for_port(ports["rest"], process=local.popen)
        wait(lambda: ids("RUNNING") == kept)
        wait(lambda: call(f"{rest}/jobs/{next(iter(kept))}/checkpoints")[1]["latest"]["restored"])
