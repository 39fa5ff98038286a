"""Real peers for the tests: our own binary, Apache Kafka, npm packages. Everything listens on loopback at free ports."""
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
MILLRACE = pathlib.Path(os.environ.get("MILLRACE_BIN", ROOT / "build/release/millrace")).resolve()  # some run in another folder
PEERS = ROOT / "build/peers"


def free_port():
    """Not of those that the kernel gives to outgoing connections: a broker that takes seconds to start would find it taken."""
    while True:
        port = random.randrange(19_000, 29_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_for_port(port, seconds=30.0, process=None):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"process ended with {process.returncode} before it listened on {port}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port} after {seconds} s")


def wait_for(look, seconds=20):
    """What look() gives, once that is something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds} s")


class Process:
    """A child process whose output goes to a file; ended by pid when the `with` block ends."""

    def __init__(self, command, log, **kwargs):
        self.log = pathlib.Path(log)
        self._out = open(self.log, "ab")
        self.popen = subprocess.Popen([str(word) for word in command], stdout=self._out, stderr=subprocess.STDOUT,
                                      stdin=subprocess.DEVNULL, **kwargs)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()

    def text(self):
        return self.log.read_text(errors="replace")

    def kill(self):
        self.popen.send_signal(signal.SIGKILL)
        self.popen.wait()

    def stop(self, seconds=20):
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        self._out.close()
        return self.popen.returncode


class Broker:
    """`millrace broker` (and, with `registry`, `millrace registry` on it) on free ports."""

    def __init__(self, directory, *extra, port=None):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = port or free_port()
        self.extra = extra
        self.process = None
        self.bootstrap = f"127.0.0.1:{self.port}"

    def start(self, **environment):
        """Starts it, or starts it again after its end; `environment` is added to that of the process."""
        self.process = Process([MILLRACE, "broker", "--listen", self.bootstrap, "--data-dir", self.directory / "broker", *self.extra],
                               self.directory / "broker.log", env={**os.environ, **environment})
        wait_for_port(self.port, process=self.process.popen)
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        self.process.stop()


class DelayingProxy:
    """Passes bytes on to a port of this machine, each piece `seconds` later: a broker that is not so near."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.target = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    client.close()
                    continue
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source, sink):
        with contextlib.suppress(OSError):
            while piece := source.recv(1 << 16):
                time.sleep(self.seconds)
                sink.sendall(piece)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self._listener.close()


class Registry:
    def __init__(self, directory, bootstrap, port=None):
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = Process([MILLRACE, "registry", "--listen", f"127.0.0.1:{self.port}", "--bootstrap-server", bootstrap],
                               pathlib.Path(directory) / "registry.log")
        wait_for_port(self.port, process=self.process.popen)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.stop()


def run(command, check=True, timeout=120, **kwargs):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, errors="replace", timeout=timeout, **kwargs)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def millrace(*words, **kwargs):
    return run([MILLRACE, *words], **kwargs)


def maven(what, folder, *words, builds=False):
    """`folder` with `what` in it, which Maven fetches once; a test that cannot have it is skipped.

    `builds`: the project has code of its own, which is compiled anew each time, without the network once all is here."""
    complete = folder / ".complete"
    if complete.exists() and not builds:
        return folder
    java = "javac" if builds else "java"
    if shutil.which("mvn") is None or shutil.which(java) is None:
        raise unittest.SkipTest(f"SKIPPED ALOUD: mvn or {java} is missing")
    folder.mkdir(parents=True, exist_ok=True)
    offline = ["-o"] if complete.exists() else []
    done = run(["mvn", "-q", "-B", *offline, *words], check=False, timeout=900, cwd=folder)
    if done.returncode != 0 and not offline and "COMPILATION ERROR" not in done.stdout:
        print(done.stdout[-2000:])
        raise unittest.SkipTest(f"SKIPPED ALOUD: {what} is not here and Maven Central is unreachable")
    assert done.returncode == 0, f"{' '.join(map(str, words))} does not compile:\n{done.stdout[-4000:]}"
    complete.touch()
    return folder


def maven_build(what, project, folder, *properties):
    """The folder with the classes of a project and the jars they need."""
    return maven(what, folder, *properties, "-f", project / "pom.xml", "process-classes", builds=True)


def maven_jars(what, pom, folder, *properties):
    return maven(what, folder, *properties, "-f", pom, "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder}")


def kafka_jars():
    return maven_jars("Apache Kafka", ROOT / "test/interop/pom.xml", PEERS / "kafka")


def node_modules():
    """The folder with node_modules of test/interop/js, installed once from the lock; None when npm is unreachable."""
    folder = PEERS / "js"
    complete = folder / ".complete"
    lock = (ROOT / "test/interop/js/package-lock.json").read_text()
    if complete.exists() and complete.read_text() == lock:
        return folder
    if shutil.which("npm") is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    for path in (ROOT / "test/interop/js").iterdir():
        shutil.copy(path, folder)
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        print(f"npm packages could not be installed:\n{done.stderr[-2000:]}")
        return None
    complete.write_text(lock)
    return folder


class ApacheKafka:
    """A single-node Apache Kafka 3.9 in KRaft mode."""

    def __init__(self, directory, jars):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.classpath = f"{jars}/*"
        self.port, controller = free_port(), free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        config = self.directory / "server.properties"
        config.write_text("\n".join([
            "process.roles=broker,controller", "node.id=1", f"controller.quorum.voters=1@localhost:{controller}",
            f"listeners=PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controller}",
            f"advertised.listeners=PLAINTEXT://127.0.0.1:{self.port}", "controller.listener.names=CONTROLLER",
            "inter.broker.listener.name=PLAINTEXT", "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            f"log.dirs={self.directory}/data", "offsets.topic.replication.factor=1",
            "transaction.state.log.replication.factor=1", "transaction.state.log.min.isr=1",
            "group.initial.rebalance.delay.ms=0", "num.partitions=4", ""]))
        log4j = self.directory / "log4j.properties"
        log4j.write_text("log4j.rootLogger=WARN, out\nlog4j.appender.out=org.apache.log4j.ConsoleAppender\n"
                         "log4j.appender.out.layout=org.apache.log4j.PatternLayout\nlog4j.appender.out.layout.ConversionPattern=%d %p %m%n\n")
        self.java = ["java", "-Xmx512m", f"-Dlog4j.configuration=file:{log4j}", "-cp", self.classpath]
        identity = run([*self.java, "kafka.tools.StorageTool", "random-uuid"]).stdout.split()[-1]
        run([*self.java, "kafka.tools.StorageTool", "format", "-t", identity, "-c", config])
        self.config = config
        self.start()

    def start(self):
        """Also after the process was killed."""
        self.process = Process([*self.java, "kafka.Kafka", self.config], self.directory / "kafka.log")
        wait_for_port(self.port, 60, self.process.popen)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.stop(30)


@contextlib.contextmanager
def work_directory(name):
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"millrace-{name}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def http(method, url, body=None, headers=None):
    request = urllib.request.Request(url, method=method, data=body, headers=headers or {})
    with urllib.request.urlopen(request, timeout=20) as response:
        return response.read().decode()


def json_of(url):
    return json.loads(http("GET", url))


def environment():
    """The environment without PYTHONPATH surprises, for children."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
