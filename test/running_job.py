"""One job and its REST API: in a process of its own, or on a cluster."""
import contextlib
import json
import time
import urllib.error
import urllib.request

import peers
from running_cluster import Cluster

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
        self.port = self.start(folder, script.format(folder=folder))
        self.url = f"http://127.0.0.1:{self.port}"

    def wait_until_it_runs(self):
        self.id = self.wait(lambda: call(f"{self.url}/jobs")[1]["jobs"])[0]["id"]
        self.wait(lambda: call(f"{self.url}/jobs/{self.id}/status")[1] == {"status": "RUNNING"})

    def start(self, folder, script):
        """Gives the port of the REST API."""
        port, path = peers.free_port(), folder / "job.sql"
        path.write_text(script)
        self.process = peers.Process([peers.MILLRACE, "sql", "--quiet", "-f", path, "--rest", str(port)], folder / "sql.log")
        peers.wait_for_port(port, process=self.process.popen)
        return port

    def has_ended(self):
        return self.process.popen.poll() is not None  # with its only job

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


class ClusterJob(Job):
    """A job manager with one job, which a task manager runs."""

    def start(self, folder, script):
        self.process = Cluster(folder, script).start_job_manager()
        peers.wait_for_port(self.process.rest, process=self.process.job_manager.popen)
        self.process.add_task_manager()
        return self.process.rest

    def has_ended(self):
        return self.state() in ("CANCELED", "FINISHED")


@contextlib.contextmanager
def running(folder, script=SCRIPT, on=Job):
    job = on(folder, script)
    with job.process:
        job.wait_until_it_runs()
        yield job
