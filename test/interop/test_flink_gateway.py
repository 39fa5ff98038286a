"""`millrace sql --endpoint` and the commands for jobs against Apache Flink: its SQL gateway and cluster run the tutorial's script on our broker and registry."""
import json
import pathlib
import re
import time
import urllib.parse

import pytest

import peers
from interop import avro_reader, test_sales_job
from running_cluster import Cluster

PROJECT = peers.ROOT / "test/interop/flink_gateway"
# The folder of each release's jars below build/, and what of the pom it changes.
RELEASES = {
    "1.20": ("flink_gateway", {}),
    "2.2": ("flink_gateway_2", {"flink.version": "2.2.0", "kafka.connector.version": "5.0.0-2.2", "registry.format.version": "2.0.0"}),
}
# Flink's serializers look into these packages, which Java 17 keeps closed.
OPENED = ["java.lang", "java.util", "java.time", "java.net", "java.io", "java.nio"]


@pytest.fixture(scope="module", params=RELEASES)
def flink_build(request):
    """The folder with the classes and jars of a Flink cluster with a SQL gateway."""
    name, properties = RELEASES[request.param]
    words = [f"-D{key}={value}" for key, value in {**properties, "build.folder": name}.items()]
    return peers.maven_build(f"Apache Flink {request.param} with its SQL gateway", PROJECT, peers.ROOT / "build" / name, *words)


class Flink:
    def __init__(self, build, folder):
        self.build = build
        self.port = peers.free_port()
        opens = [word for name in OPENED for word in ("--add-opens", f"java.base/{name}=ALL-UNNAMED")]
        self.process = peers.Process(["java", "-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", *opens,
                                      "-cp", f"{build}/classes:{build}/lib/*", "millrace.interop.GatewayCluster", self.port], folder / "flink.log", cwd=folder)

    def __enter__(self):
        peers.wait_for_port(self.port, 120, self.process.popen)
        return self

    def __exit__(self, *exc):
        self.process.stop()

    def rest(self):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            found = re.search(r"ready (http://\S+)", self.process.text())
            if found:
                return found.group(1)
            time.sleep(0.1)
        raise AssertionError(self.process.text()[-2000:])

    def sql(self, *words, **kwargs):
        return peers.millrace("sql", "--endpoint", f"http://127.0.0.1:{self.port}", *words, **kwargs)


@pytest.fixture(scope="module")
def flink(flink_build, tmp_path_factory):
    with Flink(flink_build, tmp_path_factory.mktemp("flink")) as running:
        yield running


def written(broker, registry, topic):
    schema_of = test_sales_job.schema_reader(registry.url)
    return {(key, avro_reader.decode(value, schema_of)["window_start"]): value for key, value, _, _ in test_sales_job.read_topic(broker.bootstrap, topic)}


def tutorial_script(folder, broker, registry, topic, build):
    """The tutorial's script with this machine's addresses and jars."""
    text = (peers.ROOT / "examples/sales-aggregate.sql").read_text()
    text = text.replace("kafka_broker:29092", broker.bootstrap).replace("http://schema-registry:8081", registry.url)
    text = text.replace("'topic' = 'SALES_AGGREGATE'", f"'topic' = '{topic}'")
    for jar in ("flink-sql-connector-kafka-1.16.0.jar", "flink-sql-avro-confluent-registry-1.16.0.jar"):
        ours, = build.glob(f"lib/{re.match('[a-z-]+(?=-)', jar).group().replace('sql-connector', 'connector')}-[0-9]*.jar")
        text = text.replace(f"/opt/sql-client/lib/{jar}", str(ours))
    path = folder / f"{topic}.sql"
    path.write_text(text)
    return path


