"""Vltava beside Apache Kafka: every row of the table that says when it is fast enough. See README.md."""
import argparse
import datetime
import hashlib
import os
import pathlib
import re
import shutil
import signal
import sys
import time

import report
import rows
from sides import Bed
from store import Store

RESULTS = pathlib.Path(__file__).parent / "results"
SHORT_SCALE = 0.1
# A row does not begin with less space on the disk: the largest takes 8 GB.
FREE_BYTES = 12_000_000_000


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="one sample of a tenth of the load: to see that it works, not to quote")
    parser.add_argument("--samples", type=int, default=5, help="samples of each row on each side")
    parser.add_argument("--only", default="", help="only rows whose names match this regular expression")
    parser.add_argument("--load-minutes", type=float, default=1, help="how long the load lasts after which memory is read")
    parser.add_argument("--into", help="name of the files in results/; the samples that are there count (default: the date)")
    parser.add_argument("--list", action="store_true", help="the rows, and how long they take")
    return parser.parse_args()


def too_long(*_):
    raise TimeoutError("took far longer than expected")


def sample(bed, store, row, name, running):
    """One sample of a row on a side; false if there is none to be had."""
    signal.alarm(int(row.sides[name] * 8 + row.setup_seconds * 6 + 300))
    try:
        free = shutil.disk_usage(os.environ.get("TMPDIR", "/tmp")).free
        assert free > FREE_BYTES, f"only {free / 1e9:.0f} GB free on the disk"
        if name not in running:
            running[name] = row.run(bed, name)
        figures = next(running[name])
    except Exception as error:  # whatever goes wrong in one row, the others are measured
        store.add(row.name, name, error=f"{type(error).__name__}: {error}"[:300])
        print(f"  {name}: not measured: {error}", flush=True)
        return False
    finally:
        signal.alarm(0)
    store.add(row.name, name, figures=figures)
    print(f"  {name}: " + ", ".join(f"{figure} {value:.4g}" for figure, value in figures.items()), flush=True)
    return True


def measure(bed, store, row, samples):
    """The samples of a row that are not there yet."""
    missing = {name: range(store.count(row.name, name), row.samples(name, samples)) for name in row.sides}
    if row.in_turn:
        turns = [name for i in range(samples) for name in row.sides if i in missing[name]]
    else:
        turns = [name for name in row.sides for _ in missing[name]]
    running, failed, last = {}, set(), None
    try:
        for name in turns:
            if not row.in_turn and last not in (None, name) and last in running:
                running.pop(last).close()
            last = name
            if name not in failed and not sample(bed, store, row, name, running):
                failed.add(name)
    finally:
        for generator in running.values():
            generator.close()


def main():
    chosen = options()
    samples = 1 if chosen.short else chosen.samples
    minutes = chosen.load_minutes * (SHORT_SCALE if chosen.short else 1)
    wanted = [row for row in rows.all_rows([minutes]) if re.search(chosen.only, row.name)]
    seconds = sum(row.seconds(samples) for row in wanted)
    for row in wanted if chosen.list else []:
        print(f"{row.name:28} {row.seconds(samples):5.0f} s  {row.title}")
    print(f"{len(wanted)} rows, {samples} samples each: about {seconds * (0.4 if chosen.short else 1) / 60:.0f} min in all", flush=True)
    if chosen.list:
        return
    name = chosen.into or ("short" if chosen.short else str(datetime.date.today()))
    scale = SHORT_SCALE if chosen.short else 1.0
    build = hashlib.sha256(pathlib.Path(os.environ["VLTAVA"]).read_bytes()).hexdigest()[:12]
    store = Store(RESULTS / f"{name}.jsonl", f"{build} scale {scale:g}")
    shown = rows.all_rows(sorted({minutes, *store.load_minutes()}))  # what is there already too
    bed = Bed(store, scale, {row.name for row in wanted})
    words = " ".join(["cargo xtask bench", *sys.argv[1:]])
    signal.signal(signal.SIGALRM, too_long)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    began = time.monotonic()
    try:
        for row in wanted:
            print(f"{row.name}: {row.title} [{time.monotonic() - began:.0f} s]", flush=True)
            measure(bed, store, row, samples)
            text = report.text(words, shown, store, scale)
            (RESULTS / f"{name}.md").write_text(text)
    finally:
        bed.close()
    print(text)
    print(f"written to bench/results/{name}.md after {time.monotonic() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
