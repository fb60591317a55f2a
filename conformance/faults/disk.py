"""A disk that is full, and files that may not be touched."""
import os
import pathlib
import subprocess
import tempfile

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

import brokers
import cases
from store import PARTITIONS, SETTINGS, Store, read, unprivileged

DISK_MIB, LEFT_MIB = 400, 24
WHOLE = [place for place in PARTITIONS if place[0] == "whole"]


class SmallDisk:
    """A tmpfs of its own, or a skip where none can be mounted."""

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="conformance-disk-"))
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", self.folder], capture_output=True, text=True)
        if done.returncode != 0:
            raise cases.Skip(f"no small disk here: {done.stderr.strip()}")
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.folder], check=False)
        self.folder.rmdir()

    def fill(self):
        """Leaves about LEFT_MIB, whatever the broker takes meanwhile."""
        with open(self.folder / "ballast", "wb", buffering=0) as ballast:
            while self.left_mib() > LEFT_MIB:
                ballast.write(bytes(1 << 20))

    def left_mib(self):
        free = os.statvfs(self.folder)
        return free.f_bavail * free.f_frsize >> 20

    def relieve(self):
        (self.folder / "ballast").unlink()


def full_disk():
    """Writes are refused with an error, what was acknowledged can be read, and after a start with room again all of it is there."""
    with SmallDisk() as disk:
        broker = brokers.Broker("vltava", SETTINGS, folder=disk.folder).start()
        admin = AdminClient({"bootstrap.servers": broker.bootstrap})
        admin.create_topics([NewTopic("filled", 1, 1)])["filled"].result(20)
        assert disk.left_mib() > LEFT_MIB, f"an empty broker leaves {disk.left_mib()} MiB of {DISK_MIB}"
        disk.fill()
        acknowledged, refused = fill(broker, "filled")
        assert refused, f"{acknowledged} records of 10 kB fitted in {LEFT_MIB} MiB"
        if broker.process.poll() is None:
            assert len(read(broker.bootstrap, "filled", 0)) >= acknowledged, "acknowledged records cannot be read"
        disk.relieve()
        if broker.process.poll() is None:
            broker.stop()
        broker.process = None
        broker.start()
        assert len(read(broker.bootstrap, "filled", 0)) >= acknowledged, "acknowledged records are gone"
        assert fill(broker, "filled", 10) == (10, 0), "no writes though there is room again"
        assert broker.stop() == 0, broker.tail()
        log = broker.log.read_text(errors="replace")
        assert "panicked" not in log, log[log.index("panicked") - 200:][:600]
        assert "no space" in log.lower(), f"it does not say why: {log[-500:]}"


def fill(broker, topic, count=10_000):
    """(acknowledged, refused): sends until records are refused."""
    outcome = [0, 0]
    producer = Producer({"bootstrap.servers": broker.bootstrap, "message.timeout.ms": 4000, "enable.idempotence": False, "log_level": 0})

    def delivered(error, _):
        outcome[error is not None] += 1

    for _ in range(count):
        producer.produce(topic, os.urandom(10_000), on_delivery=delivered)
        while len(producer) > 100:
            producer.poll(0.1)
        if outcome[1]:
            break
    producer.flush(20)
    return tuple(outcome)


def folder_not_ours():
    """A data folder that may not be written: refused, with its name."""
    store = Store()
    unprivileged(store.broker)
    os.chown(store.broker.data, 0, 0)
    store.broker.data.chmod(0o555)
    store.refused(store.broker.data, "permission denied")
    store.end()


def segment_not_ours():
    """A segment that may not be read: who reads it gets an error, the log says why, other partitions go on."""
    store = Store()
    unprivileged(store.broker)
    store.segments()[0].chmod(0)
    store.start().check(WHOLE)
    errors = []
    got = read(store.broker.bootstrap, "damaged", 0, errors)
    assert not got, f"{len(got)} records of a log whose beginning may not be read"
    store.says("damaged-0", "permission denied")
    store.end(incomplete=True)


def store_not_ours():
    """The metadata store may not be read: refused, with its name."""
    store = Store()
    unprivileged(store.broker)
    (store.broker.data / "metadata.redb").chmod(0)
    store.refused("metadata.redb", "permission denied")
    store.end()


CASES = {"full-disk": full_disk, "folder-not-ours": folder_not_ours, "segment-not-ours": segment_not_ours, "store-not-ours": store_not_ours}
