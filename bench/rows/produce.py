"""Producing to the page cache: what a GB costs the broker, and how fast it goes with many producers."""
import contextlib
import json
import time

from rows import Row, Target
from sides import BATCHED, RDLOAD, WIRE, finish, produce, run, start

PRODUCERS = 8
CONNECTIONS = 64
PARTITIONS = 16


def cpu(partitions):
    """One librdkafka producer of 1 KiB records. The bare loop gets the same requests from the same client."""

    def samples(bed, name):
        side, count = bed.side(name), bed.count(1_000_000)
        while True:
            with side.topic(partitions, "page cache") as topic:
                said, spent = side.cpu_of(lambda: produce(side, topic, partitions, count, 1024))
            yield {"CPU s/GB": spent / (said["bytes"] / 1e9), "MB/s": said["MB_s"]}

    return samples


def throughput(size, settings, count):
    """Eight librdkafka producers at once; the sink takes the same and does nothing with it, so it shows how fast the clients are."""

    def samples(bed, name):
        side, each = bed.side(name), bed.count(count / PRODUCERS)
        while True:
            with contextlib.ExitStack() as stack:
                topic = stack.enter_context(side.topic(PARTITIONS, "page cache"))
                began = time.monotonic()

                def load():
                    loads = [start(RDLOAD, "produce", side.bootstrap, topic, PARTITIONS, each, size, "acks=all", *settings) for _ in range(PRODUCERS)]
                    for process in loads:
                        stack.callback(process.kill)
                    said = [json.loads(finish(process)) for process in loads]
                    return sum(one["records"] for one in said), time.monotonic() - began

                (records, took), spent = side.cpu_of(load)
            yield {"records/s": records / took, "MB/s": records * size / took / 1e6, "CPU s/GB": spent / (records * size / 1e9)}

    return samples


def wire(size, records):
    """Requests made beforehand (c/wire.c), so that the broker is the limit and not the client: 64 connections, so many records in
    each request, 4 requests under way on each. The bare loop shows what kernel and page cache allow."""

    def samples(bed, name):
        side, seconds = bed.side(name), bed.seconds(2)
        while True:
            with side.topic(PARTITIONS, "page cache") as topic:
                load = ("produce", side.bootstrap, topic, PARTITIONS, seconds, CONNECTIONS, 4, records, size)
                said, spent = side.cpu_of(lambda: json.loads(run(WIRE, *load)))
            yield {"records/s": said["records_s"], "MB/s": said["MB_s"], "CPU s/GB": spent / (said["MB_s"] * seconds / 1e3)}

    return samples


CPU = [
    Row(f"produce-cpu-{partitions}", f"broker CPU for each GB produced, 1 KiB records, {partitions} partition{'s'[:partitions > 1]}", cpu(partitions),
        {"vltava": 4.5, "kafka": 7, "bare": 4.5}, [Target("CPU s/GB", "kafka", 0.2), Target("CPU s/GB", "bare", 2)], 25 if partitions == 1 else 0,
        limits={"CPU s/GB": "bare"})
    for partitions in (1, 16)]
THROUGHPUT = [
    Row(f"throughput-{size}-{mode}", f"{PRODUCERS} librdkafka producers, {size}-byte records, {mode}, {PARTITIONS} partitions",
        throughput(size, settings, count), {"vltava": 4, "kafka": 5, "sink": 3.5}, [Target("records/s", "kafka", 2, at_least=True)],
        limits={"records/s": "sink"}, most={"sink": 3})
    for size, count in ((1024, 600_000), (100, 2_000_000)) for mode, settings in (("batched", BATCHED), ("linger.ms=0", ("linger.ms=0",)))]
WIRED = [
    Row(f"wire-{size}-{mode}", f"{CONNECTIONS} producers of ready-made requests, {size}-byte records, {records} a request, {PARTITIONS} partitions",
        wire(size, records), {"vltava": 3.5, "kafka": 3.5, "bare": 3.2}, [Target("records/s", "kafka", 2, at_least=True)],
        limits={"records/s": "bare"}, most={"bare": 3})
    for size, mode, records in ((1024, "batched", 128), (1024, "single", 1), (100, "batched", 1280), (100, "single", 1))]
