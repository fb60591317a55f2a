//! Opening a log that was closed, and what else can be in its folder.

use std::fs;

use vltava_log::{Log, LogConfig, OpenError, OpenOptions, ProducerCheck};
use vltava_model::{Offset, TopicId};

use crate::support::{Fixture, Make, NOW, PLAIN, TOPIC, options};

#[test]
fn an_empty_log() {
    let mut log = Fixture::new(LogConfig::default());
    assert_eq!(log.names(), ["00000000000000000000.log", "partition.metadata"]);
    for _ in 0..2 {
        assert_eq!(log.log.log_end_offset(), Offset(0));
        assert_eq!(log.read_all(), []);
        log.restart();
    }
    log.crash();
    assert_eq!(log.log.log_end_offset(), Offset(0));
}

#[test]
fn a_log_without_a_folder_makes_it_with_its_first_batch() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("t-0");
    let mut log = Log::unmade(&dir, TOPIC, LogConfig::default(), NOW);
    let at = log.locate(Offset(0)).unwrap();
    assert!(at.segment.read(Offset(0), 100, true, None).unwrap().is_none());
    assert_eq!(Log::max_timestamp(&log.segments()).unwrap(), None);
    log.roll_if_due(NOW.plus_ms(i64::MAX)).unwrap();
    assert_eq!(log.delete_expired(Offset(0), NOW).unwrap(), []);
    assert!(log.unflushed().unwrap().is_empty());
    log.close().unwrap();
    assert!(log.is_unmade() && !dir.exists());
    log.append(&[Make::default().at(Offset(0))], NOW).unwrap();
    assert!(!log.is_unmade());
    let plan = log.unflushed().unwrap();
    plan.run().unwrap();
    log.flushed(&plan);
    log.close().unwrap();
    assert_eq!(vltava_log::read_topic_id(&dir).unwrap(), Some(TOPIC));
    let closed = log.describe(NOW);
    assert_eq!(closed.expires, Some(NOW.plus_ms(LogConfig::default().retention_ms + 1)));
    let log = Log::open_closed(&dir, TOPIC, LogConfig::default(), &closed, NOW).unwrap();
    assert_eq!(log.describe(NOW), closed);
    let other = TopicId([8; 16]);
    let mut log = Log::unmade(&dir, other, LogConfig::default(), NOW);
    assert!(log.append(&[Make::default().at(Offset(0))], NOW).is_err(), "another topic's");
}

/// What was said of a closed log does not hold any more: somebody wrote to it, and did not close it.
#[test]
fn a_closed_log_that_was_written_to_is_recovered() {
    let mut log = Fixture::new(LogConfig::default());
    log.append_many(3, Make::default());
    log.log.close().unwrap();
    let closed = log.log.describe(NOW);
    let whole = fs::read(log.log_file(0)).unwrap();
    let one = Make::default().at(Offset(3));
    let one: Vec<u8> = one.parts().concat();
    for (more, end) in [(&one[..], 4), (&one[..one.len() - 1], 3), (&[0; 100][..], 3), (&[], 3)] {
        fs::write(log.log_file(0), [&whole, more].concat()).unwrap();
        let opened =
            Log::open_closed(&log.dir(), TOPIC, LogConfig::default(), &closed, NOW).unwrap();
        assert_eq!((opened.log_end_offset(), opened.recovery_point()), (Offset(end), Offset(3)));
    }
}

#[test]
fn a_log_that_begins_later() {
    let log = Fixture::new(LogConfig::default());
    let dir = log.dir().with_file_name("other-0");
    let options = OpenOptions { log_start_offset: Some(Offset(500)), ..options(0, true) };
    let log = Log::open(&dir, TOPIC, LogConfig::default(), options, NOW).unwrap();
    assert_eq!((log.log_start_offset(), log.log_end_offset()), (Offset(500), Offset(500)));
}

/// The checkpoints name a partition whose folder is gone.
#[test]
fn a_recovery_point_from_elsewhere_makes_nothing_safe() {
    let log = Fixture::new(LogConfig::default());
    let dir = log.dir().with_file_name("other-0");
    for clean in [false, true] {
        let options = OpenOptions { log_start_offset: Some(Offset(5)), ..options(1000, clean) };
        let mut log = Log::open(&dir, TOPIC, LogConfig::default(), options, NOW).unwrap();
        assert_eq!(log.recovery_point(), Offset(5));
        log.append(&[Make::default().at(Offset(5))], NOW).unwrap();
        let plan = log.unflushed().unwrap();
        plan.run().unwrap();
        log.flushed(&plan);
        assert_eq!(log.recovery_point(), Offset(6), "what is there is synced");
        fs::remove_dir_all(&dir).unwrap();
    }
}

