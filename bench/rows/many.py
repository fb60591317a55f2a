"""Ten thousand partitions: making them, the memory they take, and starting with them and 5 GB."""
import re
import time

from confluent_kafka.admin import AdminClient

from rows import Row, Target
from sides import BATCHED, RDLOAD, Side, produce, run, start

TOPICS, PARTITIONS = 100, 100
LOADED_TOPICS = 10
WRITER_SECONDS = 2
CREATE_SECONDS_MAX = 600


def create(side, topics, partitions):
    """Topics one after another until Metadata names a leader for every partition; seconds."""
    before = time.monotonic()
    try:
        said = run(RDLOAD, "create", side.bootstrap, "many", partitions, topics, 0, seconds=CREATE_SECONDS_MAX)
        return sum(map(float, re.search(r"in ([\d.]+) s .*all led ([\d.]+) s", said).groups()))
    except AssertionError as error:
        if "leaders" not in str(error):
            raise
    admin = AdminClient({"bootstrap.servers": side.bootstrap})  # rdload waits for two minutes and no more
    while True:
        found = admin.list_topics(timeout=60).topics.values()
        led = sum(partition.leader >= 0 for topic in found if topic.topic.startswith("many") for partition in topic.partitions.values())
        took = time.monotonic() - before
        if led >= topics * partitions:
            return took
        assert took < CREATE_SECONDS_MAX, f"only {led} leaders after {took:.0f} s"
        time.sleep(0.2)


def creating(bed, name):
    """A fresh broker each time. The last one is kept, stopped, for `starting`."""
    bed.rest()
    topics = bed.count(TOPICS, 5)
    while True:
        side = Side(name).start()
        stopped = False
        try:
            took, spent = side.cpu_of(lambda: create(side, topics, PARTITIONS))
            time.sleep(bed.seconds(4))
            figures = {"s": took, "CPU s": spent, "RSS MiB": side.process.memory_mib()}
            if "start-many" in bed.wanted:
                side.stop()
                stopped = True
        finally:
            kept = bed.kept.pop(name, None)
            if kept:
                kept.dispose()
            if stopped:
                bed.kept[name] = side
            else:
                side.dispose()
        yield figures


def starting(bed, name):
    """Stops and starts again, then kills and starts again while a producer writes."""
    bed.rest()
    topics, count = bed.count(TOPICS, 5), bed.count(5_000_000 // LOADED_TOPICS)
    side = bed.kept.pop(name, None)
    made = side is not None
    side = side or Side(name)
    try:
        side.start()
        if not made:
            create(side, topics, PARTITIONS)
        for i in range(min(LOADED_TOPICS, topics)):
            produce(side, f"many-{i}", PARTITIONS, count, 1000)
        while True:
            before = time.monotonic()
            side.stop()
            stopping = time.monotonic() - before
            side.start()
            clean = side.broker.start_ms
            writer = start(RDLOAD, "produce", side.bootstrap, "many-0", PARTITIONS, 100_000_000, 1024, "rate=50000", *BATCHED)
            time.sleep(WRITER_SECONDS)
            side.kill()
            writer.kill()
            writer.communicate()
            side.start()
            yield {"ms after a clean stop": clean, "ms after SIGKILL": side.broker.start_ms, "ms to stop": stopping * 1000}
    finally:
        side.dispose()


ROWS = [
    Row("create-many", "creating 10,000 partitions (100 topics, one after another) until all have leaders; memory with them", creating,
        {"vltava": 12, "kafka": 90}, [Target("s", "kafka", 0.1), Target("RSS MiB", "kafka", 0.1)]),
    Row("start-many", "start to first answer with 10,000 partitions and 5 GB", starting, {"vltava": 8, "kafka": 62},
        [Target("ms after a clean stop", "kafka", 0.1), Target("ms after SIGKILL", "kafka", 0.1)], 60, in_turn=False),
]
