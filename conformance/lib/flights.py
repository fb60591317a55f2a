"""The real input: flights as KEY<TAB>VALUE lines, the key being the carrier and the value the row as JSON."""
import collections
import json
import os
import pathlib
import subprocess
import sys

from brokers import PEERS

ALL = 336_776


def rows_file(count):
    """A file with the first `count` flights, made once."""
    cache = pathlib.Path(os.environ["CONFORMANCE_CACHE"])
    path = cache / f"flights-{count}.tsv"
    if path.exists():
        return path
    script = [sys.executable, str(PEERS / "data" / "flights.py"), "flights"]
    with subprocess.Popen(script, stdout=subprocess.PIPE) as source, open(path.with_suffix(".new"), "wb") as out:
        for number, line in enumerate(source.stdout):
            if number < count:
                out.write(json.loads(line)["carrier"].encode() + b"\t" + line)
        assert number + 1 == ALL, f"{number + 1} flights instead of {ALL}"
    path.with_suffix(".new").rename(path)
    return path


def by_key(pairs):
    """The values of each key, in order."""
    values = collections.defaultdict(list)
    for key, value in pairs:
        values[key].append(value)
    return values


def source(count):
    """What a topic with the first `count` flights holds: the values of each key, in order."""
    with open(rows_file(count), "rb") as lines:
        return by_key(line.rstrip(b"\n").split(b"\t", 1) for line in lines)