#[test]
fn a_clean_restart_reads_next_to_nothing() {
    let config = LogConfig { segment_bytes: 10_000, ..LogConfig::default() };
    let mut log = Fixture::new(config);
    log.append_many(50, Make { value_bytes: 1000, producer: None, ..Make::default() });
    log.log.close().unwrap();
    // Damage in the middle is not noticed, because nobody looks.
    let mut bytes = fs::read(log.log_file(9)).unwrap();
    bytes[2000..2100].fill(0xff);
    fs::write(log.log_file(9), bytes).unwrap();
    log.reopen(options(0, true));
    assert_eq!(log.log.log_end_offset(), Offset(50));
    assert_eq!(log.log.recovery_point(), Offset(50));
    log.append(Make::default());
    assert_eq!(log.log.log_end_offset(), Offset(51));
}

#[test]
fn everything_survives_a_clean_restart() {
    let mut log = Fixture::small_segments();
    for n in 0..7 {
        log.append(Make { producer: Some((9, n)), epoch: n / 3, ..Make::default() });
    }
    let before = (log.read_all(), log.bases(), log.log.active_producers());
    let epoch = |log: &Fixture| log.log.latest_epoch();
    let latest = epoch(&log);
    log.restart();
    assert_eq!((log.read_all(), log.bases(), log.log.active_producers()), before);
    assert_eq!(epoch(&log), latest);
    // Of a producer's batches, the last is recognised.
    let repeated = Make { producer: Some((9, 6)), ..Make::default() }.at(Offset(0)).header();
    let check = log.log.check_producer(&repeated, PLAIN).unwrap();
    assert!(matches!(check, ProducerCheck::Duplicate { base_offset: Offset(6), .. }), "{check:?}");
}

#[test]
fn snapshots_are_kept_for_each_segment_and_the_end() {
    let mut log = Fixture::small_segments();
    log.append_many(5, Make::default());
    log.restart();
    let snapshots = |log: &Fixture| -> Vec<i64> {
        let names = log.names();
        names.iter().filter_map(|name| name.strip_suffix(".snapshot")?.parse().ok()).collect()
    };
    assert_eq!(snapshots(&log), [2, 4, 5]);
    log.append_many(5, Make::default());
    assert_eq!(snapshots(&log), [2, 4, 5, 6, 8]);
    log.restart();
    assert_eq!(snapshots(&log), [2, 4, 6, 8, 10]);
}

#[test]
fn a_closed_log_with_a_torn_end_is_recovered() {
    let mut log = Fixture::new(LogConfig::default());
    log.append_many(3, Make::default());
    log.log.close().unwrap();
    let bytes = fs::read(log.log_file(0)).unwrap();
    fs::write(log.log_file(0), &bytes[..bytes.len() - 1]).unwrap();
    log.reopen(options(3, true));
    assert_eq!(log.read_all(), [(0, 1), (1, 1)]);
    assert_eq!(log.log.recovery_point(), Offset(2));
}

#[test]
fn other_files_are_left_alone_and_leftovers_are_not() {
    let mut log = Fixture::new(LogConfig::default());
    log.append(Make::default());
    log.log.close().unwrap();
    let there = log.names();
    for name in ["00000000000000000007.log.deleted", "00000000000000000007.index", "x.tmp"] {
        fs::write(log.file(name), "x").unwrap();
    }
    fs::write(log.file("notes.txt"), "x").unwrap();
    fs::create_dir(log.file("lost+found")).unwrap();
    log.reopen(options(0, true));
    let mut expected = there.clone();
    expected.extend(["lost+found".to_owned(), "notes.txt".to_owned()]);
    expected.sort();
    assert_eq!(log.names(), expected);
}

#[test]
fn a_compaction_is_finished_or_dropped() {
    let mut log = Fixture::small_segments();
    log.append_many(8, Make::default());
    log.log.close().unwrap();
    // Segments 0 and 2 were merged into one, of which only the last batch is left.
    let merged = fs::read(log.log_file(2)).unwrap();
    let merged = &merged[merged.len() / 2..];
    fs::write(log.file("00000000000000000000.log.swap"), merged).unwrap();
    // A second group, from 4 on, was not complete.
    fs::write(log.file("00000000000000000004.log.swap"), "").unwrap();
    fs::write(log.file("00000000000000000004.log.cleaned"), "").unwrap();
    log.reopen(options(8, true));
    assert_eq!(log.bases(), [0, 4, 6]);
    assert_eq!(log.read_all(), [(3, 1), (4, 1), (5, 1), (6, 1), (7, 1)]);
    assert!(!log.names().iter().any(|name| name.ends_with(".swap") || name.ends_with(".cleaned")));
}

