"""Consuming: what a GB costs the broker, from the tail and from cold segments."""
import json
import os
import subprocess

from rows import Row, Target
from sides import consumer, finish, produce

RATE = 60_000  # records of 1 KiB a second
CONSUMERS = 4


def tail(bed, name):
    """Four consumers that follow a producer of 60 MB/s. Producing alone is measured first and taken off; four, so that what is left
    is large beside what is taken off."""
    side, count = bed.side(name), bed.count(240_000)

    def load(topic, readers):
        readers = [consumer(side, topic, 1, count) for _ in range(readers)]
        try:
            produce(side, topic, 1, count, 1024, "batch.size=131072", "linger.ms=5", f"rate={RATE}")
        finally:
            for reader in readers:
                finish(reader, 60)

    while True:
        spent = []
        for readers in (0, CONSUMERS):
            with side.topic(1, "page cache") as topic:
                spent.append(side.cpu_of(lambda: load(topic, readers))[1])
        gigabytes = count * 1024 / 1e9
        yield {"CPU s/GB": max(0.0, spent[1] - spent[0]) / gigabytes / CONSUMERS, "CPU s/GB, producing alone": spent[0] / gigabytes}


def drop_from_memory(paths):
    """Writes the files to the disk and drops them from the page cache; says how much of them stayed there."""
    for path in paths:
        file = os.open(path, os.O_RDONLY)
        os.fdatasync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)
    cached = subprocess.run(["fincore", "--bytes", "--noheadings", "--output", "RES", *paths], capture_output=True, text=True, check=True).stdout
    return sum(map(int, cached.split())) / max(1, sum(os.path.getsize(path) for path in paths))


def cold(bed, name):
    """A consumer from the beginning of 1 GB in segments of 64 MiB, dropped from the page cache before each sample."""
    side, count = bed.side(name), bed.count(1_000_000)
    with side.topic(4, "page cache", "segment.bytes=67108864") as topic:
        produce(side, topic, 4, count, 1024)
        while True:
            stayed = drop_from_memory([path for path in side.files(topic) if path.suffix in ("", ".log")])
            assert stayed < 0.02, f"{stayed:.0%} of the data stayed in the page cache"
            said, spent = side.cpu_of(lambda: json.loads(finish(consumer(side, topic, 4, count))))
            yield {"CPU s/GB": spent / (count * 1024 / 1e9), "MB/s": said["MB_s"]}


TARGETS = [Target("CPU s/GB", "kafka", 0.5), Target("CPU s/GB", "bare", 1.5)]
ROWS = [
    Row("consume-cpu-tail", "broker CPU for each GB consumed from the tail by 4 consumers (less producing alone), 1 KiB records, 1 partition", tail,
        {"vltava": 11, "kafka": 11, "bare": 11}, TARGETS, limits={"CPU s/GB": "bare"}),
    Row("consume-cpu-cold", "broker CPU for each GB consumed from cold segments, 1 KiB records, 4 partitions", cold,
        {"vltava": 4, "kafka": 4, "bare": 4}, TARGETS, 20, limits={"CPU s/GB": "bare"}),
]
