"""Slots and partitions that are not as many: windows close, and what is in a partition that came later is read from its first record."""
import pytest

from ledger import EVENTS, LONG, JobProcess, new_ledger, newest, wait_until


@pytest.fixture(params=["embedded", *["apache"] * LONG])
def cluster(request):
    return request.getfixturevalue(request.param)


def test_slots_without_partitions_do_not_hold_back_windows(cluster, folder):
    """No idle timeout is set: a reader without partitions is left out at once."""
    ledger = new_ledger(cluster, "spare", partitions=1)
    job = JobProcess(folder, ledger.script(parallelism=3))
    ledger.write(EVENTS)
    ledger.check()
    assert job.stop() == 0, job.text()[-3000:]


def test_topic_that_grows_is_read_whole(cluster, folder):
    """Under the reader and while the job is down. The job asks for the latest offsets: that is for its very first start."""
    ledger = new_ledger(cluster, "grows", partitions=1)
    script = ledger.script(parallelism=3).replace(
        "'earliest-offset'", "'latest-offset', 'scan.topic-partition-discovery.interval' = '100 ms'")
    job = JobProcess(folder, script)
    wait_until(lambda: newest(folder) > 0, job)  # so it stands at the beginning of the first partition
    ledger.write(EVENTS // 3)
    ledger.grow(4)
    ledger.write(EVENTS // 3)
    taken = newest(folder)
    wait_until(lambda: newest(folder) > taken + 5, job)
    job.kill()
    ledger.grow(8)
    ledger.write(EVENTS)
    job = JobProcess(folder, script)
    copies = f"{ledger.target}-copy"  # windows may have closed before a partition was found
    got = ledger.read(60, [copies])[copies]
    assert job.stop() == 0, job.text()[-3000:]
    assert got == ledger.expected()[copies]
