"""Compaction: Kafka's own tester over a broker that compacts while it writes, and the same input on both brokers, whose segments Kafka's
reader must then show alike: which records are left, at which offsets, in which segments, with which attributes.

`--broker kafka --record` writes expected/ anew, `--broker kafka` shows that it holds.
"""
import difflib
import pathlib
import re

from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic

import brokers
import cases
import records
import wire

HERE = pathlib.Path(__file__).parent
EAGER = {"log.cleaner.backoff.ms": "50", "log.cleaner.min.cleanable.ratio": "0.01", "log.segment.bytes": "1048576",
         "log.retention.check.interval.ms": "1000", "log.segment.delete.delay.ms": "1000", "group.initial.rebalance.delay.ms": "0"}
# Nothing is cleaner than this: the cleaner waits until it is told.
WAITS, GOES = "1.0", "0.0"


class Compacted:
    """One topic of one partition, cleaned when the case says so."""

    def __init__(self, broker, name, **config):
        self.broker, self.name = broker, name
        self.admin = AdminClient({"bootstrap.servers": broker.bootstrap})
        config = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": WAITS, "segment.ms": "1000", "file.delete.delay.ms": "1",
                  **{key.replace("_", "."): str(value) for key, value in config.items()}}
        self.admin.create_topics([NewTopic(name, 1, 1, config=config)])[name].result(30)
        self.connection = wire.Connection(broker.bootstrap)
        cases.until(lambda: wire.fetch(self.connection, name, 0, max_wait_ms=0)[0] == 0, 20, f"reading {name}")
        self.end = 0

    def write(self, *pairs, **how):
        error, base = wire.produce(self.connection, self.name, records.batch(pairs, **how))
        assert error == 0, f"error {error}"
        assert base == self.end, f"offset {base} and not {self.end}"
        self.end += len(pairs)

    def set(self, name, value):
        entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ConfigResource.Type.TOPIC, self.name, incremental_configs=[entry])
        self.admin.incremental_alter_configs([resource])[resource].result(30)

    def clean(self, upto):
        """One round, up to the active segment."""
        self.set("min.cleanable.dirty.ratio", GOES)
        line = f"{self.name} 0 {upto}"
        path = self.broker.data / "cleaner-offset-checkpoint"
        cases.until(lambda: path.exists() and line in path.read_text().splitlines(), 60, f"the checkpoint {line}")
        self.set("min.cleanable.dirty.ratio", WAITS)


def keys(topic):
    """Keys that come again, in batches of several, over segments; tombstones; batches whose records all go."""
    for second in range(0, 60, 2):
        key = lambda number: f"key-{(second * 7 + number * 3) % 23}"
        topic.write(*[(key(number), None if (second + number) % 11 == 0 else f"value-{second}-{number}") for number in range(4)], second=second)
    topic.write(("only", "once"), second=61)
    topic.write(("active", "segment"), second=70)
    topic.clean(topic.end - 1)
    for second in range(72, 90, 2):
        topic.write((f"key-{second % 23}", f"again-{second}"), ("only", None), second=second)
    topic.write(("end", "segment"), second=100)
    topic.clean(topic.end - 1)


def producers(topic):
    """Idempotent producers: the last batch of each stays, if empty."""
    for second in range(0, 20, 2):
        topic.write(("a", f"{second}"), ("b", f"{second}"), second=second, producer_id=1000 + second % 3, base_sequence=second // 6 * 2)
    for second in range(20, 30, 2):
        topic.write(("a", f"{second}"), ("b", f"{second}"), second=second)
    topic.write(("active", "segment"), second=40)
    topic.clean(topic.end - 1)


def tombstones(topic):
    """A horizon is set by the first cleaning and kept by the next; once it is over, the tombstones go."""
    topic.write(("a", "1"), ("b", "2"), ("c", "3"), second=0)
    topic.write(("a", None), second=2)
    topic.write(("b", None), ("d", "4"), second=4)
    topic.write(("e", "5"), second=6)
    topic.clean(6)
    topic.write(("f", "6"), second=8)
    topic.clean(7)
    topic.write(("g", "7"), second=10)
    topic.clean(8)


def gone(topic):
    """The same with no time for tombstones at all."""
    tombstones(topic)


CASES = {"keys": (keys, {}), "producers": (producers, {}), "tombstones": (tombstones, {}), "gone": (gone, {"delete_retention_ms": 0}),
         "small-segments": (keys, {"index_interval_bytes": 0})}


def dump(folder):
    """All segments as Kafka's reader prints them."""
    out = []
    for path in sorted(folder.glob("*.log")):
        text = brokers.tool("dump-log", "--print-data-log", "--files", path).stdout
        text = re.sub(r"deleteHorizonMs: OptionalLong\[\d+\]", "deleteHorizonMs: OptionalLong[N]", text)
        # A batch with a horizon counts its timestamps from it: its checksum is another one each time.
        text = "\n".join(re.sub(r"crc: \d+", "crc: N", line) if "OptionalLong[N]" in line else line for line in text.splitlines())
        out.append(text.replace(str(folder), "DIR") + "\n")
    return "".join(out)


def tester(broker, messages, *more):
    done = brokers.tool("log-compaction-tester", "--bootstrap-server", broker.bootstrap, "--messages", messages, "--percent-deletes", 10,
                        "--duplicates", 20, "--sleep", 3, *more, seconds=600)
    assert "Data verification is completed" in done.stdout, done.stdout[-500:]
    return done


def compacts(broker):
    """That the tester's topics were compacted at all."""
    lines = (broker.data / "cleaner-offset-checkpoint").read_text().splitlines()[2:]
    assert any(line.startswith("log-cleaner-test-") and not line.endswith(" 0") for line in lines), lines


def compare(name, folder, record):
    got = dump(folder)
    path = HERE / "expected" / f"{name}.txt"
    if record:
        path.write_text(got)
    lines = list(difflib.unified_diff(path.read_text().splitlines(), got.splitlines(), "expected", "got", lineterm="", n=0))
    assert not lines, "another log:\n    " + "\n    ".join(lines[2:32])


def main():
    options = cases.options(__doc__, record=(False, bool))
    run = cases.Cases(options.only)
    messages = 1_000_000 if options.full else 100_000
    with brokers.Broker(options.broker, EAGER) as broker:
        run.run("log-compaction-tester", tester, broker, messages, "--topics", 3)
        run.run("log-compaction-tester-zstd", tester, broker, messages, "--compression-type", "zstd")
        run.run("tester-was-compacted", compacts, broker)
    broker = brokers.Broker(options.broker, EAGER).start()
    written = [name for name, (fill, config) in CASES.items() if run.wants(name) and fill_one(run, broker, name, fill, config)]
    broker.stop()
    for name in written:
        run.run(f"left-{name}", compare, name, broker.data / f"{name}-0", options.record)
    run.conclude()


def fill_one(run, broker, name, fill, config):
    before = run.failed
    run.run(f"clean-{name}", lambda: fill(Compacted(broker, name, **config)))
    return run.failed == before


if __name__ == "__main__":
    main()