#[test]
fn a_folder_of_another_topic_is_refused() {
    let log = Fixture::new(LogConfig::default());
    let other = TopicId([8; 16]);
    let error = Log::open(&log.dir(), other, LogConfig::default(), options(0, true), NOW);
    assert!(matches!(error, Err(OpenError::OtherTopic { found: TOPIC, .. })));
}

#[test]
fn a_path_that_is_no_folder_is_refused() {
    let log = Fixture::new(LogConfig::default());
    let path = log.dir().with_file_name("file-0");
    fs::write(&path, "").unwrap();
    let error = Log::open(&path, TOPIC, LogConfig::default(), options(0, true), NOW).unwrap_err();
    assert!(error.to_string().contains("file-0"), "{error}");
    let path = log.dir().join("missing").join("t-0");
    let error = Log::open(&path, TOPIC, LogConfig::default(), options(0, true), NOW).unwrap_err();
    assert!(matches!(error, OpenError::Io { action: "make", .. }), "{error}");
}

#[test]
fn indexes_that_are_gone_or_damaged_are_made_anew() {
    let config = LogConfig { segment_bytes: 200_000, ..LogConfig::default() };
    let mut log = Fixture::new(config);
    for n in 0..400 {
        log.append(Make { value_bytes: 1000, timestamp: 1000 + n, ..Make::default() });
    }
    log.log.close().unwrap();
    let whole = |name: &str| fs::read(log.file(name)).unwrap();
    let names: Vec<_> = log.names().into_iter().filter(|name| name.ends_with("index")).collect();
    assert_eq!(names.len(), 6);
    for name in &names {
        let content = whole(name);
        let damages =
            [None, Some(vec![]), Some(vec![0; content.len()]), Some(content[..7].to_vec())];
        for damage in damages {
            match damage {
                None => fs::remove_file(log.file(name)).unwrap(),
                Some(damage) => fs::write(log.file(name), damage).unwrap(),
            }
            let opened = log.try_open(options(0, true)).unwrap();
            assert_eq!(opened.log_end_offset(), Offset(400), "{name}");
            let found = Log::offset_for_timestamp(
                &opened.segments(),
                vltava_model::Timestamp(1300),
                Offset(0),
            );
            assert_eq!(found.unwrap().map(|found| found.1), Some(Offset(300)));
            assert_eq!(crate::support::read_all(&opened, 5000).len(), 400);
        }
        fs::write(log.file(name), content).unwrap();
    }
}

#[test]
fn damaged_epochs_and_snapshots_are_made_anew() {
    for clean in [true, false] {
        let mut log = Fixture::small_segments();
        for n in 0..6 {
            log.append(Make { producer: Some((9, n)), epoch: n / 2, ..Make::default() });
        }
        log.log.close().unwrap();
        let before = log.log.active_producers();
        fs::write(log.file("leader-epoch-checkpoint"), "0\n1\n").unwrap();
        for base in [2, 4, 6] {
            fs::write(log.file(&format!("{base:020}.snapshot")), [0; 10]).unwrap();
        }
        log.reopen(options(4, clean));
        assert_eq!(log.log.active_producers(), before);
        let ends: Vec<_> = (0..3)
            .map(|epoch| log.log.epoch_end_offset(vltava_model::LeaderEpoch(epoch)).unwrap().1.0)
            .collect();
        assert_eq!(ends, [2, 4, 6]);
    }
}

#[test]
fn a_log_is_deleted_by_renaming_its_folder() {
    let mut log = Fixture::new(LogConfig::default());
    log.append(Make::default());
    let partition = vltava_model::TopicPartition::parse("t-0").unwrap();
    let dir = log.dir();
    let opened = log.try_open(options(0, true)).unwrap();
    let deleted = opened.rename_to_delete(&partition, [1; 16]).unwrap().unwrap();
    assert!(!dir.exists());
    assert!(vltava_log::is_deleted_folder(deleted.file_name().unwrap().to_str().unwrap()));
    vltava_log::remove_folder(&deleted).unwrap();
    vltava_log::remove_folder(&deleted).unwrap();
    assert!(!deleted.exists());
}
