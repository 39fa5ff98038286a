"""Unmodified Kafka clients in four languages against the embedded broker: every codec, groups, rebalances."""
import json
import subprocess
import sys
import time

import pytest

sys.path.insert(0, "/usr/lib/python3/dist-packages")
import peers

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def values(count, tag):
    return [f"{tag}-{i}-" + "x" * (i % 50) for i in range(count)]


@pytest.mark.parametrize("codec", CODECS)
def test_kcat_produces_and_consumes(broker, codec):
    sent = values(500, codec)
    peers.run(["kcat", "-P", "-b", broker.bootstrap, "-t", f"kcat-{codec}", "-z", codec, "-p", "0"], input="\n".join(sent) + "\n")
    got = peers.run(["kcat", "-C", "-b", broker.bootstrap, "-t", f"kcat-{codec}", "-o", "beginning", "-e", "-q"]).stdout.splitlines()
    assert got == sent


@pytest.mark.parametrize("codec", CODECS)
def test_confluent_python_produces_and_consumes(broker, codec):
    from confluent_kafka import Consumer, Producer
    topic, sent = f"py-{codec}", values(1000, codec)
    producer = Producer({"bootstrap.servers": broker.bootstrap, "compression.codec": codec, "enable.idempotence": True})
    failures = []
    for i, value in enumerate(sent):
        producer.produce(topic, value, key=str(i), on_delivery=lambda error, message: error and failures.append(error))
    assert producer.flush(30) == 0 and not failures
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": f"g-{codec}", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    got, end = {}, time.monotonic() + 30
    while len(got) < len(sent) and time.monotonic() < end:
        message = consumer.poll(1)
        if message is not None and message.error() is None:
            got[int(message.key())] = message.value().decode()
    consumer.close()
    assert [got[i] for i in range(len(sent))] == sent


def test_a_second_group_member_takes_over_half_and_gives_it_back(broker):
    from confluent_kafka import Consumer
    peers.millrace("topics", "create", "shared", "--partitions", "4", "--bootstrap-server", broker.bootstrap)

    def member():
        consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "half", "session.timeout.ms": 6000})
        consumer.subscribe(["shared"])
        return consumer

    def settle(members, expected):
        end = time.monotonic() + 40
        while time.monotonic() < end:
            for one in members:
                one.poll(0.2)
            if sorted(len(one.assignment()) for one in members) == expected:
                return
        raise AssertionError([len(one.assignment()) for one in members])

    first = member()
    settle([first], [4])
    second = member()
    settle([first, second], [2, 2])
    second.close()
    settle([first], [4])
    first.close()


def test_committed_offsets_survive_a_broker_restart(broker):
    from confluent_kafka import Consumer, TopicPartition
    peers.run(["kcat", "-P", "-b", broker.bootstrap, "-t", "kept", "-p", "0"], input="\n".join(values(10, "k")) + "\n")
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "keeper"})
    consumer.commit(offsets=[TopicPartition("kept", 0, 7)], asynchronous=False)
    consumer.close()
    broker.process.stop()
    broker.start()
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "keeper"})
    assert consumer.committed([TopicPartition("kept", 0)], timeout=10)[0].offset == 7
    consumer.close()


def test_kafka_python_produces_and_consumes(broker):
    from kafka import KafkaConsumer, KafkaProducer
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, acks="all")
    for value in values(200, "kp"):
        producer.send("kafka-python", value.encode())
    producer.flush(30)
    consumer = KafkaConsumer("kafka-python", bootstrap_servers=broker.bootstrap, group_id="kp", auto_offset_reset="earliest",
                             consumer_timeout_ms=8000)
    got = set()
    for message in consumer:
        got.add(message.value.decode())
        if len(got) == 200:
            break
    consumer.close()
    assert got == set(values(200, "kp"))


KAFKAJS = """
const { Kafka, CompressionTypes, CompressionCodecs, logLevel } = require('kafkajs');
CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy');
const [bootstrap, codec] = process.argv.slice(1);
const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR });
(async () => {
  const producer = kafka.producer();
  await producer.connect();
  const messages = Array.from({ length: 300 }, (_, i) => ({ key: `${i}`, value: `v${i}`, headers: { n: `${i}` } }));
  await producer.send({ topic: `js-${codec}`, compression: CompressionTypes[codec], messages });
  await producer.disconnect();
  const consumer = kafka.consumer({ groupId: `js-${codec}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [`js-${codec}`], fromBeginning: true });
  const got = new Map();
  await consumer.run({ eachMessage: async ({ message }) => {
    got.set(message.key.toString(), [message.value.toString(), message.headers.n.toString()]);
    if (got.size === 300) { console.log(JSON.stringify([...got])); process.exit(0); }
  } });
})().catch((error) => { console.error(error); process.exit(1); });
"""


