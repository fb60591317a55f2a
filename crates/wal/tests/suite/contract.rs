//! What every sink owes, over each of them.

use std::path::PathBuf;

use tempfile::TempDir;
use vltava_model::{Offset, PartitionIndex};
use vltava_wal::{
    Faults, FaultySink, FileSink, Lsn, MemoryStore, OpenError, Recovered, Sink, Wal, WalConfig,
};

use crate::support::{BROKER, Listener, append, batch, config, entries, entry, offsets, submit};

type Opened = Result<(Box<dyn Sink>, Recovered), OpenError>;

/// A place that outlives the sinks opened over it.
struct Place {
    name: &'static str,
    open: Box<dyn Fn() -> Opened>,
    config: WalConfig,
    _dir: Option<TempDir>,
}

impl Place {
    fn open(&self) -> (Wal, Recovered) {
        let (sink, recovered) = (self.open)().unwrap();
        let wal = Wal::start(sink, &recovered, &self.config, BROKER);
        (wal, recovered)
    }
}

fn places() -> Vec<Place> {
    let (dir, faulty_dir) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (files, faulty_files) = (config(dir.path()), config(faulty_dir.path()));
    let (store, memory) = (MemoryStore::new(), config(&PathBuf::from("unused")));
    let (config, faulty_config) = (files.clone(), faulty_files.clone());
    let open_files = move || {
        let (sink, recovered) = FileSink::open(&files, BROKER)?;
        Ok((Box::new(sink) as Box<dyn Sink>, recovered))
    };
    let open_memory = move || {
        let (sink, recovered) = store.open(BROKER)?;
        Ok((Box::new(sink) as Box<dyn Sink>, recovered))
    };
    let open_faulty = move || {
        let (sink, recovered) = FileSink::open(&faulty_files, BROKER)?;
        Ok((Box::new(FaultySink::new(sink, Faults::new())) as Box<dyn Sink>, recovered))
    };
    vec![
        Place { name: "files", open: Box::new(open_files), config, _dir: Some(dir) },
        Place { name: "memory", open: Box::new(open_memory), config: memory, _dir: None },
        Place {
            name: "faulty",
            open: Box::new(open_faulty),
            config: faulty_config,
            _dir: Some(faulty_dir),
        },
    ]
}

#[tokio::test]
async fn what_was_durable_is_there_after_a_crash_as_it_was() {
    for place in places() {
        let listener = Listener::new();
        let (wal, recovered) = place.open();
        assert_eq!(recovered.next_sequence(), 1, "{}", place.name);
        assert_eq!(offsets(recovered), [0; 0], "{}", place.name);
        let batches = vec![batch(5, 10), batch(6, 5000), batch(7, 1)];
        let expected: Vec<u8> = batches.iter().flat_map(|b| b.to_bytes().to_vec()).collect();
        let admission = wal.admit(expected.len()).await.unwrap();
        let lsn = wal.submit(admission, entry(3, batches, &listener)).unwrap();
        wal.durable(lsn).await.unwrap();
        assert_eq!(listener.end(), Some(Offset(8)), "{}", place.name);
        drop(wal);

        let (_wal, recovered) = place.open();
        let entries = entries(recovered);
        assert_eq!(entries.len(), 1, "{}", place.name);
        assert_eq!(entries[0].partition, PartitionIndex(3));
        assert_eq!((entries[0].first_offset, entries[0].last_offset), (Offset(5), Offset(7)));
        assert_eq!(entries[0].batches, expected);
    }
}

#[tokio::test]
async fn order_is_kept_over_many_opens() {
    for place in places() {
        for round in 0..4 {
            let (wal, recovered) = place.open();
            let expected: Vec<i64> = (0..round * 30).collect();
            assert_eq!(offsets(recovered), expected, "{}", place.name);
            let listener = Listener::new();
            for offset in round * 30..(round + 1) * 30 {
                append(&wal, offset, 3000, &listener).await;
            }
        }
    }
}

