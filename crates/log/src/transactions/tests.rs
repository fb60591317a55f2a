use super::*;

fn entry(n: i64) -> AbortedTransaction {
    AbortedTransaction {
        producer_id: ProducerId(n),
        first_offset: Offset(n * 10),
        last_offset: Offset(n * 10 + 5),
        last_stable_offset: Offset(n * 10 + 6),
    }
}

fn ids_from(index: &TransactionIndex, path: &Path, from: i64, most: usize) -> Vec<i64> {
    let mut ids = Vec::new();
    let show = |entry: &AbortedTransaction| {
        ids.push(entry.producer_id.0);
        ids.len() < most
    };
    index.for_each_from(|| File::open(path), Offset(from), show).unwrap();
    ids
}

#[test]
fn the_layout_is_kafkas() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("i");
    let mut index = TransactionIndex::empty();
    index.replace(&path, vec![entry(7)], Durability::Lazy).unwrap();
    let mut expected = vec![0, 0];
    for number in [7i64, 70, 75, 76] {
        expected.extend(number.to_be_bytes());
    }
    assert_eq!(std::fs::read(&path).unwrap(), expected);
    index.replace(&path, Vec::new(), Durability::Lazy).unwrap();
    assert!(!path.exists());
}

#[test]
fn entries_are_found_in_the_file_and_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("i");
    let mut index = TransactionIndex::empty();
    let count = i64::from(ABORTED_ENTRIES_AT_ONCE) + 10;
    for n in 0..count {
        index.push(&path, entry(n)).unwrap();
    }
    // Where nothing can be written, the entry waits in memory.
    index.push(dir.path(), entry(count)).unwrap_err();
    for (from, first) in [(0, 0), (5, 0), (6, 1), (45, 4), (46, 5), (count * 10, count)] {
        let expected: Vec<_> = (first..=count).collect();
        assert_eq!(ids_from(&index, &path, from, usize::MAX), expected, "{from}");
    }
    assert_eq!(ids_from(&index, &path, 20, 2), [2, 3]);
    assert_eq!(ids_from(&index, &path, count * 10 + 6, 2), []);
    index.write(&path).unwrap();
    let mut read = TransactionIndex::unopened();
    read.open(&path, Offset(5)).unwrap();
    assert_eq!(ids_from(&read, &path, 0, usize::MAX).len() as i64, count + 1);
}

#[test]
fn truncates_file_and_memory() {
    let dir = tempfile::tempdir().unwrap();
    for keep in 0..=6 {
        let path = dir.path().join(format!("{keep}"));
        let mut index = TransactionIndex::empty();
        (0..5).for_each(|n| index.push(&path, entry(n)).unwrap());
        index.push(dir.path(), entry(5)).unwrap_err();
        index.truncate(&path, Offset(keep * 10)).unwrap();
        let expected: Vec<_> = (0..keep).collect();
        assert_eq!(ids_from(&index, &path, 0, usize::MAX), expected, "{keep}");
        assert_eq!(path.exists(), keep > 0);
        index.push(&path, entry(9)).unwrap();
        assert_eq!(ids_from(&index, &path, 90, usize::MAX), [9]);
    }
}

#[test]
fn what_cannot_be_replaced_is_written_later() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("i");
    let mut index = TransactionIndex::empty();
    (0..3).for_each(|n| index.push(&path, entry(n)).unwrap());
    let nowhere = dir.path().join("no such folder/i");
    index.replace(&nowhere, vec![entry(8), entry(9)], Durability::Synced).unwrap_err();
    assert_eq!(ids_from(&index, &path, 0, usize::MAX), [8, 9]);
    std::fs::remove_file(&path).unwrap();
    index.write(&path).unwrap();
    let mut read = TransactionIndex::unopened();
    read.open(&path, Offset(0)).unwrap();
    assert_eq!(ids_from(&read, &path, 0, usize::MAX), [8, 9]);
}

#[test]
fn no_file_is_made_without_need() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("i");
    let mut index = TransactionIndex::unopened();
    index.open(&path, Offset(0)).unwrap();
    index.write(&path).unwrap();
    index.truncate(&path, Offset(0)).unwrap();
    index.replace(&path, Vec::new(), Durability::Lazy).unwrap();
    assert!(index.file(&path).unwrap().is_none() && !path.exists());
}

#[test]
fn damage_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("i");
    let open = |content: &[u8], base| {
        std::fs::write(&path, content).unwrap();
        TransactionIndex::unopened().open(&path, Offset(base)).map_err(|error| error.kind())
    };
    let two = encode(&[entry(1), entry(2)]);
    assert_eq!(open(&two, 15), Ok(()));
    let damaged = Err(io::ErrorKind::InvalidData);
    assert_eq!(open(&two, 16), damaged);
    assert_eq!(open(&two[..67], 0), damaged);
    assert_eq!(open(&encode(&[entry(2), entry(1)]), 0), damaged);
    assert_eq!(open(&[1; 34], 0), damaged);
    assert_eq!(open(&[0xff; 34], 0), damaged);
}
