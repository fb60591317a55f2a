"""Topics for cases, each with a name of its own."""
import itertools

from confluent_kafka.admin import NewTopic

import cases
import wire

NUMBERS = itertools.count(1)


def new(broker, admin, partitions=1, **config):
    """A new topic, once its first partition can be read; config names are written with underscores."""
    name = f"topic-{next(NUMBERS)}"
    config = {key.replace("_", "."): str(value) for key, value in config.items()}
    admin.create_topics([NewTopic(name, partitions, 1, config=config)])[name].result(30)
    with wire.Connection(broker.bootstrap) as connection:
        cases.until(lambda: wire.fetch(connection, name, 0, max_wait_ms=0)[0] == 0, 20, f"reading {name}")
    return name
