"""Memory after a load that lasts."""
import contextlib
import time

from rows import Row, Target
from sides import BATCHED, RDLOAD, Side, start

RATE = 20_000  # records of 1 KiB a second
PARTITIONS = 16


@contextlib.contextmanager
def under_load(name):
    """A fresh broker with 20 MB/s in and out; retention keeps 64 MiB of each partition, so that the disk is not filled."""
    side, programs = Side(name), []
    try:
        side.start()
        with side.topic(PARTITIONS, "page cache", "segment.bytes=16777216", "retention.bytes=67108864") as topic:
            programs.append(start(RDLOAD, "produce", side.bootstrap, topic, PARTITIONS, 1_000_000_000, 1024, f"rate={RATE}", *BATCHED))
            programs.append(start(RDLOAD, "consume", side.bootstrap, topic, PARTITIONS, 1_000_000_000, 0))
            try:
                yield side, programs
            finally:
                for program in programs:
                    program.kill()
                    program.communicate()
    finally:
        side.dispose()


def loaded(minutes):
    """Both brokers at once, each with clients of its own: it is memory that counts, and the time is half."""
    measured = {}

    def samples(bed, name):
        bed.rest()
        while True:
            if name not in measured:
                with under_load("vltava") as ours, under_load("kafka") as theirs:
                    time.sleep(minutes * 60)
                    for side, programs in (ours, theirs):
                        assert all(program.poll() is None for program in programs), f"{side.name}: a client ended before its time"
                        measured[side.name] = {"RSS MiB": side.process.memory_mib()}
            yield measured.pop(name)

    return samples


def row(minutes):
    """For that many minutes of load. One sample: the time is long, and memory hardly depends on chance."""
    return Row(f"memory-load-{minutes:g}m", f"memory after {minutes:g} min of 20 MB/s in and out, {PARTITIONS} partitions", loaded(minutes),
               {"vltava": minutes * 60 + 10, "kafka": 0}, [Target("RSS MiB", "kafka", 0.2)], most={"vltava": 1, "kafka": 1})
