"""A broker with known records in it, whose files a case then damages."""
import os
import shutil
import subprocess

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

import brokers

RECORDS = 3000
PARTITIONS = [("damaged", 0), ("whole", 0), ("whole", 1)]
SETTINGS = {"auto.create.topics.enable": "false", "offsets.topic.num.partitions": "2"}
NOBODY = 65534


class Store:
    """RECORDS records in each of three partitions; `damaged` is the one that cases go for. It has several segments."""

    def __init__(self, stop=True):
        self.broker = brokers.Broker("vltava", SETTINGS).start()
        admin = AdminClient({"bootstrap.servers": self.broker.bootstrap})
        config = {"segment.bytes": "1048576"}
        for future in admin.create_topics([NewTopic("damaged", 1, 1, config=config), NewTopic("whole", 2, 1)]).values():
            future.result(20)
        self.produce(RECORDS)
        self.broker.stop() if stop else self.broker.kill()

    @property
    def folder(self):
        return self.broker.data / "damaged-0"

    def produce(self, count, first=0):
        producer = Producer({"bootstrap.servers": self.broker.bootstrap, "linger.ms": 2, "batch.num.messages": 100})
        for n in range(first, first + count):
            for topic, partition in PARTITIONS:
                producer.produce(topic, value(topic, partition, n), b"k", partition)
            producer.poll(0)
        assert producer.flush(60) == 0, "not delivered"

    def start(self):
        self.broker.start()
        return self

    def segments(self, suffix=".log"):
        return sorted(self.folder.glob(f"*{suffix}"))

    def check(self, partitions=PARTITIONS, count=RECORDS):
        """Every record of these partitions is there, and a new one can be added."""
        for topic, partition in partitions:
            got = read(self.broker.bootstrap, topic, partition)
            want = [value(topic, partition, n) for n in range(count)]
            assert got[:count] == want, f"{topic}-{partition}: {len(got)} records of {count}, or others"

    def refused(self, *words):
        """It does not start: it says why in these words, and does not panic."""
        self.broker.launch()
        try:
            code = self.broker.process.wait(20)
        except subprocess.TimeoutExpired:
            self.broker.kill()
            raise AssertionError(f"it started, or hangs: {self.broker.tail()}") from None
        self.broker.process = None
        assert code != 0, "exit 0"
        self.says(*words)

    def says(self, *words):
        """Each word is in what it logged since the store was made."""
        log = self.broker.log.read_text(errors="replace")
        assert "panicked" not in log, f"it panicked: {log[log.index('panicked') - 200:][:600]}"
        missing = [word for word in words if str(word).lower() not in log.lower()]
        assert not missing, f"it does not say {missing}: {log[-600:]}"

    def end(self, incomplete=False):
        """Stops it: a clean stop has to work whatever happened before. `incomplete`: it may say that not everything could be closed."""
        if self.broker.process is not None:
            code = self.broker.stop()
            told = incomplete and "not everything could be closed" in self.broker.tail()
            assert code == 0 or told, f"exit {code} at the stop: {self.broker.tail()}"
        self.says()
        shutil.rmtree(self.broker.folder, ignore_errors=True)


def value(topic, partition, n):
    return f"{topic} {partition} {n} ".encode() * 60


def read(bootstrap, topic, partition, errors=None):
    """All values of a partition. With `errors`, an error ends the reading and is put there, and so does a partition from which no more
    comes: clients retry most errors without telling."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "faults", "enable.auto.commit": False, "enable.partition.eof": True,
                         "check.crcs": True})
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING)])
    values, idle = [], 0
    try:
        while idle < 50:
            messages = consumer.consume(1000, timeout=0.1)
            idle = 0 if messages else idle + 1
            for m in messages:
                if m.error() is None:
                    values.append(m.value())
                elif m.error().code() == KafkaError._PARTITION_EOF:
                    return values
                elif errors is not None:
                    errors.append(m.error())
                    return values
                else:
                    raise AssertionError(f"{topic}-{partition}: {m.error()}")
    finally:
        consumer.close()
    assert errors is not None, f"{topic}-{partition}: nothing for 5 s after {len(values)} records"
    return values


def flip(path, position):
    """Changes one byte."""
    with open(path, "r+b") as file:
        file.seek(position)
        byte = file.read(1)
        file.seek(position)
        file.write(bytes([byte[0] ^ 0xFF]))


def unprivileged(broker):
    """Lets the broker run as a user to whom permissions apply, if we are root."""
    if os.geteuid() != 0:
        return
    here = broker.folder / "binary"
    here.mkdir()
    shutil.copy(os.environ["VLTAVA"], here / "vltava")
    here.chmod(0o755)
    inner = broker.command
    broker.command = lambda: ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", str(here / "vltava"), *inner()[1:]]
    for path in [broker.folder, *broker.folder.rglob("*")]:
        os.chown(path, NOBODY, NOBODY)
    broker.folder.chmod(0o755)
