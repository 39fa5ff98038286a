"""The interactive client in a real terminal (tmux): editing, completion, full-screen results, and what it leaves behind."""
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
import uuid

import pytest

import peers
from peers import wait_for

SALES = ("CREATE TABLE sales (store_id STRING, amount INT, ts TIMESTAMP(3)) WITH ('connector' = 'datagen', 'rows-per-second' = '20',"
         " 'fields.store_id.length' = '6', 'fields.amount.kind' = 'sequence', 'fields.amount.start' = '1', 'fields.amount.end' = '100000');\n"
         "CREATE TABLE sales_archive (store_id STRING) WITH ('connector' = 'blackhole');\n")


class Terminal:
    """A shell in a tmux server of its own, so that what a client leaves behind can be seen."""

    def __init__(self, folder, columns=100, rows=30):
        self.socket = f"millrace-{uuid.uuid4().hex[:8]}"
        self.environment = {**peers.environment(), "HOME": str(folder), "PS1": "shell> ", "TERM": "xterm-256color"}
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), "sh", "-i")
        self.wait(r"shell>$")

    def tmux(self, *words):
        return subprocess.run(["tmux", "-L", self.socket, *words], check=True, capture_output=True, text=True, env=self.environment).stdout

    def type(self, text):
        """Literally; tmux takes a ';' at the end for its own."""
        self.tmux("send-keys", "-l", "--", re.sub(r";$", r"\;", text))

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    def enter(self, text):
        self.type(text)
        self.press("Enter")

    def paste(self, text):
        subprocess.run(["tmux", "-L", self.socket, "load-buffer", "-"], input=text, text=True, check=True, env=self.environment)
        self.tmux("paste-buffer", "-p")

    def screen(self):
        """As it is shown, without blanks at the ends of lines."""
        return "\n".join(line.rstrip() for line in self.tmux("capture-pane", "-p").split("\n"))

    def wait(self, pattern, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            screen = self.screen()
            found = re.search(pattern, screen.rstrip("\n"))
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"no {pattern!r} on the screen:\n{screen}")

    def flag(self, name):
        return self.tmux("display-message", "-p", f"#{{{name}}}").strip()

    def pid_of_client(self):
        shell = self.flag("pane_pid")
        return int(subprocess.run(["ps", "--ppid", shell, "-o", "pid="], capture_output=True, text=True, check=True).stdout.split()[0])

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        with contextlib.suppress(subprocess.CalledProcessError):
            self.tmux("kill-server")


@pytest.fixture
def terminal(folder):
    if shutil.which("tmux") is None:
        pytest.skip("SKIPPED ALOUD: tmux is missing")
    (folder / "init.sql").write_text(SALES)
    with Terminal(folder) as running:
        running.folder = folder
        yield running


def start(terminal, *words):
    terminal.enter(f"{peers.MILLRACE} sql embedded -i {terminal.folder}/init.sql {' '.join(words)}")
    terminal.wait(r"Flink SQL>$")


def test_editing_completion_and_history(terminal):
    history = terminal.folder / ".millrace-sql-history"
    history.write_text("SHOW JOBS;\n")
    history.chmod(0o644)
    start(terminal)
    assert history.stat().st_mode & 0o777 == 0o600  # statements may hold passwords
    # A statement of several lines, corrected in its first.
    terminal.enter("SHOW TABLE")
    terminal.wait(r"Flink SQL> SHOW TABLE\n>$")
    terminal.press("Up", "End")
    terminal.type("S")
    terminal.press("Down")
    terminal.enter(";")
    terminal.wait(r"\| +sales \|\n\| sales_archive \|\n")
    # Tab: a common beginning first, then a list to choose from.
    terminal.type("SELECT * FROM sa")
    terminal.press("Tab")
    terminal.wait(r"Flink SQL> SELECT \* FROM sales\n +sales +(table|TABLE).*\n +sales_archive +(table|TABLE)")
    terminal.press("Down", "Enter")
    terminal.wait(r"Flink SQL> SELECT \* FROM sales_archive$")
    terminal.press("C-c")
    # What is typed narrows the list, Escape closes it.
    terminal.type("SELECT COA")
    terminal.press("Tab")
    terminal.wait(r"SELECT COALESCE\(")
    terminal.press("C-c")
    terminal.press("C-r")
    terminal.type("show")
    terminal.wait(r"\(search 'show'\) SHOW TABLES")
    terminal.press("Enter")
    terminal.wait(r"Flink SQL> SHOW TABLES\n> ;")
    terminal.press("C-c")
    terminal.enter("QUIT;")
    terminal.wait(r"Exiting Flink SQL CLI Client...\n+Shutting down the session...\ndone.\nshell>")
    # The history outlives the client.
    assert history.stat().st_mode & 0o777 == 0o600 and "SHOW TABLES" in history.read_text()
    start(terminal)
    terminal.press("Up", "Up")
    terminal.wait(r"Flink SQL> SHOW TABLES\n> ;$")


