//! Files that a crash or a disk has spoilt, at every byte.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::{TempDir, tempdir};
use vltava_wal::{FileSink, OpenError, Wal};

use crate::support::{BROKER, Listener, append, config, offsets};

const BLOCK: usize = 4096;

/// A folder with one file of chunks, `sizes` bytes of value each; and the file's bytes.
async fn written(sizes: &[usize]) -> (TempDir, PathBuf, Vec<u8>) {
    let dir = tempdir().unwrap();
    let (wal, _) = Wal::open(&config(dir.path()), BROKER).unwrap();
    let listener = Listener::new();
    for (offset, size) in sizes.iter().enumerate() {
        append(&wal, i64::try_from(offset).unwrap(), *size, &listener).await;
    }
    drop(wal);
    let path = dir.path().join("00000000000000000001.wal");
    let bytes = std::fs::read(&path).unwrap();
    (dir, path, bytes)
}

fn recover(dir: &Path) -> Result<Vec<i64>, OpenError> {
    Ok(offsets(FileSink::open(&config(dir), BROKER)?.1))
}

/// The length of a chunk with one batch of one record of `size` bytes, without padding.
fn chunk_length(bytes: &[u8], position: usize) -> usize {
    let length = bytes[position + 40..position + 48].try_into().unwrap();
    usize::try_from(u64::from_be_bytes(length)).unwrap()
}

#[tokio::test]
async fn a_torn_last_chunk_ends_it_wherever_it_is_torn() {
    let (dir, path, whole) = written(&[100, 200, 300]).await;
    let (last, length) = (2 * BLOCK, chunk_length(&whole, 2 * BLOCK));
    // What replaces the end may happen to be what was there: then nothing is torn.
    let expected = |bytes: &[u8]| if bytes == whole { vec![0, 1, 2] } else { vec![0, 1] };
    for cut in 0..=length {
        // Behind the cut: nothing, zeros, or what was there before.
        std::fs::write(&path, &whole[..last + cut]).unwrap();
        let whole_chunks = if cut < length { vec![0, 1] } else { vec![0, 1, 2] };
        assert_eq!(recover(dir.path()).unwrap(), whole_chunks, "cut off at {cut}");
        let mut torn = whole.clone();
        torn[last + cut..last + length].fill(0);
        std::fs::write(&path, &torn).unwrap();
        assert_eq!(recover(dir.path()).unwrap(), expected(&torn), "zeros from {cut}");
        torn[last + cut..last + length].fill(0xa5);
        std::fs::write(&path, &torn).unwrap();
        assert_eq!(recover(dir.path()).unwrap(), expected(&torn), "old bytes from {cut}");
    }
}

#[tokio::test]
async fn one_wrong_byte_in_the_last_chunk_is_noticed() {
    let (dir, path, whole) = written(&[100, 200, 300]).await;
    let (last, length) = (2 * BLOCK, chunk_length(&whole, 2 * BLOCK));
    for at in last..last + length {
        let mut spoilt = whole.clone();
        spoilt[at] ^= 0x10;
        std::fs::write(&path, &spoilt).unwrap();
        assert_eq!(recover(dir.path()).unwrap(), [0, 1], "byte {at}");
    }
}

#[tokio::test]
async fn damage_in_the_middle_is_an_error_that_says_where() {
    let (dir, path, whole) = written(&[100, 200, 300]).await;
    for (sequence, start) in [(1, 0), (2, BLOCK)] {
        for at in start..start + chunk_length(&whole, start) {
            let mut spoilt = whole.clone();
            spoilt[at] ^= 0x10;
            std::fs::write(&path, &spoilt).unwrap();
            match recover(dir.path()).unwrap_err() {
                OpenError::Damaged { path: named, position, sequence: number, .. } => {
                    assert_eq!((named.as_path(), number), (path.as_path(), sequence), "byte {at}");
                    assert_eq!(position, u64::try_from(start).unwrap(), "byte {at}");
                }
                OpenError::UnknownVersion { .. } => assert!((8..10).contains(&at)),
                error => panic!("byte {at}: {error}"),
            }
        }
    }
}

