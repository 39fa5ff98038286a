"""What a reader of a cluster's output sees while its processes die, and a load that goes on meanwhile."""
import threading
import time

from confluent_kafka import Consumer


class Watcher:
    """When records of a topic arrive, as a rule committed ones, and when they were written."""

    def __init__(self, bootstrap, topic, isolation="read_committed"):
        self.consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": f"watch-{time.time()}", "isolation.level": isolation,
                                  "auto.offset.reset": "earliest", "enable.auto.commit": False, "fetch.wait.max.ms": 20})
        self.consumer.subscribe([topic])
        self.arrivals = []  # (monotonic seconds, newest timestamp so far in epoch seconds)
        self.ending = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        newest = 0.0
        while not self.ending:
            messages = [message for message in self.consumer.consume(1000, 0.02) if message.error() is None]
            if messages:
                newest = max(newest, *(message.timestamp()[1] / 1000 for message in messages))
                self.arrivals.append((time.monotonic(), newest))
        self.consumer.close()

    def resumed(self, moment, wall, seconds=60):
        """Seconds from `moment` (monotonic) until a record came that was written after `wall` (epoch)."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for arrived, newest in self.arrivals[-50:]:
                if arrived > moment and newest > wall:
                    return arrived - moment
            time.sleep(0.01)
        return None

    def longest_gap(self, begin, end):
        inside = [begin, *(arrived for arrived, _ in self.arrivals if begin < arrived < end), end]
        return max(after - before for before, after in zip(inside, inside[1:]))

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.ending = True
        self.thread.join()


class Load:
    """Writes the ledger's events at an even pace until all are written."""

    def __init__(self, ledger, per_second):
        self.ledger, self.per_second = ledger, per_second
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while self.ledger.written < len(self.ledger.events):
            self.ledger.write(self.per_second // 20)
            time.sleep(0.05)

    @property
    def busy(self):
        return self.thread.is_alive()

    def finish(self):
        """The rest at once."""
        self.per_second = 20 * len(self.ledger.events)
        self.thread.join(120)


def quantiles(values):
    ordered = sorted(values)
    at = lambda part: ordered[min(len(ordered) - 1, int(part * len(ordered)))]  # noqa: E731
    return f"median {at(0.5):.2f} s, p90 {at(0.9):.2f} s, max {ordered[-1]:.2f} s of {len(ordered)}"
