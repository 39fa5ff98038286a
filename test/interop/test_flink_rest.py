"""Flink's own command line and response classes against the REST API, for Flink 1.20 and 2.x."""
import os
import re
import subprocess

import peers
import pytest
from running_job import ClusterJob, Job, call, running

FLINK_1 = "1.20.3"
FLINK_2 = "2.3.0"


def jars(version):
    """The folder with Flink's client of this version."""
    out = peers.ROOT / "build" / f"flink_cli-{version}"
    return peers.maven("Apache Flink's client", out, f"-Dflink.version={version}", f"-Doutput={out}", "-f", peers.ROOT / "test/interop/flink_cli/pom.xml",
                       "process-resources")


def java(version):
    return ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", f"{jars(version)}/*"]


def flink(version, job, folder, *words):
    """`flink list`, `flink stop` .. of Flink itself."""
    conf = folder / f"conf-{version}"
    conf.mkdir(exist_ok=True)
    (conf / "config.yaml").write_text(f"rest.address: 127.0.0.1\nrest.port: {job.port}\nexecution.target: remote\n")
    opens = [word for name in ("lang", "util", "time", "net", "io", "nio") for word in ("--add-opens", f"java.base/java.{name}=ALL-UNNAMED")]
    done = subprocess.run([*java(version)[:1], *opens, *java(version)[1:], "org.apache.flink.client.cli.CliFrontend", *words],
                          capture_output=True, text=True, timeout=120, env={**os.environ, "FLINK_CONF_DIR": str(conf)})
    return done.returncode, done.stdout + done.stderr


# The older version at a process, the newer one at a cluster.
each_somewhere = pytest.mark.parametrize(("version", "on"), [(FLINK_1, Job), (FLINK_2, ClusterJob)])


@each_somewhere
def test_flinks_command_line_lists_saves_and_stops(folder, version, on):
    with running(folder, on=on) as job:
        code, text = flink(version, job, folder, "list", "-r")
        assert code == 0, text
        assert re.search(rf"{job.id} : counting \(RUNNING\)", text), text

        code, text = flink(version, job, folder, "savepoint", job.id, str(folder / "mine"))
        assert code == 0, text
        save = re.search(r"Savepoint completed. Path: (\S+)", text).group(1)
        assert os.path.exists(save.removeprefix("file:") + "/_metadata")
        assert job.state() == "RUNNING"

        code, text = flink(version, job, folder, "savepoint", "-d", save)
        assert code == 0 and "disposed" in text, text
        assert not os.path.exists(save.removeprefix("file:"))

        code, text = flink(version, job, folder, "checkpoint", job.id)
        assert code == 0 and f"Checkpoint 2 for job {job.id} completed." in text, text

        code, text = flink(version, job, folder, "stop", "-d", job.id)
        assert code == 0, text
        assert "Savepoint completed. Path: " in text
        job.wait(job.has_ended)


@each_somewhere
def test_flinks_command_line_cancels(folder, version, on):
    with running(folder, on=on) as job:
        code, text = flink(version, job, folder, "cancel", job.id)
        assert code == 0 and f"Cancelled job {job.id}" in text, text
        job.wait(job.has_ended)


@pytest.mark.parametrize("version", [FLINK_1, FLINK_2])
def test_flinks_command_line_tells_why_a_savepoint_failed(folder, version):
    with running(folder) as job:
        (folder / "file").write_text("no folder")
        code, text = flink(version, job, folder, "savepoint", job.id, str(folder / "file"))
        assert code != 0
        assert f"{folder}/file" in text and "NullPointerException" not in text, text
        code, text = flink(version, job, folder, "cancel", "0" * 32)
        assert code != 0 and f"Job {'0' * 32} not found" in text, text
        assert job.state() == "RUNNING"


# Flink 2 reads a job's configuration without "execution-mode", which 1.20 has; the rest is new there and nothing of ours.
ONLY_FLINK_2 = {"/jobs/:jobid/config", "/applications/overview", *(f"/jobs/:jobid/rescales/{name}" for name in ("config", "history", "overview", "summary"))}


@pytest.mark.parametrize(("version", "how", "differing"), [(FLINK_1, "strict", set()), (FLINK_1, "flexible", set()), (FLINK_2, "flexible", ONLY_FLINK_2)])
def test_every_answer_is_what_flinks_classes_read(folder, version, how, differing):
    with running(folder) as job:
        call(f"{job.url}/jobs/{job.id}/savepoints", "POST", {"target-directory": f"{folder}/mine", "triggerId": "a" * 32})
        job.wait(lambda: call(f"{job.url}/jobs/{job.id}/savepoints/{'a' * 32}")[1]["status"]["id"] == "COMPLETED")
        call(f"{job.url}/jobs/{job.id}/checkpoints", "POST", {"triggerId": "b" * 32})
        job.wait(lambda: call(f"{job.url}/jobs/{job.id}/checkpoints/{'b' * 32}")[1]["status"]["id"] == "COMPLETED")
        taken = call(f"{job.url}/jobs/{job.id}/checkpoints/{'b' * 32}")[1]["operation"]
        assert taken.get("checkpointId", 0) > 0 and not taken.get("failureCause"), taken
        details = call(f"{job.url}/jobs/{job.id}")[1]
        checkpoint = call(f"{job.url}/jobs/{job.id}/checkpoints")[1]["history"][0]["id"]
        parameters = {":jobid": job.id, ":vertexid": details["vertices"][0]["id"], ":subtaskindex": 1, ":attempt": 0, ":checkpointid": checkpoint,
                      "/savepoints/:triggerid": f"/savepoints/{'a' * 32}", "/checkpoints/:triggerid": f"/checkpoints/{'b' * 32}",
                      ":taskmanagerid": call(f"{job.url}/taskmanagers")[1]["taskmanagers"][0]["id"]}
        done = subprocess.run([*java(version), str(peers.ROOT / "test/interop/java/RestContract.java"), job.url, how,
                               *(f"{name}={value}" for name, value in parameters.items())], capture_output=True, text=True, timeout=300)
        print(done.stdout + done.stderr)
        lines = done.stdout.splitlines()
        failed = {line.split()[1].rstrip(":"): line for line in lines if line.startswith("FAIL")}
        assert set(failed) == differing, "\n".join(failed.values()) or done.stderr
        assert len([line for line in lines if line.startswith("PASS")]) >= 45, done.stderr
