"""The confluent-kafka client of the checks, used as its siblings are:

    client.py produce BOOTSTRAP TOPIC CODEC <rows     KEY<TAB>VALUE lines, all acknowledged at exit 0
    client.py consume BOOTSTRAP TOPIC                 from the beginning to the end of every partition
    client.py member  BOOTSTRAP TOPIC GROUP           in a group until SIGTERM

Rows that are read are printed as PARTITION<TAB>OFFSET<TAB>KEY<TAB>VALUE; a member prints before it commits.
"""
import signal
import sys
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition

OUT = sys.stdout.buffer


def produce(bootstrap, topic, codec):
    failures = []
    producer = Producer({"bootstrap.servers": bootstrap, "compression.type": codec, "acks": "all", "enable.idempotence": True,
                         "queue.buffering.max.messages": 1_000_000, "linger.ms": 5})

    def delivered(error, _):
        if error is not None:
            failures.append(error)

    for line in sys.stdin.buffer:
        key, value = line.rstrip(b"\n").split(b"\t", 1)
        producer.produce(topic, value, key, on_delivery=delivered)
        producer.poll(0)
    left = producer.flush(120)
    if failures or left:
        sys.exit(f"confluent: {left} not delivered, {failures[:1]}")


def show(messages):
    for m in messages:
        if m.error() is not None:
            raise KafkaException(m.error())
        OUT.write(b"%d\t%d\t%s\t%s\n" % (m.partition(), m.offset(), m.key(), m.value()))
    OUT.flush()


def consume(bootstrap, topic):
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "confluent-consume", "enable.auto.commit": False,
                         "enable.partition.eof": True})
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in partitions])
    unfinished, last = set(partitions), time.monotonic()
    while unfinished:
        messages = consumer.consume(2000, timeout=0.2)  # returns when it has 2,000 or the time is over
        if messages:
            last = time.monotonic()
        elif time.monotonic() - last > 10:
            sys.exit("confluent: nothing for 10 seconds")
        ends = [m for m in messages if m.error() is not None and m.error().code() == KafkaError._PARTITION_EOF]
        unfinished -= {m.partition() for m in ends}
        show(m for m in messages if m not in ends)
    consumer.close()


def member(bootstrap, topic, group):
    running = True

    def stop(*_):
        nonlocal running
        running = False

    signal.signal(signal.SIGTERM, stop)
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest",
                         "enable.auto.commit": False, "session.timeout.ms": 6000, "heartbeat.interval.ms": 500})
    consumer.subscribe([topic])
    while running:
        # a rebalance is served inside consume(): every row handed out before has been committed by then
        messages = consumer.consume(2000, timeout=0.5)
        show(messages)
        if messages:
            try:
                consumer.commit(asynchronous=False)
            except KafkaException as error:
                print("confluent: commit:", error, file=sys.stderr)
    consumer.close()


if __name__ == "__main__":
    {"produce": produce, "consume": consume, "member": member}[sys.argv[1]](*sys.argv[2:])
