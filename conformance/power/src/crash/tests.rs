use super::*;
use crate::disk::{Node, ROOT};

const FILE: Ino = 7;

fn link(name: &str, ino: Ino) -> Op {
    Op::Link { parent: ROOT, name: name.to_owned(), ino, is_folder: false }
}

fn write(ino: Ino, offset: u64, byte: u8, length: usize) -> Op {
    Op::Write { ino, offset, bytes: vec![byte; length].into() }
}

fn sync(ino: Ino, since: usize) -> Op {
    Op::Sync { ino, since, data_only: true }
}

/// Every disk that some draws make of a journal cut at `point`.
fn outcomes(model: Model, journal: &[Op], point: usize) -> Vec<Disk> {
    let cut =
        |seed| Crashes::new(model, Disk::default(), journal).at(point, &mut Draw::new(seed, 0));
    (0..300).map(cut).collect()
}

fn bytes(disk: &Disk, name: &str) -> Option<Vec<u8>> {
    let ino = disk.find(ROOT, name)?;
    match disk.node(ino) {
        Some(Node::File(content)) => Some(content.read(0, 1 << 20)),
        _ => None,
    }
}

#[test]
fn what_is_synced_stays_and_the_rest_may_go() {
    let journal = [
        link("f", FILE),
        write(FILE, 0, 1, 600),
        sync(FILE, 2),
        sync(ROOT, 3),
        write(FILE, 600, 2, 5000),
    ];
    for model in [Model::Journaled, Model::Strict] {
        let found: Vec<Vec<u8>> =
            outcomes(model, &journal, 5).iter().map(|disk| bytes(disk, "f").unwrap()).collect();
        assert!(found.iter().all(|bytes| bytes[..600] == [1; 600]));
        assert!(found.iter().any(|bytes| bytes.len() == 600));
        assert!(found.iter().any(|bytes| bytes.len() == 5600 && bytes[600..] == [2; 5000]));
        assert!(found.iter().any(|bytes| bytes.len() == 5600 && bytes[600..].contains(&0)));
    }
}

#[test]
fn a_sync_covers_what_was_there_when_it_began() {
    let journal = [link("f", FILE), sync(ROOT, 1), write(FILE, 0, 1, 10), sync(FILE, 2)];
    let lost = |disk: &Disk| bytes(disk, "f").is_some_and(|bytes| bytes.is_empty());
    assert!(outcomes(Model::Strict, &journal, 4).iter().any(lost));
}

#[test]
fn a_name_needs_a_sync_of_its_folder_or_of_its_file_where_there_is_a_journal() {
    let journal = [link("f", FILE), write(FILE, 0, 1, 10), sync(FILE, 2)];
    let there = |disk: &Disk| bytes(disk, "f").is_some();
    assert!(outcomes(Model::Journaled, &journal, 3).iter().all(there));
    assert!(!outcomes(Model::Strict, &journal, 3).iter().all(there));
    assert!(!outcomes(Model::Journaled, &journal, 2).iter().all(there));
    let journal = [link("f", FILE), sync(ROOT, 1)];
    assert!(outcomes(Model::Strict, &journal, 2).iter().all(there));
}

#[test]
fn names_go_in_the_order_in_which_they_came() {
    let journal = [link("a", 7), link("b", 8), Op::Unlink { parent: ROOT, name: "a".into() }];
    for model in [Model::Journaled, Model::Strict] {
        let all = outcomes(model, &journal, 3);
        let names: Vec<Vec<&str>> = all
            .iter()
            .map(|disk| disk.folder(ROOT).unwrap().keys().map(String::as_str).collect())
            .collect();
        for expected in [&[][..], &["a"], &["a", "b"], &["b"]] {
            assert!(names.iter().any(|found| found == expected), "{expected:?}");
        }
        assert!(names.iter().all(|found| found.len() < 3));
    }
}

#[test]
fn a_journal_takes_earlier_names_along() {
    let rename =
        Op::Rename { parent: ROOT, name: "a".into(), to: ROOT, new_name: "b".into(), ino: 7 };
    let journal = [link("a", 7), rename, link("f", FILE + 1), sync(FILE + 1, 3)];
    let renamed = |disk: &Disk| disk.find(ROOT, "b") == Some(7) && disk.find(ROOT, "a").is_none();
    assert!(outcomes(Model::Journaled, &journal, 4).iter().all(renamed));
    assert!(!outcomes(Model::Strict, &journal, 4).iter().all(renamed));
}
