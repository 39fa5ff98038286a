"""Fixtures shared by the interop and chaos suites."""
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import peers  # noqa: E402


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failed test shows what the processes in its folder wrote last: the folder is gone when the report is read.

    Where everything must run (MILLRACE_NO_SKIPS), a test that misses something fails."""
    report = (yield).get_result()
    if report.skipped and os.environ.get("MILLRACE_NO_SKIPS") and "SKIPPED ALOUD" in str(report.longrepr):
        report.outcome, report.longrepr = "failed", f"may not be skipped here: {report.longrepr[2]}"
    if report.when == "call" and report.failed and "folder" in getattr(item, "funcargs", {}):
        for log in sorted(item.funcargs["folder"].rglob("*.log")):
            if log.is_file() and not log.stem.isdigit():  # a broker's segments
                report.sections.append((f"end of {log.name}", log.read_text(errors="replace")[-6000:]))


@pytest.fixture
def folder(request):
    with peers.work_directory(request.node.name.replace("/", "-")[:40]) as path:
        yield path


@pytest.fixture(scope="session")
def kafka_jars():
    return peers.kafka_jars()


@pytest.fixture(scope="session")
def node_modules():
    modules = peers.node_modules()
    if modules is None:
        pytest.skip("SKIPPED ALOUD: the npm packages are not here and the npm registry is unreachable")
    return modules


@pytest.fixture
def broker(folder):
    with peers.Broker(folder) as running:
        yield running


@pytest.fixture
def registry(folder, broker):
    with peers.Registry(folder, broker.bootstrap) as running:
        yield running