def test_the_tutorial_on_a_real_flink_gives_the_rows_that_we_give(flink, folder, broker, registry):
    peers.millrace("topics", "create", "SALES", "--partitions", "2", "--bootstrap-server", broker.bootstrap)
    for topic in ("FROM_FLINK", "FROM_US"):
        peers.millrace("topics", "create", topic, "--partitions", "3", "--bootstrap-server", broker.bootstrap)
    peers.millrace("produce", "sales", "--bootstrap-server", broker.bootstrap, "--schema-registry", registry.url, "--count", "20000",
                   "--backfill", "15m", "--disorder", "2s", "--seed", "7")

    text = flink.sql("-f", tutorial_script(folder, broker, registry, "FROM_FLINK", flink.build), timeout=180).stdout
    assert "[ERROR]" not in text and "Shutting down the session...\ndone." in text
    job = re.search(r"SQL update statement has been successfully submitted to the cluster:\nJob ID: ([0-9a-f]{32})\n", text).group(1)
    test_sales_job.wait_for_windows(broker.bootstrap, "FROM_FLINK", flink.process)
    jobs = flink.sql("-e", "SHOW JOBS;").stdout
    assert re.search(rf"\| {job} \| .*\| RUNNING \|", jobs), jobs
    flink.sql("-e", f"STOP JOB '{job}';", timeout=180)

    ours = peers.Process([peers.MILLRACE, "sql", "-f", tutorial_script(folder, broker, registry, "FROM_US", flink.build)], folder / "ours.log")
    try:
        test_sales_job.wait_for_windows(broker.bootstrap, "FROM_US", ours)
    finally:
        assert ours.stop() == 0, ours.text()

    for topic in ("FROM_FLINK", "FROM_US"):
        assert test_sales_job.check_output(broker.bootstrap, registry.url, topic=topic) >= 3 * 12
    # Byte for byte: keys, values, the schema's id in front of them apart, which belongs to the topic's subject.
    strip = lambda rows: {(key[5:], start): value[5:] for (key, start), value in rows.items()}
    assert strip(written(broker, registry, "FROM_FLINK")) == strip(written(broker, registry, "FROM_US"))
    for part in ("key", "value"):
        schemas = [peers.json_of(f"{registry.url}/subjects/{topic}-{part}/versions/latest")["schema"] for topic in ("FROM_FLINK", "FROM_US")]
        assert schemas[0] == schemas[1]


def running_job(rest):
    """The only job that runs, once all its vertices do."""
    end = time.monotonic() + 90
    while True:
        jobs = [peers.json_of(f"{rest}/jobs/{job['jid']}") for job in peers.json_of(f"{rest}/jobs/overview")["jobs"] if job["state"] == "RUNNING"]
        if jobs and all(vertex["status"] == "RUNNING" for vertex in jobs[0]["vertices"]):
            assert len(jobs) == 1, jobs
            return jobs[0]
        assert time.monotonic() < end, peers.json_of(f"{rest}/jobs/overview")
        time.sleep(0.2)


def metric_names(rest, job, vertex):
    return {one["id"] for one in peers.json_of(f"{rest}/jobs/{job['jid']}/vertices/{vertex['id']}/metrics")}


def rows_sent(rest, job):
    """By the writer of the last vertex, over its subtasks."""
    vertex = job["vertices"][-1]
    names = sorted(metric_names(rest, job, vertex))
    # Flink has one counter under two names and lists it under either.
    of_subtasks = {name.rsplit(".", 1)[0]: name for name in names if re.search(r"__Writer\.numRecords(Out|Send)$", name)}
    return sum(float(peers.json_of(f"{rest}/jobs/{job['jid']}/vertices/{vertex['id']}/metrics?get={urllib.parse.quote(name)}")[0]["value"])
               for name in of_subtasks.values())


# Here the writer checks NOT NULL and commits: no metrics have the names that Flink's operators for that have.
DONE_BY_WRITER = re.compile(r"ConstraintEnforcer\[\d+\]|.*: Committer")


def only_ours(vertex):
    """The metrics of a vertex that Flink does not have; docs/operations.md names them."""
    operators = vertex["name"].split(" -> ")
    out = {"currentOutputWatermark"} if operators[0].startswith("Source: ") else set()
    for operator in operators:
        if DONE_BY_WRITER.fullmatch(operator):
            continue
        own = ["stateRows", "stateBytes"]
        own += [] if operator.startswith("GlobalWindowAggregate") else ["numLateRecordsDropped"]
        own += [] if operator.startswith("Source: ") else ["numRecordsInErrors"]
        out |= {re.sub(r"[ .:,]", "_", operator) + f".{name}" for name in own}
    return {f"0.{name}" for name in out}


