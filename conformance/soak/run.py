"""A mixed load for minutes, and whether the broker stays as it is: memory, descriptors, threads, disk.

Producers of all codecs, idempotent and not, with each acks; groups whose members come and go; a fetch session; a slow consumer; topics
that come and go; retention, compaction and DeleteRecords on small segments. Every few seconds a sample is taken; at the end the last
third is compared with the middle third. The first third fills what is bounded: retention, the producers that are remembered, the
write-ahead log's files. Ends with a table and a verdict, one case for each measure.
"""
import os
import pathlib
import statistics
import sys
import time

import brokers
import cases
import load

SETTINGS = {"log.retention.check.interval.ms": 1000, "log.cleaner.backoff.ms": 1000, "producer.id.expiration.ms": 20_000,
            "offsets.topic.num.partitions": 4, "offsets.topic.segment.bytes": 1 << 20, "group.initial.rebalance.delay.ms": 100,
            "internal.wal.file.bytes": 4 << 20, "internal.wal.checkpoint.bytes": 8 << 20, "auto.create.topics.enable": "false"}
MIB = 1 << 20

# What may grow from the middle third to the last, as a part of the middle one and on top of it. Anonymous memory: the allocator keeps
# what a burst took, so a few MiB come and go; a leak of 100 bytes a request would show as some 10 MiB in 20 minutes. Descriptors:
# connections of groups that rebalance, segments that are about to be deleted. Disk: a segment of 1 MiB more or less for each of
# some 20 partitions, and what waits to be deleted.
BOUNDS = {"anonymous MiB": (0.10, 6), "descriptors": (0.10, 25), "threads": (0.0, 6), "disk MiB": (0.15, 12), "WAL MiB": (0.10, 8)}
COLUMNS = [*BOUNDS, "resident MiB", "files", "CPU s", "produced", "consumed"]


def sample(broker, counts):
    """What /proc and the data folder say."""
    proc = pathlib.Path(f"/proc/{broker.pid}")
    status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
    kib = lambda name: int(status[name].split()[0]) / 1024
    blocks = wal = files = 0
    for folder, _, names in os.walk(broker.data):
        for name in names:
            try:
                size = os.stat(os.path.join(folder, name)).st_blocks * 512
            except FileNotFoundError:
                continue  # deleted meanwhile
            blocks += size
            files += 1
            wal += size if name.endswith(".wal") else 0
    ticks = (proc / "stat").read_text().rsplit(")", 1)[1].split()
    return {"anonymous MiB": kib("RssAnon"), "resident MiB": kib("VmRSS"), "descriptors": len(list((proc / "fd").iterdir())),
            "threads": int(status["Threads"]), "disk MiB": blocks / MIB, "WAL MiB": wal / MIB, "files": files,
            "CPU s": (int(ticks[11]) + int(ticks[12])) / 100, "produced": counts["produced"], "consumed": counts["consumed"]}


def show(at, values):
    print(f"{at:>8}" + "".join(f"{values[name]:>15.1f}" if isinstance(values[name], float) else f"{values[name]:>15}" for name in COLUMNS))


def complaints(broker):
    """Lines of the broker's log at WARN or ERROR, but for settings that have no effect."""
    lines = broker.log.read_text(errors="replace").splitlines()
    return [line for line in lines if (" WARN " in line or " ERROR " in line or "panicked" in line) and "has no effect" not in line]


def thirds(samples, name):
    """The mean of the middle third and of the last one."""
    third = len(samples) // 3
    mean = lambda part: statistics.fmean(each[name] for each in part)
    return mean(samples[third:2 * third]), mean(samples[2 * third:])


def stays_flat(samples, name):
    middle, last = thirds(samples, name)
    part, more = BOUNDS[name]
    assert last <= middle * (1 + part) + more, f"{name}: {middle:.1f} in the middle third, {last:.1f} in the last"
    return middle, last


def no_failures(running):
    assert not running.failures, f"{len(running.failures)} failures, such as: {running.failures[0]}"


def no_complaints(broker):
    found = complaints(broker)
    assert not found, f"{len(found)} lines, such as: {found[0]}"


def everything_ran(running):
    idle = [name for name, count in running.counts.items() if not count]
    assert not idle, f"nothing was counted for {idle}"


def main():
    options = cases.options(__doc__, minutes=(2.0, float), interval=(0.0, float), seed=(1, int))
    minutes = 20.0 if options.full else options.minutes
    interval = options.interval or max(1.0, min(10.0, minutes * 60 / 30))
    broker = brokers.Broker("vltava", SETTINGS).start()
    running = load.Load(broker.bootstrap, options.seed)
    running.begin()
    print(f"{'s':>8}" + "".join(f"{name:>15}" for name in COLUMNS))
    samples, began = [], time.monotonic()
    while time.monotonic() - began < minutes * 60 and broker.process.poll() is None and not running.failures:
        time.sleep(interval)
        samples.append(sample(broker, running.counts))
        show(round(time.monotonic() - began), samples[-1])
    running.end()
    checks = cases.Cases(options.only)
    checks.run("clients", no_failures, running)
    checks.run("load", everything_ran, running)
    for name in BOUNDS:
        checks.run(name, stays_flat, samples, name)
    checks.run("stop", lambda: None if broker.stop() == 0 else sys.exit("the broker did not stop cleanly"))
    checks.run("log", no_complaints, broker)
    print("mean      middle third     last third")
    for name in COLUMNS[:7]:
        print(f"{name:<15}{thirds(samples, name)[0]:>8.1f}{thirds(samples, name)[1]:>15.1f}")
    print(", ".join(f"{count} {name}" for name, count in running.counts.items()))
    checks.conclude()


main()
