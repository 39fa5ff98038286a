"""Flink's own SQL clients and JDBC driver on our SQL gateway."""
import fcntl
import http.client
import json
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import termios

import pytest

import peers
from interop import test_sales_job
from running_cluster import Cluster

INTEROP = peers.ROOT / "test/interop"
TUTORIAL = peers.ROOT / "examples/sales-aggregate.sql"
CLIENTS = ["1.20.3", "2.3.0"]
# Maven Central has no bundle of 1.20's driver, and no later 1.20: there it comes with its dependencies.
JDBC_DRIVERS = {"1.20.0": "flink-sql-jdbc-driver", "2.3.0": "flink-sql-jdbc-driver-bundle"}
# The clients' RPC and serializer classes look into these packages, which Java 17 keeps closed.
OPENED = ["java.lang", "java.util", "java.time", "java.net", "java.io", "java.nio"]
JAVA = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"]


COLOURS = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def flink_jars(project, version, *properties):
    return peers.maven_jars(f"{project} {version} of Apache Flink", INTEROP / project / "pom.xml", peers.PEERS / f"{project}-{version}",
                            f"-Dflink.version={version}", *properties)


class Gateway:
    """Our SQL gateway, which runs its jobs in its own process."""

    def __init__(self, folder, *words):
        self.port = peers.free_port()
        self.log = open(folder / "gateway.log", "ab")
        # It serves as long as its own client waits for statements.
        self.popen = subprocess.Popen([str(word) for word in (peers.MILLRACE, "sql", "--rest", self.port, "--quiet", *words)],
                                      stdin=subprocess.PIPE, stdout=self.log, stderr=subprocess.STDOUT)

    def __enter__(self):
        peers.wait_for_port(self.port, process=self.popen)
        return self

    def __exit__(self, *exc):
        self.popen.stdin.close()
        try:
            self.popen.wait(20)
        finally:
            if self.popen.poll() is None:
                self.popen.kill()
            self.log.close()


class ClusterGateway(Cluster):
    """The SQL gateway of a job manager; its jobs run in a task manager."""

    def __init__(self, folder, *words):
        super().__init__(folder, words=words)
        self.port = self.gateway

    def __enter__(self):
        self.start_job_manager()
        peers.wait_for_port(self.port, process=self.job_manager.popen)
        self.add_task_manager()
        return self


# Which of them the longer tests take: the older client or driver a process, the newer one a cluster.
GATEWAY_FOR = {"1.20.3": Gateway, "1.20.0": Gateway, "2.3.0": ClusterGateway}


@pytest.fixture(params=CLIENTS)
def client(request, folder):
    """Runs a script with Flink's SQL client, `gateway -e`, and gives what it prints."""
    jars = flink_jars("flink_client", request.param)
    conf = folder / "conf"
    conf.mkdir()
    for name in ("config.yaml", "flink-conf.yaml"):
        (conf / name).write_text("sql-client.execution.result-mode: TABLEAU\n")
    opens = [word for name in OPENED for word in ("--add-opens", f"java.base/{name}=ALL-UNNAMED")]

    def command(gateway, *words):
        return [*JAVA, *opens, "-cp", f"{jars}/*", "org.apache.flink.table.client.SqlClient", "gateway", "-e",
                f"127.0.0.1:{gateway.port}", *words]

    def run(gateway, script):
        path = folder / "script.sql"  # given by its name: newer clients refuse a path with brackets
        path.write_text(script)
        done = subprocess.run(command(gateway, "-f", path.name), capture_output=True, text=True, timeout=180, **run.kwargs)
        return COLOURS.sub("", done.stdout) + done.stderr
    run.command = command
    run.gateway = GATEWAY_FOR[request.param]
    run.kwargs = {"cwd": folder, "env": {**peers.environment(), "FLINK_CONF_DIR": str(conf), "TERM": "dumb", "HOME": str(folder)}}
    return run


DATAGEN = """CREATE TABLE clicks (id BIGINT, name STRING, note STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '{rows}', 'rows-per-second' = '10000000',
  'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '{rows}', 'fields.name.length' = '5');
"""


