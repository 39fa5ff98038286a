"""The golden scripts on Apache Flink: what they expect is what Flink gives (test/flink/README.md)."""
import os
import subprocess

import peers
import pytest

PROJECT = peers.ROOT / "test/flink"
BUILD = peers.ROOT / "build/flink"
# Flink's serializers look into these packages, which Java 17 keeps closed.
OPENED = ["java.lang", "java.util", "java.time", "java.net", "java.io", "java.nio"]


@pytest.fixture(scope="module")
def oracle():
    """The Java command that runs scripts on Flink."""
    peers.maven_build("Apache Flink", PROJECT, BUILD)
    opens = [word for name in OPENED for word in ("--add-opens", f"java.base/{name}=ALL-UNNAMED")]
    return ["java", "-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *opens,
            "-cp", f"{BUILD}/classes:{BUILD}/lib/*", "millrace.oracle.Oracle"]


def run(oracle, *scripts):
    return subprocess.run([*oracle, *scripts], cwd=peers.ROOT, capture_output=True, text=True, timeout=900, env=peers.environment())


def test_scripts_expect_what_flink_gives(oracle):
    done = run(oracle, *os.environ.get("ORACLE_SCRIPTS", "test/sql").split())
    print(done.stdout)
    failures = "\n".join(line for line in done.stdout.splitlines() if not line.startswith(("PASS", "SKIP", "  left out")))
    assert done.returncode == 0, f"{failures}\n{done.stderr[-2000:]}"
    assert " 0 failed," in done.stdout.splitlines()[-1]


def test_a_wrong_expectation_fails(oracle, folder):
    script = folder / "wrong.test"
    script.write_text("# One row too many\n\n== sql\nCREATE TABLE s (a INT) WITH ('connector' = 'test');\nSELECT a FROM s;\n\n"
                      "== input s\n1\n\n== expect\n+I | 1\n+I | 2\n")
    done = run(oracle, str(script))
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"
    assert "on Flink the SELECT wrote\n    +I | 1\n" in done.stdout
