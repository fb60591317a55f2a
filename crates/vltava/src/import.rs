//! `vltava import`: takes over the log folders of a stopped Kafka.

mod report;
mod sources;
pub(crate) mod store;

use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use vltava_cluster::{DataFolder, DataFolderError};
use vltava_import::{
    Choices, LogFolder, METADATA_FOLDER, Mode, Plan, Progress, TakeOver, begun, end, plan,
    read_metadata, take_back,
};
use vltava_model::TopicPartition;
use vltava_runtime::Clock;

use crate::cli::ImportArgs;
use crate::serve::announce;
use sources::Sources;

/// How often a copy says how far it is.
const PROGRESS_EVERY_MS: i64 = 1_000;

/// Imports, or says what an import would do.
pub(crate) fn run(args: &ImportArgs) -> Result<()> {
    let sources = Sources::of(args)?;
    let target = sources.target(args)?;
    let _locks = lock(&sources, &target, args.dry_run)?;
    if args.undo {
        take_back(&target)?;
        announce("the import is taken back: all is as Kafka left it\n");
        return Ok(());
    }
    if !begin(&sources, &target, args.dry_run)? {
        return Ok(());
    }
    let folders: Vec<LogFolder> =
        sources.folders.iter().map(|path| LogFolder::read(path)).collect::<Result<_, _>>()?;
    sources.check_node(&folders)?;
    let metadata = sources.metadata_folder(&folders)?;
    let read = read_metadata(&metadata)?;
    let choices =
        Choices { accept_loss: args.accept_loss, skip_old_formats: args.skip_old_formats };
    let plan = plan(&folders, &read.metadata, choices)?;
    let mode = if args.copy { Mode::Copy } else { Mode::InPlace };
    announce(&report::found(&plan, &folders, &read));
    let take_over =
        TakeOver { plan: &plan, folders: &folders, metadata: &metadata, target: &target, mode };
    if args.dry_run {
        announce(&report::dry(&take_over));
        return Ok(());
    }
    take_over.check()?;
    carry_out(&take_over)?;
    announce(&report::next(args, &plan, &target));
    Ok(())
}

/// Takes over, and puts the metadata store in place, which completes it.
fn carry_out(take_over: &TakeOver<'_>) -> Result<()> {
    let clock = Clock::system();
    let mut last = clock.now();
    take_over
        .run(|progress| {
            let now = clock.now();
            if now.0 - last.0 >= PROGRESS_EVERY_MS {
                last = now;
                show(take_over.plan, progress);
            }
        })
        .context("the import is not complete; run it again to go on, or with --undo to go back")?;
    store::write(take_over.target, &take_over.plan.cluster)?;
    end(take_over.target)?;
    Ok(())
}

fn show(plan: &Plan, progress: Progress) {
    let all: u64 = plan.partitions.iter().map(|taken| taken.bytes).sum();
    let (done, all) = (report::bytes(progress.bytes), report::bytes(all));
    let partitions = plan.partitions.len();
    let line =
        format!("copied {done} of {all}, {} of {partitions} partitions", progress.partitions);
    let mut out = std::io::stderr().lock();
    let ending = if out.is_terminal() { "\r" } else { "\n" };
    // Whoever closed our output does not want it.
    let _ = write!(out, "{line}{ending}");
}

/// Locks all folders, as a broker of either kind does.
fn lock(sources: &Sources, target: &Path, dry_run: bool) -> Result<Vec<DataFolder>> {
    let mut folders: Vec<&Path> = sources.folders.iter().map(PathBuf::as_path).collect();
    if !folders.contains(&target) && !dry_run {
        folders.push(target);
    }
    let lock = |path: &Path| {
        DataFolder::open(path).map_err(|error| match error {
            DataFolderError::InUse { path } => anyhow::anyhow!(
                "{} is in use: stop the broker that runs on it (kafka-server-stop), and run this again",
                path.display()
            ),
            error => error.into(),
        })
    };
    folders.into_iter().map(lock).collect()
}

/// Deals with what an earlier import left; false if there is nothing more to do.
fn begin(sources: &Sources, target: &Path, dry_run: bool) -> Result<bool> {
    let before = begun(target)?;
    if store::is_used(target)? {
        if before.is_some() {
            end(target)?;
            announce("the import was complete already\n");
            return Ok(false);
        }
        bail!(
            "{} is a data folder of Vltava's already; choose another one with --to",
            target.display()
        );
    }
    match before {
        Some(mode) if dry_run => bail!(
            "an import into {} was broken off ({mode:?}); run it again, or take it back with --undo",
            target.display()
        ),
        Some(Mode::InPlace) => {
            take_back(target)?;
            announce("an earlier import was broken off: begun anew\n");
        }
        Some(Mode::Copy) => announce("an earlier copy was broken off: it is carried on\n"),
        None if !sources.folders.iter().any(|folder| folder == target) => check_empty(target)?,
        None => {}
    }
    Ok(true)
}

/// Refuses a data folder in which something is.
fn check_empty(target: &Path) -> Result<()> {
    // A dry run does not make it.
    let Ok(entries) = std::fs::read_dir(target) else { return Ok(()) };
    for entry in entries {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let is_kafkas = name == METADATA_FOLDER || name == "meta.properties";
        if is_kafkas || TopicPartition::parse(&name).is_some() {
            bail!(
                "{} is not empty (there is {name}); choose another data folder with --to, or name it in --log-dirs if it is one of Kafka's",
                target.display()
            );
        }
    }
    Ok(())
}