def test_tables_rows_and_plans(folder, client):
    script = DATAGEN.format(rows=3) + """
SHOW TABLES;
DESCRIBE clicks;
SET 'table.local-time-zone' = 'Asia/Tokyo';
SELECT id, CAST(NULL AS INT) AS nothing, TRUE AS yes, TIMESTAMP '2026-01-02 03:04:05.678' AS t,
  TO_TIMESTAMP_LTZ(0, 3) AS ltz, ARRAY[1, 2] AS a, x'ff00' AS b FROM clicks;
EXPLAIN SELECT id FROM clicks WHERE id > 1;
SHOW CREATE TABLE clicks;
SET;
"""
    with Gateway(folder) as gateway:
        text = client(gateway, script)
    assert "[INFO] Execute statement succeeded." in text, text
    assert "| table name |\n+------------+\n|     clicks |" in text, text
    assert re.search(r"\| +id \| +BIGINT \| +TRUE \|", text), text
    assert re.search(r"\| op \| +id \| +nothing \| +yes \| +t \| +ltz \| +a \| +b \|", text), text
    for row in (1, 2, 3):
        assert re.search(rf"\| \+I \| +{row} \| +<NULL> \| +TRUE \| 2026-01-02 03:04:05.678 \| 1970-01-01 09:00:00.000 \| +\[1, 2\] \| +x'ff00' \|", text), text
    assert "Received a total of 3 rows" in text, text
    assert "== Abstract Syntax Tree ==" in text and "== Optimized Execution Plan ==" in text, text
    assert "CREATE TABLE `default_catalog`.`default_database`.`clicks` (\n  `id` BIGINT," in text, text
    assert re.search(r"\| +table.local-time-zone \| +Asia/Tokyo \|", text), text
    assert "[ERROR]" not in text, text


def test_an_error_is_shown_with_its_class_and_ends_the_script(folder, client):
    with Gateway(folder) as gateway:
        text = client(gateway, "CREATE TABLE t (a INT) WITH ('connector' = 'print');\nSELECT nothing FROM t;\nSHOW TABLES;\n")
    assert ("[ERROR] Could not execute SQL statement. Reason:\n"
            "org.apache.calcite.sql.validator.SqlValidatorException: Column 'nothing' not found in any table\n"
            "1:8 | SELECT nothing FROM t") in text, text
    assert "table name" not in text, text


def test_jobs_are_listed_described_and_stopped(folder, client):
    savepoints = folder / "savepoints"
    endless = ("CREATE TABLE clicks (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100');\n"
               "CREATE TABLE nothing (id BIGINT) WITH ('connector' = 'blackhole');\n")
    with client.gateway(folder) as gateway:
        first = client(gateway, f"SET 'execution.checkpointing.savepoint-dir' = 'file://{savepoints}';\n{endless}INSERT INTO nothing SELECT id FROM clicks;\nSHOW JOBS;\n")
        job, = re.findall(r"SQL update statement has been successfully submitted to the cluster:\nJob ID: ([0-9a-f]{32})\n", first)
        name = "insert-into_default_catalog.default_database.nothing"
        assert re.search(rf"\| {job} \| {name} \| (CREATED|RUNNING) \| 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)? +\|", first), first
        # Jobs outlive the session that started them.
        second = client(gateway, f"DESCRIBE JOB '{job}';\nSTOP JOB '{job}' WITH SAVEPOINT;\nDESCRIBE JOB '{job}';\n")
        assert re.search(rf"\| {job} \| {name} \| RUNNING \|", second), second
        path, = re.findall(r"\| +savepoint path \|\n\+-+\+\n\| +(\S+) \|", second)
        assert path.startswith(f"file:{savepoints}") or path.startswith(str(savepoints)), second
        assert any(savepoints.iterdir())
        assert re.search(rf"\| {job} \| {name} \| FINISHED \|", second), second


def test_a_long_result_arrives_whole(folder, client):
    with Gateway(folder) as gateway:
        text = client(gateway, DATAGEN.format(rows=100_000) + "SELECT id FROM clicks;\n")
    assert "Received a total of 100000 rows" in text, text[-2000:]
    assert [int(n) for n in re.findall(r"\| \+I \| +(\d+) \|", text)] == list(range(1, 100_001))


class Terminal:
    """Flink's SQL client as a person uses it."""

    def __init__(self, command, **kwargs):
        self.master, slave = pty.openpty()
        def take_terminal():
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # tests in the background of a shell would hand on that it is ignored

        self.popen = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                      preexec_fn=take_terminal, **kwargs)
        os.close(slave)
        self.seen = ""

    def type(self, text):
        os.write(self.master, text.encode())

    def read_until(self, text, seconds=60):
        """What came up to and with the text."""
        end = peers.time.monotonic() + seconds
        while text not in self.seen:
            assert peers.time.monotonic() < end, f"'{text}' did not come:\n{self.seen}"
            if select.select([self.master], [], [], 0.2)[0]:
                self.seen += COLOURS.sub("", os.read(self.master, 65536).decode(errors="replace")).replace("\r", "")
        at = self.seen.index(text) + len(text)
        out, self.seen = self.seen[:at], self.seen[at:]
        return out

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.popen.kill()
        self.popen.wait()
        os.close(self.master)


