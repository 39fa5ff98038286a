"""Job manager and task manager as processes of their own: what each of them says of the jobs, and where it listens."""
import json
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
                    "flink_taskmanager_taskSlotsTotal"} <= set(seen), page
            # Of a job that was restarted elsewhere a task manager's would be other numbers.
            assert any(one.startswith("flink_jobmanager_") for one in seen) == (page == f"{cluster.url}/metrics"), page


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


def test_relative_folders_are_those_of_who_was_given_them(folder):
    """Every process stands in a folder of its own; the paths lead to one place from all of them."""
    for name in ("manager", "worker", "client", "later"):
        (folder / name).mkdir()
    script = SCRIPT.format(folder=folder).replace(f"{folder}/saves", "saves").replace("'1 min'", "'200 ms'")
    with Cluster(folder, script, data="../data") as cluster:
        cluster.start_job_manager(cwd=folder / "manager")
        cluster.add_task_manager(cwd=folder / "worker")
        job = cluster.wait_for_state("RUNNING")["jid"]
        where = ["--jobmanager", cluster.url]
        taken = cluster.wait(lambda: cluster.get(f"/jobs/{job}/checkpoints")["latest"]["completed"])["external_path"]
        assert taken.startswith(f"{folder}/data/jobs/{job}/"), taken
        saved = peers.millrace("savepoint", "take", job, *where).stdout.split()[-1]
        assert saved.startswith(f"{folder}/manager/saves/savepoint-")
        saved = peers.millrace("savepoint", "take", job, "mine", *where, cwd=folder / "client").stdout.split()[-1]
        assert saved.startswith(f"{folder}/client/mine/savepoint-")
        assert f"Savepoint of counting ({job}): {saved}\n" in cluster.job_manager.text()
        failed = peers.millrace("savepoint", "take", job, "/proc/nowhere", *where, check=False)
        assert failed.returncode == 1 and f"Savepoint of counting ({job}) failed: " in cluster.job_manager.text()
        cluster.job_manager.stop()
        for process in list(cluster.task_managers.values()):
            process.stop()
        cluster.start_job_manager(cwd=folder / "later")
        worker = cluster.add_task_manager(cwd=folder / "later")
        restored = cluster.wait(lambda: cluster.get(f"/jobs/{job}/checkpoints")["latest"]["restored"])
        assert restored["external_path"].startswith(f"{folder}/data/jobs/{job}/")
        assert f"counting ({job}) goes on from checkpoint {restored['id']} in {restored['external_path']}\n" in worker.text()
        stopped = peers.millrace("stop", job, "--savepoint-path", "ends", *where, cwd=folder / "client").stdout.split()[-1]
        assert stopped.startswith(f"{folder}/client/ends/savepoint-") and (pathlib.Path(stopped) / "_metadata").exists()
        cluster.wait(lambda: f"counting ({job}) has ended: FINISHED\n" in cluster.job_manager.text())


def test_a_job_that_waits_says_for_what(folder):
    with Cluster(folder, SCRIPT.format(folder=folder)) as cluster:
        cluster.start_job_manager()
        job = cluster.wait_for_state("CREATED")
        reason = "2 slots; there is no task manager"
        where = ["--jobmanager", cluster.url]
        assert json.loads(peers.millrace("jobs", "--json", *where).stdout)[0]["waiting_for"] == reason
        assert peers.millrace("jobs", *where).stdout.splitlines()[2:] == [f"  waits for {reason}"]
        assert "waiting_for" not in job  # Flink's fields stay Flink's
        line = f"counting ({job['jid']}) waits for {reason}"
        cluster.wait(lambda: line in cluster.job_manager.text())
        cluster.add_task_manager()
        cluster.wait_for_state("RUNNING")
        assert "waiting_for" not in json.loads(peers.millrace("jobs", "--json", *where).stdout)[0]
        assert cluster.job_manager.text().count(" waits for ") == 1


AWAY = """
CREATE TABLE sales (k INT) WITH ('connector' = 'kafka', 'topic' = 'sales', 'properties.bootstrap.servers' = '127.0.0.1:{port}', 'format' = 'json',
  'scan.startup.mode' = 'earliest-offset');
CREATE TABLE nothing (k INT) WITH ('connector' = 'blackhole');
INSERT INTO nothing SELECT k FROM sales;
"""


def test_a_job_whose_broker_is_away_says_so(folder):
    port = peers.free_port()
    with Cluster(folder, AWAY.format(port=port)) as cluster:
        cluster.start_job_manager()
        cluster.add_task_manager()
        job = cluster.wait_for_state("RUNNING")["jid"]
        seen = cluster.wait(lambda: (lambda report: report["trouble"] and report)(cluster.get(f"/api/jobs/{job}")))
        assert seen["trouble"].startswith("Source sales: ") and f"127.0.0.1:{port}" in seen["trouble"], seen["trouble"]
        assert 0 < seen["trouble_millis"] <= seen["now_millis"]
        listed = peers.millrace("jobs", "--jobmanager", cluster.url).stdout.splitlines()
        assert listed[2].startswith("  Source sales: "), listed
        with peers.Broker(folder / "broker", port=port) as broker:
            peers.millrace("topics", "create", "sales", "-b", broker.bootstrap)
            cluster.wait(lambda: not cluster.get(f"/api/jobs/{job}")["trouble"], 60)


