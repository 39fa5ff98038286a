"""The short form of soak.py: half a minute on each state backend; the long form is run by hand."""
import pytest

import soak


@pytest.mark.parametrize("backend", ["hashmap", "rocksdb"])
def test_memory_files_and_disk_stay_flat(folder, backend):
    assert soak.run(0.5, 100_000, folder, backend, segment_mib=1) == []