def as_a_first_statement(name):
    """Flink's process numbers the operators of all its statements, ours each job's: takes off what came before this one."""
    before = int(re.search(r"\[(\d+)\]", name)[1]) - 1
    return lambda text: re.sub(r"\[(\d+)\]", lambda number: f"[{int(number[1]) - before}]", text)


def test_vertices_and_metrics_have_the_names_that_flink_gives_them(flink, folder, broker, registry):
    peers.millrace("topics", "create", "SALES", "--partitions", "2", "--bootstrap-server", broker.bootstrap)
    peers.millrace("produce", "sales", "--bootstrap-server", broker.bootstrap, "--schema-registry", registry.url, "--count", "2000", "--backfill", "5m")
    flink.sql("-f", tutorial_script(folder, broker, registry, "FROM_FLINK", flink.build), timeout=180)
    with Cluster(folder, tutorial_script(folder, broker, registry, "FROM_US", flink.build).read_text()) as cluster:
        cluster.start_job_manager()
        cluster.add_task_manager()
        cluster.wait_for_state("RUNNING")
        theirs, ours = running_job(flink.rest()), running_job(cluster.url)
        numbered = as_a_first_statement(theirs["vertices"][0]["name"])
        assert [vertex["name"] for vertex in ours["vertices"]] == [numbered(vertex["name"]) for vertex in theirs["vertices"]]
        end = time.monotonic() + 120
        for there, here in zip(theirs["vertices"], ours["vertices"]):
            while True:  # Flink collects the names every ten seconds
                more = metric_names(cluster.url, ours, here) - set(map(numbered, metric_names(flink.rest(), theirs, there)))
                more -= {"0.SALES_AGGREGATE[6]__Writer.numRecordsOut", "0.SALES_AGGREGATE[6]__Writer.numRecordsSend"}
                if more == only_ours(here):
                    break
                assert time.monotonic() < end, f"{here['name']}: only here {sorted(more - only_ours(here))}; in Flink too {sorted(only_ours(here) - more)}"
                time.sleep(0.5)
        while not rows_sent(cluster.url, ours) == rows_sent(flink.rest(), theirs) > 0:
            assert time.monotonic() < end, (rows_sent(cluster.url, ours), rows_sent(flink.rest(), theirs))
            time.sleep(0.5)
    flink.sql("-e", f"STOP JOB '{theirs['jid']}';", timeout=180)


SINKS = {"functions": "'connector' = 'print'", "writers": "'connector' = 'blackhole'",
         "committers": "'connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = 'localhost:1', 'format' = 'json'"}


@pytest.mark.parametrize("nullable", ["", " NOT NULL"])
@pytest.mark.parametrize("sink", SINKS)
def test_sinks_are_chains_of_the_operators_that_flink_makes_of_them(flink, folder, sink, nullable):
    path = folder / "sink.sql"
    path.write_text(f"""CREATE TABLE s (a INT{nullable}, b STRING) WITH ('connector' = 'datagen');
CREATE TABLE t (a INT{nullable}, b STRING) WITH ({SINKS[sink]});
EXPLAIN JSON_EXECUTION_PLAN INSERT INTO t SELECT a, b FROM s WHERE a > 1;
""")
    theirs, ours = (" -> ".join(re.findall(r'"type" ?: "([^"]*)"', text)) for text in
                    (flink.sql("-f", path, timeout=180).stdout, peers.millrace("sql", "embedded", "-f", path).stdout))
    assert ours == as_a_first_statement(theirs)(theirs) and "t[3]" in ours


ROWS = """SELECT * FROM (VALUES (1, 'x', TRUE, CAST(NULL AS STRING), ARRAY[1, 2], X'eda4', DATE '2020-01-01', TIMESTAMP '2020-01-01 12:12:43.123'),
  (22, 'a text that is longer than thirty columns', FALSE, '日本', ARRAY[3], X'00', DATE '2020-01-02', TIMESTAMP '2020-01-01 12:12:43.120'));
"""
RESULTS = """SET 'sql-client.execution.result-mode' = 'TABLEAU';
SET 'sql-client.display.print-time-cost' = 'false';
CREATE TABLE t (a INT, b STRING) WITH ('connector' = 'blackhole');
SHOW TABLES;
""" + ROWS + """SELECT UPPER(b) AS u, a FROM (VALUES ('x', CAST(1 AS BIGINT)), ('y', 2)) AS t(b, a) WHERE a > 2;
SET 'execution.runtime-mode' = 'batch';
SELECT b, a FROM (VALUES ('x', 1), ('y', 2), ('x', 3)) AS t(b, a) ORDER BY a DESC;
SELECT a FROM (VALUES (1)) AS t(a) WHERE a > 1;
SET 'table.dml-sync' = 'true';
INSERT INTO t VALUES (1, 'x');
"""


