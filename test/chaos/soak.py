#!/usr/bin/env python3
"""A job at full speed for hours: memory, open files and disk must stay flat.

Three processes: the embedded broker; a job that generates rows into Kafka; a job that sums them over windows and writes the
results exactly once, a checkpoint per second. Every sample goes to soak.csv and, where gnuplot is there, soak.png.
    test/chaos/soak.py --minutes 120 --rate 200000 --out DIR
Time counts from the first window that was written: before it, memory grows to what an open window takes."""
import argparse
import csv
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import peers  # noqa: E402

GENERATE = """
SET 'execution.checkpointing.interval' = '1 s'; SET 'pipeline.name' = 'soak-generate';
CREATE TABLE made (k INT, v INT, ts TIMESTAMP(3)) WITH ('connector' = 'datagen', 'rows-per-second' = '{rate}',
  'fields.k.min' = '1', 'fields.k.max' = '50000', 'fields.v.min' = '0', 'fields.v.max' = '1000', 'fields.ts.max-past' = '2 s');
CREATE TABLE soak_in (k INT, v INT, ts TIMESTAMP(3)) WITH ({kafka}, 'topic' = 'soak-in', 'format' = 'avro', 'sink.delivery-guarantee' = 'at-least-once');
INSERT INTO soak_in SELECT * FROM made;
"""
AGGREGATE = """
SET 'execution.checkpointing.interval' = '1 s'; SET 'execution.checkpointing.min-pause' = '0 ms'; SET 'pipeline.name' = 'soak-aggregate';
SET 'state.backend' = '{backend}';
CREATE TABLE soak_in (k INT, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '{delay}' SECOND)
  WITH ({kafka}, 'topic' = 'soak-in', 'format' = 'avro', 'scan.startup.mode' = 'earliest-offset');
CREATE TABLE soak_out (k INT, e TIMESTAMP(3), total INT, n BIGINT) WITH ({kafka}, 'topic' = 'soak-out', 'format' = 'avro');
INSERT INTO soak_out SELECT k, window_end, SUM(v), COUNT(*) FROM TABLE(TUMBLE(TABLE soak_in, DESCRIPTOR(ts), INTERVAL '{window}' SECOND)) GROUP BY k, window_start, window_end;
"""
# Caches fill, topics reach their retention: a share of the time, but no fewer windows than this.
WARM_UP = 0.25
WARM_UP_WINDOWS = 4


def resident_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0


def folder_mib(path):
    return sum(file.stat().st_size for file in list(path.rglob("*")) if file.is_file()) / 2**20


def files_in(path):
    return sum(1 for file in path.rglob("*") if file.is_file())


class Watched:
    def __init__(self, name, process, folder):
        self.name, self.process, self.folder = name, process, folder

    def sample(self):
        pid = self.process.popen.pid
        assert self.process.popen.poll() is None, f"{self.name} ended\n{self.process.text()[-3000:]}"
        try:
            disk, files = folder_mib(self.folder), files_in(self.folder)
        except FileNotFoundError:  # removed while we looked
            return self.sample()
        return {"rss": resident_mib(pid), "fds": len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir())), "disk": disk, "files": files}


def end_offsets(bootstrap, topic):
    out = peers.millrace("topics", "list", "--json", "--bootstrap-server", bootstrap).stdout
    return next((row["messages"] for row in json.loads(out) if row["topic"] == topic), 0)


def wait_for_window(bootstrap, jobs, seconds):
    end = time.monotonic() + seconds
    while end_offsets(bootstrap, "soak-out") == 0:
        assert time.monotonic() < end, "no window closed\n" + jobs[-1].text()[-3000:]
        assert all(job.popen.poll() is None for job in jobs), "".join(job.text()[-3000:] for job in jobs)
        time.sleep(0.5)


