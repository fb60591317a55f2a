"""With fsync before the answer: one record a request, and batched."""
import json

from rows import Row, Target
from sides import DISK, WIRE, run

PRODUCERS = 64
# Under way in the batched row: 16 connections of 4 requests of 128 KiB are 8 MiB, the most that the write-ahead log syncs in one go.
CONNECTIONS, DEPTH, RECORDS = 16, 4, 128
CHUNK_BYTES = 8 << 20


def disk(bed, chunk, seconds, file_bytes):
    """The figures of c/disk.c in the place where the brokers have their data."""
    folder = bed.side("bare").folder
    return json.loads(run(DISK, folder / "synced", chunk, seconds, file_bytes))


def single(partitions):
    """64 connections, one request of one 1 KiB record under way on each (c/wire.c)."""

    def samples(bed, name):
        seconds = bed.seconds(3)
        if name == "disk":
            while True:
                said = disk(bed, 4096, seconds / 2, 64 << 20)
                yield {"records/s": said["syncs_s"], "p99 ms": said["p99_ms"]}
        side = bed.side(name)
        with side.topic(partitions, "fsync") as topic:
            while True:
                said = json.loads(run(WIRE, "produce", side.bootstrap, topic, partitions, seconds, PRODUCERS, 1, 1, 1024))
                yield {"records/s": said["records_s"], "p50 ms": said["p50_ms"], "p99 ms": said["p99_ms"]}

    return samples


def batched(bed, name):
    """Requests of 128 records of 1 KiB, 8 MiB of them under way."""
    seconds = bed.seconds(4)
    while True:
        if name == "disk":
            yield {"MB/s": disk(bed, CHUNK_BYTES, seconds, 512 << 20)["MB_s"]}
            continue
        side = bed.side(name)
        with side.topic(16, "fsync") as topic:
            said, spent = side.cpu_of(lambda: json.loads(run(WIRE, "produce", side.bootstrap, topic, 16, seconds, CONNECTIONS, DEPTH, RECORDS, 1024)))
        yield {"MB/s": said["MB_s"], "p99 ms": said["p99_ms"], "CPU s/GB": spent / (said["MB_s"] * seconds / 1e3)}


ROWS = [
    *[Row(f"fsync-{partitions}", f"fsync before the answer, one 1 KiB record a request, {PRODUCERS} producers, {partitions} partition{'s'[:partitions > 1]}",
          single(partitions), {"vltava": 3.2, "kafka": 3.2, "sink": 3.2, "disk": 2},
          [Target("records/s", "kafka", 10, at_least=True), Target("p99 ms", "kafka", 0.1)], 15 if partitions > 100 else 1,
          limits={"records/s": "sink", "p99 ms": "disk"}, most={"sink": 2})
      for partitions in (1, 16, 1000)],
    Row("fsync-batched", "fsync before the answer, batched, 16 partitions; the disk: sequential synced writes of 8 MiB", batched,
        {"vltava": 6, "kafka": 6, "sink": 5.5, "disk": 5.5}, [Target("MB/s", "disk", 0.8, at_least=True)], limits={"MB/s": "sink"}, most={"sink": 2}),
]
