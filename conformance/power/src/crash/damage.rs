//! A file whose last writes nobody synced.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::disk::{Content, Op, PAGE, Page, pieces};
use crate::draw::Draw;

/// The unit that a disk writes or does not.
const SECTOR: usize = 512;

/// What was done to a file since it was synced; its pages and its size may each be as after any number of these from `least` to `most`.
pub(super) struct Versions<'a> {
    pub(super) ops: Vec<&'a Op>,
    pub(super) least: usize,
    pub(super) most: usize,
    /// Pages that are new to the file are there before its size says so.
    pub(super) ordered: bool,
}

/// How much of it survives, in each page and in the size.
#[derive(Clone, Copy)]
enum Luck {
    Nothing,
    Everything,
    /// So many pages in a hundred are as new as they can be, the others are anything.
    Mixed(usize),
}

/// The file as it may be.
pub(super) fn damaged(synced: &Content, versions: &Versions<'_>, draw: &mut Draw) -> Content {
    let luck = match draw.below(10) {
        0..2 => Luck::Nothing,
        2..4 => Luck::Everything,
        _ => Luck::Mixed(*draw.one(&[5, 50, 95])),
    };
    let size_version = versions.pick(luck, draw);
    let size = versions.size(synced.size, size_version);
    let mut content = synced.clone();
    let first_new = synced.size.div_ceil(PAGE as u64);
    for (number, touching) in versions.touched() {
        let mut version = versions.pick(luck, draw);
        if versions.ordered && number >= first_new {
            let needed = touching.iter().rev().find(|op| **op < size_version);
            version = version.max(needed.map_or(0, |op| op + 1)).min(versions.most);
        }
        let mut page = versions.page(synced, number, version, &touching);
        let may_tear = !versions.ordered || number < first_new;
        if may_tear && matches!(luck, Luck::Mixed(_)) && draw.percent(25) {
            let other = versions.pick(luck, draw);
            tear(&mut page, &versions.page(synced, number, other, &touching), draw);
        }
        content.pages.insert(number, page);
    }
    content.size = u64::MAX;
    content.truncate(size);
    content
}

fn tear(page: &mut Page, other: &Page, draw: &mut Draw) {
    let torn = Arc::make_mut(page);
    for sector in (0..PAGE).step_by(SECTOR) {
        if draw.percent(50) {
            torn[sector..sector + SECTOR].copy_from_slice(&other[sector..sector + SECTOR]);
        }
    }
}

impl Versions<'_> {
    fn pick(&self, luck: Luck, draw: &mut Draw) -> usize {
        let (least, most) = (self.least.min(self.most), self.most);
        match luck {
            Luck::Nothing => least,
            Luck::Everything => most,
            Luck::Mixed(newest) if draw.percent(newest) => most,
            Luck::Mixed(_) => draw.between(least, most),
        }
    }

    fn size(&self, mut size: u64, version: usize) -> u64 {
        for op in &self.ops[..version] {
            size = match op {
                Op::Write { offset, bytes, .. } => size.max(offset + bytes.len() as u64),
                Op::Allocate { size: least, .. } => size.max(*least),
                Op::Truncate { size, .. } => *size,
                _ => size,
            };
        }
        size
    }

    /// The pages that writes touch, each with the numbers of the ops that may have changed it.
    fn touched(&self) -> BTreeMap<u64, Vec<usize>> {
        let mut touched: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (number, op) in self.ops.iter().enumerate() {
            if let Op::Write { offset, bytes, .. } = op {
                for (page, ..) in pieces(*offset, bytes.len()) {
                    touched.entry(page).or_default().push(number);
                }
            }
        }
        for (number, op) in self.ops.iter().enumerate() {
            if let Op::Truncate { size, .. } = op {
                for (_, ops) in touched.range_mut(size / PAGE as u64..) {
                    ops.push(number);
                    ops.sort_unstable();
                }
            }
        }
        touched
    }

    /// A page after the first `version` ops, of which `touching` matter.
    fn page(&self, synced: &Content, number: u64, version: usize, touching: &[usize]) -> Page {
        let mut page = synced.pages.get(&number).cloned().unwrap_or_else(|| Arc::new([0; PAGE]));
        for op in touching.iter().take_while(|op| **op < version) {
            match self.ops[*op] {
                Op::Write { offset, bytes, .. } => {
                    let begin = number * PAGE as u64;
                    let skip = usize::try_from(begin.saturating_sub(*offset)).unwrap_or(usize::MAX);
                    let at = usize::try_from(offset.saturating_sub(begin)).unwrap_or(usize::MAX);
                    let size = (PAGE - at).min(bytes.len() - skip);
                    Arc::make_mut(&mut page)[at..at + size]
                        .copy_from_slice(&bytes[skip..skip + size]);
                }
                Op::Truncate { size, .. } => {
                    let left = size.saturating_sub(number * PAGE as u64);
                    let left = usize::try_from(left).unwrap_or(PAGE).min(PAGE);
                    Arc::make_mut(&mut page)[left..].fill(0);
                }
                _ => {}
            }
        }
        page
    }
}
