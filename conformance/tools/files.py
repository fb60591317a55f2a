"""The data folder as Kafka's own reader sees it, once the broker has stopped."""
import re

import brokers


def dump(path, *arguments):
    done = brokers.tool("dump-log", *arguments, "--files", path, check=False)
    text = f"{done.stdout}{done.stderr}exit {done.returncode}\n"
    return text.replace(str(path.parent), "DIR")


def producers(text):
    """Ids and times of producers are the broker's own."""
    text = re.sub(r"producerId: \d+", "producerId: ID", text)
    text = re.sub(r"(lastTimestamp|CreateTime|LogAppendTime|coordinatorEpoch|crc): -?\d+", r"\1: N", text)
    return text


def group_records(data, group, partitions=50):
    """The records of a group in the log of its partition of __consumer_offsets, without their offsets and batches."""
    number = 0
    for byte in group.encode():  # Java's String.hashCode
        number = (number * 31 + byte) & 0xFFFFFFFF
    number = abs(number - (1 << 32) if number >> 31 else number) % partitions
    text = dump(data / f"__consumer_offsets-{number}" / "00000000000000000000.log", "--offsets-decoder")
    return "".join(f"{line[line.index('key:'):]}\n" for line in text.splitlines() if f'"{group}"' in line and "key:" in line)


def listing(folder):
    """Names and whether they are empty; snapshots apart, whose offsets depend on when the broker took them."""
    names = [f"{path.name}{'' if path.stat().st_size else ' (empty)'}" for path in folder.iterdir() if path.suffix != ".snapshot"]
    return "\n".join(sorted(names)) + "\n"


def checkpoint(folder):
    return (folder / "leader-epoch-checkpoint").read_text()


def partition_metadata(folder):
    return re.sub(r"topic_id: \S+", "topic_id: ID", (folder / "partition.metadata").read_text()) + "\n"


def latest(folder, suffix):
    return max(folder.glob(f"*{suffix}"))


def steps(data):
    """(name, what to call) over the folder of a broker that was stopped cleanly."""
    full, idempotent = data / "full-1", data / "idempotent-0"
    first = full / "00000000000000000000.log"
    cases = [
        ("folder-full", lambda: listing(full)),
        ("folder-cut", lambda: listing(data / "full-0")),
        ("leader-epochs", lambda: checkpoint(full)),
        ("partition-metadata", lambda: partition_metadata(full)),
        ("dump-idempotent", lambda: producers(dump(idempotent / first.name, "--print-data-log"))),
        ("dump-group", lambda: group_records(data, "readers")),
        ("dump-snapshot", lambda: producers(dump(latest(idempotent, ".snapshot")))),
    ]
    for number in (0, 1):
        segment = lambda suffix, number=number: sorted(full.glob(f"*{suffix}"))[number]
        cases += [
            (f"dump-log-{number}", lambda segment=segment: dump(segment(".log"))),
            (f"dump-index-{number}", lambda segment=segment: dump(segment(".index"))),
            (f"dump-index-checked-{number}", lambda segment=segment: dump(segment(".index"), "--index-sanity-check")),
            (f"dump-time-index-{number}", lambda segment=segment: dump(segment(".timeindex"))),
        ]
    return cases
