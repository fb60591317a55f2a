//! What is remembered about partitions from one run to the next, in one file: `partitions.summary`.
//!
//! ```text
//! vltava-partitions 1
//! topic sZvlgkR6RTmBIZcNj9DVAw
//! closed 0 0 1500 0 81920 81920 1700000000000     index, log start and end offset, base offset and size of the last
//!                                                 segment, bytes in all, when retention has something to delete (or -)
//! left 1 0 700                                    index, log start offset (or -), recovery point
//! end 2 0                                         how many partitions, how many files with parked records
//! ```
//!
//! A partition that was closed is opened when somebody asks for it, by this: what it says of the last segment is compared
//! with the file, so that it does not matter whether somebody wrote to it after the summary was made. One that was left
//! open is recovered when it is opened. One that is not here was empty.
//!
//! The file goes by topic ids, so that it never speaks of a topic of the same name. It is replaced as a whole, at each
//! checkpoint, before the write-ahead log is let go of.

use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::sync::Arc;

use vltava_log::{ClosedLog, LogPosition, OpenOptions, checkpoints};
use vltava_model::{Offset, PartitionIndex, Timestamp, TopicId};

use super::topic::{OpenTopic, State};

const FILE: &str = "partitions.summary";
const VERSION: &str = "vltava-partitions 1";

/// A summary that was read.
#[derive(Debug)]
pub(super) struct Summary {
    text: String,
    /// How many files with parked records there were.
    pub(super) parked: usize,
}

/// A line about a partition.
enum Known {
    Closed(ClosedLog),
    Left(OpenOptions),
}

impl Summary {
    /// Reads the file; `None` if it is not there, or damaged, which is logged.
    pub(super) fn read(folder: &Path) -> Option<Summary> {
        let text = match std::fs::read_to_string(folder.join(FILE)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::error!(file = FILE, %error, "cannot be read: every partition is looked at");
                return None;
            }
        };
        let parked = check(&text);
        if parked.is_none() {
            tracing::error!(file = FILE, "it is damaged: every partition is looked at");
        }
        Some(Summary { parked: parked?, text })
    }

    /// Tells the places of topics, found by id, what their partitions were like.
    pub(super) fn apply(&self, topic: impl Fn(TopicId) -> Option<Arc<OpenTopic>>) {
        let mut current = None;
        for line in self.text.lines().skip(1) {
            if let Some(id) = line.strip_prefix("topic ") {
                current = TopicId::parse(id).and_then(&topic);
            } else if let Some(topic) = &current
                && let Some((index, known)) = parse(line)
                && let Some(slot) = topic.slot(index)
            {
                *slot.lock() = match known {
                    Known::Closed(closed) => State::Closed(Box::new(closed)),
                    Known::Left(left) => State::Left(Box::new(left)),
                };
            }
        }
    }
}

/// Writes the file. Blocks.
pub(super) fn write(folder: &Path, topics: &[Arc<OpenTopic>], parked: usize) -> io::Result<()> {
    let mut text = format!("{VERSION}\n");
    let mut count = 0;
    for topic in topics {
        let mut lines = String::new();
        for (index, slot) in topic.indexed() {
            let state = slot.lock();
            count += usize::from(write_line(&mut lines, index, &state));
        }
        if !lines.is_empty() {
            text.push_str(&format!("topic {}\n{lines}", topic.id));
        }
    }
    text.push_str(&format!("end {count} {parked}\n"));
    checkpoints::write_file(&folder.join(FILE), text.as_bytes())
}

/// Returns whether there was something to say. Writing to a text cannot fail.
fn write_line(lines: &mut String, index: PartitionIndex, state: &State) -> bool {
    if let State::Closed(closed) = state {
        let ClosedLog { log_start_offset: start, end, size_bytes, expires } = **closed;
        let LogPosition { offset, segment, position } = end;
        let expires = expires.map_or("-".to_owned(), |at| at.0.to_string());
        let numbers = format_args!("{start} {offset} {segment} {position} {size_bytes} {expires}");
        let _ = writeln!(lines, "closed {index} {numbers}");
        return true;
    }
    let Some(left) = state.left() else { return false };
    let start = left.log_start_offset.map_or("-".to_owned(), |start| start.to_string());
    let _ = writeln!(lines, "left {index} {start} {}", left.recovery_point);
    true
}

/// Whether the text is whole and makes sense; the number of parked files.
fn check(text: &str) -> Option<usize> {
    let mut lines = text.lines();
    if lines.next()? != VERSION {
        return None;
    }
    let mut count = 0_usize;
    for line in lines {
        if let Some(end) = line.strip_prefix("end ") {
            let (expected, parked) = end.split_once(' ')?;
            return (expected.parse() == Ok(count)).then(|| parked.parse().ok())?;
        }
        match line.strip_prefix("topic ") {
            Some(id) => drop(TopicId::parse(id)?),
            None => {
                parse(line)?;
                count += 1;
            }
        }
    }
    None
}

fn parse(line: &str) -> Option<(PartitionIndex, Known)> {
    let mut words = line.split(' ');
    let kind = words.next()?;
    let index = PartitionIndex(words.next()?.parse().ok()?);
    let start = words.next()?;
    let known = match kind {
        "closed" => Known::Closed(ClosedLog {
            log_start_offset: Offset(start.parse().ok()?),
            end: LogPosition {
                offset: Offset(words.next()?.parse().ok()?),
                segment: Offset(words.next()?.parse().ok()?),
                position: words.next()?.parse().ok()?,
            },
            size_bytes: words.next()?.parse().ok()?,
            expires: match words.next()? {
                "-" => None,
                at => Some(Timestamp(at.parse().ok()?)),
            },
        }),
        "left" => Known::Left(OpenOptions {
            log_start_offset: match start {
                "-" => None,
                start => Some(Offset(start.parse().ok()?)),
            },
            recovery_point: Offset(words.next()?.parse().ok()?),
            clean_shutdown: false,
        }),
        _ => return None,
    };
    words.next().is_none().then_some((index, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_noticed() {
        let whole = "vltava-partitions 1\ntopic sZvlgkR6RTmBIZcNj9DVAw\nclosed 0 0 1500 0 8192 8192 -\nleft 1 - 7\nend 2 3\n";
        assert_eq!(check(whole), Some(3));
        assert_eq!(check("vltava-partitions 1\nend 0 0\n"), Some(0));
        for end in 0..whole.len() - 1 {
            assert_eq!(check(&whole[..end]), None, "{end}");
        }
        for (from, to) in [(" 1\n", " 2\n"), ("left", "lost"), (" 1500", " x"), ("end 2", "end 1")]
        {
            assert_eq!(check(&whole.replacen(from, to, 1)), None, "{to:?}");
        }
    }
}
