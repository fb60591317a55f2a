"""The two brokers side by side, and what the system says of their processes."""
import os
import pathlib
import subprocess

import brokers

NAMES = ["vltava", "kafka"]
# How the same durability is said to each: the topic's configuration.
DURABILITY = {
    "page cache": {"vltava": ["write.caching=true"], "kafka": []},
    "fsync": {"vltava": [], "kafka": ["flush.messages=1"]},
}
RDLOAD = pathlib.Path(os.environ["CONFORMANCE_CACHE"]) / "rdload"


class Side:
    """One broker with its data folder."""

    def __init__(self, name):
        self.name = name
        self.broker = brokers.Broker(name)
        self.topics = 0

    @property
    def bootstrap(self):
        return self.broker.bootstrap

    def cpu_seconds(self):
        """User and system time of the process so far."""
        fields = open(f"/proc/{self.broker.pid}/stat").read().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mib(self):
        """Resident memory."""
        lines = open(f"/proc/{self.broker.pid}/status").read().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

    def new_topic(self, partitions, durability):
        """A topic of its own for a run."""
        self.topics += 1
        name = f"bench-{self.topics}"
        run(RDLOAD, "create", self.bootstrap, name, partitions, 1, 0, *DURABILITY[durability][self.name])
        return name

    def drop_topic(self, name):
        run(RDLOAD, "delete", self.bootstrap, name, 0, 1, 0)


def run(program, *arguments, seconds=1800):
    """The output of a program that has to succeed."""
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, f"{pathlib.Path(program).name} {arguments[0]} exit {done.returncode}: {done.stdout[-300:]}{done.stderr[-300:]}"
    return done.stdout


def tool(name, *arguments):
    """One of Kafka's tools with its stock options."""
    return run(brokers.KAFKA, name, *arguments)
