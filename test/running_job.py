"""A process with one job and its REST API."""
import contextlib
import json
import time
import urllib.error
import urllib.request

import peers

SCRIPT = """
SET 'pipeline.name' = 'counting';
SET 'parallelism.default' = '2';
SET 'execution.checkpointing.interval' = '1 min';
SET 'execution.checkpointing.savepoint-dir' = '{folder}/saves';
CREATE TABLE numbers (k INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen', 'rows-per-second' = '200',
  'fields.k.min' = '0', 'fields.k.max' = '3');
CREATE TABLE nothing (k INT, c BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO nothing SELECT k, COUNT(*) FROM TABLE(TUMBLE(TABLE numbers, DESCRIPTOR(ts), INTERVAL '1' SECOND))
GROUP BY k, window_start, window_end;
"""


def call(url, method="GET", body=None, headers=None):
    request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode(), headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


class Job:
    """A process with one job and the REST API."""

    def __init__(self, folder, script=SCRIPT):
        self.port = peers.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        path = folder / "job.sql"
        path.write_text(script.format(folder=folder))
        self.process = peers.Process([peers.MILLRACE, "sql", "--quiet", "-f", path, "--rest", str(self.port)], folder / "sql.log")
        peers.wait_for_port(self.port, process=self.process.popen)
        self.id = self.wait(lambda: call(f"{self.url}/jobs")[1]["jobs"])[0]["id"]
        self.wait(lambda: call(f"{self.url}/jobs/{self.id}/status")[1] == {"status": "RUNNING"})

    def wait(self, condition, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            time.sleep(0.05)
        raise AssertionError(self.process.text())

    def state(self):
        return call(f"{self.url}/jobs/{self.id}/status")[1]["status"]


@contextlib.contextmanager
def running(folder, script=SCRIPT):
    job = Job(folder, script)
    with job.process:
        yield job