def test_a_person_at_the_client(folder, client):
    with Gateway(folder) as gateway, Terminal(client.command(gateway), **client.kwargs) as terminal:
        terminal.read_until("Flink SQL> ")
        terminal.type("CREATE TABLE clicks (id BIGINT)\n  WITH ('connector' = 'datagen', 'rows-per-second' = '10');\n")
        terminal.read_until("[INFO] Execute statement succeeded.")
        terminal.type("SELECT id\n")
        terminal.type("FROM clicks;\n")
        terminal.read_until("| op |")
        terminal.read_until("| +I |")
        terminal.type("\x03")
        terminal.read_until("Query terminated, received a total of ")
        # The job goes with the result that nobody reads.
        end = peers.time.monotonic() + 30
        while True:
            terminal.type("SHOW JOBS;\n")
            shown = terminal.read_until(" in set")
            if "CANCELED" in shown:
                break
            assert peers.time.monotonic() < end, shown
        terminal.type("QUIT;\n")
        terminal.popen.wait(30)


def resident_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024


def test_a_million_rows_stay_with_the_job_until_they_are_asked_for(folder):
    with Gateway(folder) as gateway:
        def ask(method, path, body=None):
            connection.request(method, path, json.dumps(body) if body is not None else None)
            return json.loads(connection.getresponse().read())

        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=60)
        session = "/v2/sessions/" + ask("POST", "/v2/sessions", {})["sessionHandle"]
        ask("POST", session + "/configure-session", {"statement": DATAGEN.format(rows=1_000_000)})
        before = resident_mib(gateway.popen.pid)
        operation = ask("POST", session + "/statements", {"statement": "SELECT id, name, CAST(id AS STRING) FROM clicks"})["operationHandle"]
        page, rows, highest = {"resultType": "NOT_READY", "nextResultUri": f"{session}/operations/{operation}/result/0"}, 0, 0
        while page["resultType"] != "EOS":
            page = ask("GET", page["nextResultUri"])
            for row in page.get("results", {}).get("data", []):
                rows += 1
                assert row["fields"][0] == rows
            highest = max(highest, resident_mib(gateway.popen.pid))
        assert rows == 1_000_000
        print(f"resident: {before:.0f} MiB before, {highest:.0f} MiB at most")
        # All of them would take more than 60 MiB as columns, and much more as JSON.
        assert highest - before < 60


def test_waiting_for_a_job_and_statement_sets(folder, client):
    out = folder / "out"
    script = DATAGEN.format(rows=10) + f"""
CREATE TABLE a (id BIGINT) WITH ('connector' = 'filesystem', 'path' = '{out}/a', 'format' = 'csv');
CREATE TABLE b (id BIGINT) WITH ('connector' = 'filesystem', 'path' = '{out}/b', 'format' = 'csv');
SET 'table.dml-sync' = 'true';
EXECUTE STATEMENT SET BEGIN
INSERT INTO a SELECT id FROM clicks;
INSERT INTO b SELECT id * 10 FROM clicks;
END;
"""
    with Gateway(folder) as gateway:
        text = client(gateway, script)
    assert "[INFO] Complete execution of the SQL update statement." in text, text
    read = lambda name: sorted(int(line) for path in (out / name).rglob("*") if path.is_file() for line in path.read_text().split())
    assert read("a") == list(range(1, 11)) and read("b") == list(range(10, 101, 10))


@pytest.fixture
def sales(broker, registry):
    """The topics of the tutorial with their sales; the words that lead its host names to this machine."""
    port, registry_port = broker.bootstrap.split(":")[1], registry.url.rsplit(":", 1)[1]
    peers.millrace("topics", "create", "SALES", "--partitions", "2", "--bootstrap-server", broker.bootstrap)
    peers.millrace("topics", "create", "SALES_AGGREGATE", "--partitions", "3", "--bootstrap-server", broker.bootstrap)
    peers.millrace("produce", "sales", "--bootstrap-server", broker.bootstrap, "--schema-registry", registry.url, "--count",
                   str(test_sales_job.COUNT), "--backfill", "15m", "--disorder", "2s", "--seed", "7")
    return ["--alias", f"kafka_broker:29092=127.0.0.1:{port}", "--alias", f"schema-registry:8081=127.0.0.1:{registry_port}"]


def wait_for_the_last_window(broker):
    end, seen, since = peers.time.monotonic() + 60, -1, 0
    while seen <= 0 or peers.time.monotonic() - since < 3:
        assert peers.time.monotonic() < end, f"{seen} windows after a minute"
        now = len(test_sales_job.read_topic(broker.bootstrap, "SALES_AGGREGATE"))
        if now != seen:
            seen, since = now, peers.time.monotonic()
        peers.time.sleep(0.3)


