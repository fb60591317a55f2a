"""Other projects' own tests against the broker: every case of shared/peers/suites/ that passes on Apache Kafka and is not left out.

NAME.tsv beside this file lists the cases left out, each with its reason. A case that is listed but unknown to the suite fails: the
list is out of date. --short runs each suite's quick cases only (SHORT below); --full all of them. Against Kafka: --broker kafka.
"""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import brokers
import cases

SUITES = brokers.PEERS / "suites"
NAMES = ["franz-go", "java-tools", "kafka-python", "sarama"]
HERE = pathlib.Path(__file__).parent
SETTINGS = {"auto.create.topics.enable": "true", "num.partitions": "4", "group.initial.rebalance.delay.ms": "0",
            "offsets.topic.num.partitions": "8", "log.retention.check.interval.ms": "10000", "broker.rack": "RACK1"}
# Left to --full: what takes long for what it shows, or shows again what another check of conformance/ does.
SLOW = {"java-tools": r"producer-perf-(gzip|lz4|snappy|zstd)|^consumer-perf$|console-roundtrip|^topics-|^configs-|end-to-end|log-compaction"}
# Subtests that would run with a chosen parent, though they are left out.
SKIP = {"franz-go": r".*/848|.*/.*/848|.*/.*/848/.*"}
# Suites whose failed cases get more chances. kafka-python 3.0.12: subscribe() while the answer to the consumer's first Metadata
# request is being taken in is forgotten ("TODO" in its cluster.py, set_topics): it asks for nothing more for five minutes.
# The faster the answer, the likelier: about one in eight of these cases here, so that one more time is not enough.
TIMES_MORE = 2
AGAIN = {"kafka-python": "consumer_integration|producer_integration"}
SUITE_SECONDS = 1500


def listed(path):
    """The first two columns of a list."""
    lines = [line.rstrip("\n").split("\t") for line in open(path) if line.strip() and not line.startswith("#")]
    return {columns[0]: columns[1:] for columns in lines}


def chosen(name, full):
    """The cases to run."""
    expected = {case for case, (status, *tags) in listed(SUITES / "expected" / f"{name}.txt").items() if status == "pass" and "sasl" not in tags}
    left_out = listed(HERE / f"{name}.tsv")
    slow = re.compile(SLOW.get(name, "^$") if not full else "^$")
    return sorted(case for case in expected - set(left_out) if not slow.search(case))


def escaped(case):
    """The case's name as a regular expression of bash, grep and Python alike."""
    return re.sub(r"([][.()+*?|^$])", r"\\\1", case)


def run_suite(name, broker, wanted, full):
    """Runs the cases and returns {case: reason it failed, or ""}."""
    pattern = f"^({'|'.join(map(escaped, wanted))})$"
    out = tempfile.mkdtemp(prefix=f"suite-{name}-")
    settings = {"OUT": out, "RECORDS": "100000" if full else "20000", "SKIP": SKIP.get(name, "^$")}
    done = subprocess.run([SUITES / f"{name}.sh", broker.bootstrap, "--only", pattern], env={**os.environ, **settings},
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=SUITE_SECONDS)
    outcome = {}
    for line in done.stdout.splitlines():
        if found := re.match(r"(pass|FAIL)\s+(\S.*?)(?:  (.*))?$", line):
            outcome[found[2]] = "" if found[1] == "pass" else found[3] or "failed"
    if not any(outcome.values()) and len(outcome) == len(wanted):
        shutil.rmtree(out)
    else:
        print(f"# {name}: logs in {out}")
    assert outcome, f"no case ran: {done.stdout[-300:]} {done.stderr[-300:]}"
    return outcome


def verdict(outcome, case):
    reason = outcome.get(case, "did not run")
    assert not reason, reason


def unknown(name):
    stale = set(listed(HERE / f"{name}.tsv")) - set(listed(SUITES / "expected" / f"{name}.txt"))
    assert not stale, f"cases that the suite does not have: {sorted(stale)}"


def main():
    options = cases.options(__doc__)
    run = cases.Cases(options.only)
    under_test = brokers.Broker(options.broker, SETTINGS)
    if under_test.kind == "vltava":  # kafka.sh says it to Kafka, and a suite asks where the setting comes from
        under_test.settings["advertised.listeners"] = f"PLAINTEXT://{under_test.bootstrap}"
    with under_test as broker:
        for name in NAMES:
            run.run(f"{name}/list", unknown, name)
            wanted = [case for case in chosen(name, options.full) if run.wants(f"{name}/{case}")]
            outcome = run_suite(name, broker, wanted, options.full) if wanted else {}
            for _ in range(TIMES_MORE):
                failed = [case for case in wanted if outcome.get(case, "did not run") and re.search(AGAIN.get(name, "^$"), case)]
                if failed:
                    print(f"# {name}: once more: {', '.join(failed)}")
                    outcome |= {case: "failed again" for case in failed} | run_suite(name, broker, failed, options.full)
            for case in wanted:
                run.run(f"{name}/{case}", verdict, outcome, case)
    run.conclude()


if __name__ == "__main__":
    main()
