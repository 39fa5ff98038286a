"""The clusters that jobs are tried on: a real Apache Kafka and the embedded broker, one of each per file."""
import pytest

import peers
from ledger import JobProcess


@pytest.fixture(scope="module")
def apache(kafka_jars):
    with peers.work_directory("chaos-kafka") as folder, peers.ApacheKafka(folder, kafka_jars) as running:
        yield running


@pytest.fixture(scope="module")
def embedded():
    with peers.work_directory("chaos-broker") as folder, peers.Broker(folder) as running:
        yield running


@pytest.fixture(params=["embedded", "apache"])
def cluster(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(autouse=True)
def no_job_outlives_its_test(folder):  # killed before its folder is removed
    yield
    for job in JobProcess.all:
        job.kill()
    JobProcess.all.clear()
