"""End-to-end latency (c/wire.c): from when a record was due at the producer to when a consumer has it."""
import json

from rows import Row, Target, produce
from sides import WIRE, run

PARTITIONS = 4


def half_of_kafka(bed):
    """Half of the MB/s that the row throughput-1024-batched saw of Kafka, in bytes a second; measured now if it was not."""
    most = bed.store.median("throughput-1024-batched", "kafka", "MB/s")
    if most is None:
        measured = produce.THROUGHPUT[0].run(bed, "kafka")
        most = next(measured)["MB/s"]
        measured.close()
    return most * 1e6 / 2


def end_to_end(durability, rate, requests=1000):
    """rate: bed -> bytes a second, in so many requests a second."""

    def samples(bed, name):
        side, bytes_a_second = bed.side(name), rate(bed)
        while True:
            with side.topic(PARTITIONS, durability) as topic:
                said = json.loads(run(WIRE, "e2e", side.bootstrap, topic, PARTITIONS, bed.seconds(4) + 1, bytes_a_second, requests, 1024))
            yield {"p50 ms": said["p50_ms"], "p99 ms": said["p99_ms"], "p99.9 ms": said["p999_ms"], "MB/s": said["MB_s"]}

    return samples


def row(name, title, samples):
    targets = [Target("p50 ms", "kafka", 1 / 2), Target("p99 ms", "kafka", 1 / 3), Target("p99.9 ms", "kafka", 1 / 5)]
    return Row(name, f"end to end, 1 KiB records, {PARTITIONS} partitions, {title}", samples, {"vltava": 6, "kafka": 6, "bare": 5.5}, targets,
               limits={target.figure: "bare" for target in targets}, most={"bare": 2})


ROWS = [
    row("latency-5", "5 MB/s in 1,000 requests, page cache", end_to_end("page cache", lambda bed: 5e6)),
    row("latency-half", "half of Kafka's maximum in 1,000 requests, page cache", end_to_end("page cache", half_of_kafka)),
    row("latency-5-fsync", "5 MB/s in 200 requests, fsync before the answer (bare: page cache)", end_to_end("fsync", lambda bed: 5e6, 200)),
]
