//! Damage that no power cut does: bits flipped, files cut off, emptied, swollen or gone, in a folder at rest.

use crate::disk::{Content, Disk, Ino, Node, PAGE, ROOT};
use crate::draw::Draw;

/// One file's harm, in words.
#[derive(Clone, Debug)]
pub(crate) struct Harm {
    /// The file's path in the data folder.
    pub(crate) path: String,
    pub(crate) what: String,
}

/// The paths of all files with something in them.
fn files(disk: &Disk) -> Vec<(String, Ino)> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), ROOT)];
    while let Some((path, ino)) = open.pop() {
        match disk.node(ino) {
            Some(Node::Folder(entries)) => {
                open.extend(entries.iter().map(|(name, ino)| (format!("{path}/{name}"), *ino)));
            }
            Some(Node::File(_)) => found.push((path, ino)),
            None => {}
        }
    }
    found.sort();
    found
}

/// Files of a kind are equally likely to be hit, however many there are of it.
fn kind(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(_, end)| end)
}

/// Harms one file.
pub(crate) fn harm(disk: &mut Disk, draw: &mut Draw) -> Option<Harm> {
    let all = files(disk);
    let mut kinds: Vec<&str> = all.iter().map(|(path, _)| kind(path)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.is_empty() {
        return None;
    }
    let chosen = *draw.one(&kinds);
    let of_kind: Vec<&(String, Ino)> =
        all.iter().filter(|(path, _)| kind(path) == chosen).collect();
    let (path, ino) = (*draw.one(&of_kind)).clone();
    if draw.percent(12) {
        disk.forget(ino);
        return Some(Harm { path, what: "removed".to_owned() });
    }
    let content = disk.content_mut(ino)?;
    let what = change(content, draw);
    Some(Harm { path, what })
}

fn change(content: &mut Content, draw: &mut Draw) -> String {
    let size = usize::try_from(content.size).unwrap_or(0);
    match draw.below(6) {
        0 => {
            let left = draw.below(size + 1);
            content.truncate(left as u64);
            format!("cut off at {left} of {size}")
        }
        1 => {
            let more: Vec<u8> = (0..draw.between(1, 200)).map(|_| low_byte(draw)).collect();
            content.write(size as u64, &more);
            format!("{} bytes behind its end at {size}", more.len())
        }
        2 => {
            let at = draw.below(size.max(1)) / PAGE * PAGE;
            let length = PAGE.min(size.saturating_sub(at));
            content.write(at as u64, &vec![0; length]);
            format!("a page of zeros at {at} of {size}")
        }
        _ => {
            let at = draw.below(size.max(1));
            let byte = content.read(at as u64, 1).first().copied().unwrap_or(0);
            content.write(at as u64, &[byte ^ (1 << draw.below(8))]);
            format!("a bit flipped at {at} of {size}")
        }
    }
}

fn low_byte(draw: &mut Draw) -> u8 {
    draw.next().to_le_bytes()[0]
}
