//! Transactions, as far as they are files: what Kafka left, and what we leave.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use vltava_log::{Log, LogConfig, ProducerState};
use vltava_model::{Offset, ProducerEpoch, ProducerId, Sequence, Timestamp, TopicId};
use vltava_records::{Batch, EndTransactionMarker};

use crate::support::options;

/// Shortly after Kafka wrote the folders.
const THEN: Timestamp = Timestamp(1_795_374_400_000);

/// A copy of one of Kafka's folders.
struct Folder(TempDir);

impl Folder {
    fn of_kafka(name: &str) -> Folder {
        let copy = tempfile::tempdir().unwrap();
        let to = copy.path().join("t-0");
        fs::create_dir(&to).unwrap();
        for entry in fs::read_dir(kafkas(name)).unwrap().map(Result::unwrap) {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
        Folder(copy)
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("t-0")
    }

    fn open(&self, recovery_point: i64, clean: bool) -> Log {
        let options = options(recovery_point, clean);
        Log::open(&self.path(), TopicId::ZERO, LogConfig::default(), options, THEN).unwrap()
    }

    /// The names of the files that end so, in order.
    fn names(&self, ending: &str) -> Vec<String> {
        names(&self.path(), ending)
    }

    fn remove(&self, ending: &str) {
        self.names(ending).iter().for_each(|name| fs::remove_file(self.path().join(name)).unwrap());
    }
}

fn kafkas(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kafka").join(name)
}

fn names(dir: &Path, ending: &str) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| name.ends_with(ending));
    names.sort();
    names
}

/// What `kafka-transactions.sh describe-producers` said.
fn described() -> Vec<ProducerState> {
    let rows = [
        (0, 6, 0, 0, 1_795_374_391_662, Some(23), 23),
        (1, 1, 0, 0, 1_795_374_391_592, Some(16), 16),
        (2, 0, -1, 2, 1_795_374_391_647, None, 20),
    ];
    let states =
        rows.map(|(id, epoch, coordinator, sequence, timestamp, start, last)| ProducerState {
            producer_id: ProducerId(id),
            producer_epoch: ProducerEpoch(epoch),
            last_sequence: Sequence(sequence),
            last_offset: Some(Offset(last)),
            last_timestamp: Timestamp(timestamp),
            coordinator_epoch: coordinator,
            current_transaction_start: start.map(Offset),
        });
    states.to_vec()
}

/// (first, last, last stable) of all aborted transactions.
fn aborted(log: &Log) -> Vec<(i64, i64, i64)> {
    let end = log.log_end_offset();
    let all = Log::aborted_transactions(&log.segments(), Offset::ZERO, end).unwrap();
    let numbers = |it: &vltava_log::AbortedTransaction| {
        (it.first_offset.0, it.last_offset.0, it.last_stable_offset.0)
    };
    all.iter().map(numbers).collect()
}

fn check(log: &mut Log) {
    assert_eq!(log.log_end_offset(), Offset(24));
    assert_eq!(log.active_producers(), described());
    assert_eq!(log.first_undecided().unwrap().unwrap().offset, Offset(16));
    // The last one ends behind the first open transaction.
    let expected = [(4, 6, 7), (8, 12, 9), (13, 14, 9), (9, 15, 16), (17, 19, 16)];
    assert_eq!(aborted(log), expected);
}

fn assert_same(folder: &Folder, kafkas_folder: &str, ending: &str) {
    let theirs = kafkas(kafkas_folder);
    assert_eq!(folder.names(ending), names(&theirs, ending));
    for name in names(&theirs, ending) {
        let (ours, theirs) = (folder.path().join(&name), theirs.join(&name));
        assert_eq!(fs::read(ours).unwrap(), fs::read(theirs).unwrap(), "{name}");
    }
}

#[test]
fn what_kafka_closed_is_opened() {
    let folder = Folder::of_kafka("clean");
    let mut log = folder.open(24, true);
    check(&mut log);
    log.close().unwrap();
    for ending in [".snapshot", ".txnindex"] {
        assert_same(&folder, "clean", ending);
    }
}

#[test]
fn what_kafka_was_killed_with_is_opened() {
    for recovery_point in [0, 9, 12, 16, 24] {
        check(&mut Folder::of_kafka("killed").open(recovery_point, false));
    }
}

#[test]
fn what_is_missing_is_written_as_kafka_writes_it() {
    let folder = Folder::of_kafka("killed");
    folder.remove(".snapshot");
    folder.remove(".txnindex");
    let mut log = folder.open(0, false);
    check(&mut log);
    for ending in [".snapshot", ".txnindex"] {
        assert_same(&folder, "killed", ending);
    }
    log.close().unwrap();
    assert_same(&folder, "clean", ".snapshot");
}