def test_a_history_that_is_no_file_is_left_alone(terminal):
    pipe = terminal.folder / "pipe"
    os.mkfifo(pipe, 0o644)
    start(terminal, "--history", str(pipe))
    terminal.enter("SHOW TABLES;")
    terminal.wait(r"sales_archive")
    terminal.enter("QUIT;")
    terminal.wait(r"shell>$")
    assert pipe.is_fifo() and pipe.stat().st_mode & 0o777 == 0o644


def test_a_paste_is_taken_whole(terminal):
    start(terminal)
    terminal.paste("SELECT 'é日本' AS t,\n\t2 AS two;\nSHOW DATABASES;")
    terminal.wait(r"> SHOW DATABASES;")
    assert "database name" not in terminal.screen()
    terminal.enter("")
    terminal.wait(r"SQL Query Result \(Table\)[^$]*é日本 +2")
    terminal.press("q")
    terminal.wait(r"default_database \|")


def test_a_table_that_lives(terminal):
    start(terminal)
    terminal.enter("SELECT store_id, amount, 'n' || CAST(amount AS STRING) AS note FROM sales;")
    first = int(terminal.wait(r"Page: Last of 1 +Rows: (\d+)").group(1))
    assert terminal.flag("alternate_on") == "1" and terminal.flag("cursor_flag") == "0"
    terminal.wait(r"RUNNING[^$]*\n[0-9a-f]{6} +\d+  n\d+\n")
    assert int(terminal.wait(rf"Page: Last of [2-9] +Rows: (?!{first} )(\d+)").group(1)) > first
    terminal.press("2", "2")
    terminal.wait(r"amount ▼")
    top = lambda: int(terminal.wait(r"amount ▼  note\n[0-9a-f]{6} +(\d+) ").group(1))
    before = top()
    terminal.wait(rf"amount ▼  note\n[0-9a-f]{{6}} +(?!{before} )\d+ ")
    assert top() > before
    terminal.press("2", "/")
    terminal.type("N17")
    terminal.press("Enter", "Enter")
    terminal.wait(r"Row 17 of \d+\nstore_id STRING\n  [0-9a-f]{6}\namount INT\n  17\nnote STRING\n  n17\n")
    terminal.press("Escape")
    terminal.tmux("resize-window", "-x", "60", "-y", "15")
    terminal.wait(r"(?s)^ +SQL Query Result \(Table\).* Q Quit  1-9 S Sort[^\n]*$")
    assert len(terminal.screen().splitlines()) == 15
    terminal.press("q")
    terminal.wait(r"\[INFO\] Result retrieval cancelled.\n\nFlink SQL>")
    assert terminal.flag("alternate_on") == "0" and terminal.flag("cursor_flag") == "1"
    terminal.enter("SHOW JOBS;")
    terminal.wait("Empty set")


def test_changelog_and_tableau(terminal):
    start(terminal)
    terminal.enter("SET 'sql-client.execution.result-mode' = 'changelog';")
    terminal.enter("SELECT amount FROM sales;")
    terminal.wait(r"SQL Query Result \(Changelog\)[^$]*op +amount\n\+I +1\n\+I +2\n")
    terminal.press("C-c")
    terminal.wait(r"Result retrieval cancelled.")
    terminal.enter("SET 'sql-client.execution.result-mode' = 'tableau';")
    terminal.enter("SELECT amount FROM sales;")
    terminal.wait(r"\| \+I \| +12 \|")
    terminal.press("C-c")
    terminal.wait(r"Query terminated, received a total of \d+ rows")
    # Ctrl-C ended the statement, not the client.
    terminal.enter("SELECT 40 + 2 AS answer;")
    terminal.wait(r"\| \+I \| +42 \|")


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGABRT, signal.SIGHUP])
@pytest.mark.parametrize("full_screen", [True, False])
def test_the_terminal_is_put_back_however_the_client_ends(terminal, end, full_screen):
    start(terminal)
    if full_screen:
        terminal.enter("SELECT amount FROM sales;")
        terminal.wait("SQL Query Result")
    os.kill(terminal.pid_of_client(), end)
    terminal.wait(r"shell>$")
    assert terminal.flag("alternate_on") == "0" and terminal.flag("cursor_flag") == "1"
    terminal.enter("stty -a")
    assert re.search(r"[^-]icanon", terminal.wait(r"(?s)stty -a.*icanon").group())
    assert re.search(r"\s(?:echo)\s", terminal.screen())


