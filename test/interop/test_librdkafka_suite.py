"""The smoke list of librdkafka's own test suite (transactions aside) against the embedded broker. The suite's source comes inside
the npm package node-rdkafka; it is built here, nothing of it is kept in this tree."""
import os
import re
import subprocess
import tarfile

import pytest

import peers

PACKAGE = "node-rdkafka@3.2.1"  # carries librdkafka 2.6.1
SMOKE = ["0000", "0001", "0004", "0012", "0017", "0022", "0030", "0039", "0049", "0087"]


def build_suite():
    folder = peers.PEERS / "librdkafka"
    source = folder / "package/deps/librdkafka"
    if (folder / ".complete").exists():
        return source
    folder.mkdir(parents=True, exist_ok=True)
    packed = subprocess.run(["npm", "pack", PACKAGE], cwd=folder, capture_output=True, text=True, timeout=300)
    if packed.returncode != 0:
        print(packed.stderr[-2000:])
        return None
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extractall(folder)
    peers.run(["bash", "./configure", "--disable-gssapi", "--disable-curl"], cwd=source, timeout=300)
    peers.run(["make", "-j2", "libs"], cwd=source, timeout=900)
    peers.run(["make", "-j2", "-C", "tests", "build"], cwd=source, timeout=900)
    (folder / ".complete").touch()
    return source


@pytest.fixture(scope="session")
def suite():
    source = build_suite()
    if source is None:
        pytest.skip("SKIPPED ALOUD: librdkafka's test suite is not here and the npm registry is unreachable")
    return source


def test_librdkafka_smoke_list_passes(folder, suite):
    with peers.Broker(folder, "--num-partitions", "4") as broker:
        config = folder / "test.conf"
        config.write_text(f"bootstrap.servers={broker.bootstrap}\n")
        environment = {**os.environ, "LD_LIBRARY_PATH": "../src:../src-cpp", "TEST_KAFKA_VERSION": "3.9.0", "RDKAFKA_TEST_CONF": str(config),
                       "TESTS": ",".join(SMOKE)}
        done = peers.run(["./test-runner", "-p3", "-L", "-Q"], cwd=suite / "tests", env=environment, check=False, timeout=900)
        text = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
        assert done.returncode == 0, text[-6000:]
        for test in SMOKE:
            assert re.search(rf"\| {test}_\w+ +\| +PASSED", text), f"{test} did not pass:\n{text[-6000:]}"
