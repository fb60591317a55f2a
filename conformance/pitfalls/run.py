"""What bit users of other Kafka-compatible brokers, one case each. Holds on Apache Kafka too: --broker kafka."""
import pathlib
import sys

from confluent_kafka.admin import AdminClient

import brokers
import cases

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import fetching
import grouping
import producing
import serving


def main():
    options = cases.options(__doc__)
    run = cases.Cases(options.only)
    settings = {"group.initial.rebalance.delay.ms": "200", "auto.create.topics.enable": "false", "offsets.topic.num.partitions": "4"}
    with brokers.Broker(options.broker, settings) as broker:
        admin = AdminClient({"bootstrap.servers": broker.bootstrap})
        for module in (serving, producing, fetching, grouping):
            for name, case in module.CASES.items():
                run.run(name, case, broker, admin)
    run.conclude()


if __name__ == "__main__":
    main()
