"""Apicurio Registry, which speaks the Confluent API as another program wrote it: the tutorial's job and the console on it."""
import json
import time

import pytest

import peers
from interop.test_console import Console, wait_for
from interop.test_sales_job import check_everything

VERSION = "3.0.9"


@pytest.fixture(scope="session")
def apicurio_folder():
    folder = peers.PEERS / f"apicurio-{VERSION}"
    return peers.maven("Apicurio Registry", folder, "dependency:unpack", f"-Dartifact=io.apicurio:apicurio-registry-app:{VERSION}:tar.gz:all",
                       f"-DoutputDirectory={folder}")


@pytest.fixture
def apicurio(folder, apicurio_folder):
    """Its URL; it keeps its schemas in memory."""
    port = peers.free_port()
    process = peers.Process(["java", "-Xmx400m", "-Dquarkus.http.host=127.0.0.1", f"-Dquarkus.http.port={port}",
                             "-jar", apicurio_folder / f"apicurio-registry-app-{VERSION}-runner.jar"], folder / "apicurio.log")
    url = f"http://127.0.0.1:{port}/apis/ccompat/v7"
    end = time.monotonic() + 120
    while True:
        try:
            peers.json_of(f"{url}/subjects")
            break
        except OSError:
            assert process.popen.poll() is None and time.monotonic() < end, process.text()
            time.sleep(0.2)
    yield url
    process.stop(30)


def record(*fields):
    return json.dumps({"type": "record", "name": "Sale", "fields": list(fields)})


X = {"name": "x", "type": "int"}
Y = {"name": "y", "type": "int", "default": 1}
Z = {"name": "z", "type": "int"}


def test_sales_job_with_another_registry(folder, broker, apicurio):
    check_everything(folder, broker.bootstrap, apicurio)


def test_console_with_another_registry(folder, broker, apicurio):
    peers.millrace("produce", "sales", "--bootstrap-server", broker.bootstrap, "--schema-registry", apicurio, "--count", "10", "--rate", "0")
    with Console(folder, broker.bootstrap, apicurio) as console:
        (message,) = console.get("/api/topics/SALES/messages?limit=1")["messages"]
        assert message["value"]["subject"] == "SALES-value" and set(message["value"]["data"]) == {"store_id", "sale_amount", "sale_ts"}
        wait_for(lambda: [(one["subject"], one["versions"], one["topics"]) for one in console.get("/api/schemas")["subjects"]] == [("SALES-value", 1, ["SALES"])])

        # A subject that is not there yet: tried out, made, given a level.
        assert console.call("POST", "/api/schemas/new-value/check", {"schema": record(X)}) == (200, {"compatible": True, "messages": [], "level": "NONE"})
        first = console.call("POST", "/api/schemas/new-value", {"schema": record(X)})[1]
        assert console.call("PUT", "/api/schemas/new-value/compatibility", {"level": "BACKWARD"}) == (200, {"level": "BACKWARD"})
        verdict = console.call("POST", "/api/schemas/new-value/check", {"schema": record(X, Z)})[1]
        assert not verdict["compatible"] and "the reader's field 'z' is missing in that data and has no default" in verdict["messages"][0]["text"]
        status, refused = console.call("POST", "/api/schemas/new-value", {"schema": record(X, Z)})
        assert status == 409 and "Incompatible" in refused["error"]["message"], refused
        second = console.call("POST", "/api/schemas/new-value", {"schema": record(X, Y)})[1]
        assert (first["version"], second["version"]) == (1, 2) and first["id"] != second["id"]
        subject = console.get("/api/schemas/new-value")
        assert subject["compatibility"] == "BACKWARD"
        assert [(one["version"], one["id"], json.loads(one["schema"])) for one in subject["versions"]] == [
            (1, first["id"], json.loads(record(X))), (2, second["id"], json.loads(record(X, Y)))]

        assert console.call("DELETE", "/api/schemas/new-value/versions/1")[0] == 200
        assert [one["version"] for one in console.get("/api/schemas/new-value")["versions"]] == [2]
        assert console.call("DELETE", "/api/schemas/new-value")[0] == 200
        assert console.call("GET", "/api/schemas/new-value")[0] == 404
