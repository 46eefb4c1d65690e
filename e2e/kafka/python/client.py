"""Does one script with one Python client of Kafka and prints what it saw: see ../kafka.test.ts."""
import sys
import threading
import time

BROKERS, LIBRARY, TOPIC = sys.argv[1:4]
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
PATIENCE = 30


class KafkaPython:
    def __init__(self):
        import kafka
        self.kafka = kafka

    def produce(self, codec, messages):
        producer = self.kafka.KafkaProducer(bootstrap_servers=BROKERS, acks="all",
                                            compression_type=None if codec == "none" else codec)
        for partition, key, value in messages:
            producer.send(TOPIC, value.encode(), key.encode(), headers=[("h", codec.encode())],
                          partition=partition).get(PATIENCE)
        producer.close()

    def offsets(self):
        consumer = self.kafka.KafkaConsumer(bootstrap_servers=BROKERS)
        partitions = [self.kafka.TopicPartition(TOPIC, p) for p in range(3)]
        first, end = consumer.beginning_offsets(partitions), consumer.end_offsets(partitions)
        consumer.close()
        return [(p.partition, first[p], end[p]) for p in partitions]

    def consumer(self, group):
        return self.kafka.KafkaConsumer(TOPIC, bootstrap_servers=BROKERS, group_id=group, enable_auto_commit=False,
                                        auto_offset_reset="earliest")

    def poll(self, consumer):
        return [(m.partition, m.offset, m.key.decode(), m.value.decode(), m.headers[0][1].decode())
                for batch in consumer.poll(timeout_ms=1000).values() for m in batch]

    def commit(self, consumer):
        consumer.commit()

    def assigned(self, consumer):
        return len(consumer.assignment())


class Confluent:
    def __init__(self):
        import confluent_kafka
        self.kafka = confluent_kafka

    def produce(self, codec, messages):
        producer = self.kafka.Producer({"bootstrap.servers": BROKERS, "compression.codec": codec,
                                        "enable.idempotence": True, "linger.ms": 0})
        failed = []
        for partition, key, value in messages:
            producer.produce(TOPIC, value.encode(), key.encode(), partition, headers=[("h", codec.encode())],
                             on_delivery=lambda error, _: error and failed.append(error))
            producer.flush(PATIENCE)
        if failed:
            raise RuntimeError(failed)

    def offsets(self):
        consumer = self.kafka.Consumer({"bootstrap.servers": BROKERS, "group.id": "offsets"})
        found = [(p, *consumer.get_watermark_offsets(self.kafka.TopicPartition(TOPIC, p), PATIENCE)) for p in range(3)]
        consumer.close()
        return found

    def consumer(self, group):
        consumer = self.kafka.Consumer({"bootstrap.servers": BROKERS, "group.id": group, "enable.auto.commit": False,
                                        "auto.offset.reset": "earliest", "heartbeat.interval.ms": 200})
        consumer.subscribe([TOPIC])
        return consumer

    def poll(self, consumer):
        m = consumer.poll(0.2)
        if m is None:
            return []
        if m.error():
            raise RuntimeError(m.error())
        return [(m.partition(), m.offset(), m.key().decode(), m.value().decode(), m.headers()[0][1].decode())]

    def commit(self, consumer):
        consumer.commit(asynchronous=False)

    def assigned(self, consumer):
        return len(consumer.assignment())


client = {"kafka-python": KafkaPython, "confluent-kafka": Confluent}[LIBRARY]()


def take(count):
    consumer, lines = client.consumer(TOPIC + "-group"), []
    deadline = time.monotonic() + PATIENCE
    while len(lines) < count:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{len(lines)} of {count} messages")
        lines += ["%d/%d %s %s %s" % m for m in client.poll(consumer)]
    client.commit(consumer)
    consumer.close()
    return sorted(lines)


for codec in CODECS:
    client.produce(codec, [(p, f"key-{p}", f"{codec}-{p}") for p in range(3)])
for partition, first, end in client.offsets():
    print("offsets", partition, first, end)
for line in take(3 * len(CODECS)):
    print("record", line)
client.produce("none", [(1, "key-1", "after")])
for line in take(1):
    print("resumed", line)

counts, stop = [0, 0], threading.Event()


def member(index):
    consumer = client.consumer(TOPIC + "-shared")
    while not stop.is_set():
        client.poll(consumer)
        counts[index] = client.assigned(consumer)
    consumer.close()


members = [threading.Thread(target=member, args=(index,), daemon=True) for index in range(2)]
for one in members:
    one.start()
deadline = time.monotonic() + PATIENCE
while sorted(counts) != [1, 2]:
    if time.monotonic() > deadline:
        raise RuntimeError(f"shared {counts}")
    time.sleep(0.05)
print("shared", *sorted(counts))
stop.set()
for one in members:
    one.join()
