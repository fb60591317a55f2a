"""What a client that behaves badly costs the others: the latency of a light producer and consumer beside it, and the broker's memory.

Prints a row for each kind of bad behaviour; fails only if the light pair is not served. `--short` measures for 4 seconds each, else 12.
"""
import contextlib
import os
import pathlib
import resource
import sys
import time

import brokers
import cases
import wire

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import light
import loads

MIB = 1 << 20


class Bench:
    def __init__(self, broker, seconds):
        self.broker, self.bootstrap, self.seconds = broker, broker.bootstrap, seconds
        light.create(self.bootstrap, "light")
        light.create(self.bootstrap, "flooded", 8)
        light.create(self.bootstrap, "cold")
        self.cold = pathlib.Path(broker.data if broker.kind == "vltava" else broker.folder) 

    def memory(self):
        """(resident, peak) in MiB."""
        fields = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{self.broker.pid}/status").read_text().splitlines())
        return tuple(int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))

    def reset_peak(self):
        with contextlib.suppress(OSError):
            pathlib.Path(f"/proc/{self.broker.pid}/clear_refs").write_text("5")

    def fill(self, topic, size):
        """Fills a topic, and says the folder of its first partition."""
        batch = loads.big_batch(900_000)
        with wire.Connection(self.bootstrap, 60.0) as connection:
            for _ in range(size // len(batch)):
                wire.produce(connection, topic, batch, acks=1)
        return next(path for path in self.broker.folder.rglob(f"{topic}-0") if path.is_dir())

    def measure(self, name, load):
        pair = light.Pair(self.bootstrap, "light")
        self.reset_peak()
        with load:
            time.sleep(1.5)
            times = pair.run(self.seconds)
            resident, peak = self.memory()
        pair.close()
        ms = lambda which, share: light.quantile([one[which] for one in times], share) * 1000
        print(f"{name:<34} {len(times):5} {ms(0, .5):8.1f} {ms(0, .99):8.1f} {ms(1, .5):8.1f} {ms(1, .99):8.1f} {resident:8.0f} {peak:8.0f}", flush=True)
        assert len(times) >= 3, f"only {len(times)} records came through"


def flood(bench, acks):
    frames = [loads.request(0, 7, wire.produce_body("flooded", n, loads.big_batch(MIB - 2000), acks)) for n in range(1)]
    return loads.processes(loads.flood, 8, bench.bootstrap, "flooded", acks, frames[0])


def main():
    options = cases.options(__doc__)
    run = cases.Cases(options.only)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    broker = brokers.Broker(options.broker, {"offsets.topic.num.partitions": 1, "log.retention.bytes": 2 << 30}).start()
    bench = Bench(broker, 4 if options.short else 12)
    to, rows = bench.bootstrap, {}
    print(f"{'beside':<34} {'n':>5} {'ack p50':>8} {'p99 ms':>8} {'read p50':>8} {'p99 ms':>8} {'MiB':>8} {'peak':>8}")
    rows["nothing"] = contextlib.nullcontext
    for acks in (0, 1, -1):
        rows[f"8 producers of 1 MiB, acks={acks}"] = lambda acks=acks: flood(bench, acks)
    rows["500 half frames of 64 KiB"] = lambda: loads.processes(loads.half_frames, 1, to, 500, 64 << 10, 32 << 10)
    rows["500 half frames of 100 MiB"] = lambda: loads.processes(loads.half_frames, 1, to, 500, 100 * MIB, 4 * MIB)
    rows["500 slow headers"] = lambda: loads.processes(loads.slow_headers, 1, to, 500)
    rows["200 consumers that never read"] = lambda: loads.processes(loads.never_reads, 1, to, 200, "flooded", 0, 50 * MIB)
    rows["200 that ask and never read"] = lambda: loads.processes(loads.asks_and_never_reads, 1, to, 200)
    rows["4 with thousands of small requests"] = lambda: loads.processes(loads.small_requests, 4, to)
    rows["10,000 idle connections"] = lambda: loads.processes(loads.idle, 1, to, 10_000)

    def cold():
        folder = bench.fill("cold", 256 * MIB if options.short else 1024 * MIB)
        os.sync()
        return loads.processes(loads.cold_reader, 8, to, "cold", folder)

    rows["8 readers of a cold topic"] = cold
    for name, load in rows.items():
        run.run(name, lambda name=name, load=load: bench.measure(name, load()))
    run.conclude()


if __name__ == "__main__":
    main()
