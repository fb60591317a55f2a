"""Rounds of: produce with acks=all from several clients, SIGKILL at a random instant, start, consume.

Nothing acknowledged may be missing or changed, nothing doubled or out of order for an idempotent producer, no offset left out; topics
made stay, topics deleted stay away, a committed offset does not go back. Producers live through the rounds, so what they retry meets
a broker that has just recovered. Now and then the broker is killed again while it starts. Each round is a case; the first that fails
ends the run and keeps the data. The seed is printed: --seed draws the same loads and instants.
"""
import random
import time

from confluent_kafka.admin import AdminClient, NewTopic

import brokers
import cases
from beside import Beside
from ledger import Ledger
from load import passing, sources

FIRST_PASSING = 100  # index of the first producer that lives for one round
FULL_CHECK_EVERY = 100


def create_topics(broker):
    topics = [NewTopic("kill-rolling", 3, 1, config={"segment.bytes": "1048576"}), NewTopic("kill-big", 1, 1)]
    if broker.kind == "vltava":
        topics.append(NewTopic("kill-cached", 2, 1, config={"write.caching": "true"}))
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})  # a name of its own: it ends with its last reference
    for future in admin.create_topics(topics).values():
        future.result(30)


class Rounds:
    def __init__(self, broker, seed):
        self.broker, self.draw, self.ledger = broker, random.Random(seed), Ledger()
        self.ledger.plain.add(3)
        self.sources = sources(broker.bootstrap, self.ledger, self.draw, cached=broker.kind == "vltava")
        self.beside = Beside(broker.bootstrap, random.Random(seed + 1))
        self.slowest_start = 0.0

    def round(self, number):
        active = [*self.sources, passing(FIRST_PASSING + number, self.broker.bootstrap, self.ledger, self.draw)]
        self.beside.begin()
        self.produce_for(active, self.draw.uniform(0.02, 0.8))
        self.broker.kill()
        self.produce_for(active, self.draw.uniform(0.0, 0.05))
        self.start_again()
        for source in active:
            source.finish()
        self.beside.end()
        self.ledger.check(self.broker.bootstrap)
        self.beside.check()

    def produce_for(self, active, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.draw.choice(active).burst()
            time.sleep(0.002)

    def start_again(self):
        if self.broker.kind == "vltava" and self.draw.random() < 0.2:
            self.broker.launch()
            time.sleep(self.draw.uniform(0.0, 0.06))
            self.broker.kill()
        started = time.monotonic()
        self.broker.start()
        self.slowest_start = max(self.slowest_start, time.monotonic() - started)

    def everything(self):
        self.broker.stop()
        self.broker.start()
        self.ledger.check_all(self.broker.bootstrap)


def main():
    options = cases.options(__doc__, rounds=(20, int), seed=(0, int))
    seed = options.seed or random.SystemRandom().randrange(1, 1 << 32)
    print(f"seed {seed}")
    run = cases.Cases()
    settings = {"auto.create.topics.enable": "false", "offsets.topic.num.partitions": "4"}
    broker = brokers.Broker(options.broker, settings).start()
    create_topics(broker)
    rounds = Rounds(broker, seed)
    for number in range(1, options.rounds + 1):
        run.run(f"kill-{number}", rounds.round, number)
        if not run.failed and number % FULL_CHECK_EVERY == 0 or number == options.rounds:
            run.run(f"everything-after-{number}", rounds.everything)
        if run.failed:
            broker.keep = True
            print(f"seed {seed}; data kept in {broker.folder}")
            break
    print(f"{rounds.ledger.acknowledgements} acknowledged, slowest start {rounds.slowest_start * 1000:.0f} ms")
    run.conclude()


if __name__ == "__main__":
    main()