#[tokio::test]
async fn what_is_durable_can_be_read_back_at_work() {
    for place in places() {
        let listener = Listener::new();
        let (wal, _) = place.open();
        for offset in 0..30 {
            append(&wal, offset, 3000, &listener).await;
        }
        drop(wal);
        let (wal, recovered) = place.open();
        assert_eq!(offsets(wal.read_back().unwrap()), Vec::from_iter(0..30), "{}", place.name);
        drop(recovered);
        wal.trim(Lsn::RECOVERED);
        for offset in 30..60 {
            append(&wal, offset, 3000, &listener).await;
            let found = offsets(wal.read_back().unwrap());
            assert_eq!(found, Vec::from_iter(30..=offset), "{}", place.name);
        }
        wal.trim(wal.last_durable());
        append(&wal, 60, 3000, &listener).await;
        assert_eq!(offsets(wal.read_back().unwrap()).last(), Some(&60), "{}", place.name);
    }
}

#[tokio::test]
async fn a_trim_forgets_what_it_may_and_no_more() {
    for place in places() {
        let listener = Listener::new();
        let (wal, _) = place.open();
        let mut last = Lsn::RECOVERED;
        for offset in 0..100 {
            let lsn = append(&wal, offset, 1000, &listener).await;
            if offset == 49 {
                last = lsn;
            }
        }
        wal.trim(last);
        append(&wal, 100, 1000, &listener).await;
        drop(wal);
        let (_wal, recovered) = place.open();
        let left = offsets(recovered);
        assert!(left[0] > 0 && left[0] <= 50, "{}: begins at {}", place.name, left[0]);
        assert_eq!(left, (left[0]..=100).collect::<Vec<_>>(), "{}", place.name);
    }
}

#[tokio::test]
async fn numbers_go_on_after_a_clean_end_with_all_trimmed() {
    for place in places() {
        let (mut expected, listener) = (1, Listener::new());
        for round in 0..5 {
            let (wal, recovered) = place.open();
            assert_eq!(recovered.next_sequence(), expected, "{} {round}", place.name);
            assert_eq!(offsets(recovered), [0; 0], "{} {round}", place.name);
            wal.trim(Lsn::RECOVERED);
            for offset in 0..20 {
                let lsn = append(&wal, offset, 4000, &listener).await;
                wal.trim(lsn);
            }
            wal.close();
            // Twenty chunks, and one that says that the run was closed.
            expected += 21;
        }
    }
}

#[tokio::test]
async fn closing_writes_what_is_queued() {
    for place in places() {
        let listener = Listener::new();
        let (wal, _) = place.open();
        for offset in 0..50 {
            submit(&wal, offset, 100, &listener).await;
        }
        wal.close();
        assert_eq!(listener.end(), Some(Offset(50)), "{}", place.name);
        assert!(!wal.has_failed());
        assert!(wal.admit(1).await.is_err());
        drop(wal);
        let (_wal, recovered) = place.open();
        assert_eq!(offsets(recovered), (0..50).collect::<Vec<_>>(), "{}", place.name);
    }
}

#[tokio::test]
async fn a_chunk_may_be_larger_than_a_file() {
    for place in places() {
        let listener = Listener::new();
        let (wal, _) = place.open();
        append(&wal, 0, 100, &listener).await;
        append(&wal, 1, 300_000, &listener).await;
        append(&wal, 2, 100, &listener).await;
        drop(wal);
        let (wal, recovered) = place.open();
        assert_eq!(offsets(recovered), [0, 1, 2], "{}", place.name);
        wal.trim(Lsn::RECOVERED);
        append(&wal, 3, 300_000, &listener).await;
        drop(wal);
        assert_eq!(offsets(place.open().1), [3], "{}", place.name);
    }
}

#[tokio::test]
async fn a_chunk_may_have_more_parts_than_one_call_takes() {
    for place in places() {
        let listener = Listener::new();
        let (wal, _) = place.open();
        let batches: Vec<_> = (0..3000).map(|offset| batch(offset, 1)).collect();
        let expected: Vec<u8> = batches.iter().flat_map(|b| b.to_bytes().to_vec()).collect();
        let admission = wal.admit(expected.len()).await.unwrap();
        let lsn = wal.submit(admission, entry(0, batches, &listener)).unwrap();
        wal.durable(lsn).await.unwrap();
        drop(wal);
        assert_eq!(entries(place.open().1)[0].batches, expected, "{}", place.name);
    }
}
