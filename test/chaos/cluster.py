"""A job manager and task managers as processes on one data folder, and what a reader of their output sees meanwhile."""
import json
import os
import re
import signal
import threading
import time

from confluent_kafka import Consumer

import peers


class Cluster:
    """`keys`: given to every process with -D."""

    def __init__(self, folder, script=None, keys=()):
        self.folder, self.data = folder, folder / "data"
        self.rest, self.rpc = peers.free_port(), peers.free_port()
        self.url = f"http://127.0.0.1:{self.rest}"
        self.keys = [word for key in keys for word in ("-D", key)]
        self.script = []
        if script is not None:
            (folder / "job.sql").write_text(script)
            self.script = ["--script", folder / "job.sql"]
        self.job_manager = None
        self.task_managers = {}  # by pid
        self.started = 0

    def start_job_manager(self):
        self.job_manager = peers.Process([peers.MILLRACE, "jobmanager", "--data-dir", self.data, "--rest-port", self.rest, "--rpc-port", self.rpc,
                                          "--console-port", "0", "--gateway-port", "0", *self.script, *self.keys], self.folder / "jobmanager.log")
        return self

    def add_task_manager(self, slots=2):
        self.started += 1
        process = peers.Process([peers.MILLRACE, "taskmanager", "--data-dir", self.data, "--job-manager", f"127.0.0.1:{self.rpc}",
                                 "--slots", slots, *self.keys], self.folder / f"taskmanager-{self.started}.log")
        self.task_managers[process.popen.pid] = process
        return process

    def holder(self):
        """The task manager process that works with the checkpoints of the only job; None while nobody does."""
        for lock in self.data.glob("jobs/*/.lock"):
            found = re.search(r"process (\d+)", lock.read_text(errors="replace"))
            if found and int(found[1]) in self.task_managers:
                return self.task_managers[int(found[1])]
        return None

    def kill(self, process):
        self.task_managers.pop(process.popen.pid).kill()

    def get(self, path):
        return json.loads(peers.http("GET", self.url + path))

    def jobs(self):
        return self.get("/jobs/overview")["jobs"]

    def wait(self, holds, seconds=30):
        end = time.monotonic() + seconds
        while True:
            try:
                found = holds()
            except OSError:
                found = None  # the job manager is not there yet
            if found:
                return found
            assert time.monotonic() < end, self.text()
            time.sleep(0.05)

    def wait_for_state(self, state, seconds=30):
        return self.wait(lambda: [job for job in self.jobs() if job["state"] == state], seconds)[0]

    def text(self):
        logs = [self.folder / "jobmanager.log", *sorted(self.folder.glob("taskmanager-*.log"), key=lambda path: path.stat().st_mtime)[-3:]]
        return "\n".join(f"== {log.name}\n{log.read_text(errors='replace')[-2500:]}" for log in logs if log.exists())

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        for process in [*self.task_managers.values(), *([self.job_manager] if self.job_manager else [])]:
            if process.popen.poll() is None:
                os.kill(process.popen.pid, signal.SIGKILL)
            process.stop()


class Watcher:
    """When records of a topic arrive, as a rule committed ones, and when they were written."""

    def __init__(self, bootstrap, topic, isolation="read_committed"):
        self.consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": f"watch-{time.time()}", "isolation.level": isolation,
                                  "auto.offset.reset": "earliest", "enable.auto.commit": False, "fetch.wait.max.ms": 20})
        self.consumer.subscribe([topic])
        self.arrivals = []  # (monotonic seconds, newest timestamp so far in epoch seconds)
        self.ending = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        newest = 0.0
        while not self.ending:
            messages = [message for message in self.consumer.consume(1000, 0.02) if message.error() is None]
            if messages:
                newest = max(newest, *(message.timestamp()[1] / 1000 for message in messages))
                self.arrivals.append((time.monotonic(), newest))
        self.consumer.close()

    def resumed(self, moment, wall, seconds=60):
        """Seconds from `moment` (monotonic) until a record came that was written after `wall` (epoch)."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for arrived, newest in self.arrivals[-50:]:
                if arrived > moment and newest > wall:
                    return arrived - moment
            time.sleep(0.01)
        return None

    def longest_gap(self, begin, end):
        inside = [begin, *(arrived for arrived, _ in self.arrivals if begin < arrived < end), end]
        return max(after - before for before, after in zip(inside, inside[1:]))

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.ending = True
        self.thread.join()


class Load:
    """Writes the ledger's events at an even pace until all are written."""

    def __init__(self, ledger, per_second):
        self.ledger, self.per_second = ledger, per_second
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while self.ledger.written < len(self.ledger.events):
            self.ledger.write(self.per_second // 20)
            time.sleep(0.05)

    @property
    def busy(self):
        return self.thread.is_alive()

    def finish(self):
        """The rest at once."""
        self.per_second = 20 * len(self.ledger.events)
        self.thread.join(120)


def quantiles(values):
    ordered = sorted(values)
    at = lambda part: ordered[min(len(ordered) - 1, int(part * len(ordered)))]  # noqa: E731
    return f"median {at(0.5):.2f} s, p90 {at(0.9):.2f} s, max {ordered[-1]:.2f} s of {len(ordered)}"