def verdict(samples, warm_up, allowed=0.10):
    """Growth between the first and the last quarter behind `warm_up` seconds, of each series."""
    rows = [row for row in samples if row["seconds"] >= warm_up]
    quarter = max(1, len(rows) // 4)
    problems, lines = [], []
    for column in rows[0]:
        if column == "seconds":
            continue
        first, last = (statistics.median(row[column] for row in part) for part in (rows[:quarter], rows[-quarter:]))
        slack = {"rss": 24, "fds": 8, "disk": 64, "files": 24}[column.split(".")[1]]
        lines.append(f"  {column:<18} {first:10.1f} -> {last:10.1f}")
        if last > first * (1 + allowed) + slack:
            problems.append(f"{column} grew from {first:.1f} to {last:.1f}")
    return problems, lines


def run(minutes, rate, folder, backend="hashmap", segment_mib=64, retained=8, window=10, say=print):
    """Topics retain `retained` segments per partition; `window`: of the aggregation, in seconds. Returns what grew, and the jobs that
    failed meanwhile: one that starts again and again measures nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    delay = max(2, window // 2)  # datagen's times lie up to 2 s back
    with peers.Broker(folder, "--retention-check-interval", "2s") as broker:
        for topic, size, retained in (("soak-in", segment_mib, retained), ("soak-out", max(segment_mib / 16, 1), max(retained // 4, 1))):
            peers.millrace("topics", "create", topic, "--partitions", "2", "--config", f"retention.bytes={int(size * retained * 2**20)}", "--config",
                           f"segment.bytes={int(size * 2**20)}", "--config", "file.delete.delay.ms=1000", "--bootstrap-server", broker.bootstrap)
        kafka = f"'connector' = 'kafka', 'properties.bootstrap.servers' = '{broker.bootstrap}'"
        jobs = []
        for name, text in (("generate", GENERATE), ("aggregate", AGGREGATE)):
            path = folder / f"{name}.sql"
            path.write_text(text.format(rate=rate, kafka=kafka, backend=backend, window=window, delay=delay))
            jobs.append(peers.Process([peers.MILLRACE, "sql", "--quiet", "-f", path, "--state-dir", folder / f"state-{name}"], folder / f"{name}.log"))
        watched = [Watched("broker", broker.process, folder / "broker"), Watched("generate", jobs[0], folder / "state-generate"),
                   Watched("aggregate", jobs[1], folder / "state-aggregate")]
        samples = []
        try:
            wait_for_window(broker.bootstrap, jobs, 60 + delay + window)
            started = time.monotonic()
            while time.monotonic() < started + minutes * 60:
                row = {"seconds": round(time.monotonic() - started, 1)}
                for one in watched:
                    row.update({f"{one.name}.{key}": round(value, 1) for key, value in one.sample().items()})
                samples.append(row)
                with open(folder / "soak.csv", "w", newline="") as out:
                    writer = csv.DictWriter(out, row.keys())
                    writer.writeheader()
                    writer.writerows(samples)
                if len(samples) % 12 == 1:
                    say(f"{row['seconds']:7.0f} s  " + "  ".join(f"{key}={value}" for key, value in row.items() if key.endswith((".rss", ".disk"))), flush=True)
                time.sleep(min(5.0, minutes * 60 / 40))
            status = [line for line in jobs[1].text().replace("\r", "\n").splitlines() if "records in" in line][-1:]
        finally:
            for job in jobs:
                job.stop(60)
    failed = [f"{one.name} started again" for one in watched[1:] if "starting again" in one.process.text()]
    problems, lines = verdict(samples, max(WARM_UP * minutes * 60, WARM_UP_WINDOWS * window))
    say("\n".join(lines + status))
    plot(folder)
    return problems + failed


def plot(folder):
    if shutil.which("gnuplot") is None:
        return
    columns = {"broker": 2, "generate": 6, "aggregate": 10}
    lines = ", ".join(f"'{folder}/soak.csv' using 1:{column} with lines title '{name} resident MiB'" for name, column in columns.items())
    subprocess.run(["gnuplot", "-e", f"set datafile separator ','; set terminal png size 1200,500; set output '{folder}/soak.png'; set key autotitle columnhead; "
                    f"set xlabel 'seconds'; plot {lines}"], check=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--rate", type=int, default=200_000, help="rows per second")
    parser.add_argument("--backend", default="hashmap", choices=["hashmap", "rocksdb"])
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for data, logs and soak.csv")
    arguments = parser.parse_args()
    problems = run(arguments.minutes, arguments.rate, arguments.out, arguments.backend)
    for problem in problems:
        print("NOT FLAT:", problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