def test_the_tutorial(folder, broker, registry, sales, client):
    with client.gateway(folder, *sales) as gateway:
        text = client(gateway, TUTORIAL.read_text())
        job, = re.findall(r"SQL update statement has been successfully submitted to the cluster:\nJob ID: ([0-9a-f]{32})\n", text)
        assert "[ERROR]" not in text, text
        wait_for_the_last_window(broker)
        stopped = client(gateway, f"STOP JOB '{job}';\n")
        assert "[INFO] Execute statement succeeded." in stopped, stopped
    assert test_sales_job.check_output(broker.bootstrap, registry.url) >= 3 * 12


def jdbc(jars, gateway, *statements, path=""):
    done = peers.run([*JAVA, "-cp", f"{jars}/*", INTEROP / "java/GatewayJdbc.java", f"jdbc:flink://127.0.0.1:{gateway.port}{path}",
                      *statements], check=False, timeout=120, env=peers.environment())
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout.splitlines()


@pytest.fixture(params=JDBC_DRIVERS)
def jdbc_driver(request):
    """Its jars and the gateway for it."""
    return flink_jars("flink_jdbc", request.param, f"-Ddriver={JDBC_DRIVERS[request.param]}"), GATEWAY_FOR[request.param]


def test_the_jdbc_driver(folder, jdbc_driver):
    jars, _ = jdbc_driver
    with Gateway(folder, "-D", "table.local-time-zone=Asia/Tokyo") as gateway:
        lines = jdbc(jars, gateway, DATAGEN.format(rows=3).strip().rstrip(";"), "SELECT id FROM clicks",
                     "SELECT CAST(1 AS TINYINT), CAST(2 AS SMALLINT), 3, CAST(4 AS BIGINT), CAST(1.5 AS FLOAT), 2.5E0, CAST(12.30 AS DECIMAL(10, 2)), "
                     "TRUE, 'text', x'ff00', DATE '2026-01-02', TIME '03:04:05', TIMESTAMP '2026-01-02 03:04:05.678', TO_TIMESTAMP_LTZ(0, 3), "
                     "CAST(NULL AS STRING)",
                     "SELECT nothing FROM clicks", "SHOW TABLES", "SHOW JOBS",
                     "EXPLAIN SELECT 1", path="/default_catalog/default_database")
    text = "\n".join(lines)
    assert lines[0] == "product Flink JDBC Driver", text
    assert "catalog default_catalog schema default_database" in lines
    assert "row [1]" in lines and "row [3]" in lines, text
    assert ("row [1, 2, 3, 4, 1.5, 2.5, 12.30, true, text, " in text), text
    assert "2026-01-02, 03:04:05, 2026-01-02 03:04:05.678, 1970-01-01 09:00:00.0, null]" in text, text
    assert "error org.apache.calcite.sql.validator.SqlValidatorException: Column 'nothing' not found in any table" in text, text
    assert "row [clicks]" in lines, text
    assert "catalogs [default_catalog]" in lines and any(line.startswith("schemas [default_database,") for line in lines), text


def test_the_tutorial_through_jdbc(folder, broker, registry, sales, jdbc_driver):
    jars, served_by = jdbc_driver
    statements = [statement for statement in re.split(r";\s*$", TUTORIAL.read_text(), flags=re.MULTILINE) if statement.strip()]
    with served_by(folder, *sales) as gateway:
        lines = jdbc(jars, gateway, *statements, "SHOW TABLES", "DESCRIBE SALES", "EXPLAIN SELECT store_id FROM SALES",
                     # A query without an end: the program takes some rows and closes the result, and the job has to go.
                     "SELECT store_id, sale_amount FROM SALES", "await collect, CANCELED: SHOW JOBS", "await insert-into.*, RUNNING: SHOW JOBS")
        text = "\n".join(lines)
        assert not any(line.startswith("error") for line in lines), text
        assert "row [SALES]" in lines and "row [SALES_AGGREGATE]" in lines and "row [sale_amount, INT, true, null, null, null]" in lines, text
        assert "row [== Abstract Syntax Tree ==" in lines and any("TableSourceScan(table=[[default_catalog, default_database, SALES, " in line for line in lines), text
        assert len([line for line in lines if re.fullmatch(r"row \[(ABC|DEF|GHI), \d+\]", line)]) == 20, text
        job, = (match[1] for match in map(re.compile(r"row \[([0-9a-f]{32})\]").fullmatch, lines) if match)
        states = dict(re.findall(r"^row \[([0-9a-f]{32}), .*, ([A-Z]+), 20[^,]*\]$", text, re.MULTILINE))
        assert states.pop(job) == "RUNNING" and list(states.values()) == ["CANCELED"], text
        wait_for_the_last_window(broker)
        stopped = jdbc(jars, gateway, f"STOP JOB '{job}'", f"await {job}, .*, CANCELED: SHOW JOBS")
        assert "done" in stopped and any(job in line and ", CANCELED, " in line for line in stopped), "\n".join(stopped)
    assert test_sales_job.check_output(broker.bootstrap, registry.url) >= 3 * 12
