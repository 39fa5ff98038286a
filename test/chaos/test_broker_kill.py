"""kill -9 of the broker in mid-write: nothing acknowledged is lost, nothing shows twice."""
import random
import sys
import threading
import time

sys.path.insert(0, "/usr/lib/python3/dist-packages")
import peers

ROUNDS = 8


def test_acknowledged_records_survive_kill_9(folder):
    from confluent_kafka import Consumer, Producer, TopicPartition
    chance = random.Random(11)
    broker = peers.Broker(folder, "--retention-check-interval", "1s").start()
    acknowledged, stop = [], threading.Event()

    def write():
        producer = Producer({"bootstrap.servers": broker.bootstrap, "enable.idempotence": True, "linger.ms": 1,
                             "reconnect.backoff.max.ms": 200, "message.timeout.ms": 120000})
        number = 0
        while not stop.is_set():
            def on_delivery(error, message, number=number):
                assert error is None, error
                acknowledged.append((message.partition(), message.offset(), number))
            producer.produce("ledger", str(number), partition=number % 3, on_delivery=on_delivery)
            number += 1
            producer.poll(0)
            if number % 50 == 0:
                time.sleep(0.002)
        assert producer.flush(60) == 0

    peers.millrace("topics", "create", "ledger", "--partitions", "3", "--bootstrap-server", broker.bootstrap)
    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(ROUNDS):
        time.sleep(chance.uniform(0.3, 1.2))
        broker.process.kill()
        broker.start()
    time.sleep(0.5)
    stop.set()
    writer.join(90)
    assert not writer.is_alive()
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "ledger"})
    stored = {}
    for partition in range(3):
        low, high = consumer.get_watermark_offsets(TopicPartition("ledger", partition), timeout=10)
        consumer.assign([TopicPartition("ledger", partition, low)])
        while low < high:
            message = consumer.poll(10)
            assert message is not None and message.error() is None
            stored[partition, message.offset()] = int(message.value())
            low = message.offset() + 1
    consumer.close()
    broker.process.stop()
    assert len(acknowledged) > 1000
    for partition, offset, number in acknowledged:
        assert stored[partition, offset] == number, f"record {number} acknowledged at {partition}/{offset}"
    numbers = sorted(stored.values())
    assert numbers == sorted(set(numbers)), "an idempotent producer's record is stored twice"
    assert numbers == list(range(len(numbers))), "a record is missing"
