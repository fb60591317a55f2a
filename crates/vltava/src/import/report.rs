//! What an import says.

use std::fmt::Write as _;
use std::path::Path;

use vltava_import::{LogFolder, Mode, Note, Plan, ReadMetadata, TakeOver};

use crate::cli::ImportArgs;
use crate::serve::human_bytes;

/// Notes of one kind that are shown; of the others only the number.
const ALIKE_MAX: usize = 10;

/// What was found, and what to know of it.
pub(super) fn found(plan: &Plan, folders: &[LogFolder], read: &ReadMetadata) -> String {
    let mut text = String::new();
    let cluster = &plan.cluster;
    // Writing to a text cannot fail.
    let _ = writeln!(
        text,
        "broker {} of cluster {}: topics {}, partitions {}, {}",
        cluster.broker,
        cluster.cluster_id,
        cluster.topics.len(),
        plan.partitions.len(),
        bytes(plan.partitions.iter().map(|taken| taken.bytes).sum()),
    );
    for folder in folders {
        let partitions = plan.partitions.iter().filter(|taken| taken.from == folder.path).count();
        let _ = writeln!(text, "  {}: partitions {partitions}", folder.path.display());
    }
    if read.torn_bytes > 0 {
        let _ = writeln!(
            text,
            "  the last {} bytes of the metadata log were not written whole, and do not count",
            read.torn_bytes
        );
    }
    notes(&mut text, &plan.notes);
    text
}

fn notes(text: &mut String, notes: &[Note]) {
    for alike in
        notes.chunk_by(|one, other| std::mem::discriminant(one) == std::mem::discriminant(other))
    {
        for note in alike.iter().take(ALIKE_MAX) {
            let _ = writeln!(text, "  note: {note}");
        }
        if let Some(more @ 1..) = alike.len().checked_sub(ALIKE_MAX) {
            let _ = writeln!(text, "  note: {more} more of this kind");
        }
    }
}

/// What would be done.
pub(super) fn dry(take_over: &TakeOver<'_>) -> String {
    let TakeOver { plan, target, mode, .. } = take_over;
    let others = plan.partitions.iter().filter(|taken| taken.from != *target).count();
    let target = target.display();
    match mode {
        Mode::Copy => format!("dry run: {others} partitions would be copied to {target}\n"),
        Mode::InPlace => format!(
            "dry run: {target} would become the data folder; {others} partitions would be moved into it\n"
        ),
    }
}

/// What comes next.
pub(super) fn next(args: &ImportArgs, plan: &Plan, target: &Path) -> String {
    let target = target.display();
    let settings = match &args.config {
        Some(config) => format!("--config {}", config.display()),
        None => format!("-o node.id={}", plan.cluster.broker),
    };
    format!(
        "imported into {target}; do not start Kafka on it any more. Next:\n  vltava serve {settings} -o log.dirs={target}\n"
    )
}

/// A size as people read it.
pub(super) fn bytes(size: u64) -> String {
    human_bytes(size)
}
