"""Writes each line of its input as a message to one topic, compressed, and prints as many that it reads from the other: see ../weft.test.ts."""
import json
import sys
import time

BROKERS, LIBRARY, CODEC, TO, FROM = sys.argv[1:6]
LINES = [line.strip().encode() for line in sys.stdin if line.strip()]
DEADLINE = time.monotonic() + 60


def show(key, value):
    print(json.dumps({"key": key.decode(), "value": value.decode()}), flush=True)


if LIBRARY == "kafka-python":
    import kafka
    producer = kafka.KafkaProducer(bootstrap_servers=BROKERS, acks="all", compression_type=CODEC)
    for line in LINES:
        producer.send(TO, line).get(30)
    producer.close()
    consumer = kafka.KafkaConsumer(FROM, bootstrap_servers=BROKERS, group_id="python", auto_offset_reset="earliest")
    left = len(LINES)
    while left > 0 and time.monotonic() < DEADLINE:
        for batch in consumer.poll(timeout_ms=1000).values():
            for message in batch:
                show(message.key, message.value)
                left -= 1
else:
    import confluent_kafka
    producer = confluent_kafka.Producer({"bootstrap.servers": BROKERS, "compression.type": CODEC})
    for line in LINES:
        producer.produce(TO, line)
    producer.flush(30)
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": BROKERS, "group.id": "python", "auto.offset.reset": "earliest"})
    consumer.subscribe([FROM])
    left = len(LINES)
    while left > 0 and time.monotonic() < DEADLINE:
        message = consumer.poll(1)
        if message is not None and message.error() is None:
            show(message.key(), message.value())
            left -= 1
consumer.close()
sys.exit(0 if left == 0 else 1)
