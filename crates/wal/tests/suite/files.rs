//! Names, sizes and the life of files.

use std::collections::BTreeMap;
use std::path::Path;

use tempfile::tempdir;
use vltava_model::BrokerId;
use vltava_wal::{Broker, Lsn, OpenError, Wal, WalConfig};

use crate::support::{BROKER, Listener, append, config, offsets};

fn files(dir: &Path) -> BTreeMap<String, u64> {
    let items = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
    items.map(|i| (i.file_name().into_string().unwrap(), i.metadata().unwrap().len())).collect()
}

#[tokio::test]
async fn files_are_recycled_and_their_sizes_never_change() {
    let dir = tempdir().unwrap();
    let (wal, _) = Wal::open(&config(dir.path()), BROKER).unwrap();
    let listener = Listener::new();
    for offset in 0..2000 {
        let lsn = append(&wal, offset, 1000, &listener).await;
        if let Some(upto) = wal.checkpoint_due() {
            assert!(upto >= Lsn(lsn.0 - 1));
            wal.trim(upto);
        }
    }
    wal.trim(wal.last_durable());
    wal.close();
    let files = files(dir.path());
    assert!(files.len() <= 7, "{files:?}");
    assert!(files.values().all(|size| *size == 64 << 10), "{files:?}");
    assert!(files.keys().any(|name| name.ends_with(".free.wal")), "{files:?}");
}

#[tokio::test]
async fn recycled_files_never_show_what_they_held() {
    let dir = tempdir().unwrap();
    let listener = Listener::new();
    let mut next = 0;
    for round in 0..30 {
        let (wal, recovered) = Wal::open(&config(dir.path()), BROKER).unwrap();
        let found = offsets(recovered);
        assert!(found.iter().all(|offset| *offset < next), "round {round}: {found:?}");
        if round > 0 {
            assert_eq!(*found.last().unwrap(), next - 1, "round {round}");
        }
        wal.trim(Lsn::RECOVERED);
        for _ in 0..(round * 7) % 23 + 1 {
            append(&wal, next, 5000, &listener).await;
            next += 1;
        }
    }
}

#[tokio::test]
async fn all_trimmed_and_a_crash_leaves_nothing_old() {
    let dir = tempdir().unwrap();
    let listener = Listener::new();
    for round in 0..5 {
        let (wal, recovered) = Wal::open(&config(dir.path()), BROKER).unwrap();
        let expected = if round == 0 { vec![] } else { vec![999] };
        assert_eq!(offsets(recovered), expected, "round {round}");
        wal.trim(Lsn::RECOVERED);
        for offset in 0..30 {
            let lsn = append(&wal, offset, 5000, &listener).await;
            wal.trim(lsn);
        }
        append(&wal, 999, 10, &listener).await;
    }
}

#[tokio::test]
async fn files_of_others_are_left_alone() {
    let dir = tempdir().unwrap();
    for name in ["meta.properties", "1.wal", "a.wal", "0000000000000000000x.wal"] {
        std::fs::write(dir.path().join(name), "something").unwrap();
    }
    let (wal, recovered) = Wal::open(&config(dir.path()), BROKER).unwrap();
    assert_eq!(offsets(recovered), [0; 0]);
    append(&wal, 0, 10, &Listener::new()).await;
    wal.close();
    let files = files(dir.path());
    for name in ["meta.properties", "1.wal", "a.wal", "0000000000000000000x.wal"] {
        assert_eq!(files.get(name), Some(&9), "{name}");
    }
}

#[tokio::test]
async fn another_size_of_files_is_taken_up() {
    let dir = tempdir().unwrap();
    let listener = Listener::new();
    for (round, file_bytes) in [64 << 10, 128 << 10, 16 << 10].into_iter().enumerate() {
        let config = WalConfig { file_bytes, ..config(dir.path()) };
        let (wal, recovered) = Wal::open(&config, BROKER).unwrap();
        assert_eq!(offsets(recovered).len(), if round == 0 { 0 } else { 20 });
        for offset in 0..20 {
            if offset == 10 {
                wal.trim(Lsn::RECOVERED);
            }
            append(&wal, offset, 5000, &listener).await;
        }
    }
}

#[tokio::test]
async fn the_log_of_another_broker_is_refused() {
    let dir = tempdir().unwrap();
    let (wal, _) = Wal::open(&config(dir.path()), BROKER).unwrap();
    append(&wal, 0, 10, &Listener::new()).await;
    drop(wal);
    let other = Broker { id: BrokerId(2), epoch: 9 };
    let error = Wal::open(&config(dir.path()), other).err().unwrap();
    assert!(matches!(error, OpenError::OtherBroker { found: BrokerId(1), .. }), "{error}");
}

#[tokio::test]
async fn the_folder_must_be_there() {
    let dir = tempdir().unwrap();
    let error = Wal::open(&config(&dir.path().join("none")), BROKER).err().unwrap();
    assert!(matches!(error, OpenError::Io { action: "open", .. }), "{error}");
}
