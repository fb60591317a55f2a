"""From Apache Kafka to Vltava: fills a Kafka, stops or kills it, takes its folders over, and lets the clients go on.

Needs both brokers, so --broker is of no account. Cases: what is refused; a copy after a clean stop; two log folders in place after
SIGKILL under load; imports that are broken off; with --full also the way back.
"""
import os
import pathlib
import resource
import shutil
import subprocess
import sys

from confluent_kafka.admin import AdminClient

import brokers
import cases

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import facts
import fill

SETTINGS = {"group.initial.rebalance.delay.ms": "0", "auto.create.topics.enable": "false", "offsets.topic.num.partitions": "7",
            "transaction.state.log.num.partitions": "3", "log.cleaner.backoff.ms": "200", "log.segment.delete.delay.ms": "1000",
            # With every commit of the metadata log a no-op less, and a snapshot now and then.
            "metadata.log.max.record.bytes.between.snapshots": "20000"}


def vltava_import(*arguments, file_bytes=resource.RLIM_INFINITY):
    """Runs `vltava import`; (exit code, what it said). Dies of the first file that gets larger than `file_bytes`."""
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    done = subprocess.run([os.environ["VLTAVA"], "import", *map(str, arguments)], capture_output=True, text=True, timeout=120, preexec_fn=limit)
    return done.returncode, done.stdout + done.stderr


def imported(*arguments):
    code, said = vltava_import(*arguments)
    assert code == 0, f"exit {code}: {said[-600:]}"
    return said


class World:
    """One Kafka, filled; and the clients that live on."""

    def __init__(self):
        self.kafka = brokers.Broker("kafka", SETTINGS)
        self.folder = self.kafka.folder
        self.dirs = [self.folder / "data", self.folder / "data2"]
        self.kafka.settings["log.dirs"] = ",".join(map(str, self.dirs))
        self.config = self.folder / "server.properties"
        self.before = None

    def fill(self):
        self.kafka.start()
        admin = AdminClient({"bootstrap.servers": self.kafka.bootstrap})
        fill.everything(self.kafka, admin)
        self.writer, self.reader = fill.Writer(self.kafka.bootstrap), fill.Reader(self.kafka.bootstrap)
        self.writer.send(500)
        self.writer.flush()
        self.reader.read_until(500)

    def vltava(self, data):
        """A Vltava on imported data, at Kafka's address."""
        folder = data.parent
        broker = brokers.Broker("vltava", {"group.initial.rebalance.delay.ms": "0", "auto.create.topics.enable": "false"}, folder=folder)
        broker.port, broker.bootstrap = self.kafka.port, self.kafka.bootstrap
        assert broker.data == data
        plain = broker.command()
        broker.command = lambda: [*plain[:2], "--config", str(self.config), "-o", f"advertised.listeners=PLAINTEXT://127.0.0.1:{self.kafka.port}", *plain[2:]]
        return broker

    def go_on(self, count):
        """The clients that were there before go on as if nothing had happened."""
        self.writer.send(count)
        self.writer.flush()
        self.reader.read_until(self.writer.sent)
        values = [value for _, _, value in sorted(self.reader.read)]
        assert values == self.writer.acknowledged, f"{len(values)} read of {self.writer.sent}: missing, doubled or out of order"
        offsets = [offset for _, offset, _ in self.reader.read]
        assert offsets == sorted(set(offsets)), "records came twice, or out of order"


def in_use(world):
    code, said = vltava_import("--log-dirs", ",".join(map(str, world.dirs)))
    assert code == 1 and "is in use" in said and "stop" in said, f"exit {code}: {said}"