def in_no_order(text):
    """Flink makes a UNION of the rows in ROWS: either may come first."""
    return sorted(text.splitlines())


def test_the_client_prints_the_same_for_flink_as_for_this_process(flink, folder):
    path = folder / "results.sql"
    path.write_text(RESULTS)
    theirs = flink.sql("-f", path, timeout=180).stdout
    ours = peers.millrace("sql", "embedded", "-f", path).stdout
    assert in_no_order(theirs) == in_no_order(ours)
    theirs = flink.sql("--json", "-e", ROWS + "SHOW CATALOGS;", timeout=180).stdout
    ours = peers.millrace("sql", "embedded", "--json", "-e", ROWS + "SHOW CATALOGS;").stdout
    assert in_no_order(theirs) == in_no_order(ours) and len(ours.splitlines()) == 3


def test_errors_and_session_properties(flink, folder):
    done = flink.sql("-e", "SELECT * FROM nowhere;", check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("[ERROR] Could not execute SQL statement. Reason:\norg.apache.calcite.sql.validate.SqlValidatorException: Object 'nowhere' not found\n")
    init = folder / "init.sql"
    init.write_text("-- prepares\nCREATE TABLE from_init (a INT) WITH ('connector' = 'blackhole');\nSET 'pipeline.name' = 'n';")
    done = flink.sql("-i", init, "-D", "my.key=my value", "-e", "SHOW TABLES; SET;")
    assert "|  from_init |" in done.stdout and re.search(r"\| +my.key \| +my value \|", done.stdout), done.stdout
    init.write_text("SELECT 1;")
    done = flink.sql("-i", init, "-e", "SHOW TABLES;", check=False)
    assert done.returncode == 1 and "[ERROR]" in done.stdout and "SHOW" not in done.stdout


def test_the_commands_for_jobs_speak_to_a_real_job_manager(flink, folder):
    out = flink.sql("-e", "CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '5');"
                          "CREATE TABLE b (a INT) WITH ('connector' = 'blackhole'); INSERT INTO b SELECT a FROM g;").stdout
    job = re.search(r"Job ID: ([0-9a-f]{32})", out).group(1)
    call = lambda *words: json.loads(peers.millrace(*words, "--jobmanager", flink.rest(), "--json").stdout)
    end = time.monotonic() + 60
    while {"jid": job, "state": "RUNNING"} not in [{key: row[key] for key in ("jid", "state")} for row in call("jobs")]:
        assert time.monotonic() < end, call("jobs")
        time.sleep(0.2)
    end = time.monotonic() + 60
    while True:  # a savepoint needs all tasks at work
        done = peers.millrace("savepoint", "take", job, f"file://{folder}/saves", "--jobmanager", flink.rest(), "--json", check=False)
        if done.returncode == 0:
            break
        assert time.monotonic() < end, done.stderr
        time.sleep(0.5)
    assert pathlib.Path(json.loads(done.stdout)["savepoint"].removeprefix("file:"), "_metadata").exists()
    assert call("cancel", job) == {"jid": job, "cancelled": True}
    end = time.monotonic() + 60
    while [row["state"] for row in call("jobs") if row["jid"] == job] != ["CANCELED"]:
        assert time.monotonic() < end, call("jobs")
        time.sleep(0.2)


def test_a_gateway_that_is_not_there_is_named():
    done = peers.millrace("sql", "--endpoint", f"127.0.0.1:{peers.free_port()}", "-e", "SHOW TABLES;", check=False)
    assert done.returncode == 1 and "/api_versions: " in done.stderr and "Is a SQL gateway there?" in done.stderr