@pytest.fixture
def gateway(folder):
    """`millrace sql --rest` serves our own SQL gateway for as long as its input is open."""
    port = peers.free_port()
    popen = subprocess.Popen([str(peers.MILLRACE), "sql", "--rest", str(port)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    peers.wait_for_port(port, process=popen)
    yield f"127.0.0.1:{port}"
    popen.stdin.close()
    popen.wait(20)


def test_our_gateway_prints_what_this_process_prints(folder, gateway):
    from interop import test_flink_gateway
    script = folder / "results.sql"
    script.write_text(test_flink_gateway.RESULTS + "DESCRIBE t;\nSHOW CREATE TABLE t;\nEXPLAIN SELECT a FROM (VALUES (1)) AS v(a);\nSELECT * FROM nowhere;\n")
    outputs = [peers.millrace("sql", *place, "-f", script, check=False) for place in (["embedded"], ["--endpoint", gateway])]
    assert [done.returncode for done in outputs] == [1, 1]
    embedded, remote = (done.stdout for done in outputs)
    assert remote == embedded and re.search(r"\n16:15 \| SELECT \* FROM nowhere;\n +\^{7}\nHint: ", remote), remote


JSON_SCRIPT = """CREATE TABLE t (id INT, name STRING) WITH ('connector' = 'blackhole');
SHOW TABLES;
DESCRIBE t;
SHOW CREATE TABLE t;
SELECT * FROM (VALUES (1, 'x "y"', TRUE, CAST(NULL AS STRING), CAST(12345678901234567890.10 AS DECIMAL(30, 2)), 2.5E0, ARRAY[1, 2], MAP['k', 1],
  ROW(1, 'r'), X'eda4', DATE '2020-01-01', TIMESTAMP '2020-01-01 12:12:43.120')) AS v(i, s, b, n, d, f, a, m, r, x, `day`, ts);
SET 'execution.runtime-mode' = 'batch';
SELECT a FROM (VALUES (2), (1)) AS v(a) ORDER BY a;
SET 'table.dml-sync' = 'true';
INSERT INTO t VALUES (1, 'x');
SELECT nothing FROM t;
SHOW TABLES;
"""


def test_json_lines(folder, gateway):
    script = folder / "json.sql"
    script.write_text(JSON_SCRIPT)
    places = (["embedded"], ["--endpoint", gateway])
    outputs = [peers.millrace("sql", *place, "--json", "-f", script, check=False) for place in places]
    assert [done.returncode for done in outputs] == [1, 1], outputs
    ok = {"message": "Execute statement succeeded."}
    for done in outputs:
        assert '"d":12345678901234567890.10,' in done.stdout  # more digits than a double has
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert lines[:2] == [ok, {"row": {"table name": "t"}}]
        assert [(line["row"]["name"], line["row"]["type"], line["row"]["null"], line["row"]["key"]) for line in lines[2:4]] == \
            [("id", "INT", True, None), ("name", "STRING", True, None)]
        assert lines[4]["text"].startswith("CREATE TABLE `default_catalog`.`default_database`.`t` (\n")
        assert lines[5] == {"op": "+I", "row": {"i": 1, "s": 'x "y"', "b": True, "n": None, "d": 12345678901234567890.10, "f": 2.5, "a": [1, 2], "m": {"k": 1},
                                                "r": {"EXPR$0": 1, "EXPR$1": "r"}, "x": "7aQ=", "day": "2020-01-01", "ts": "2020-01-01T12:12:43.12"}}
        assert lines[6]["message"] and lines[7:9] == [{"row": {"a": 1}}, {"row": {"a": 2}}]
        assert lines[9]["message"] and re.fullmatch("[0-9a-f]{32}", lines[10]["jid"]) and "Complete" in lines[11]["message"]
        error = lines[12]["error"]
        assert error["class"].endswith("ValidatorException") and error["message"].startswith("Column 'nothing' not found"), error
        assert (error["line"], error["column"]) == (11, 8) and "\n" not in error["message"], error
        assert len(lines) == 13  # the script ends there
    # Byte for byte, but for what tells jobs apart.
    embedded, remote = (re.sub('"jid":"[^"]*"', "", done.stdout) for done in outputs)
    assert embedded == remote

    # The end of a job is told once, though what follows waits for jobs, too.
    broken = "SET 'table.dml-sync' = 'true'; CREATE TABLE o (a INT) WITH ('connector' = 'blackhole'); INSERT INTO o SELECT 1 / (a - 1) FROM (VALUES (1)) AS v(a);"
    done = peers.millrace("sql", "--json", "-e", broken, check=False)
    assert done.returncode == 1 and done.stdout.count('"error":') == 1, done.stdout

    # Ctrl-C ends an endless query; its rows came while it ran.
    endless = SALES + "SELECT amount FROM sales;"
    for place in places:
        popen = subprocess.Popen([str(peers.MILLRACE), "sql", *place, "--json", "--quiet", "-e", endless], stdout=subprocess.PIPE, text=True)
        assert [json.loads(popen.stdout.readline()) for _ in range(2)] == [{"op": "+I", "row": {"amount": amount}} for amount in (1, 2)]
        popen.send_signal(signal.SIGINT)
        rest, _ = popen.communicate(timeout=20)
        assert popen.returncode == 0 and all(set(json.loads(line)) == {"op", "row"} for line in rest.splitlines())

    done = peers.millrace("sql", "--json", check=False)
    assert done.returncode == 2 and "--json" in done.stderr and done.stdout == ""


def test_a_misspelt_key_is_told(folder, gateway):
    init = folder / "init.sql"
    init.write_text("SET 'table.local-time-zome' = 'UTC';")
    for place in (["embedded"], ["--endpoint", gateway]):
        done = peers.millrace("sql", *place, "-i", init, "-D", "parallelism.defalt=2", "-D", "pipeline.name=x", "-e",
                              "SET 'execution.checkpointing.intervall' = '1s'; SET 'execution.checkpointing.interval' = '1s';")
        assert re.findall(r"\[WARN\] '(.*)' is no key .* Did you mean '(.*)'\?", done.stderr) == [
            ("parallelism.defalt", "parallelism.default"), ("table.local-time-zome", "table.local-time-zone"),
            ("execution.checkpointing.intervall", "execution.checkpointing.interval")], done.stderr
        assert done.stderr.count("[WARN]") == 3 and done.stdout.count("Execute statement succeeded.") == 3


def test_a_script_shows_rows_without_a_result_mode(folder, gateway):
    script = folder / "select.sql"
    script.write_text("SELECT 1 AS a;")
    for place in (["embedded"], ["--endpoint", gateway]):
        for words in (["-e", "SELECT 1 AS a;"], ["-f", script]):
            assert "| +I |           1 |" in peers.millrace("sql", *place, *words).stdout
        # Who asks for the table gets what Flink's client says.
        for mode in ("TABLE", "CHANGELOG"):
            done = peers.millrace("sql", *place, "-e", f"SET 'sql-client.execution.result-mode' = '{mode}'; SELECT 1;", check=False)
            assert done.returncode == 1 and "In non-interactive mode, it only supports to use TABLEAU" in done.stdout


def test_a_golden_script_that_fails_says_what_is_missing(folder):
    script = folder / "rows.test"
    script.write_text("# Rows.\n== sql\nCREATE TABLE t (a STRING, b INT) WITH ('connector' = 'test');\nSELECT a, b FROM t;\n"
                      "== input t\nx | 1\ny | 2\n== expect\n+I | x | 1\n+I | y | 3\n")
    for mode in ("exact", "batch-3"):
        done = peers.millrace("test", "--mode", mode, script, check=False)
        kind = "+I | " if mode == "exact" else ""
        assert done.returncode == 1 and f"  missing\n    {kind}y | 3\n  not expected\n    {kind}y | 2\n" in done.stdout, done.stdout


def test_a_registry_waits_for_its_broker_no_longer_than_told():
    begin = time.monotonic()
    done = peers.millrace("registry", "--listen", "127.0.0.1:0", "--bootstrap-server", f"127.0.0.1:{peers.free_port()}", "--wait", "1s", check=False)
    assert done.returncode == 1 and "cannot be reached" in done.stderr and time.monotonic() - begin < 7


def test_a_wrong_command_line_ends_in_2(folder):
    def refused(*words):
        done = peers.millrace(*words, check=False)
        assert done.returncode == 2 and done.stdout == "", (words, done)
        return done.stderr
    assert "Did you mean 'embedded'?" in refused("sql", "embeded")
    for role in ("broker", "registry", "console"):
        assert "--listen: Not an address: 'h:x'." in refused(role, "--listen", "h:x")
    assert "--advertise: " in refused("broker", "--advertise", "0.0.0.0:1")
    assert "-D takes NAME=VALUE, not 'foo'." in refused("sql", "-D", "foo", "-e", "SHOW TABLES")
    assert "--rest takes [HOST:]PORT, not '99999'." in refused("sql", "--rest", "99999")
    assert "-e and -f are both given" in refused("sql", "-e", "SHOW TABLES", "-f", folder / "x.sql")
    assert "--flink-texts is one of 1.16, 1.20, not '1.99'." in refused("sql", "--flink-texts", "1.99", "-e", "SHOW TABLES")
    assert "--flush is one of interval, always, not 'nver'." in refused("broker", "--flush", "nver")
    assert "--wait: " in refused("registry", "--wait", "3x") and "--for: " in refused("local", "--for", "3x")
    assert "There is 'millrace produce sales'." in refused("produce", "--help")
    assert "Did you mean 'take'?" in refused("savepoint", "tke")
    assert "Did you mean 'describe'?" in refused("topics", "descirbe")


def test_a_table_from_our_gateway(terminal, gateway):
    terminal.enter(f"{peers.MILLRACE} sql gateway -e {gateway} -i {terminal.folder}/init.sql")
    terminal.wait(rf"Statements run on Millrace at http://{gateway}.[^$]*Flink SQL>$")
    terminal.type("SELECT * FROM sa")
    terminal.press("Tab")
    terminal.wait(r"Flink SQL> SELECT \* FROM sales\n +sales +table.*\n +sales_archive +table")
    terminal.press("Escape")
    terminal.wait(r"Flink SQL> SELECT \* FROM sales$")
    terminal.enter(";")
    terminal.wait(r"SQL Query Result \(Table\)[^$]*Page: Last of [2-9][^$]*RUNNING")
    terminal.press("q")
    terminal.wait("Result retrieval cancelled.")
    terminal.enter("SET 'sql-client.execution.result-mode' = 'tableau';")
    terminal.enter("SELECT amount FROM sales;")
    terminal.wait(r"\| \+I \| +12 \|")
    terminal.press("C-c")
    terminal.wait(r"Query terminated, received a total of \d+ rows")

    def both_have_ended():
        terminal.press("C-l")
        terminal.enter("SHOW JOBS;")
        terminal.wait(r"\d+ rows? in set")
        return "RUNNING" not in terminal.screen() and terminal.screen().count("CANCELED") == 2

    assert wait_for(both_have_ended)  # on the gateway too, a moment later


def test_jobs_commands_speak_json(folder):
    port = peers.free_port()
    script = folder / "job.sql"
    script.write_text(f"SET 'execution.checkpointing.savepoint-dir' = '{folder}/saves';\n" + SALES + "INSERT INTO sales_archive SELECT store_id FROM sales;")
    with peers.Process([peers.MILLRACE, "sql", "-f", script, "--rest", str(port)], folder / "job.log") as process:
        peers.wait_for_port(port, process=process.popen)
        call = lambda *words, **kwargs: peers.millrace(*words, "--jobmanager", f"127.0.0.1:{port}", "--json", **kwargs)
        end = time.monotonic() + 20
        while not json.loads(call("jobs").stdout):
            assert time.monotonic() < end
            time.sleep(0.05)
        job, = json.loads(call("jobs").stdout)
        assert job["state"] == "RUNNING" and job["name"].startswith("insert-into")
        taken = json.loads(call("savepoint", "take", job["jid"]).stdout)
        assert taken["jid"] == job["jid"] and os.path.exists(f"{taken['savepoint']}/_metadata")
        stopped = json.loads(call("stop", job["jid"]).stdout)
        assert os.path.exists(f"{stopped['savepoint']}/_metadata") and stopped["savepoint"] != taken["savepoint"]
        assert call("stop", job["jid"], check=False).returncode == 1
        assert call("cancel", "0" * 32, check=False).returncode == 1
    with peers.Process([peers.MILLRACE, "sql", "-f", script, "--rest", str(port)], folder / "again.log") as process:
        peers.wait_for_port(port, process=process.popen)
        end = time.monotonic() + 20
        while not json.loads(call("jobs").stdout):
            assert time.monotonic() < end
            time.sleep(0.05)
        job, = json.loads(call("jobs").stdout)
        assert json.loads(call("cancel", job["jid"]).stdout) == {"jid": job["jid"], "cancelled": True}
