"""Vltava beside Apache Kafka: start, memory, throughput, processor time, latency, at equal durability.

Each measurement runs once on each broker as a warm-up, then --runs times on both in turn. A part that is named runs alone.
"""
import argparse
import datetime
import pathlib
import shutil
import sys
import time

import loads
from report import Report
from sides import DURABILITY, NAMES, Side

PARTS = ["start", "memory", "producer", "rdload", "consumer", "latency"]
# Waited before memory at rest is read.
IDLE_SECONDS = 10
LOAD_BYTES = 5_000_000


def plan(parts, scale):
    """(measurement, function, arguments) for each durability; counts are multiplied by scale."""
    count = lambda full: max(1000, int(full * scale))
    rows = []
    for durability, share in (("page cache", 1.0), ("fsync", 0.4)):
        name = lambda what: f"{what}, {durability}"
        if "producer" in parts:
            rows += [(name("producer-perf-test 1 KiB, 1 partition"), loads.producer, (durability, 1024, 1, "none", count(1_000_000 * share))),
                     (name("producer-perf-test 1 KiB, 12 partitions, lz4"), loads.producer, (durability, 1024, 12, "lz4", count(500_000 * share))),
                     (name("producer-perf-test 100 B, 4 partitions"), loads.producer, (durability, 100, 4, "none", count(3_000_000 * share)))]
        if "rdload" in parts:
            rows += [(name("librdkafka 1 KiB, 4 partitions"), loads.rdload, (durability, 1024, 4, "none", count(1_000_000 * share))),
                     (name("librdkafka 1 KiB, 4 partitions, zstd"), loads.rdload, (durability, 1024, 4, "zstd", count(500_000 * share)))]
        if "latency" in parts:
            for client, measure in (("librdkafka", loads.by_librdkafka), ("Kafka's tool", loads.by_kafka)):
                rows += [(name(f"end to end by {client}, idle"), loads.latency, (durability, 0, count(10_000), measure)),
                         (name(f"end to end by {client}, beside 5 MB/s"), loads.latency, (durability, LOAD_BYTES, count(10_000), measure))]
    if "consumer" in parts:
        rows.append(("consumer-perf-test 1 KiB, 4 partitions", loads.consumer, ("page cache", 1024, 4, count(1_000_000))))
    return rows


def measure_start(report, runs):
    """From exec to the first answer, on an empty folder and again on the same one; memory after IDLE_SECONDS."""
    for _ in range(runs):
        for name in NAMES:
            side = Side(name)
            side.broker.start()
            report.add("start, empty folder", name, {"ms": side.broker.start_ms})
            time.sleep(IDLE_SECONDS)
            report.add("memory at rest", name, {"MiB": side.memory_mib()})
            side.broker.stop()
            side.broker.start()
            report.add("start, again", name, {"ms": side.broker.start_ms})
            side.broker.dispose()
            shutil.rmtree(side.broker.folder, ignore_errors=True)


def measure_loads(report, rows, runs, memory):
    sides = [Side(name) for name in NAMES]
    for side in sides:
        side.broker.start()
    for measurement, load, arguments in rows:
        for run in range(runs + 1):
            for side in sides:
                figures = load(side, *arguments)
                if run > 0:  # the first is the warm-up
                    report.add(measurement, side.name, figures)
    for side in sides:
        if memory and rows:
            report.add("memory after the load above", side.name, {"MiB": side.memory_mib()})
        side.broker.dispose()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a tenth of the load, one run, nothing written")
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; default all")
    options = parser.parse_args()
    parts, runs = options.parts or PARTS, 1 if options.quick else options.runs
    report = Report()
    if "start" in parts:
        measure_start(report, runs)
    rows = plan(parts, 0.1 if options.quick else 1.0)
    if rows:
        measure_loads(report, rows, runs, "memory" in parts)
    words = " ".join(["cargo xtask bench", *(["--quick"] if options.quick else ["--runs", str(runs)]), *options.parts])
    text = report.text(words, DURABILITY)
    print(text)
    if not options.quick:
        path = pathlib.Path(__file__).parent / "results" / f"{datetime.date.today()}{'-' + '-'.join(options.parts) if options.parts else ''}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        print(f"written to bench/results/{path.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
