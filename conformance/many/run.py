"""Many partitions on one node, most of them idle: what they cost beside a few.

Creates topics of 100 partitions, writes to some of the partitions and commits offsets of a group, and measures creation, memory, files,
idle CPU, the latency of one record, and the starts after a stop and after SIGKILL; then reads back what was written. Once with 100
partitions and once with many (10,000; `--full` 100,000).
"""
import pathlib
import statistics
import sys
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

import brokers

EACH = 100  # partitions of a topic
USED = 100  # partitions that are written to
RECORDS = 1_000
AT_ONCE = 50  # topics in one request
# Bounds for any machine, far above what is measured on one that is not busy.
START_SECONDS, MANY_MIB = 5.0, 150


def proc(broker):
    """(resident MiB, open files, CPU seconds)"""
    folder = pathlib.Path(f"/proc/{broker.pid}")
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    ticks = (folder / "stat").read_text().rsplit(")", 1)[1].split()
    return int(status["VmRSS"].split()[0]) / 1024, len(list((folder / "fd").iterdir())), (int(ticks[11]) + int(ticks[12])) / 100


def create(bootstrap, count):
    """Seconds until every partition has a leader."""
    admin, began = AdminClient({"bootstrap.servers": bootstrap}), time.monotonic()
    names = [f"many-{number}" for number in range(count // EACH)]
    for at in range(0, len(names), AT_ONCE):
        made = admin.create_topics([NewTopic(name, EACH, 1) for name in names[at:at + AT_ONCE]], request_timeout=120)
        for future in made.values():
            future.result()
    topics = admin.list_topics(timeout=60).topics
    leaders = sum(partition.leader >= 0 for name in names for partition in topics[name].partitions.values())
    assert leaders == count, f"{leaders} of {count} have leaders"
    return time.monotonic() - began


def produce(bootstrap, count):
    """Writes to partitions all over; returns the median and the largest seconds of one record at a time."""
    failed = []
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0, "acks": "all"})
    seconds = []
    for number in range(RECORDS):
        place = number % USED * (count // USED)
        began = time.monotonic()
        producer.produce(f"many-{place // EACH}", str(number).encode(), partition=place % EACH,
                         on_delivery=lambda error, _: error and failed.append(error))
        assert producer.flush(60) == 0
        seconds.append(time.monotonic() - began)
    assert not failed, failed[:3]
    return statistics.median(seconds), max(seconds)


def consume(bootstrap, count):
    """Reads all that was written, and commits; returns how many records there were."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "many", "enable.auto.commit": False, "auto.offset.reset": "earliest"})
    places = [number * (count // USED) for number in range(USED)]
    consumer.assign([TopicPartition(f"many-{place // EACH}", place % EACH, 0) for place in places])
    values, until = set(), time.monotonic() + 60
    while len(values) < RECORDS and time.monotonic() < until:
        values.update(message.value() for message in consumer.consume(1000, 1.0) if not message.error())
    consumer.commit(asynchronous=False)
    consumer.close()
    return len(values)


def start(broker):
    """Seconds to the first answer."""
    return broker.start(120).start_ms / 1000


def measure(count):
    """A row of figures."""
    row = {"partitions": count}
    with brokers.Broker("vltava") as broker:
        row["empty start s"] = broker.start_ms / 1000
        row["MiB empty"] = proc(broker)[0]
        before = proc(broker)[2]
        row["creation s"] = create(broker.bootstrap, count)
        row["creation CPU s"] = proc(broker)[2] - before
        row["MiB created"] = proc(broker)[0]
        median, worst = produce(broker.bootstrap, count)
        row["record ms"], row["worst ms"] = median * 1000, worst * 1000
        row["read"] = consume(broker.bootstrap, count)
        before = proc(broker)[2]
        time.sleep(10)
        row["idle CPU %"] = (proc(broker)[2] - before) * 10
        row["files open"] = proc(broker)[1]
        broker.kill()
        row["start after kill s"] = start(broker)
        row["read after kill"] = consume(broker.bootstrap, count)
        broker.stop(60)
        row["start after stop s"] = start(broker)
        row["MiB started"] = proc(broker)[0]
        row["read after stop"] = consume(broker.bootstrap, count)
        row["folders"] = sum(path.is_dir() for path in broker.data.glob("many-*"))
    return row


def check(report, few, many):
    """What must hold on any machine."""
    reads = [row[name] for row in (few, many) for name in ("read", "read after kill", "read after stop")]
    report("all records are read, before and after each start", all(read == RECORDS for read in reads), f"{reads}")
    report("partitions that nobody wrote to have no folder", many["folders"] == USED, f"{many['folders']} folders")
    slowest = max(many["start after kill s"], many["start after stop s"])
    report("starts are quick", slowest < START_SECONDS, f"{slowest:.2f} s")
    report("little memory", many["MiB started"] < few["MiB started"] + MANY_MIB, f"{many['MiB started']:.0f} MiB")
    report("as many open files as with few partitions", many["files open"] < few["files open"] + 100, f"{many['files open']} files")


def main():
    few, many = measure(100), measure(100_000 if "--full" in sys.argv else 10_000)
    for name in few:
        print(f"{name:22} {few[name]:12.2f} {many[name]:12.2f}")
    results = []

    def report(name, passed, detail):
        results.append(passed)
        print(f"{'ok' if passed else 'FAILED'}  {name}: {detail}")

    check(report, few, many)
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(not all(results))


main()
