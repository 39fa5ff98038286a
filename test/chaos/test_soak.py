"""The short form of soak.py: half a minute on each state backend, slow enough for a busy machine (a job that lags behind fills its
queues); the long form is run by hand."""
import pytest

import soak


@pytest.mark.parametrize("backend", ["hashmap", "rocksdb"])
def test_memory_files_and_disk_stay_flat(folder, backend):
    assert soak.run(0.5, 20_000, folder, backend, segment_mib=1 / 2, retained=3, window=2) == []


def test_growth_behind_the_warm_up_is_found():
    def samples(resident):
        return [{"seconds": float(second), "job.rss": resident(second), "job.fds": 40} for second in range(30)]

    assert soak.verdict(samples(lambda second: min(30 + 10 * second, 120)), 10)[0] == []
    assert soak.verdict(samples(lambda second: 120 + 4 * second), 10)[0] == ["job.rss grew from 168.0 to 228.0"]
