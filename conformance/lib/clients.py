"""The client families, each a program with the same three modes: produce, consume, member (see conformance/clients/)."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent.parent / "clients"
CACHE = pathlib.Path(os.environ["CONFORMANCE_CACHE"])
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
PROGRAMS = {
    "kcat": [str(HERE / "kcat" / "client.sh")],
    "java": [str(HERE / "java" / "client.sh")],
    "confluent": [sys.executable, str(HERE / "confluent" / "client.py")],
    "franz-go": [str(CACHE / "franz-go")],
    "kafkajs": ["node", str(HERE / "kafkajs" / "client.js")],
}
FAMILIES = list(PROGRAMS)


def produce(family, bootstrap, topic, codec, rows_file):
    """Sends every KEY<TAB>VALUE line of the file; returns when all are acknowledged."""
    with open(rows_file, "rb") as rows:
        done = subprocess.run([*PROGRAMS[family], "produce", bootstrap, topic, codec], stdin=rows, capture_output=True, timeout=900)
    assert done.returncode == 0, f"{family} produce exit {done.returncode}: {done.stderr[-400:].decode(errors='replace')}"


def consume(family, bootstrap, topic):
    """All rows of the topic, as (partition, offset, key, value) in the order in which they came."""
    with tempfile.TemporaryFile() as out:
        done = subprocess.run([*PROGRAMS[family], "consume", bootstrap, topic], stdout=out, stderr=subprocess.PIPE, timeout=900)
        assert done.returncode == 0, f"{family} consume exit {done.returncode}: {done.stderr[-400:].decode(errors='replace')}"
        out.seek(0)
        return parse(out.read())


def parse(text):
    """Rows as the clients print them; a last line that is not whole belongs to a member that was killed."""
    rows = []
    for line in text.split(b"\n")[:-1]:
        partition, offset, key, value = line.split(b"\t", 3)
        rows.append((int(partition), int(offset), key, value))
    return rows


class Member:
    """A member of a consumer group in a process of its own; what it read is in a file."""

    def __init__(self, family, bootstrap, topic, group):
        self.family = family
        self.out = tempfile.NamedTemporaryFile(prefix=f"member-{family}-")
        self.err = tempfile.TemporaryFile()
        self.process = subprocess.Popen([*PROGRAMS[family], "member", bootstrap, topic, group], stdin=subprocess.DEVNULL,
                                        stdout=self.out, stderr=self.err)

    def rows(self):
        with open(self.out.name, "rb") as text:
            return parse(text.read())

    def leave(self):
        """SIGTERM: it commits and leaves the group."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def kill(self):
        """SIGKILL: the group notices at the session time-out."""
        if self.process.poll() is None:
            self.process.kill()

    def wait(self):
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            self.process.wait()

    def errors(self):
        self.err.seek(0)
        return self.err.read()[-300:].decode(errors="replace")
