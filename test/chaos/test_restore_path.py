"""What `execution.state-recovery.path` may lead to when the sinks commit with the checkpoints: nothing is lost or doubled unsaid."""
from ledger import EVENTS, JobProcess, checkpoints, new_ledger, newest, wait_until
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
    copy_state(folder, "old")
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
