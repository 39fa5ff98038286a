"""kill -9 of the broker under a load of all kinds of clients: nothing acknowledged is lost, nothing shows twice, transactions and
offsets of groups are all or nothing. CHAOS_ROUNDS=long kills it a hundred times."""
import collections
import os
import random
import sys
import threading
import time
import traceback

sys.path.insert(0, "/usr/lib/python3/dist-packages")
import peers

ROUNDS = 100 if os.environ.get("CHAOS_ROUNDS") == "long" else 8
PARTITIONS = 3


class Load:
    """Clients on threads of their own; each notes what it was told, until stop()."""

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.stopping = threading.Event()
        self.failures = []
        self.threads = []

    def run(self, work, *arguments):
        def guarded():
            try:
                work(self, *arguments)
            except BaseException:
                self.failures.append(traceback.format_exc())
        self.threads.append(threading.Thread(target=guarded))
        self.threads[-1].start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(150)
            assert not thread.is_alive()
        assert not self.failures, "\n".join(self.failures)

    def config(self, **more):
        return {"bootstrap.servers": self.bootstrap, "reconnect.backoff.max.ms": 200,
                **{key.replace("_", "."): value for key, value in more.items()}}


def write_plain(load, topic, acknowledged, idempotent):
    """Numbers without transactions; what was acknowledged goes to [(partition, offset, number)]."""
    from confluent_kafka import Producer
    producer = Producer(load.config(enable_idempotence=idempotent, acks="all", linger_ms=1, message_timeout_ms=120000))
    number = 0
    while not load.stopping.is_set():
        def on_delivery(error, message, number=number):
            assert error is None, error
            acknowledged.append((message.partition(), message.offset(), number))
        producer.produce(topic, str(number), partition=number % PARTITIONS, on_delivery=on_delivery)
        number += 1
        producer.poll(0)
        if number % 50 == 0:
            time.sleep(0.005)
    assert producer.flush(60) == 0


class TransactionalClient:
    """One transactional id over errors, fatal ones too; outcomes: {transaction: "committed" | "aborted" | "unknown"}."""

    def __init__(self, load, name):
        self.load, self.name = load, name
        self.open()

    def open(self):
        from confluent_kafka import Producer
        self.producer = Producer(self.load.config(transactional_id=self.name, linger_ms=1, transaction_timeout_ms=60000))
        self.insist(lambda: self.producer.init_transactions(20))

    @staticmethod
    def insist(step):
        """Repeats a step as long as librdkafka says it may be repeated. True: done; False: the transaction is to be aborted."""
        from confluent_kafka import KafkaException
        end = time.monotonic() + 120
        while True:
            try:
                step()
                return True
            except KafkaException as failure:
                error = failure.args[0]
                if error.txn_requires_abort():
                    return False
                if not error.retriable() or time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def transact(self, fill, commit):
        from confluent_kafka import KafkaException
        outcome = "unknown"
        try:
            self.producer.begin_transaction()
            if self.insist(fill) and commit:
                if self.insist(lambda: self.producer.commit_transaction(20)):
                    return "committed"
            self.insist(lambda: self.producer.abort_transaction(20))
            outcome = "aborted"
        except KafkaException as failure:
            assert failure.args[0].fatal(), failure
            self.open()
        return outcome


def write_transactions(load, name, topic, outcomes):
    chance = random.Random(name)
    client, number = TransactionalClient(load, name), 0
    while not load.stopping.is_set():
        values = [(chance.randrange(PARTITIONS), f"{name}:{number}:{i}") for i in range(chance.randrange(1, 8))]
        outcomes[name, number] = ("unknown", len(values))

        def fill():
            for partition, value in values:
                client.producer.produce(topic, value, partition=partition)
            if chance.random() < 0.3:
                client.producer.flush(5)
        outcomes[name, number] = (client.transact(fill, chance.random() < 0.7), len(values))
        number += 1


def copy(load, source, target, counts):
    """Reads a group's partitions and writes each record once, offsets and records in one transaction."""
    from confluent_kafka import Consumer, TopicPartition
    consumer = Consumer(load.config(group_id="copiers", auto_offset_reset="earliest", enable_auto_commit=False,
                                    isolation_level="read_committed", session_timeout_ms=20000))
    consumer.assign([TopicPartition(source, partition) for partition in range(PARTITIONS)])
    client = TransactionalClient(load, "copier")
    while not load.stopping.is_set():
        batch = [message for message in consumer.consume(100, 0.3) if message.error() is None]
        if not batch:
            continue
        after = {}
        for message in batch:
            after[message.partition()] = message.offset() + 1
        offsets = [TopicPartition(source, partition, offset) for partition, offset in after.items()]
        sent = []

        def fill():
            for message in batch[len(sent):]:
                client.producer.produce(target, message.value(), partition=message.partition())
                sent.append(message)
            client.producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata(), 20)
        outcome = client.transact(fill, True)
        counts[outcome] += 1
        if outcome != "committed":
            # What the group has is the truth: an assignment without offsets begins there again.
            consumer.assign([TopicPartition(source, partition) for partition in range(PARTITIONS)])
    consumer.close()


