"""The real input through every client: each row is there once, in order for each key, equal to the source.

Matrix: each client family produces with each codec to 1 and 12 partitions, and each family reads it. --short covers every pair of
(producer, codec), (producer, consumer) and (codec, consumer) with 20,000 rows; --full is all of it with 336,776.
Groups: 1, 3 and 5 members of a family while rows are still produced; members join and leave (each row once), or are killed (each row
at least once, none missing).
"""
import itertools
import pathlib
import sys

from confluent_kafka.admin import AdminClient, NewTopic

import brokers
import cases
import clients
import flights

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import groups

SHORT_ROWS = 20_000


def create(admin, topic, partitions):
    admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(30)


def delete(admin, topic):
    admin.delete_topics([topic])[topic].result(30)


def check_rows(rows, expected):
    """Every row once, ordered by key as in the source; offsets from 0 without gaps in each partition."""
    ends = {}
    for partition, offset, _, _ in rows:
        assert offset == ends.get(partition, 0), f"partition {partition}: offset {offset} where {ends.get(partition, 0)} was due"
        ends[partition] = offset + 1
    got = flights.by_key((key, value) for _, _, key, value in rows)
    for key, values in expected.items():
        assert got[key] == values, f"key {key.decode()}: {len(got[key])} rows of {len(values)}, or another order or content"
    assert len(rows) == sum(map(len, expected.values())), "rows of keys that the source does not have"


def matrix(full):
    """(producer, codec, partitions, consumers) for each topic."""
    if full:
        return [(p, c, n, clients.FAMILIES) for p, c, n in itertools.product(clients.FAMILIES, clients.CODECS, (1, 12))]
    numbered = itertools.product(enumerate(clients.FAMILIES), enumerate(clients.CODECS))
    return [(p, c, 12 if (i + j) % 2 else 1, [clients.FAMILIES[(i + j) % 5]]) for (i, p), (j, c) in numbered]


def main():
    options = cases.options(__doc__, rows=(0, int))
    count = options.rows or (flights.ALL if options.full else SHORT_ROWS)
    rows_file, expected = flights.rows_file(count), flights.source(count)
    run = cases.Cases(options.only)
    with brokers.Broker(options.broker, {"group.initial.rebalance.delay.ms": "200", "auto.create.topics.enable": "false"}) as broker:
        admin = AdminClient({"bootstrap.servers": broker.bootstrap})
        for producer, codec, partitions, consumers in matrix(options.full):
            name = f"{producer}-{codec}-{partitions}"
            readers = [c for c in consumers if run.wants(f"{name}-by-{c}")]
            if not readers and not run.wants(f"{name}-produced"):
                continue
            topic = f"flights-{name}"
            create(admin, topic, partitions)
            run.run(f"{name}-produced", clients.produce, producer, broker.bootstrap, topic, codec, rows_file)
            if not run.wants(f"{name}-produced"):
                clients.produce(producer, broker.bootstrap, topic, codec, rows_file)
            for consumer in readers:
                read = lambda: check_rows(clients.consume(consumer, broker.bootstrap, topic), expected)
                run.run(f"{name}-by-{consumer}", read)
            delete(admin, topic)
        for plan in groups.plans(options.full):
            run.run(plan.name, groups.check, plan, broker, admin, rows_file, expected)
    run.conclude()


if __name__ == "__main__":
    main()
