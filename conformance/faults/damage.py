"""Files that were changed, cut or removed while the broker was down."""
from store import PARTITIONS, RECORDS, Store, flip, read

WHOLE = [place for place in PARTITIONS if place[0] == "whole"]


def indexes_gone():
    """Indexes are built again from the log."""
    store = Store()
    for suffix in (".index", ".timeindex"):
        for path in store.segments(suffix):
            path.unlink()
    store.start().check()
    store.end()


def indexes_garbage():
    store = Store()
    for suffix in (".index", ".timeindex"):
        for path in store.segments(suffix):
            path.write_bytes(b"\xff" * 37)
    store.start().check()
    store.end()


def snapshots_garbage():
    store = Store()
    for path in store.segments(".snapshot"):
        path.write_bytes(b"not a snapshot")
    store.start().check()
    store.end()


def checkpoints_garbage():
    """What the checkpoints told is found out again from the logs; it says so."""
    store = Store()
    for name in ("recovery-point-offset-checkpoint", "log-start-offset-checkpoint", "replication-offset-checkpoint"):
        path = store.broker.data / name
        if path.exists():
            path.write_text("0\nmany\n")
    (store.broker.data / "partitions.summary").write_text("garbage")
    (store.folder / "leader-epoch-checkpoint").write_text("garbage")
    store.start().check()
    store.says("recovery-point-offset-checkpoint", "leader-epoch-checkpoint")
    store.end()


def torn_after_kill():
    """The last bytes of the active segment are gone after a SIGKILL: the write-ahead log has them."""
    store = Store(stop=False)
    active = store.segments()[-1]
    with open(active, "r+b") as file:
        file.truncate(max(0, active.stat().st_size - 700))
    store.start().check()
    store.end()


def changed_after_kill():
    """A batch of the active segment has changed after a SIGKILL: the write-ahead log has it, or the loss is told and the partition named."""
    store = Store(stop=False)
    active = store.segments()[-1]
    flip(active, active.stat().st_size - 300)
    store.start()
    store.check(WHOLE)
    errors = []
    got = read(store.broker.bootstrap, "damaged", 0, errors)
    assert len(got) == RECORDS or store.says("damaged-0") is None
    store.end()


def changed_in_the_middle():
    """A changed byte in a segment that was closed: its readers get an error, no panic; other partitions and newer offsets are whole."""
    store = Store()
    flip(store.segments()[0], 5000)
    store.start().check(WHOLE)
    errors = []
    got = read(store.broker.bootstrap, "damaged", 0, errors)
    assert len(got) < RECORDS or errors, "the changed batch was read as if nothing were"
    store.produce(1, first=RECORDS)
    store.check(WHOLE, RECORDS + 1)
    store.end()


def told(store, before):
    """Whether it warned of the damaged partition since."""
    lines = store.broker.log.read_text()[before:].splitlines()
    return any("damaged-0" in line and ("ERROR" in line or "WARN" in line) for line in lines)


def segment_cut(number):
    """A segment that lost its end: told at the start, or to whoever reads it; other partitions are whole."""
    def case():
        store = Store()
        path = store.segments()[number]
        with open(path, "r+b") as file:
            file.truncate(path.stat().st_size // 2)
        before = len(store.broker.log.read_text())
        store.start().check(WHOLE)
        errors = []
        got = read(store.broker.bootstrap, "damaged", 0, errors)
        assert len(got) < RECORDS, "all records are there"
        assert errors or told(store, before), f"{RECORDS - len(got)} records are missing, and nobody was told"
        store.end()
    return case


def segment_gone(number):
    """A segment that is not there any more: told, with the partition's name; other partitions are whole."""
    def case():
        store = Store()
        assert len(store.segments()) > 2, "not enough segments"
        store.segments()[number].unlink()
        before = len(store.broker.log.read_text())
        store.start().check(WHOLE)
        # It is opened for who asks for it.
        read(store.broker.bootstrap, "damaged", 0, [])
        assert told(store, before), "it says nothing of the missing segment"
        store.end()
    return case


def wal_files(store):
    files = sorted(store.broker.data.glob("*.wal"))
    assert files, "no write-ahead log in the data folder"
    return files


def wal_torn():
    """Garbage after the last whole chunk is the mark of a crash: all before it counts."""
    store = Store(stop=False)
    last = wal_files(store)[-1]
    used = len(last.read_bytes().rstrip(b"\0"))
    with open(last, "r+b") as file:
        file.seek(used)
        file.write(b"torn" * 10)
    store.start().check()
    store.end()


def wal_changed():
    """A damaged chunk with whole ones behind it is no crash: the start is refused, naming the file; nothing is dropped silently."""
    store = Store(stop=False)
    first = wal_files(store)[0]
    used = len(first.read_bytes().rstrip(b"\0"))
    flip(first, used // 3)
    store.refused(first.name)
    flip(first, used // 3)
    store.start().check()
    store.end()


def store_garbage():
    """The metadata store is no store any more: the start is refused, naming it."""
    store = Store()
    path = store.broker.data / "metadata.redb"
    path.write_bytes(b"not a store" * 1000)
    store.refused("metadata.redb")
    store.end()


def other_topic_id():
    """A folder whose topic id is not the topic's: not served as that topic."""
    store = Store()
    path = store.folder / "partition.metadata"
    path.write_text("version: 0\ntopic_id: AAAAAAAAQAAAAAAAAAAAAA\n")
    store.start().check(WHOLE)
    errors = []
    got = read(store.broker.bootstrap, "damaged", 0, errors)
    assert not got, "records of another topic are served"
    store.says("damaged-0")
    store.end()


CASES = {"indexes-gone": indexes_gone, "indexes-garbage": indexes_garbage, "snapshots-garbage": snapshots_garbage,
         "checkpoints-garbage": checkpoints_garbage, "torn-after-kill": torn_after_kill, "changed-after-kill": changed_after_kill,
         "changed-in-the-middle": changed_in_the_middle, "first-segment-cut": segment_cut(0),
         "last-segment-cut": segment_cut(-1), "first-segment-gone": segment_gone(0), "middle-segment-gone": segment_gone(1),
         "last-segment-gone": segment_gone(-1), "wal-torn": wal_torn,
         "wal-changed": wal_changed, "store-garbage": store_garbage, "other-topic-id": other_topic_id}
