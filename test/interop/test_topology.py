"""The services of deploy/compose.yaml, each with the command, name and volumes it has there, in network namespaces.

No container engine is needed: a namespace with its own address per service, a bridge between them, and /etc/hosts with the
service names; the volume's folder is mounted where the service expects it. What differs from the image is the file system."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest
import yaml

import peers

COMPOSE = peers.ROOT / "deploy/compose.yaml"
SCRIPT = peers.ROOT / "examples/sales-aggregate.sql"
MOUNT = "/srv/millrace"
STARTUP_SECONDS = 90


def load():
    return yaml.safe_load(COMPOSE.read_text())


def seconds(text):
    return {"s": 1, "m": 60}[text[-1]] * float(text[:-1])


class Topology:
    """Namespaces on a bridge; every name of the compose file leads to its service."""

    def __init__(self, folder, services):
        self.folder, self.services = pathlib.Path(folder), services
        self.tag = f"mr{os.getpid() % 10000}"
        self.bridge = f"{self.tag}br"
        self.addresses = {name: f"10.93.{os.getpid() % 250}.{10 + i}" for i, name in enumerate(services)}
        self.processes = {}

    def namespace(self, name):
        return f"{self.tag}-{name}"

    def __enter__(self):
        ip = lambda *words: peers.run(["ip", *words])  # noqa: E731
        ip("link", "add", self.bridge, "type", "bridge")
        ip("link", "set", self.bridge, "up")
        hosts = "127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, address in self.addresses.items())
        for i, (name, address) in enumerate(self.addresses.items()):
            space, outer = self.namespace(name), f"{self.tag}v{i}"
            ip("netns", "add", space)
            etc = pathlib.Path("/etc/netns") / space
            etc.mkdir(parents=True, exist_ok=True)
            (etc / "hosts").write_text(hosts)
            ip("link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", space)
            ip("link", "set", outer, "master", self.bridge, "up")
            ip("-n", space, "addr", "add", f"{address}/24", "dev", "eth0")
            ip("-n", space, "link", "set", "eth0", "up")
            ip("-n", space, "link", "set", "lo", "up")
        return self

    def __exit__(self, *exc):
        for process in reversed(list(self.processes.values())):
            process.stop()
        for name in self.addresses:
            subprocess.run(["ip", "netns", "delete", self.namespace(name)], check=False)
            shutil.rmtree(f"/etc/netns/{self.namespace(name)}", ignore_errors=True)
        subprocess.run(["ip", "link", "delete", self.bridge], check=False)

    def command(self, name, words):
        """`words` inside the service: its network, names and volume."""
        volume = next((one.split(":")[0] for one in self.services[name].get("volumes", [])), f"{name}-files")
        data = self.folder / volume
        data.mkdir(exist_ok=True)
        setup = f"hostname {name.replace('_', '-')} && mount -t tmpfs tmpfs /srv && mkdir {MOUNT} && mount --bind '{data}' {MOUNT} && cd {MOUNT} && exec \"$@\""
        words = [peers.MILLRACE.resolve() if word == "millrace" else word for word in words]
        return ["ip", "netns", "exec", self.namespace(name), "unshare", "--uts", "sh", "-c", setup, "sh", *words]

    def start(self, name):
        words = ["millrace", *map(str, self.services[name]["command"])]
        self.processes[name] = peers.Process(self.command(name, words), self.folder / f"{name}.log")

    def run(self, name, *words, check=True, timeout=120):
        return peers.run(self.command(name, words), check=check, timeout=timeout)

    def up(self):
        """All services in the order of depends_on, each behind its health check; the client is for people."""
        left = [name for name in self.services if name != "sql-client"]
        while left:
            ready = [name for name in left if not set(self.services[name].get("depends_on", {})) & set(left)]
            assert ready, f"depends_on goes round in a circle: {left}"
            for name in ready:
                self.start(name)
            for name in ready:
                self.await_healthy(name)
                left.remove(name)

    def await_healthy(self, name):
        check = self.services[name].get("healthcheck")
        end = time.monotonic() + STARTUP_SECONDS
        while check is not None:
            assert check["test"][0] == "CMD"
            process = self.processes[name]
            assert process.popen.poll() is None, f"{name} ended\n{process.text()[-2000:]}"
            if self.run(name, *check["test"][1:], check=False).returncode == 0:
                return
            assert time.monotonic() < end, f"{name} is not healthy\n{process.text()[-2000:]}"
            time.sleep(seconds(check["interval"]) / 4)


@pytest.fixture
def topology(folder):
    probe = subprocess.run(["ip", "netns", "add", "mrprobe"], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        pytest.skip(f"SKIPPED ALOUD: network namespaces cannot be made here: {probe.stderr.strip()}")
    subprocess.run(["ip", "netns", "delete", "mrprobe"], check=True)
    services = load()["services"]
    services["taskmanager-2"] = services["taskmanager"]  # up --scale taskmanager=2
    with Topology(folder, services) as made:
        yield made


def test_compose_file_has_the_services_of_the_tutorial_on_loopback_ports():
    services = load()["services"]
    assert set(services) == {"kafka_broker", "schema-registry", "control-center", "my_producer", "jobmanager", "taskmanager", "sql-client"}
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert all(port.startswith("127.0.0.1:") for port in published), published
    assert {re.sub(r"^127\.0\.0\.1:(\d+):.*", r"\1", port) for port in published} == {"9092", "8081", "18081", "8083", "9021"}


@pytest.mark.parametrize("files", [["compose.yaml"], ["compose.yaml", "compose.kafka.yaml"]])
def test_compose_files_are_valid(files):
    words = ["docker-compose"]
    for name in files:
        words += ["-f", peers.ROOT / "deploy" / name]
    peers.run([*words, "config", "-q"])
    peers.run(["yamllint", "-s", "-d", "{extends: default, rules: {line-length: {max: 240}, document-start: disable}}",
               *(peers.ROOT / "deploy" / name for name in files)])


def test_dockerfile_is_valid_and_copies_what_is_there(node_modules, folder):
    dockerfile = peers.ROOT / "deploy/Dockerfile"
    script = node_modules / "lint_dockerfile.js"
    shutil.copy(peers.ROOT / "test/interop/js/lint_dockerfile.js", script)
    peers.run(["node", script, dockerfile])
    # The linter finds what is wrong.
    (folder / "Dockerfile").write_text("FROM debian:12\nRUNN true\n")
    assert "2: " in peers.run(["node", script, folder / "Dockerfile"], check=False).stdout
    for line in dockerfile.read_text().splitlines():
        if line.startswith("COPY ") and "--from=" not in line:
            for source in line.split()[1:-1]:
                assert (peers.ROOT / source).exists(), line


def test_sales_tutorial_runs_unchanged_between_the_services(topology):
    topology.up()
    submitted = topology.run("sql-client", "millrace", "sql", "--endpoint", "http://jobmanager:8083", "-f", SCRIPT)
    assert re.search(r"Job ID: [0-9a-f]{32}", submitted.stdout), submitted.stdout
    topics = ("millrace", "topics", "list", "--bootstrap-server", "kafka_broker:29092")
    end = time.monotonic() + 60
    while "SALES_AGGREGATE" not in topology.run("sql-client", *topics).stdout:  # it comes with the first window
        assert time.monotonic() < end
        time.sleep(1)
    rows = topology.run("sql-client", "millrace", "consume", "SALES_AGGREGATE", "--bootstrap-server", "kafka_broker:29092", "--schema-registry",
                        "http://schema-registry:8081", "--from-beginning", "--max", "12", timeout=180).stdout
    windows = [json.loads(line) for line in rows.splitlines() if line.startswith("{")]
    assert len(windows) == 12
    # Ten minutes of sales were written before: every closed window is a whole minute of one of the three stores.
    for row in windows:
        value = row["value"]
        assert value["store_id"] in ("ABC", "DEF", "GHI") and value["aggregated_sales"] > 0, row
    # A job that was there before the topic it reads has been started again, and what is shown is a heartbeat old.
    end = time.monotonic() + 60
    while True:
        jobs = topology.run("sql-client", "millrace", "jobs", "--jobmanager", "http://jobmanager:18081", "--json").stdout
        overview = json.loads(topology.run("control-center", "curl", "-fsS", "http://jobmanager:18081/overview").stdout)
        seen = [job["state"] for job in json.loads(jobs)], overview["taskmanagers"], overview["slots-total"], overview["jobs-running"]
        if seen == (["RUNNING"], 2, 4, 1):
            break
        assert time.monotonic() < end, seen
        time.sleep(0.5)
    # The console and the job manager's own pages have looked again within a few seconds, and know the jobs.
    for place in ("http://localhost:9021", "http://jobmanager:18081"):
        ask = lambda path: json.loads(topology.run("control-center", "curl", "-fsS", place + path).stdout)  # noqa: B023, E731
        end = time.monotonic() + 60
        while True:
            roles = {topic["name"]: [job["role"] for job in topic["jobs"]] for topic in ask("/api/topics").get("topics", [])}
            subjects = {schema["subject"] for schema in ask("/api/schemas").get("subjects", [])}
            if roles.get("SALES") == ["source"] and roles.get("SALES_AGGREGATE") == ["sink"] and "SALES-value" in subjects:
                break
            assert time.monotonic() < end, (place, roles, subjects)
            time.sleep(0.5)