def refused(world):
    """What cannot be is said with what to do, and nothing is touched."""
    before = listing(world.folder)
    new = world.folder / "new"
    other = world.folder / "other.properties"
    other.write_text("node.id=7\nlog.dirs=" + ",".join(map(str, world.dirs)))
    full = world.folder / "full"
    (full / "t-0").mkdir(parents=True)
    zookeeper = world.folder / "zookeeper"
    zookeeper.mkdir()
    (zookeeper / "meta.properties").write_text("version=0\nbroker.id=1\ncluster.id=x\n")
    for arguments, words in [
        (["--log-dirs", world.dirs[0], "--copy", "--to", new], ["directory.id=", "--log-dirs"]),
        (["--config", other, "--copy", "--to", new], ["node.id 1", "node.id 7"]),
        (["--config", world.config, "--copy", "--to", full], ["not empty", "--to"]),
        (["--log-dirs", zookeeper], ["ZooKeeper", "KRaft"]),
        (["--log-dirs", world.folder / "nowhere"], ["nowhere"]),
        (["--log-dirs", full], ["meta.properties"]),
        ([], ["--log-dirs"]),
    ]:
        code, said = vltava_import(*arguments)
        assert code == 1 and all(word in said for word in words), f"{arguments}: exit {code}: {said}"
    said = imported("--config", world.config, "--to", new, "--dry-run")
    assert "would be moved" in said, said
    for folder in (full, zookeeper, new):
        shutil.rmtree(folder, ignore_errors=True)
    other.unlink()
    assert listing(world.folder) == before, "something was changed"


def listing(folder):
    return sorted((str(path), path.stat().st_size) for path in folder.rglob("*") if path.is_file() and path.name != ".lock")


def copied(world):
    """A clean stop, and a copy: all facts are the same, all clients go on; Kafka's own folders are as they were."""
    before, left = world.before, listing(world.folder)
    data = world.folder / "copy" / "data"
    code, _ = vltava_import("--config", world.config, "--copy", "--to", data, file_bytes=50_000)
    assert code != 0 and (data / "vltava-import.json").exists(), f"exit {code}: the first try was to die half way"
    said = imported("--config", world.config, "--copy", "--to", data)
    assert "carried on" in said, said
    assert "SCRAM" not in said and f"vltava serve --config {world.config}" in said, said
    assert [entry for entry in listing(world.folder) if "/copy/" not in entry[0]] == left, "the original was changed"
    vltava = world.vltava(data)
    with vltava:
        facts.compare(before, facts.of(vltava.bootstrap))
        world.go_on(300)
        assert vltava.stop() == 0, vltava.tail()
    log = vltava.log.read_text()
    assert "ERROR" not in log, log[-600:]
    dumped(data)
    code, said = vltava_import("--config", world.config, "--copy", "--to", data)
    assert code == 1 and "already" in said, said


def dumped(data):
    """Kafka's own reader finds nothing wrong with what we wrote behind what it had written."""
    for folder in ("idempotent-0", "codec-zstd-1"):
        files = sorted(path for path in (data / folder).iterdir() if path.suffix in (".log", ".index", ".timeindex", ".snapshot"))
        done = brokers.tool("dump-log", "--deep-iteration", "--files", ",".join(map(str, files)), check=False)
        text = done.stdout + done.stderr
        assert done.returncode == 0 and "isvalid: true" in text, text[-400:]
        assert "isvalid: false" not in text and "ismatch" not in text.lower() and "Exception" not in text, text[-400:]


def killed(world):
    """SIGKILL under load; two log folders, renamed into a new one, with an import that was broken off before."""
    world.writer, world.reader = fill.Writer(world.kafka.bootstrap), fill.Reader(world.kafka.bootstrap)
    world.kafka.start()
    load = fill.Load(world.writer)
    try:
        cases.until(lambda: len(world.writer.acknowledged) > 300, 30, "the load")
        world.kafka.kill()
    finally:
        load.end()
    tear(world.dirs)
    data = world.folder / "moved" / "data"
    data.mkdir(parents=True)
    broken_off(world, data)
    said = imported("--log-dirs", ",".join(map(str, world.dirs)), "--to", data)
    assert "did not stop by itself" in said and "begun anew" in said, said
    vltava = world.vltava(data)
    with vltava:
        world.writer.flush()
        world.reader.read_until(world.writer.sent)
        world.go_on(300)
        same = {name: fact for name, fact in world.before.items() if "idempotent" not in name and "live" not in name}
        facts.compare(same, {name: fact for name, fact in facts.of(vltava.bootstrap, {"idempotent"}).items() if "idempotent" not in name})
        assert vltava.stop() == 0, vltava.tail()


