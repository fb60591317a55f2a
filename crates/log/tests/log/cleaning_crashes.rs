//! A crash at every step of a swap leaves what was there before or what comes after, and a log that goes on.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use vltava_log::{CleanerSettings, Log, LogConfig, NoPace, Round};
use vltava_model::Offset;

use crate::cleaning::{compacted, newest, put, records, to_clean};
use crate::support::{Fixture, NOW, TOPIC, options};

type Folder = BTreeMap<String, Vec<u8>>;

fn read(dir: &Path) -> Folder {
    let file = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        (name, fs::read(entry.path()).unwrap())
    };
    fs::read_dir(dir).unwrap().map(file).collect()
}

fn write(dir: &Path, folder: &Folder) {
    fs::create_dir(dir).unwrap();
    for (name, content) in folder {
        fs::write(dir.join(name), content).unwrap();
    }
}

/// The folder before a swap, and the files that take the place of the group, without anything behind their names.
struct Swap {
    before: Folder,
    old: Vec<String>,
    new: Vec<(String, Vec<u8>)>,
}

const KINDS: [&str; 4] = [".txnindex", ".timeindex", ".index", ".log"];

fn swap(log: &mut Fixture) -> Swap {
    log.log.roll(NOW).unwrap();
    log.flush();
    let before = read(&log.dir());
    let plan = to_clean(&log.log, 0, NOW);
    let mut round = Round::begin(plan, CleanerSettings::default(), NOW, &NoPace).unwrap();
    let group = round.next_group().unwrap();
    assert!(group.len() > 2);
    let last_records = log.log.last_records();
    let cleaned = round.clean(&group, &last_records, &NoPace).unwrap().unwrap();
    let ready = read(&log.dir());
    let swaps = ready.iter().filter_map(|(name, content)| {
        name.strip_suffix(".swap").map(|name| (name.to_owned(), content.clone()))
    });
    let new: Vec<_> = swaps.collect();
    assert_eq!(new.len(), 3);
    let old = group
        .iter()
        .rev()
        .flat_map(|segment| KINDS.map(|kind| format!("{:020}{kind}", segment.base_offset().0)));
    let old = old.filter(|name| before.contains_key(name)).collect();
    log.log.swap_in(&group, cleaned, NOW).unwrap().unwrap();
    Swap { before, old, new }
}

impl Swap {
    /// The folder after each step.
    fn steps(&self) -> Vec<Folder> {
        let mut folder = self.before.clone();
        let mut steps = vec![folder.clone()];
        for (name, content) in &self.new {
            // Not whole, then whole.
            for content in [&content[..content.len() / 2], &content[..]] {
                folder.insert(format!("{name}.cleaned"), content.to_vec());
                steps.push(folder.clone());
            }
        }
        let mut rename = |from: String, to: String| {
            let content = folder.remove(&from).unwrap();
            folder.insert(to, content);
            steps.push(folder.clone());
        };
        let log_first = |reverse: bool| {
            let rank = |name: &str| KINDS.iter().position(|kind| name.ends_with(kind)).unwrap();
            let mut names: Vec<_> = self.new.iter().map(|(name, _)| name.clone()).collect();
            names.sort_by_key(|name| if reverse { rank(name) } else { 9 - rank(name) });
            names
        };
        for name in log_first(false) {
            rename(format!("{name}.cleaned"), format!("{name}.swap"));
        }
        for name in &self.old {
            rename(name.clone(), format!("{name}.deleted"));
        }
        for name in log_first(true) {
            rename(format!("{name}.swap"), name);
        }
        steps
    }
}

fn filled() -> Fixture {
    let mut log = compacted(400);
    for n in 0..30 {
        put(&mut log.log, &[(["a", "b", "c"][n % 3], Some(&format!("{n}"))), ("x", None)]);
    }
    log.config.segment_bytes = 10_000;
    log.log.configure(log.config.clone());
    log
}

fn open(dir: &Path, clean: bool) -> Log {
    let config = LogConfig { compact_enabled: true, ..LogConfig::default() };
    Log::open(dir, TOPIC, config, options(60, clean), NOW).unwrap()
}

#[test]
fn every_step_of_a_swap_can_be_the_last() {
    let mut log = filled();
    let swap = swap(&mut log);
    let after = records(&log.log);
    let before = {
        let dir = log.root.path().join("before-0");
        write(&dir, &swap.before);
        records(&open(&dir, true))
    };
    assert!(after.len() < before.len());
    let steps = swap.steps();
    assert!(steps.len() > 20);
    let mut seen = [0, 0];
    for (number, step) in steps.iter().enumerate() {
        for clean in [true, false] {
            let dir = log.root.path().join(format!("step{number}{clean}-0"));
            write(&dir, step);
            let mut opened = open(&dir, clean);
            let left = records(&opened);
            assert!(left == before || left == after, "step {number}: {left:?}");
            seen[usize::from(left == after)] += 1;
            assert_eq!(opened.log_end_offset(), Offset(60));
            let odd =
                |name: &str| [".swap", ".cleaned", ".deleted"].iter().any(|e| name.ends_with(e));
            assert!(!read(&dir).keys().any(|name| odd(name)), "step {number}");
            // A second start finds the same, and the log goes on.
            put(&mut opened, &[("new", Some("v"))]);
            drop(opened);
            assert_eq!(records(&open(&dir, false)).len(), left.len() + 1);
        }
    }
    assert!(seen.iter().all(|count| *count > 5), "{seen:?}");
}

#[test]
fn what_a_crash_leaves_of_the_end_of_a_group_is_cleaned_again() {
    let mut log = filled();
    let swap = swap(&mut log);
    // As if the new segment ended early in the group: the old ones behind its end are found, and are whole.
    let mut folder = swap.before.clone();
    let whole = &swap.before["00000000000000000000.log"];
    folder.insert("00000000000000000000.log.swap".to_owned(), whole.clone());
    let dir = log.root.path().join("short-0");
    write(&dir, &folder);
    let mut opened = open(&dir, false);
    assert_eq!(records(&opened).len(), 60);
    let before = newest(&opened);
    crate::cleaning::clean(&mut opened, 0);
    assert_eq!(newest(&opened), before);
    assert_eq!(newest(&opened), newest(&log.log));
}
