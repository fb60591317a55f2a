"""The broker under test: Vltava, Apache Kafka, or one that already runs. All are set up with Kafka's own property names."""
import atexit
import os
import pathlib
import random
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

PEERS = pathlib.Path(os.environ["PEERS"]).resolve()
KAFKA = PEERS / "kafka" / "kafka.sh"

# One Metadata v1 request for all topics, correlation id 7.
METADATA = struct.pack(">ihhihi", 14, 3, 1, 7, -1, -1)


def free_port():
    """A free port below the ephemeral range, so that no connection of ours takes it meanwhile."""
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def answers(port, timeout=2.0):
    """Whether somebody answers Metadata there, and names a broker."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout) as connection:
            connection.sendall(METADATA)
            reply = b""
            while len(reply) < 12:
                part = connection.recv(12 - len(reply))
                if not part:
                    return False
                reply += part
            return struct.unpack(">iii", reply)[1] == 7 and struct.unpack(">iii", reply)[2] >= 1
    except OSError:
        return False


class Broker:
    """One broker: `bootstrap`, and, unless it is external, a data folder of its own. Stopped at exit, whatever happens."""

    def __init__(self, kind, settings=None, folder=None, keep=False):
        self.kind = kind
        self.settings = dict(settings or {})
        self.external = ":" in kind
        self.port = int(kind.rsplit(":", 1)[1]) if self.external else free_port()
        self.bootstrap = kind if self.external else f"127.0.0.1:{self.port}"
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix=f"conformance-{kind.split(':')[0]}-"))
        self.log = self.folder / "server.log"
        self.process = None
        self.start_ms = 0.0  # from the start of the process to the first answer
        self.keep = keep or folder is not None or "CONFORMANCE_KEEP" in os.environ
        atexit.register(self.dispose)

    @property
    def data(self):
        """The folder that holds the partitions."""
        return self.folder / "data"

    def command(self):
        """The command line of Vltava."""
        settings = {"listeners": f"PLAINTEXT://127.0.0.1:{self.port}", "log.dirs": str(self.data), **self.settings}
        options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
        return [os.environ["VLTAVA"], "serve", *options]

    def launch(self):
        """Starts the process without waiting for an answer (Vltava only)."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def start(self, seconds=30.0):
        """Starts it and returns once it answers Metadata."""
        if self.external:
            return self
        if self.kind == "kafka":
            settings = [f"{name}={value}" for name, value in self.settings.items()]
            server = {k: v for k, v in os.environ.items() if k != "KAFKA_JVM_PERFORMANCE_OPTS"}
            server["KAFKA_HEAP_OPTS"] = server.get("KAFKA_HEAP_OPTS", "-Xmx1G")
            done = subprocess.run([KAFKA, "start", "-d", self.folder, "-p", str(self.port), "-c", str(free_port()), *settings],
                                  env=server, capture_output=True, text=True)
            assert done.returncode == 0, f"Kafka did not start: {done.stderr[-500:]}"
            self.start_ms = float(done.stdout.split(" in ")[1].split(" ms")[0])
            return self
        started = time.monotonic()
        self.launch()
        end = started + seconds
        while not answers(self.port):
            code = self.process.poll()
            assert code is None, f"exit {code} at start: {self.tail()}"
            assert time.monotonic() < end, f"no answer in {seconds} s: {self.tail()}"
            time.sleep(0.001)
        self.start_ms = (time.monotonic() - started) * 1000
        return self

    @property
    def pid(self):
        if self.process is not None:
            return self.process.pid
        listening = subprocess.run(["ss", "-ltnpH", f"sport = :{self.port}"], capture_output=True, text=True).stdout
        return int(listening.split("pid=")[1].split(",")[0])

    def tail(self, size=600):
        """The end of what it logged."""
        return self.log.read_text(errors="replace")[-size:] if self.log.exists() else ""

    def stop(self, seconds=30.0):
        """SIGTERM, and waits; returns the exit code (0 for Kafka)."""
        return self.end(signal.SIGTERM, seconds)

    def kill(self):
        """SIGKILL, and waits until it is gone."""
        return self.end(signal.SIGKILL, 30.0)

    def end(self, number, seconds):
        if self.external:
            return 0
        if self.kind == "kafka":
            subprocess.run([KAFKA, "stop" if number == signal.SIGTERM else "kill", "-d", self.folder], check=True, capture_output=True)
            return 0
        if self.process is None:
            return 0
        self.process.send_signal(number)
        try:
            return self.process.wait(seconds)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process = None

    def dispose(self):
        """Ends it and removes its data."""
        if not self.external and (self.kind == "kafka" or self.process is not None):
            self.kill()
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.dispose()


def tool(name, *arguments, stdin=None, seconds=90, check=True):
    """One of Kafka's own tools by its script's name; returns the finished process."""
    done = subprocess.run([KAFKA, name, *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=seconds)
    assert not check or done.returncode == 0, f"{name} exit {done.returncode}: {done.stdout[-300:]} {done.stderr[-300:]}"
    return done
