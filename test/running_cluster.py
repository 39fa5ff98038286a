"""A job manager and task managers as processes on one data folder."""
import json
import os
import re
import signal
import time

import peers


class Cluster:
    """`keys`: given to every process with -D, and `words` as they are."""

    def __init__(self, folder, script=None, keys=(), words=(), data=None):
        self.folder, self.data = folder, data or folder / "data"
        self.rest, self.rpc, self.gateway = peers.free_port(), peers.free_port(), peers.free_port()
        self.url = f"http://127.0.0.1:{self.rest}"
        self.words = [*words, *(word for key in keys for word in ("-D", key))]
        self.script = []
        if script is not None:
            (folder / "job.sql").write_text(script)
            self.script = ["--script", folder / "job.sql"]
        self.job_manager = None
        self.task_managers = {}  # by pid
        self.started = 0

    def start_job_manager(self, cwd=None):
        self.job_manager = peers.Process([peers.MILLRACE, "jobmanager", "--data-dir", self.data, "--rest-port", self.rest, "--rpc-port", self.rpc,
                                          "--console-port", "0", "--gateway-port", self.gateway, *self.script, *self.words], self.folder / "jobmanager.log", cwd=cwd)
        return self

    def add_task_manager(self, slots=2, cwd=None):
        self.started += 1
        process = peers.Process([peers.MILLRACE, "taskmanager", "--data-dir", self.data, "--job-manager", f"127.0.0.1:{self.rpc}",
                                 "--slots", slots, *self.words], self.folder / f"taskmanager-{self.started}.log", cwd=cwd)
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
