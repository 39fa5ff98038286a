"""Job manager and task manager as processes of their own: what each of them says of the jobs, and where it listens."""
import pathlib
import re
import subprocess
import time
import urllib.request

import pytest

import peers
from running_cluster import Cluster
from running_job import SCRIPT


def get_text(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read().decode()


def task_manager_url(cluster):
    name = cluster.wait(lambda: cluster.get("/taskmanagers")["taskmanagers"])[0]["id"]
    return name, f"http://{name.rsplit('-', 1)[0]}"


def sums(text):
    """Each metric's samples added up."""
    out = {}
    for name, value in re.findall(r"^(\w+)(?:\{.*\})? (\S+)$", text, re.MULTILINE):
        out[name] = out.get(name, 0) + float(value)
    return out


def test_each_role_has_the_rates_of_the_jobs(folder):
    with Cluster(folder, SCRIPT.format(folder=folder)) as cluster:
        cluster.start_job_manager()
        cluster.add_task_manager()
        cluster.wait_for_state("RUNNING")
        name, task_manager = task_manager_url(cluster)
        for page in (f"{cluster.url}/metrics", f"{task_manager}/metrics", f"{cluster.url}/api/task-managers/{name}/metrics"):
            task, operator = "flink_taskmanager_job_task_", "flink_taskmanager_job_task_operator_"
            rates = (f"{task}numRecordsInPerSecond", f"{task}numRecordsOutPerSecond", f"{task}numBytesInPerSecond", f"{task}busyTimeMsPerSecond",
                     f"{task}idleTimeMsPerSecond", f"{operator}numRecordsInPerSecond", f"{operator}numRecordsOutPerSecond")
            # Each rate is that of the last whole second, in which a vertex may have had nothing to do: all above 0 in one answer, sooner or later.
            seen = cluster.wait(lambda: (lambda all: all if min(all.get(rate, 0) for rate in rates) > 0 else None)(sums(get_text(page))))  # noqa: B023
            assert seen[f"{task}busyTimeMsPerSecond"] + seen[f"{task}idleTimeMsPerSecond"] < 4100  # of two vertices in two slots
            assert {f"{task}isBackPressured", f"{task}backPressuredTimeMsPerSecond", f"{task}numRecordsIn", f"{task}currentInputWatermark",
                    "flink_jobmanager_job_numRestarts", "flink_taskmanager_taskSlotsTotal"} <= set(seen), page


def listening(pid):
    """(address in hex, port) of every listening socket in the process's own network namespace; nothing while it has none."""
    out = set()
    if (pathlib.Path("/proc") / str(pid) / "ns/net").readlink() == pathlib.Path("/proc/self/ns/net").readlink():
        return out
    for table in ("tcp", "tcp6"):
        for line in (pathlib.Path("/proc") / str(pid) / "net" / table).read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            if state == "0A":
                address, port = local.split(":")
                out.add((address, int(port, 16)))
    return out


def is_loopback(address):
    """127.0.0.0/8, also as ::ffff:127.0.0.1, or ::1, as the kernel prints them: words of four bytes, the lowest first."""
    return address == "0" * 24 + "01000000" or (address.endswith("7F") and address[:-8] in ("", "0" * 16 + "FFFF0000"))


@pytest.mark.parametrize(("words", "ports"), [
    (["broker"], {9092}), (["registry", "--memory"], {8081}), (["console"], {9021}), (["jobmanager"], {18081, 9021, 8083, 6123}),
    (["taskmanager"], set()), (["local"], {9092, 29092, 8081, 18081, 9021, 8083})])
def test_every_role_listens_on_loopback_alone(folder, words, ports):
    """In a network of its own, where the ports of the defaults are free."""
    inside = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("SKIPPED ALOUD: network namespaces cannot be made here")
    with peers.Process([*inside, peers.MILLRACE, *words], folder / "role.log", cwd=folder) as process:
        end = time.monotonic() + 30
        while not (seen := listening(process.popen.pid)) or not ports <= {port for _, port in seen}:
            assert process.popen.poll() is None and time.monotonic() < end, (seen, process.text())
            time.sleep(0.05)
        assert [address for address, _ in seen if not is_loopback(address)] == []


def test_checkpoints_have_sizes_and_the_restored_one_is_named(folder):
    with Cluster(folder, SCRIPT.format(folder=folder).replace("'1 min'", "'200 ms'")) as cluster:
        cluster.start_job_manager()
        cluster.add_task_manager()
        job = cluster.wait_for_state("RUNNING")["jid"]
        checkpoints = cluster.wait(lambda: (lambda seen: seen["counts"]["completed"] > 2 and seen)(cluster.get(f"/jobs/{job}/checkpoints")))
        for size in ("state_size", "checkpointed_size"):
            assert checkpoints["latest"]["completed"][size] > 0
            assert checkpoints["summary"][size]["min"] > 0
        assert checkpoints["counts"]["restored"] == 0 and checkpoints["latest"]["restored"] is None
        page = cluster.get(f"/api/jobs/{job}")["checkpoints"][-1]
        assert page["state_bytes"] >= page["added_bytes"] > 0 and len(page["slots"]) == 2
        assert sums(get_text(f"{cluster.url}/metrics"))["flink_jobmanager_job_lastCheckpointSize"] > 0

        cluster.kill(cluster.wait(cluster.holder))
        cluster.add_task_manager()
        checkpoints = cluster.wait(lambda: (lambda seen: seen["counts"]["restored"] and seen)(cluster.get(f"/jobs/{job}/checkpoints")))
        restored = checkpoints["latest"]["restored"]
        assert restored["id"] > 0 and restored["restore_timestamp"] > 0 and restored["external_path"].endswith(f"/chk-{restored['id']}")


def test_the_job_managers_console_has_its_own_kafka_properties(folder):
    """One that librdkafka refuses shows that it gets there."""
    ports = [word for name in ("rest", "console", "gateway", "rpc") for word in (f"--{name}-port", "0")]
    started = peers.run([peers.MILLRACE, "jobmanager", "--data-dir", folder, *ports, "-D", "console.bootstrap.servers=127.0.0.1:1",
                         "-D", "console.kafka.security.protocol=home_made"], check=False, timeout=30)
    assert "'security.protocol' = 'home_made'" in started.stderr and "is unknown" not in started.stderr, started.stderr


def test_past_sales_are_written_once(broker, registry):
    words = ["produce", "sales", "--bootstrap-server", broker.bootstrap, "--schema-registry", registry.url, "--topic", "once",
             "--backfill", "1m", "--if-new", "--count", "30"]
    assert "30 sales written to once" in peers.millrace(*words).stdout
    assert "0 sales written to once" in peers.millrace(*words).stdout.splitlines()


LOGIN = """
SET 'pipeline.name' = 'login';
SET 'restart-strategy.type' = 'none';
SET 'some.token' = 'hunter1x';
CREATE TABLE numbers (k INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10');
CREATE TABLE target (k INT) WITH ('connector' = 'kafka', 'topic' = 'target', 'properties.bootstrap.servers' = '{bootstrap}', 'format' = {format},
  'properties.security.protocol' = 'SASL_PLAINTEXT', 'properties.sasl.mechanism' = 'PLAIN',
  'properties.sasl.jaas.config' = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="bob" password="hunter3x";');
INSERT INTO target /*+ OPTIONS('properties.sasl.password' = 'hunter4x') */ SELECT k FROM numbers;
"""


@pytest.mark.parametrize(("form", "reason"), [("'json'", "SASL"), ("'avro-confluent', 'avro-confluent.url' = 'http://bob:hunter2x@127.0.0.1:1'", "registry")])
def test_a_login_that_fails_is_told_without_its_secrets(folder, broker, form, reason):
    """The broker takes no login and there is no registry; what logs, tools and pages say of it has none of the script's secrets."""
    with Cluster(folder, LOGIN.format(bootstrap=broker.bootstrap, format=form)) as cluster:
        cluster.start_job_manager()
        cluster.add_task_manager()
        job = cluster.wait_for_state("FAILED", 60)["jid"]
        name, _ = task_manager_url(cluster)
        assert reason in cluster.get(f"/jobs/{job}/exceptions")["root-exception"]
        assert "******" in cluster.get(f"/api/jobs/{job}")["script"]
        texts = {path: get_text(cluster.url + path) for path in (
            f"/jobs/{job}", f"/jobs/{job}/plan", f"/jobs/{job}/config", f"/jobs/{job}/exceptions", f"/jobs/{job}/execution-result", f"/api/jobs/{job}",
            "/api/log", "/jobmanager/config", "/jobmanager/log", f"/taskmanagers/{name}/log", f"/api/task-managers/{name}/log", "/metrics")}
        for log in folder.glob("*.log"):
            texts[log.name] = log.read_text()
        assert {"jobmanager.log", "taskmanager-1.log"} < set(texts)
        assert [(where, found) for where, text in texts.items() for found in re.findall(r"hunter\dx", text)] == []