@pytest.mark.parametrize("codec", ["None", "GZIP", "Snappy"])
def test_kafkajs_produces_and_consumes(broker, node_modules, codec):
    done = peers.run(["node", "-e", KAFKAJS, "--", broker.bootstrap, codec], cwd=node_modules, timeout=60)
    got = dict(json.loads(done.stdout.splitlines()[-1]))
    assert got == {str(i): [f"v{i}", str(i)] for i in range(300)}


REGISTRY_JS = """
const { SchemaRegistryClient, AvroSerializer, AvroDeserializer, SerdeType } = require('@confluentinc/schemaregistry');
const client = new SchemaRegistryClient({ baseURLs: [process.argv[1]] });
const schema = (fields) => JSON.stringify({ type: 'record', name: 'Sale', fields });
const base = [{ name: 'store', type: 'string' }, { name: 'amount', type: 'int' }];
(async () => {
  const id = await client.register('js-value', { schema: schema(base), schemaType: 'AVRO' });
  const again = await client.register('js-value', { schema: schema(base), schemaType: 'AVRO' });
  const wider = [...base, { name: 'note', type: ['null', 'string'], default: null }];
  const compatible = await client.testSubjectCompatibility('js-value', { schema: schema(wider), schemaType: 'AVRO' });
  const broken = await client.testSubjectCompatibility('js-value', { schema: schema([...base, { name: 'x', type: 'int' }]), schemaType: 'AVRO' });
  const second = await client.register('js-value', { schema: schema(wider), schemaType: 'AVRO' });
  const versions = await client.getAllVersions('js-value');
  const latest = await client.getLatestSchemaMetadata('js-value');
  const subjects = await client.getAllSubjects();
  const serializer = new AvroSerializer(client, SerdeType.VALUE, { useLatestVersion: true });
  const bytes = await serializer.serialize('js', { store: 'ABC', amount: 7, note: null });
  const back = await new AvroDeserializer(client, SerdeType.VALUE, {}).deserialize('js', bytes);
  await client.deleteSubject('js-value');
  const left = await client.getAllSubjects();
  console.log(JSON.stringify({ same: id === again, compatible, broken, grew: second > id, versions, latest: latest.id === second,
                               subjects, magic: bytes[0], back, left }));
})().catch((error) => { console.error(error); process.exit(1); });
"""


def test_official_javascript_registry_client(registry, node_modules):
    done = peers.run(["node", "-e", REGISTRY_JS, "--", registry.url], cwd=node_modules, timeout=60)
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "same": True, "compatible": True, "broken": False, "grew": True, "versions": [1, 2], "latest": True,
        "subjects": ["js-value"], "magic": 0, "back": {"store": "ABC", "amount": 7, "note": None}, "left": []}


@pytest.mark.parametrize("codec", CODECS)
def test_java_console_tools_produce_and_consume(broker, kafka_jars, codec):
    java, topic, sent = ["java", "-Xmx256m", "-cp", f"{kafka_jars}/*"], f"java-{codec}", values(300, codec)
    peers.run([*java, "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", broker.bootstrap, "--create", "--topic", topic,
               "--partitions", "1", "--replication-factor", "1"])
    peers.run([*java, "kafka.tools.ConsoleProducer", "--bootstrap-server", broker.bootstrap, "--topic", topic,
               "--compression-codec", codec], input="\n".join(sent) + "\n")
    got = peers.run([*java, "org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", broker.bootstrap, "--topic", topic,
                     "--from-beginning", "--max-messages", str(len(sent)), "--timeout-ms", "30000", "--group", f"java-{codec}"]).stdout
    assert got.splitlines() == sent


def test_java_admin_tools_describe_topics_and_groups(broker, kafka_jars):
    java = ["java", "-Xmx256m", "-cp", f"{kafka_jars}/*"]
    admin = ["--bootstrap-server", broker.bootstrap]
    peers.run([*java, "org.apache.kafka.tools.TopicCommand", *admin, "--create", "--topic", "described", "--partitions", "3",
               "--config", "cleanup.policy=compact"])
    text = peers.run([*java, "org.apache.kafka.tools.TopicCommand", *admin, "--describe", "--topic", "described"]).stdout
    assert "PartitionCount: 3" in text and "cleanup.policy=compact" in text
    peers.run(["kcat", "-P", "-b", broker.bootstrap, "-t", "described", "-p", "1", "-K", ":"], input="k:v\n")
    peers.run([*java, "org.apache.kafka.tools.consumer.ConsoleConsumer", *admin, "--topic", "described", "--from-beginning",
               "--max-messages", "1", "--timeout-ms", "20000", "--group", "readers"])
    text = peers.run([*java, "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", *admin, "--describe", "--group", "readers"]).stdout
    assert "described" in text