/// Every marker in Kafka's folder, made by us from what it says.
#[test]
fn our_markers_are_kafkas_byte_for_byte() {
    let mut markers = 0;
    for name in names(&kafkas("clean"), ".log") {
        let content = fs::read(kafkas("clean").join(name)).unwrap();
        for batch in vltava_records::batches(content.into()).map(Result::unwrap) {
            let Some(marker) = EndTransactionMarker::of(&batch).unwrap() else { continue };
            let header = &batch.header;
            let (id, epoch) = (header.producer_id(), header.producer_epoch());
            let made = Batch::single(marker.build(id, epoch, header.max_timestamp())).unwrap();
            let made = made.stamp(header.first_offset(), header.leader_epoch(), None);
            assert_eq!(made.to_bytes(), batch.bytes);
            markers += 1;
        }
    }
    assert_eq!(markers, 7);
}

#[test]
fn damaged_snapshots_are_left_out() {
    for clean in ["clean", "killed"] {
        let folder = Folder::of_kafka(clean);
        for (n, name) in folder.names(".snapshot").iter().enumerate() {
            let path = folder.path().join(name);
            let mut bytes = fs::read(&path).unwrap();
            match n {
                0 => bytes.truncate(20),
                _ => bytes[30] ^= 1,
            }
            fs::write(path, bytes).unwrap();
        }
        check(&mut folder.open(24, clean == "clean"));
    }
}

#[test]
fn damaged_transaction_indexes_are_made_anew() {
    let damages: [fn(&mut Vec<u8>); 4] = [
        |bytes| bytes.truncate(33),
        |bytes| bytes[1] = 7,
        |bytes| bytes[18..26].fill(0),
        |bytes| bytes.extend([0xff; 34]),
    ];
    for damage in damages {
        let folder = Folder::of_kafka("clean");
        for name in folder.names(".txnindex") {
            let path = folder.path().join(name);
            let mut bytes = fs::read(&path).unwrap();
            damage(&mut bytes);
            fs::write(path, bytes).unwrap();
        }
        check(&mut folder.open(24, true));
        assert_same(&folder, "clean", ".txnindex");
    }
}

#[test]
fn a_truncation_takes_transactions_back() {
    let cuts = [
        (23, vec![(4, 6, 7), (8, 12, 9), (13, 14, 9), (9, 15, 16), (17, 19, 16)], Some(16)),
        (19, vec![(4, 6, 7), (8, 12, 9), (13, 14, 9), (9, 15, 16)], Some(16)),
        (14, vec![(4, 6, 7), (8, 12, 9)], Some(9)),
        (12, vec![(4, 6, 7)], Some(8)),
        (6, vec![], Some(4)),
        (4, vec![], None),
    ];
    let folder = Folder::of_kafka("clean");
    let mut log = folder.open(24, true);
    for (end, left, undecided) in cuts {
        log.truncate_to(Offset(end), THEN).unwrap();
        assert_eq!(aborted(&log), left, "{end}");
        let first = log.first_undecided().unwrap().map(|place| place.offset.0);
        assert_eq!(first, undecided, "{end}");
    }
    assert!(folder.names(".txnindex").is_empty());
}

#[test]
fn a_deleted_segment_takes_its_files_with_it() {
    let folder = Folder::of_kafka("clean");
    let mut log = folder.open(24, true);
    log.set_log_start_offset(Offset(16));
    log.delete_expired(Offset(24), THEN).unwrap();
    assert_eq!(aborted(&log), [(17, 19, 16)]);
    assert_eq!((folder.names(".txnindex").len(), folder.names(".snapshot").len()), (1, 2));
    assert_eq!(folder.names(".txnindex.deleted").len(), 2);
    assert_eq!(folder.names(".snapshot.deleted"), ["00000000000000000009.snapshot.deleted"]);
    log.delete_files(THEN.plus_ms(60_000));
    assert!(folder.names(".deleted").is_empty());
}

#[test]
fn who_has_no_open_transaction_expires() {
    let folder = Folder::of_kafka("clean");
    let mut log = folder.open(24, true);
    let day = LogConfig::default().producer_id_expiration_ms;
    log.expire_producers(Timestamp(1_795_374_391_647 + day - 1));
    assert_eq!(log.active_producers().len(), 3);
    log.expire_producers(Timestamp(1_795_374_391_647 + day));
    assert_eq!(log.active_producers(), described()[..2]);
    assert_eq!(log.first_undecided().unwrap().unwrap().offset, Offset(16));
}
