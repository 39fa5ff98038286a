"""A job that is killed and started again goes on with its output, and it is exact. How fast: test/chaos/recovery.py."""
import pytest

import recovery


@pytest.mark.parametrize("backend", ["hashmap", "rocksdb"])
def test_output_resumes_after_a_kill(broker, folder, backend):
    assert len(recovery.measure(recovery.millrace(backend), keys=20_000, kills=2, folder=folder, bootstrap=broker.bootstrap)) == 2
