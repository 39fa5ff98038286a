"""The broker and a disk that is damaged, full, or taken."""
import subprocess
import sys
import threading
import time

import pytest

sys.path.insert(0, "/usr/lib/python3/dist-packages")
import peers


def produce(bootstrap, topic, values, seconds=10.0, **more):
    """(values that were acknowledged, errors)."""
    from confluent_kafka import Producer
    producer = Producer({"bootstrap.servers": bootstrap, "message.timeout.ms": int(seconds * 1000), "linger.ms": 5, **more})
    good, errors = [], []

    def on_delivery(error, message):
        (good if error is None else errors).append(message.value().decode() if error is None else error)
    for value in values:
        producer.produce(topic, value, partition=0, on_delivery=on_delivery)
    assert producer.flush(seconds + 30) == 0
    return good, errors


def consume(bootstrap, topic, isolation="read_committed"):
    done = peers.run(["kcat", "-C", "-b", bootstrap, "-t", topic, "-p", "0", "-o", "beginning", "-e", "-q", "-X", f"isolation.level={isolation}"])
    return done.stdout.splitlines()


@pytest.mark.parametrize("damage", ["torn", "flipped", "zeros"])
def test_a_damaged_tail_is_cut_and_told(folder, damage):
    broker = peers.Broker(folder).start()
    peers.millrace("topics", "create", "t", "--bootstrap-server", broker.bootstrap)
    sent = [f"value-{i}" for i in range(20)]
    for value in sent:  # a batch each
        good, errors = produce(broker.bootstrap, "t", [value])
        assert good == [value] and not errors
    broker.process.kill()
    segment = folder / "broker/t-0/00000000000000000000.log"
    whole = segment.read_bytes()
    batch = whole[whole.rindex(b"value-19") - 68:]
    if damage == "torn":
        segment.write_bytes(whole + batch[:40])
        place, kept = len(whole), sent
    elif damage == "zeros":
        segment.write_bytes(whole + bytes(4096))
        place, kept = len(whole), sent
    else:
        at = whole.rindex(b"value-19")
        segment.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1:])
        place, kept = None, sent[:-1]
    broker.start()
    told = [line for line in broker.process.text().splitlines() if f"{segment}: cut " in line]
    assert len(told) == 1 and " warning " in told[0] and "position " in told[0], broker.process.text()
    if place is not None:
        assert f"position {place}:" in told[0]
    else:
        assert "the checksum is wrong" in told[0]
    assert consume(broker.bootstrap, "t") == kept
    produce(broker.bootstrap, "t", ["after"])
    assert consume(broker.bootstrap, "t") == kept + ["after"]
    broker.process.stop()


@pytest.fixture
def small_disk(folder):
    """The folder of a broker whose data folder is a disk of its own, of 6 MiB."""
    mount = folder / "broker"
    mount.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(mount)], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"SKIPPED ALOUD: a small disk needs root: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=True)


def test_a_full_disk_stops_writes_until_there_is_room(small_disk):
    from confluent_kafka import Producer
    disk = small_disk / "broker"
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(3 << 20))
    with peers.Broker(small_disk) as broker:
        for topic in ("t", "transactions"):
            peers.millrace("topics", "create", topic, "--bootstrap-server", broker.bootstrap)
        # A long name, so that no change of the transaction fits into the rest of a page.
        transactional = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": "x" * 9000})
        transactional.init_transactions(10)
        transactional.begin_transaction()
        transactional.produce("transactions", "decided late", partition=0)
        assert transactional.flush(10) == 0

        stored = []
        for number in range(100):
            good, errors = produce(broker.bootstrap, "t", [f"{number}-{i}-" + "x" * 1000 for i in range(100)], seconds=1.5)
            stored += good
            if errors:
                break
        assert errors, "the disk never filled up"
        assert "No space left on device" in broker.process.text()
        fill_up(disk)
        commit_errors = []

        def commit():
            try:
                transactional.commit_transaction(60)
            except Exception as error:
                commit_errors.append(error)
        waiting = threading.Thread(target=commit)
        waiting.start()
        end = time.monotonic() + 20
        while "cannot store the transaction of 'xxx" not in broker.process.text():
            assert time.monotonic() < end and waiting.is_alive(), commit_errors
            time.sleep(0.05)
        assert consume(broker.bootstrap, "transactions") == []
        assert consume(broker.bootstrap, "t")[:len(stored)] == stored  # reading goes on

        ballast.unlink()
        (disk / "rest").unlink()
        waiting.join(70)
        assert not waiting.is_alive() and not commit_errors, commit_errors
        assert consume(broker.bootstrap, "transactions") == ["decided late"]
        good, errors = produce(broker.bootstrap, "t", ["there is room again"])
        assert good == ["there is room again"] and not errors
        for _ in range(2):
            got = consume(broker.bootstrap, "t")
            assert [value for value in got if value in set(stored)] == stored and got[-1] == "there is room again"
            broker.process.kill()
            broker.start()


def fill_up(folder):
    with open(folder / "rest", "wb", buffering=0) as rest:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    rest.write(bytes(size))
            except OSError:
                continue


def test_a_data_folder_serves_one_process(folder):
    with peers.Broker(folder) as broker:
        second = peers.millrace("broker", "--listen", f"127.0.0.1:{peers.free_port()}", "--data-dir", folder / "broker", check=False)
        assert second.returncode != 0
        text = second.stdout + second.stderr
        assert f"The data folder {folder}/broker is in use by the Millrace broker (process {broker.process.popen.pid})" in text, text
        assert "Stop that process or choose another folder." in text
        good, _ = produce(broker.bootstrap, "t", ["served"])
        assert good == ["served"]
        broker.process.kill()
        broker.start()  # a death of any kind gives the folder free
        assert consume(broker.bootstrap, "t") == ["served"]
