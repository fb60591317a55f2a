"""Consumer groups at work: rows are produced while members join, leave and are killed."""
import collections
import dataclasses
import threading
import time

from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

import cases
import clients
import flights

PARTITIONS = 12
# The rows are spread over this time, so that all that happens to the group happens under way.
PRODUCE_SECONDS = 8.0
FINISH_SECONDS = 60.0


@dataclasses.dataclass(frozen=True)
class Plan:
    families: tuple
    members: int
    change: str  # "steady", "join", "join-leave" or "kill"

    @property
    def name(self):
        return f"group-{'+'.join(self.families)}-{self.members}-{self.change}"


def plans(full):
    """Which groups to run; a mixed group takes the families that speak the same assignor.

    kcat commits a row before it prints it and drops one when it is told to end, on Apache Kafka as here: of a group of kcat alone
    nobody leaves.
    """
    mixed = ("confluent", "franz-go", "java", "kcat")
    if full:
        changing = [(1, "join-leave"), (3, "join-leave"), (5, "join-leave"), (3, "kill"), (5, "kill")]
        sizes = {family: [(1, "steady"), (3, "steady"), (5, "steady")] + (changing if family != "kcat" else [(1, "join"), (3, "join")])
                 for family in clients.FAMILIES}
        return [Plan((family,), n, change) for family in clients.FAMILIES for n, change in sizes[family]] + [
            Plan(mixed, 5, change) for change in ("steady", "join-leave", "kill")]
    return [Plan(("confluent",), 1, "join-leave"), Plan(("franz-go",), 3, "join-leave"), Plan(("kafkajs",), 3, "kill"),
            Plan(("java",), 3, "kill"), Plan(("kcat",), 3, "join"), Plan(("confluent",), 5, "kill"), Plan(mixed, 5, "join-leave")]


def produce_slowly(bootstrap, topic, rows_file, failures):
    """All rows, by an idempotent producer, evenly over PRODUCE_SECONDS."""
    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 5,
                         "queue.buffering.max.messages": 1_000_000})

    def delivered(error, _):
        if error is not None:
            failures.append(error)

    lines = rows_file.read_bytes().splitlines()
    started, slice_rows = time.monotonic(), max(1, len(lines) // 80)
    for number, line in enumerate(lines):
        key, value = line.split(b"\t", 1)
        producer.produce(topic, value, key, on_delivery=delivered)
        if number % slice_rows == 0:
            producer.poll(0)
            time.sleep(max(0.0, started + PRODUCE_SECONDS * number / len(lines) - time.monotonic()))
    if producer.flush(60):
        failures.append("not all delivered")


class Group:
    """The members that are there and those that were."""

    def __init__(self, plan, bootstrap, topic):
        self.plan, self.bootstrap, self.topic = plan, bootstrap, topic
        self.members, self.active = [], []

    def join(self):
        family = self.plan.families[len(self.members) % len(self.plan.families)]
        member = clients.Member(family, self.bootstrap, self.topic, f"{self.topic}-group")
        self.members.append(member)
        self.active.append(member)

    def change(self, kill):
        """The oldest goes, by its own will or not, and a new one comes in its place."""
        member = self.active.pop(0)
        member.kill() if kill else member.leave()
        self.join()

    def rows(self):
        return [member.rows() for member in self.members]

    def end(self):
        for member in self.members:
            member.leave()
        for member in self.members:
            member.wait()


def check(plan, broker, admin, rows_file, expected):
    topic = plan.name.replace("+", "-")
    admin.create_topics([NewTopic(topic, PARTITIONS, 1)])[topic].result(30)
    total, failures = sum(map(len, expected.values())), []
    producing = threading.Thread(target=produce_slowly, args=(broker.bootstrap, topic, rows_file, failures))
    group = Group(plan, broker.bootstrap, topic)
    try:
        for _ in range(plan.members):
            group.join()
        producing.start()
        if plan.change != "steady":
            for after in (3.0, 2.0):
                time.sleep(after)
                group.join() if plan.change == "join" else group.change(kill=plan.change == "kill")
            group.join()
        producing.join()
        assert not failures, f"producer: {failures[0]}"
        cases.until(lambda: distinct(group) >= total, FINISH_SECONDS, f"the last of {total} rows: {distinct(group)} so far, which")
    finally:
        group.end()
    verify(group, expected, once=plan.change != "kill")
    admin.delete_topics([topic])[topic].result(30)


def distinct(group):
    time.sleep(0.3)  # counting reads every member's file again
    return len({(p, o) for rows in group.rows() for p, o, _, _ in rows})


def verify(group, expected, once):
    """Nothing missing, the content and the order of each key equal to the source; nothing twice where nothing was killed."""
    times, rows = collections.Counter(), {}
    for read in group.rows():
        for partition, offset, key, value in read:
            times[(partition, offset)] += 1
            rows[(partition, offset)] = (key, value)
    got = flights.by_key(rows[place] for place in sorted(rows))
    for key, values in expected.items():
        assert got[key] == values, f"key {key.decode()}: {len(got[key])} rows of {len(values)}, or another order or content"
    twice = sum(1 for n in times.values() if n > 1)
    assert not once or twice == 0, f"{twice} rows were delivered more than once"
    busy = sum(1 for read in group.rows() if read)
    assert busy >= min(len(group.members), 2), f"only {busy} of {len(group.members)} members got rows"
