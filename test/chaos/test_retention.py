"""What is left of a job's checkpoints when it has ended, by `execution.checkpointing.externalized-checkpoint-retention`."""
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
