"""The broker dies at each step of the end of a transaction: the outcome is all or nothing, and the one that was decided."""
import sys
import threading

import pytest

sys.path.insert(0, "/usr/lib/python3/dist-packages")
import peers
from chaos.test_broker_kill import PARTITIONS, TransactionalClient, Load, read

# What EndTxn does, in this order: the decision is stored; a marker is written to each partition; all are written; outcome and
# offsets are stored.
STEPS = ["prepared:1", "marker:1", "marker:2", "marker:3", "marked:1", "completed:1"]


@pytest.mark.parametrize("commit, flush", [(True, "interval"), (False, "interval"), (True, "always")])
def test_each_step_is_atomic(folder, commit, flush):
    from confluent_kafka import Consumer, TopicPartition
    broker = peers.Broker(folder, "--flush", flush).start()
    peers.millrace("topics", "create", "t", "--partitions", str(PARTITIONS), "--bootstrap-server", broker.bootstrap)
    expected, offset = [], -1001
    for number, step in enumerate(STEPS):
        broker.process.kill()
        broker.start(MILLRACE_CRASH_AT=f"broker.txn.{step}")
        # Fresh ones: librdkafka waits longer and longer for a broker that often fails.
        client = TransactionalClient(Load(broker.bootstrap), f"step-{number}")
        consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "g"})

        def fill():
            for partition in range(PARTITIONS):
                client.producer.produce("t", f"{number}:{partition}", partition=partition)
            client.producer.send_offsets_to_transaction([TopicPartition("t", 0, 100 + number)], consumer.consumer_group_metadata(), 20)
            assert client.producer.flush(20) == 0
        outcome = []
        ending = threading.Thread(target=lambda: outcome.append(client.transact(fill, commit)))
        ending.start()
        assert broker.process.popen.wait(30) == -9, f"the broker passed {step}"
        broker.start()
        # The restarted broker knows the outcome by itself; the client may not have asked again yet.
        if commit:
            expected += [f"{number}:{partition}" for partition in range(PARTITIONS)]
            offset = 100 + number
        assert sorted(read(broker.bootstrap, "t").values()) == sorted(expected), step
        ending.join(60)
        assert outcome == ["committed" if commit else "aborted"], step
        assert consumer.committed([TopicPartition("t", 0)], 20)[0].offset == offset, step
        consumer.close()
    finished = (folder / "broker.log").read_text().count("decided before the restart")
    assert finished == len(STEPS) - 1  # all but the last are taken up again
    broker.process.stop()
