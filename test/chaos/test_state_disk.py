"""Windows on disk: a folder that goes away, files that do not fit, another parallelism after every kill; output stays exact."""
import json
import pathlib
import re
import shutil
import subprocess
import time

from ledger import JobProcess, new_ledger, newest, wait_until, write_slowly
from peers import MILLRACE, environment


def assert_each_group_once(checkpoint):
    """Files hold a group in pieces; who asks for the state of a checkpoint sees it whole."""
    command = [str(MILLRACE), "savepoint", "inspect", str(checkpoint), "--export", "all"]
    text = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60, check=True).stdout
    rows = [json.loads(line) for line in text.splitlines()]
    groups = {(row["operator"], row["slice_end"], row["k"]) for row in rows}
    assert rows and len(groups) == len(rows), text[:2000]


def script(ledger, local, parallelism=2):
    return f"SET 'state.backend.rocksdb.localdir' = '{local}';\n" + ledger.script(parallelism=parallelism, interval=100, backend="rocksdb")


def test_folder_goes_away(apache, folder):
    ledger, local = new_ledger(apache, "away", 2000), folder / "local"
    writer = write_slowly(ledger, 6)
    job = JobProcess(folder, script(ledger, local))
    for _ in range(3):
        wait_until(lambda: any(path.stat().st_size for path in local.rglob("*-*") if path.is_file()), job)
        shutil.rmtree(local, ignore_errors=True)
        time.sleep(1)
    writer.join(60)
    try:
        ledger.check(60)
    finally:
        assert job.stop() == 0, job.text()[-3000:]
    assert "state file" in job.text() and "starting again" in job.text(), job.text()[-3000:]
    assert not any(local.rglob("*-*")), "state is left over"


def test_folder_cannot_be_made(apache, folder):
    ledger, local = new_ledger(apache, "blocked", 2000), folder / "local"
    local.write_text("not a folder")
    writer = write_slowly(ledger, 1)
    job = JobProcess(folder, script(ledger, local))
    wait_until(lambda: "State cannot be kept on disk" in job.text(), job)
    assert "state.backend.rocksdb.localdir" in job.text() and str(local) in job.text()
    local.unlink()
    writer.join(60)
    try:
        ledger.check(60)
    finally:
        assert job.stop() == 0, job.text()[-3000:]


def test_incremental_checkpoints_at_another_parallelism(apache, folder):
    ledger, local = new_ledger(apache, "rescale", 3000), folder / "local"
    for parallelism in (1, 3, 2, 3, 1, 4):
        before = newest(folder)
        ledger.write(450)  # the last of their windows stay open
        job = JobProcess(folder, script(ledger, local, parallelism))
        wait_until(lambda: newest(folder) > before + 3, job, 90)
        job.kill()
    assert any((folder / "state").rglob("shared/*")), "no checkpoint shares files"
    assert_each_group_once(max((folder / "state").rglob("_metadata"), key=lambda path: int(path.parent.name.split("-")[1])).parent)
    ledger.write(3000)
    job = JobProcess(folder, ledger.script(parallelism=2, interval=100))  # and in memory in the end
    try:
        ledger.check(60)
    finally:
        assert job.stop() == 0, job.text()[-3000:]


MANY_KEYS = """
SET 'state.backend' = 'rocksdb';
SET 'state.backend.incremental' = 'true';
SET 'taskmanager.memory.managed.size' = '8 mb';
SET 'execution.checkpointing.interval' = '100 ms';
CREATE TABLE numbers (k BIGINT, v INT, ts AS TO_TIMESTAMP_LTZ(v, 3), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen',
  'rows-per-second' = '1000000000', 'fields.k.kind' = 'sequence', 'fields.k.start' = '1', 'fields.k.end' = '{keys}',
  'fields.v.min' = '1', 'fields.v.max' = '1000');
CREATE VIEW texts AS SELECT CONCAT('a key that takes some room in memory ', CAST(k AS STRING)) AS k, v, ts FROM numbers;
CREATE TABLE sums (k STRING, s INT, n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO sums SELECT k, SUM(v), COUNT(*) FROM TABLE(TUMBLE(TABLE texts, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY k, window_start, window_end;
"""


def test_many_keys_stay_within_the_memory_of_state(folder):
    """One window over a million keys with 8 MiB of memory: some 40 MiB resident (with hashmap 160 MiB)."""
    keys = 1_000_000
    job = JobProcess(folder, MANY_KEYS.format(keys=keys))
    peak, end = 0, time.monotonic() + 120
    while job.popen.poll() is None and time.monotonic() < end:
        try:  # not what wait4 tells: that counts what the process was before exec
            peak = int(re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{job.popen.pid}/status").read_text())[1]) >> 10
        except TypeError:
            pass  # it has just ended
        time.sleep(0.01)
    assert job.popen.returncode == 0 and f" {keys} windows closed" in job.text(), job.text()[-3000:]
    assert newest(folder) > 1, "no checkpoint came before the end"
    assert 10 < peak < 80
