"""The pages' API of jobs and Prometheus' metrics, over HTTP, from a job that runs."""
import json
import re
import urllib.request

import pytest
from running_job import call, running


def events(url, count):
    """The data of the first `count` server-sent events."""
    out = []
    with urllib.request.urlopen(url, timeout=20) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        for line in answer:
            if line.startswith(b"data: "):
                out.append(json.loads(line[6:]))
            if len(out) == count:
                return out


def test_a_running_job_is_seen_live(folder):
    with running(folder) as job:
        first, second = events(f"{job.url}/api/jobs/{job.id}/live", 2)
        assert first["id"] == second["id"] == job.id
        assert 500 < second["now_millis"] - first["now_millis"] < 5000
        read = [report["vertices"][0]["operators"][0]["records_out"] for report in (first, second)]
        assert read[1] > read[0]

        job.wait(lambda: call(f"{job.url}/api/jobs/{job.id}/history")[1]["series"]["records_in_rate"][-1] > 50)
        history = call(f"{job.url}/api/jobs/{job.id}/history?range=15m")[1]
        assert history["step_millis"] == 1000
        assert {len(values) for values in history["series"].values()} == {len(history["times"])}
        assert all(0 < b - a < 5000 for a, b in zip(history["times"], history["times"][1:]))

        summary = call(f"{job.url}/api/jobs")[1]["jobs"][0]
        assert 100 < summary["records_in_rate"] < 400  # the source makes 200 a second
        assert summary["sources"] == ["default_catalog.default_database.numbers"]
        assert summary["sinks"] == ["default_catalog.default_database.nothing"]
        report = call(f"{job.url}/api/jobs/{job.id}")[1]
        assert 100 < report["vertices"][0]["operators"][0]["records_out_rate"] < 400

        vertex = report["vertices"][0]["id"]
        rates = call(f"{job.url}/jobs/{job.id}/vertices/{vertex}/subtasks/metrics?get=numRecordsInPerSecond&agg=sum")[1]
        assert 100 < rates[0]["sum"] < 400

        edge = job.wait(lambda: (lambda seen: seen["rows"] and seen)(call(f"{job.url}/api/jobs/{job.id}/edges/1/rows?limit=5")[1]))
        assert [column["name"] for column in edge["columns"]] == ["k", "ts"]
        assert edge["rows"][0]["kind"] == "+I" and len(edge["rows"][0]["cells"]) == 2


def test_metrics_are_in_prometheus_text_format(folder):
    with running(folder) as job:
        with urllib.request.urlopen(f"{job.url}/metrics", timeout=20) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            text = answer.read().decode()
        label = r'[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"'
        sample = re.compile(rf"^[a-zA-Z_:][\w:]*(?:\{{{label}(?:,{label})*\}})? (?:-?[0-9.]+(?:e[+-]?\d+)?)$")
        names, last = set(), None
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                last = line.split()[2]
                assert last not in names, "a metric's samples stand together"
                names.add(last)
            else:
                assert sample.match(line), line
                assert re.match(r"[\w:]+", line).group(0) == last
        assert {"flink_jobmanager_numRunningJobs", "flink_jobmanager_job_numRestarts", "flink_taskmanager_job_task_numRecordsOutPerSecond",
                "flink_taskmanager_job_task_busyTimeMsPerSecond", "flink_taskmanager_job_task_currentInputWatermark",
                "flink_taskmanager_job_task_operator_numRecordsIn", "flink_jobmanager_job_lastCheckpointDuration"} <= names


@pytest.mark.parametrize(("method", "path", "headers", "status"), [
    ("PATCH", "/jobs/{id}?mode=cancel", {"Origin": "http://evil.example"}, 403),
    ("POST", "/api/jobs/{id}/cancel", {"Origin": "null"}, 403),
    ("GET", "/jobs/{id}/yarn-cancel", {"Sec-Fetch-Site": "cross-site"}, 403),
    ("GET", "/jobs/overview", {"Host": "evil.example"}, 403),
    ("GET", "/jobmanager/logs/..%2f..%2fetc%2fpasswd", {}, 404),
])
def test_foreign_pages_cannot_touch_jobs(folder, method, path, headers, status):
    with running(folder) as job:
        assert call(job.url + path.format(id=job.id), method, {} if method != "GET" else None, headers)[0] == status
        assert job.state() == "RUNNING"
