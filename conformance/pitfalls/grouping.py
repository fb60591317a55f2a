"""More members than partitions, and static members."""
import time

from confluent_kafka import Consumer, Producer

import cases
import clients
import topics


def spare_members(family):
    """Three members share one partition: two get an empty assignment, and one of them takes over when the first leaves."""
    def case(broker, admin):
        topic = topics.new(broker, admin)
        group = f"{topic}-group"
        members = [clients.Member(family, broker.bootstrap, topic, group) for _ in range(3)]
        there = list(members)
        try:
            producer = Producer({"bootstrap.servers": broker.bootstrap})
            for n in range(2):
                producer.produce(topic, b"%d" % n, b"k")
                producer.flush(10)
                busy = cases.until(lambda: next((m for m in there if m.rows()), None), 40, f"record {n}")
                ended = [m for m in there if m.process.poll() is not None]
                assert not ended, f"a member ended: {ended[0].errors()}"
                there.remove(busy)
                busy.leave()
                busy.wait()
        finally:
            for member in members:
                member.leave()
            for member in members:
                member.wait()
    return case


def static_member(broker, admin):
    """A static member that comes back within its session gets its partitions again, and nobody rebalances."""
    topic, assigned = topics.new(broker, admin, partitions=4), []

    def join(instance):
        consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": f"{topic}-group", "group.instance.id": instance,
                             "session.timeout.ms": 10_000, "auto.offset.reset": "earliest", "enable.auto.commit": False})
        consumer.subscribe([topic], on_assign=lambda _, partitions: assigned.append((instance, sorted(p.partition for p in partitions))))
        return consumer

    one, two = join("one"), join("two")
    both = lambda: one.poll(0.1) or two.poll(0.1) or sorted(sum((dict(assigned).get(i, []) for i in ("one", "two")), [])) == [0, 1, 2, 3]
    cases.until(both, 30, "an assignment of all partitions")
    time.sleep(1)
    before, settled = dict(assigned), len(assigned)
    two.close()  # a static member does not leave the group when it closes
    two = join("two")
    cases.until(lambda: one.poll(0.1) or two.poll(0.1) or len(assigned) > settled, 30, "an assignment for the member that came back")
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        one.poll(0.1), two.poll(0.1)
    again = assigned[settled:]
    one.close(), two.close()
    assert again == [("two", before["two"])], f"before {before}, then {again}"


CASES = {**{f"spare-members-{family}": spare_members(family) for family in ("confluent", "franz-go", "kafkajs", "java")},
         "static-member": static_member}