#[tokio::test]
async fn damage_before_another_file_is_an_error() {
    let sizes = vec![5000; 20];
    let (dir, path, whole) = written(&sizes).await;
    assert!(dir.path().join("00000000000000000009.wal").exists());
    let last_of_file = 7 * 2 * BLOCK;
    let mut spoilt = whole.clone();
    spoilt[last_of_file + 500] ^= 1;
    std::fs::write(&path, &spoilt).unwrap();
    let error = recover(dir.path()).unwrap_err();
    assert!(
        matches!(&error, OpenError::Damaged { path: named, sequence: 8, .. } if *named == path),
        "{error}"
    );
    std::fs::write(&path, &whole).unwrap();
    std::fs::remove_file(dir.path().join("00000000000000000009.wal")).unwrap();
    let error = recover(dir.path()).unwrap_err();
    assert!(matches!(&error, OpenError::Damaged { sequence: 9, .. }), "{error}");
}

#[tokio::test]
async fn what_is_written_after_a_torn_end_takes_its_place() {
    let (dir, path, whole) = written(&[100, 200, 300]).await;
    let mut torn = whole.clone();
    torn[2 * BLOCK + 70] ^= 1;
    std::fs::write(&path, &torn).unwrap();
    let listener = Listener::new();
    for round in 0..3 {
        let (wal, recovered) = Wal::open(&config(dir.path()), BROKER).unwrap();
        assert_eq!(offsets(recovered), [vec![0, 1], (10..10 + round).collect()].concat());
        append(&wal, 10 + round, 100, &listener).await;
    }
    // The torn chunk is still there, and its number, too, in the file that came next.
    assert_eq!(std::fs::read(&path).unwrap(), torn);
    assert_eq!(recover(dir.path()).unwrap(), [0, 1, 10, 11, 12]);
}

#[tokio::test]
async fn a_look_alike_inside_a_torn_chunk_is_not_taken_for_damage() {
    let (dir, path, whole) = written(&[100, 12_000]).await;
    let (other_dir, other_path, _) = written(&[1, 1, 1, 1]).await;
    let alike = std::fs::read(&other_path).unwrap()[3 * BLOCK..4 * BLOCK].to_vec();
    drop(other_dir);
    let mut torn = whole.clone();
    torn[2 * BLOCK..3 * BLOCK].copy_from_slice(&alike);
    std::fs::write(&path, &torn).unwrap();
    assert_eq!(recover(dir.path()).unwrap(), [0]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any bytes anywhere: chunks are all there, or missing from the end, or it is an error; never others, never a panic.
    #[test]
    fn no_bytes_on_disk_confuse_it(
        sizes in prop::collection::vec(1usize..9000, 1..8),
        spoils in prop::collection::vec((0usize..65_536, prop::collection::vec(any::<u8>(), 1..100)), 0..4),
        length in prop::option::of(0usize..65_536),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (dir, path, mut bytes) = runtime.block_on(written(&sizes));
        for (at, wrong) in spoils {
            let end = (at + wrong.len()).min(bytes.len());
            bytes[at..end].copy_from_slice(&wrong[..end - at]);
        }
        bytes.truncate(length.unwrap_or(usize::MAX));
        std::fs::write(&path, &bytes).unwrap();
        if let Ok(found) = recover(dir.path()) {
            let expected: Vec<i64> = (0..).take(found.len()).collect();
            prop_assert_eq!(found, expected);
        }
    }
}

#[tokio::test]
async fn at_work_a_durable_chunk_that_cannot_be_read_is_an_error() {
    let dir = tempdir().unwrap();
    let (wal, _) = Wal::open(&config(dir.path()), BROKER).unwrap();
    let listener = Listener::new();
    for offset in 0..3 {
        append(&wal, offset, 100, &listener).await;
    }
    let path = dir.path().join("00000000000000000001.wal");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[2 * BLOCK + 80] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    assert!(matches!(wal.read_back(), Err(OpenError::Damaged { sequence: 3, .. })));
}
