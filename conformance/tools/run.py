"""Kafka's own tools, one after another, and its reader over the data folder: what they print is compared with what they printed on
Apache Kafka 4.3.1, which is in expected/.

The same script runs on both: `--broker kafka --record` writes expected/ anew, `--broker kafka` shows that it holds. What may differ
(ids, ports, times) is replaced by names first: normal.py. different.tsv lists the steps whose answers are ours on purpose, each with
its reason; their answers are in expected/NAME.vltava.txt.
"""
import difflib
import pathlib

import brokers
import cases
import files
from normal import normal
from steps import Script

HERE = pathlib.Path(__file__).parent
# The last two are in Kafka's stock server.properties, so they show as static settings of the broker.
SETTINGS = {"group.initial.rebalance.delay.ms": "0", "auto.create.topics.enable": "false", "node.id": "1",
            "log.segment.bytes": "1073741824", "log.retention.hours": "168"}
# First words of the steps that make what others look at.
MAKING = ("topics", "configs", "fill", "console", "groups", "delete")


def different():
    """Steps whose answers differ on purpose."""
    lines = [line for line in open(HERE / "different.tsv") if line.strip() and not line.startswith("#")]
    return {line.split("\t")[0] for line in lines}


class Comparison:
    def __init__(self, kind, record):
        self.kind, self.record = kind, record
        self.ours = different() if kind != "kafka" else set()

    def step(self, name, call):
        got = normal(call())
        path = HERE / "expected" / f"{name}.{'vltava.' if name in self.ours else ''}txt"
        if self.record:
            path.write_text(got)
        want = path.read_text()
        lines = list(difflib.unified_diff(want.splitlines(), got.splitlines(), "expected", "got", lineterm="", n=0))
        assert not lines, "another answer:\n    " + "\n    ".join(lines[2:32])


def main():
    options = cases.options(__doc__, record=(False, bool))
    run = cases.Cases(options.only)
    comparison = Comparison(options.broker, options.record)
    broker = brokers.Broker(options.broker, SETTINGS).start()
    for name, call in Script(broker).steps():
        # a step that is not asked for still runs, uncounted, if others lean on it
        if run.wants(name):
            run.run(name, comparison.step, name, call)
        elif name.split("-")[0] in MAKING:
            call()
    broker.stop()
    for name, call in files.steps(broker.data):
        run.run(name, comparison.step, name, call)
    run.conclude()


if __name__ == "__main__":
    main()
