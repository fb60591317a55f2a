"""Start, stop and settings; and clients that do not keep to the protocol."""
import os
import random
import socket
import struct
import subprocess
import threading
import time

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

import brokers
import cases
import topics
import wire
from store import SETTINGS, Store, read


def second_start():
    """A second broker on the same folder is refused; the first goes on."""
    store = Store().start()
    second = brokers.Broker("vltava", SETTINGS, folder=store.broker.folder)
    second.log = store.broker.folder / "second.log"
    second.launch()
    assert second.process.wait(20) != 0, "the second start ended well"
    second.process = None
    said = second.log.read_text()
    assert str(store.broker.data) in said and "panicked" not in said, f"it says: {said[-400:]}"
    store.check()
    store.end()


def port_taken():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        broker = brokers.Broker("vltava", SETTINGS)
        broker.port = holder.getsockname()[1]
        broker.launch()
        assert broker.process.wait(20) != 0, "it started on a port that is taken"
        broker.process = None
        said = broker.tail()
        assert str(broker.port) in said and "panicked" not in said, f"it says: {said}"
        broker.dispose()


def clean_stop():
    """SIGTERM under load: what is in flight is answered, the exit is 0, and all that was acknowledged is there afterwards."""
    broker = brokers.Broker("vltava", SETTINGS).start()
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    topic = topics.new(broker, admin)
    acknowledged, running = [], threading.Event()
    producer = Producer({"bootstrap.servers": broker.bootstrap, "linger.ms": 1, "message.timeout.ms": 20_000, "enable.idempotence": True,
                         "reconnect.backoff.max.ms": 100, "log_level": 0})

    def load():
        n = 0
        while not running.is_set():
            producer.produce(topic, b"%d" % n, on_delivery=lambda error, m: error is None and acknowledged.append(m.value()))
            producer.poll(0.0005)
            n += 1

    thread = threading.Thread(target=load)
    thread.start()
    time.sleep(1)
    started = time.monotonic()
    code = broker.stop()
    took = time.monotonic() - started
    running.set()
    thread.join()
    broker.start()
    assert producer.flush(20) == 0, "what was not answered cannot be sent again"
    got = read(broker.bootstrap, topic, 0)
    assert code == 0, f"exit {code}"
    assert took < 10, f"the stop took {took:.1f} s"
    assert got == acknowledged, f"{len(got)} records, {len(acknowledged)} acknowledged: missing, doubled or out of order"
    assert broker.stop() == 0
    broker.dispose()


def run(*options, environment=None, seconds=3):
    """(exit code or None when it was still running, what it said) of a start with these options."""
    broker = brokers.Broker("vltava")
    plain = broker.command()
    process = subprocess.Popen([*plain, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=broker.folder,
                               env={**os.environ, **(environment or {})})
    try:
        said, _ = process.communicate(timeout=seconds)
        return process.returncode, said
    except subprocess.TimeoutExpired:
        process.terminate()
        return None, process.communicate(timeout=20)[0]
    finally:
        broker.dispose()


def settings_refused():
    """A misspelt name is an error with the nearest one, and so is a value that cannot be."""
    code, said = run("-o", "log.segment.byte=1048576")
    assert code not in (0, None) and "log.segment.bytes" in said, f"exit {code}: {said[-300:]}"
    code, said = run("-o", "num.partitions=many")
    assert code not in (0, None) and "num.partitions" in said and "many" in said, f"exit {code}: {said[-300:]}"
    code, said = run("--config", "nowhere.properties")
    assert code not in (0, None) and "nowhere.properties" in said, f"exit {code}: {said[-300:]}"


def settings_not_done_yet():
    """A property that Kafka has and we do not do yet is a warning with its name."""
    code, said = run("-o", "num.replica.fetchers=2")
    assert code is None and "num.replica.fetchers" in said, f"exit {code}: {said[-300:]}"


def settings_precedence():
    """File, then environment, then the command line."""
    def partitions(file, environment, option):
        broker = brokers.Broker("vltava", {"num.partitions": option} if option else {})
        (broker.folder / "server.properties").write_text(f"# a comment\nnum.partitions={file}\n")
        inner = broker.command()
        broker.command = lambda: [inner[0], "serve", "--config", str(broker.folder / "server.properties"), *inner[2:]]
        saved = dict(os.environ)
        try:
            if environment:
                os.environ["KAFKA_NUM_PARTITIONS"] = environment
            broker.start()
        finally:
            os.environ.clear()
            os.environ.update(saved)
        admin = AdminClient({"bootstrap.servers": broker.bootstrap})
        admin.create_topics([NewTopic("t", -1, 1)])["t"].result(20)
        count = len(admin.list_topics("t", timeout=10).topics["t"].partitions)
        broker.dispose()
        return count

    counts = [partitions("2", None, None), partitions("2", "3", None), partitions("2", "3", "4")]
    assert counts == [2, 3, 4], f"partitions {counts}"


def bad_clients():
    """Random bytes, sizes that lie, half a request, a client that never reads: others notice nothing, memory stays bounded."""
    broker = brokers.Broker("vltava", SETTINGS).start()
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    topic = topics.new(broker, admin)
    before, draw, held = memory_mib(broker.pid), random.Random(7), []
    for _ in range(300):
        bad = wire.Connection(broker.bootstrap, timeout=5)
        kind = draw.randrange(5)
        try:
            if kind == 0:
                bad.socket.sendall(draw.randbytes(draw.randrange(1, 5000)))
            elif kind == 1:
                bad.socket.sendall(struct.pack(">i", draw.choice([-1, 0, 1, 3, 0x7FFFFFFF, 200 << 20])))
            elif kind == 2:  # an array that claims to be longer than the frame
                bad.send(draw.choice([0, 1, 2, 3, 8, 9, 11, 19]), 3, b"\x7f\xff\xff\xff" * 5)
            elif kind == 3:  # half a request, then silence
                bad.socket.sendall(struct.pack(">ihhi", 5000, 0, 7, 1) + b"half")
            else:  # asks for everything again and again and never reads
                for _ in range(50):
                    bad.send(3, 1, struct.pack(">i", -1))
        except OSError:
            pass  # closed on us: as it should be
        held.append(bad)
    with wire.Connection(broker.bootstrap) as good:
        started = time.monotonic()
        for n in range(20):
            assert wire.produce(good, topic, wire.batch([b"good"])) == (0, n)
        assert time.monotonic() - started < 5, "a good client has to wait"
    grown = memory_mib(broker.pid) - before
    for bad in held:
        bad.close()
    assert grown < 200, f"memory grew by {grown} MiB"
    assert broker.stop() == 0, broker.tail()
    assert "panicked" not in broker.log.read_text(errors="replace"), broker.tail()
    broker.dispose()


def memory_mib(pid):
    lines = open(f"/proc/{pid}/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) // 1024


CASES = {"second-start": second_start, "port-taken": port_taken, "clean-stop": clean_stop, "settings-refused": settings_refused,
         "settings-not-done-yet": settings_not_done_yet, "settings-precedence": settings_precedence, "bad-clients": bad_clients}