def consume_as_group(load, topic, committed):
    """A group with a subscription that commits by hand; {partition: offset} of the last acknowledged commit."""
    from confluent_kafka import Consumer, KafkaException
    consumer = Consumer(load.config(group_id="readers", auto_offset_reset="earliest", enable_auto_commit=False, session_timeout_ms=6000))
    consumer.subscribe([topic])
    while not load.stopping.is_set():
        message = consumer.poll(0.2)
        if message is None or message.error() is not None:
            continue
        try:
            for offset in consumer.commit(message=message, asynchronous=False):
                if offset.error is None:
                    committed[offset.partition] = max(offset.offset, committed.get(offset.partition, -1))
        except KafkaException:
            pass  # not acknowledged
        time.sleep(0.002)
    consumer.close()


def read(bootstrap, topic, isolation="read_committed"):
    """{(partition, offset): value} up to the end."""
    from confluent_kafka import Consumer, KafkaError, TopicPartition
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "checker", "isolation.level": isolation, "enable.partition.eof": True,
                         "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
    stored, ended, end = {}, set(), time.monotonic() + 120
    while len(ended) < PARTITIONS:
        assert time.monotonic() < end, f"no end of {topic} after {len(stored)} records"
        message = consumer.poll(5)
        if message is None:
            continue
        if message.error() is not None:
            assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
            ended.add(message.partition())
        else:
            stored[message.partition(), message.offset()] = message.value().decode()
    consumer.close()
    return stored


def check_transactions(stored, outcomes):
    found = collections.Counter()
    for value in stored.values():
        name, number, _ = value.split(":")
        found[name, int(number)] += 1
    assert len(set(stored.values())) == len(stored), "a record shows twice"
    for key, (outcome, size) in outcomes.items():
        expected = {"committed": {size}, "aborted": {0}, "unknown": {0, size}}[outcome]
        assert found.pop(key, 0) in expected, f"transaction {key}: {outcome}"
    assert not found


def test_what_clients_were_told_survives_kill_9(folder):
    from confluent_kafka import Consumer, TopicPartition
    chance = random.Random(11)
    broker = peers.Broker(folder, "--retention-check-interval", "1s").start()
    topics = ["plain", "idempotent", "transactional", "copied"]
    for topic in topics:
        peers.millrace("topics", "create", topic, "--partitions", str(PARTITIONS), "--bootstrap-server", broker.bootstrap)
    load = Load(broker.bootstrap)
    plain, idempotent, outcomes, committed, copies = [], [], {}, {}, collections.Counter()
    load.run(write_plain, "plain", plain, False)
    load.run(write_plain, "idempotent", idempotent, True)
    load.run(write_transactions, "a", "transactional", outcomes)
    load.run(write_transactions, "b", "transactional", outcomes)
    load.run(copy, "idempotent", "copied", copies)
    load.run(consume_as_group, "plain", committed)
    for _ in range(ROUNDS):
        time.sleep(chance.uniform(0.3, 1.2))
        broker.process.kill()
        broker.start()
    time.sleep(1)
    load.stop()

    stored = read(broker.bootstrap, "plain")
    for partition, offset, number in plain:
        assert stored[partition, offset] == str(number), f"record {number} acknowledged at {partition}/{offset}"

    stored = read(broker.bootstrap, "idempotent")
    for partition, offset, number in idempotent:
        assert stored[partition, offset] == str(number), f"record {number} acknowledged at {partition}/{offset}"
    for partition in range(PARTITIONS):
        numbers = [int(value) for (at, _), value in sorted(stored.items()) if at == partition]
        assert numbers == list(range(partition, partition + PARTITIONS * len(numbers), PARTITIONS)), "missing, twice or out of order"

    check_transactions(read(broker.bootstrap, "transactional"), outcomes)

    copied = read(broker.bootstrap, "copied")
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "copiers"})
    for offset in consumer.committed([TopicPartition("idempotent", partition) for partition in range(PARTITIONS)], 10):
        of_source = [value for (at, place), value in sorted(stored.items()) if at == offset.partition and place < offset.offset]
        assert [value for (at, _), value in sorted(copied.items()) if at == offset.partition] == of_source
    consumer.close()

    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "readers"})
    for offset in consumer.committed([TopicPartition("plain", partition) for partition in committed], 10):
        assert offset.offset >= committed[offset.partition]
    consumer.close()
    broker.process.stop()
    ends = collections.Counter(outcome for outcome, _ in outcomes.values())
    print(f"{ROUNDS} kills: {len(plain)} plain and {len(idempotent)} idempotent records acknowledged, transactions {dict(ends)}, "
          f"copies {dict(copies)} with {len(copied)} records, committed offsets {committed}")
    assert len(plain) > 1000 and len(idempotent) > 1000 and ends["committed"] > 20 and ends["aborted"] > 5
    assert copies["committed"] > 5 and sum(committed.values()) > 50
