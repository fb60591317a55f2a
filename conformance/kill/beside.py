"""What else is acknowledged during a round: topics made and deleted, offsets committed."""
import threading
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from load import EAGER


def patient(call):
    """Asks again while the client has not yet noticed that the broker is back."""
    end = time.monotonic() + 20
    while True:
        try:
            return call()
        except KafkaException as error:
            if error.args[0].code() != KafkaError._TRANSPORT or time.monotonic() > end:
                raise
            time.sleep(0.02)


class Beside:
    """Makes topics, deletes them and commits offsets until told to stop; then checks what was acknowledged."""

    def __init__(self, bootstrap, draw):
        self.draw = draw
        self.admin = AdminClient({"bootstrap.servers": bootstrap, **EAGER})
        self.consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "kill-commits", "enable.auto.commit": False, **EAGER})
        self.made, self.gone, self.number = {}, set(), 0
        self.attempted = self.committed = 0
        self.stopping = threading.Event()
        self.thread = None

    def begin(self):
        self.stopping.clear()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self):
        while not self.stopping.is_set():
            try:
                self.draw.choice([self.commit, self.commit, self.commit, self.make, self.delete])()
            except KafkaException:
                pass  # not acknowledged: it may have happened or not
            self.stopping.wait(self.draw.random() * 0.05)

    def commit(self):
        self.attempted += 1
        done = self.consumer.commit(offsets=[TopicPartition("kill-rolling", 0, self.attempted)], asynchronous=False)
        if done[0].error is None:
            self.committed = done[0].offset

    def make(self):
        self.number += 1
        name, partitions = f"kill-made-{self.number}", self.draw.randrange(1, 4)
        self.admin.create_topics([NewTopic(name, partitions, 1)], operation_timeout=5, request_timeout=5)[name].result(10)
        self.made[name] = partitions

    def delete(self):
        if len(self.made) > 5:
            name = next(iter(self.made))
            self.made.pop(name)  # from here on it may be there or not
            self.admin.delete_topics([name], operation_timeout=5, request_timeout=5)[name].result(10)
            self.gone.add(name)

    def end(self):
        self.stopping.set()
        self.thread.join(60)
        assert not self.thread.is_alive(), "a commit or a topic's creation is still waiting after 60 s"

    def check(self):
        listed = patient(lambda: self.admin.list_topics(timeout=20))
        there = {name: len(topic.partitions) for name, topic in listed.topics.items()}
        for name, partitions in self.made.items():
            assert there.get(name) == partitions, f"topic {name} was made with {partitions} partitions, there are {there.get(name)}"
        back = self.gone & set(there)
        assert not back, f"deleted topics are back: {sorted(back)}"
        offset = patient(lambda: self.consumer.committed([TopicPartition("kill-rolling", 0)], timeout=20))[0].offset
        assert self.committed <= max(offset, 0) <= self.attempted, f"committed {self.committed}, attempted {self.attempted}, there is {offset}"
