"""What is measured: the two brokers, the bare loop (c/bare.c) in a broker's place, and what the system says of their processes."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import brokers

TOOLS = pathlib.Path(os.environ["BENCH_TOOLS"])
RDLOAD, BARE, DISK, WIRE = (TOOLS / name for name in ("rdload", "bare", "disk", "wire"))
# How the same durability is said to each: the topic's configuration.
DURABILITY = {
    "page cache": {"vltava": ["write.caching=true"], "kafka": []},
    "fsync": {"vltava": [], "kafka": ["flush.messages=1"]},
}
# Of both brokers: what was deleted gives its space back soon, so that a long run needs little of it.
SETTINGS = {"log.segment.delete.delay.ms": 1000, "log.retention.check.interval.ms": 5000}
# Waited after a load before processor time is read, so that what a broker puts off counts too.
SETTLE_SECONDS = 1.0
BATCHED = ("batch.size=131072", "linger.ms=10")


def run(program, *arguments, seconds=300):
    """The output of a program that has to succeed."""
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, f"{pathlib.Path(program).name} {arguments[0]} exit {done.returncode}: {(done.stdout + done.stderr)[-300:].strip()}"
    return done.stdout


def start(program, *arguments):
    """A program in the background; whoever starts it ends it."""
    return subprocess.Popen([program, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process, seconds=300):
    """What a program said that was started, and has to succeed."""
    try:
        out, err = process.communicate(timeout=seconds)
    finally:
        process.kill()
    assert process.returncode == 0, f"{pathlib.Path(process.args[0]).name} {process.args[1]} exit {process.returncode}: {(out + err)[-300:].strip()}"
    return out


def produce(side, topic, partitions, count, size, *settings):
    """What one rdload producer says."""
    return json.loads(run(RDLOAD, "produce", side.bootstrap, topic, partitions, count, size, "acks=all", *(settings or BATCHED)))


def consumer(side, topic, partitions, count):
    """One rdload consumer, started: it reads from the beginning until it has count records."""
    return start(RDLOAD, "consume", side.bootstrap, topic, partitions, count, 0, "fetch.message.max.bytes=1048576",
                 "queued.min.messages=10000000", "queued.max.messages.kbytes=2097151")


class Process:
    """What the system says of a running process."""

    def __init__(self, pid):
        self.pid = pid

    def cpu_seconds(self):
        """User and system time of all its threads so far."""
        fields = open(f"/proc/{self.pid}/stat").read().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mib(self):
        """Resident memory."""
        lines = open(f"/proc/{self.pid}/status").read().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


class Side:
    """A broker with a data folder of its own."""

    def __init__(self, name, **settings):
        self.name = name
        self.broker = brokers.Broker(name, {**SETTINGS, **settings})
        self.topics = 0
        self.process = None

    @property
    def bootstrap(self):
        return self.broker.bootstrap

    def start(self, seconds=180.0):
        self.broker.start(seconds)
        self.process = Process(self.broker.pid)
        return self

    def stop(self):
        """SIGTERM; the data stays."""
        self.broker.stop(120.0)

    def kill(self):
        self.broker.kill()

    def dispose(self):
        """Ends it and removes its data."""
        self.broker.dispose()
        shutil.rmtree(self.broker.folder, ignore_errors=True)

    def cpu_of(self, action):
        """What the action returns, and the broker's CPU seconds meanwhile and shortly after."""
        before = self.process.cpu_seconds()
        said = action()
        time.sleep(SETTLE_SECONDS)
        return said, self.process.cpu_seconds() - before

    @contextlib.contextmanager
    def topic(self, partitions, durability, *settings):
        """A topic that is deleted afterwards."""
        self.topics += 1
        name = f"bench-{self.topics}"
        run(RDLOAD, "create", self.bootstrap, name, partitions, 1, 0, *DURABILITY[durability][self.name], *settings)
        try:
            yield name
        finally:
            run(RDLOAD, "delete", self.bootstrap, name, 0, 1, 0)

    def files(self, topic):
        """The files of a topic's partitions."""
        return [path for folder in self.broker.data.glob(f"{topic}-*") for path in folder.iterdir() if path.is_file()]


class Bare(Side):
    """The bare loop ("bare") or the sink ("sink"): a process for each topic."""

    def __init__(self, name):
        self.name, self.process = name, None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"bench-{name}-"))
        self.port = brokers.free_port()

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def topic(self, partitions, durability, *settings):
        process = subprocess.Popen([BARE, str(self.port), str(partitions), "-" if self.name == "sink" else self.folder])
        self.process = Process(process.pid)
        try:
            end = time.monotonic() + 10
            while not brokers.answers(self.port):
                assert process.poll() is None and time.monotonic() < end, f"{self.name} does not answer"
                time.sleep(0.01)
            yield "bench"
        finally:
            process.kill()
            process.wait()
            for path in self.folder.iterdir():
                path.unlink()

    def files(self, topic):
        return list(self.folder.iterdir())

    def dispose(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Bed:
    """The sides that rows share: started at first use, Kafka's compiler warmed."""

    def __init__(self, store, scale, wanted):
        self.store, self.scale, self.wanted = store, scale, wanted  # wanted: names of the rows that are still to come
        self.shared, self.kept = {}, {}

    def count(self, full, least=1000):
        """A number of records, less in the short form."""
        return max(least, int(full * self.scale))

    def seconds(self, full):
        """A duration, less in the short form."""
        return max(1.0, full * self.scale)

    def side(self, name):
        if name not in self.shared:
            self.shared[name] = Bare(name) if name in ("bare", "sink") else self.warm(Side(name).start())
        return self.shared[name]

    def warm(self, side):
        """2 GB in and out: before that Kafka's code is not compiled, and the ratio would flatter us."""
        count = self.count(2_000_000)
        print(f"  {side.name}: warming with {count / 1e6:.1f} GB", flush=True)
        with side.topic(4, "page cache") as topic:
            produce(side, topic, 4, count, 1000)
            finish(consumer(side, topic, 4, count))
        return side

    def rest(self):
        """Ends the shared sides: for rows that start brokers of their own."""
        for side in self.shared.values():
            side.dispose()
        self.shared = {}

    def close(self):
        self.rest()
        for side in self.kept.values():
            side.dispose()
        self.kept = {}
