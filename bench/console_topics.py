#!/usr/bin/env python3
"""How fast the console answers over many topics: makes them on an embedded broker, then times GET /api/topics and others.

usage: bench/console_topics.py [--topics 5000] [--partitions 1]
"""
import argparse
import json
import pathlib
import statistics
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "test"))
sys.path.insert(1, "/usr/lib/python3/dist-packages")
import peers  # noqa: E402


def make_topics(bootstrap, count, partitions):
    from confluent_kafka.admin import AdminClient, NewTopic
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for begin in range(0, count, 500):
        made = admin.create_topics([NewTopic(f"topic-{number:05}", partitions, 1) for number in range(begin, min(begin + 500, count))])
        for one in made.values():
            one.result(60)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--topics", type=int, default=5000)
    parser.add_argument("--partitions", type=int, default=1)
    options = parser.parse_args()
    with peers.work_directory("console-bench") as folder, peers.Broker(folder) as broker, peers.Registry(folder, broker.bootstrap) as registry:
        begin = time.monotonic()
        make_topics(broker.bootstrap, options.topics, options.partitions)
        print(f"{options.topics} topics of {options.partitions} partitions made in {time.monotonic() - begin:.1f} s")
        port = peers.free_port()
        with peers.Process([peers.MILLRACE, "console", "--listen", f"127.0.0.1:{port}", "--bootstrap-server", broker.bootstrap,
                            "--schema-registry", registry.url], folder / "console.log") as console:
            peers.wait_for_port(port, process=console.popen)

            def get(path):
                start = time.monotonic()
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as response:
                    body = response.read()
                return (time.monotonic() - start) * 1000, json.loads(body), len(body)

            first, body, size = get("/api/topics")
            assert len(body["topics"]) >= options.topics and body["reachable"], body.get("error")
            print(f"first GET /api/topics (waits for the first look): {first:.0f} ms")
            time.sleep(30)
            for path in ["/api/topics", "/api/topics/topic-00042", "/api/groups", "/api/topics/topic-00042/messages"]:
                times = sorted(get(path)[0] for _ in range(20))
                print(f"GET {path}: median {statistics.median(times):.1f} ms, worst of 20 {times[-1]:.1f} ms, {get(path)[2]} bytes")
            used = cpu_seconds(console.popen.pid), cpu_seconds(broker.process.popen.pid)
            time.sleep(30)
            now = cpu_seconds(console.popen.pid), cpu_seconds(broker.process.popen.pid)
            print(f"watching costs {(now[0] - used[0]) / 0.3:.1f} % of a core here, {(now[1] - used[1]) / 0.3:.1f} % in the broker")
            resident = [line for line in pathlib.Path(f"/proc/{console.popen.pid}/status").read_text().splitlines() if "VmRSS" in line]
            print(" ".join(resident[0].split()))


if __name__ == "__main__":
    main()