INTO_AWAY = """
SET 'execution.checkpointing.interval' = '200 ms';
SET 'execution.checkpointing.mode' = '{mode}';
CREATE TABLE numbers (k INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100');
CREATE TABLE copies (k INT) WITH ('connector' = 'kafka', 'topic' = 'copies', 'properties.bootstrap.servers' = '127.0.0.1:{port}', 'format' = 'json');
INSERT INTO copies SELECT k FROM numbers;
"""


@pytest.mark.parametrize("mode", ["EXACTLY_ONCE", "AT_LEAST_ONCE"])
def test_a_job_whose_sink_has_no_broker_says_so_and_goes_on(folder, mode):
    port = peers.free_port()
    with Cluster(folder, INTO_AWAY.format(port=port, mode=mode)) as cluster:
        cluster.start_job_manager()
        worker = cluster.add_task_manager()
        with peers.Broker(folder / "broker", port=port):
            job = cluster.wait_for_state("RUNNING")["jid"]
            cluster.wait(lambda: cluster.get(f"/jobs/{job}/checkpoints")["counts"]["completed"] > 0)
            assert not cluster.get(f"/api/jobs/{job}")["trouble"]
        seen = cluster.wait(lambda: (lambda report: report["trouble"] and report)(cluster.get(f"/api/jobs/{job}")))
        assert seen["trouble"].startswith("Sink copies: Cannot write to Kafka") and f"127.0.0.1:{port}" in seen["trouble"], seen["trouble"]
        assert 0 < seen["trouble_millis"] <= seen["now_millis"]
        cluster.wait(lambda: "; waiting" in worker.text())  # said once it has waited
        assert "Cannot write to Kafka" in worker.text() and worker.text().count("; waiting") == 1, worker.text()
        before = cluster.get(f"/jobs/{job}/checkpoints")["counts"]["completed"]
        with peers.Broker(folder / "broker", port=port):
            cluster.wait(lambda: not cluster.get(f"/api/jobs/{job}")["trouble"], 60)
            cluster.wait(lambda: cluster.get(f"/jobs/{job}/checkpoints")["counts"]["completed"] > before + 2, 60)
            report = cluster.get(f"/api/jobs/{job}")
            assert report["state"] == "RUNNING" and report["restarts"] == 0, report


def test_a_task_manager_without_a_job_manager_says_so_once(folder):
    with Cluster(folder, keys=["heartbeat.interval=100 ms"]) as cluster:
        worker = cluster.add_task_manager()
        line = f"The job manager http://127.0.0.1:{cluster.rpc} does not answer; trying again every 100 ms."
        cluster.wait(lambda: line in worker.text())
        cluster.start_job_manager()
        cluster.wait(lambda: "Registered at the job manager" in worker.text())
        assert worker.text().count("does not answer") == 1


@pytest.mark.parametrize("words", [("jobmanager", "--rest-port"), ("jobmanager", "--rpc-port"), ("taskmanager", "--port"), ("local", "--gateway-port")])
def test_a_port_that_is_none_is_refused(folder, words):
    done = peers.millrace(*words, "99999", "--data-dir", folder / "data", check=False)
    assert done.returncode != 0 and f"{words[1]} must be an integer from 0 to 65535, not '99999'" in done.stderr


@pytest.mark.parametrize(("words", "said"), [
    (("taskmanager", "--alias", "foo="), "--alias takes NAME[:PORT]=HOST[:PORT], not 'foo='."),
    (("taskmanager", "--alias", "foo=bar:xx"), "--alias takes NAME[:PORT]=HOST[:PORT], not 'foo=bar:xx'."),
    (("console", "--jobmanager", "nourl"), "--jobmanager: Invalid URL 'nourl'"),
    (("console", "--schema-registry", "foo"), "--schema-registry: Invalid URL 'foo'"),
    (("jobmanager", "--schema-registry", "foo"), "console.schema-registry.url: Invalid URL 'foo'")])
def test_an_address_that_is_none_is_refused(folder, words, said):
    done = peers.millrace(*words, check=False, cwd=folder)
    assert done.returncode != 0 and said in done.stderr, done.stderr


def test_commands_for_jobs_at_a_wrong_address(folder):
    port = peers.free_port()
    with peers.Process([peers.MILLRACE, "registry", "--memory", "--listen", f"127.0.0.1:{port}"], folder / "registry.log") as registry:
        peers.wait_for_port(port, process=registry.popen)
        done = peers.millrace("jobs", "--jobmanager", f"http://127.0.0.1:{port}", check=False)
        assert f"http://127.0.0.1:{port}/jobs/overview answered HTTP 404." in done.stderr and "job manager" in done.stderr
    assert "`millrace jobmanager`" in peers.millrace("jobs", "--jobmanager", f"http://127.0.0.1:{port}", check=False).stderr


def test_cancel_says_so_when_the_job_has_ended(folder):
    with Cluster(folder, SCRIPT.format(folder=folder)) as cluster:
        cluster.start_job_manager()
        cluster.add_task_manager()
        job = cluster.wait_for_state("RUNNING")["jid"]
        assert peers.millrace("cancel", job, "--jobmanager", cluster.url).stdout == f"Cancelled job {job}.\n"
        assert cluster.get(f"/jobs/{job}")["state"] == "CANCELED"


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