def back(world):
    """The way back: what a Vltava has after all this, Kafka has once it was exported, records and offsets of Vltava's own among it."""
    data = world.folder / "moved" / "data"
    vltava = world.vltava(data)
    with vltava:
        was = facts.of(vltava.bootstrap)
    vltava.kill()
    kafka = brokers.Broker("kafka", {**SETTINGS, "log.dirs": str(world.folder / "back" / "data")}, folder=world.folder / "back")
    export = [os.environ["VLTAVA"], "export", "--data", data, "--to", kafka.data]
    done = subprocess.run(export, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "clean stop" in done.stderr, f"exit {done.returncode} after a kill: {done.stderr}"
    vltava.start()
    assert vltava.stop() == 0, vltava.tail()
    shutil.rmtree(kafka.data)
    done = subprocess.run(export, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "controller.quorum.voters=1@" in done.stdout, f"exit {done.returncode}: {done.stderr}"
    voter = brokers.free_port()
    kafka.settings |= {"controller.quorum.voters": f"1@127.0.0.1:{voter}", "listeners": f"PLAINTEXT://127.0.0.1:{kafka.port},CONTROLLER://127.0.0.1:{voter}",
                       "advertised.listeners": f"PLAINTEXT://127.0.0.1:{kafka.port},CONTROLLER://127.0.0.1:{voter}"}
    with kafka:
        facts.compare(was, facts.of(kafka.bootstrap))
        admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
        fill.create(admin, "afterwards", 1)
        kafka.stop()


def tear(dirs):
    """Half a batch at the end of a log, as a machine that stops leaves it."""
    partition = next(folder / "codec-none-0" for folder in dirs if (folder / "codec-none-0").exists())
    segment = max(partition.glob("*.log"))
    whole = segment.read_bytes()
    with open(segment, "ab") as file:
        file.write(whole[:200])


def broken_off(world, data):
    """An import that dies before the metadata store is in place: nothing is served, and it can be taken back."""
    before = listing(world.folder)
    arguments = ["--log-dirs", ",".join(map(str, world.dirs)), "--to", data]
    code, said = vltava_import(*arguments, file_bytes=30_000)
    assert code != 0 and (data / "codec-lz4-0").is_dir() and not (data / "metadata.redb").exists(), f"exit {code}: it was to die at the store: {said}"
    done = subprocess.run([os.environ["VLTAVA"], "serve", "-o", f"log.dirs={data}"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and "vltava import" in done.stderr, f"exit {done.returncode}: {done.stderr}"
    imported(*arguments, "--undo")
    for name in ("metadata.redb", "metadata.redb.importing", "metadata.redb.importing.new"):
        (data / name).unlink(missing_ok=True)
    assert listing(world.folder) == before, "it was not taken back"
    # Begun once more, and left for the next to pick up.
    code, said = vltava_import(*arguments, file_bytes=30_000)
    assert code != 0, said


def main():
    options = cases.options(__doc__)
    run = cases.Cases(options.only)
    world = World()
    world.fill()
    run.run("in-use", in_use, world)
    world.before = facts.of(world.kafka.bootstrap)
    world.kafka.stop()
    run.run("refused", refused, world)
    run.run("copied", copied, world)
    run.run("killed", killed, world)
    if options.full:
        run.run("back", back, world)
    run.conclude()


if __name__ == "__main__":
    main()
