//! Power cuts: the real binary over a disk that remembers what was synced and drops the rest, at many points of one run.
//!
//! `conformance/power/README.md` says what is checked. Begin with `run` in this file, then `crash.rs` and `check.rs`.
#![allow(clippy::print_stdout, reason = "a tool of the command line")]
#![allow(clippy::disallowed_methods, reason = "a test bed measures real time")]

mod broker;
mod check;
mod client;
mod crash;
mod disk;
mod draw;
mod facts;
mod harm;
mod load;
mod mount;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;

use broker::Start;
use check::Check;
use crash::{Crashes, Model};
use disk::{Disk, Op};
use draw::Draw;
use facts::Facts;
use mount::Mount;

/// How often the power goes a second time, while the broker starts; in a hundred.
const AGAIN_PERCENT: usize = 25;

#[derive(Parser)]
#[command(name = "power", about = "Power cuts at random points of a run")]
struct Arguments {
    /// Crash points.
    #[arg(long, default_value_t = 1000)]
    points: usize,
    /// How long the load runs.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Draws the points and what each crash leaves.
    #[arg(long)]
    seed: Option<u64>,
    /// The binary.
    #[arg(long, env = "VLTAVA")]
    binary: PathBuf,
    /// A folder for mount points and logs, made if it is missing.
    #[arg(long)]
    folder: PathBuf,
    /// Ends at the first point that fails, and leaves its disk in `disk/` of the folder.
    #[arg(long)]
    keep: bool,
    /// A disk that forgets what it was told to sync: the check must fail.
    #[arg(long)]
    forget: bool,
    /// So many folders at rest are harmed in other ways than a power cut does, after the points.
    #[arg(long, default_value_t = 0)]
    harmed: usize,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.map_or(1, |since| since.as_secs())
    });
    println!("power: seed {seed}");
    std::fs::create_dir_all(arguments.folder.join("mount")).context("cannot make the folder")?;
    let failed = run(&arguments, seed)?;
    println!("{} passed, {failed} failed", arguments.points + arguments.harmed - failed);
    if failed > 0 {
        std::process::exit(1);
    }
    Ok(())
}

fn run(arguments: &Arguments, seed: u64) -> Result<usize> {
    let start = Start { binary: arguments.binary.clone(), properties: load::properties() };
    let (folder, mount) = (&arguments.folder, arguments.folder.join("mount"));
    let disk = Mount::new(Disk::default(), &mount, 3000)?;
    let log = folder.join("load.log");
    let facts = load::run(&start, &disk, &log, arguments.seconds, seed)?;
    let (at_rest, mut journal) = disk.into_parts();
    if arguments.forget {
        forget_syncs(&mut journal);
    }
    println!(
        "power: the run made {} changes of the disk and {} promises",
        journal.len(),
        facts.promised(usize::MAX - 1)
    );
    let mut failed = 0;
    for model in [Model::Journaled, Model::Strict] {
        let count = match model {
            Model::Journaled => arguments.points.div_ceil(2),
            Model::Strict => arguments.points / 2,
        };
        let points = points(&journal, count, &mut Draw::new(seed, model as u64));
        let round = Round { start: &start, facts: &facts, model, seed, keep: arguments.keep };
        failed += round.run(&journal, &points, folder)?;
    }
    Ok(failed + harmed(arguments, &start, &facts, at_rest, seed)?)
}

/// Starts brokers over folders of which some file was harmed: half as the kill left it, half after a clean stop.
fn harmed(
    arguments: &Arguments,
    start: &Start,
    facts: &Facts,
    killed: Disk,
    seed: u64,
) -> Result<usize> {
    if arguments.harmed == 0 {
        return Ok(0);
    }
    let (mount, log) = (arguments.folder.join("mount"), arguments.folder.join("start.log"));
    let stopping = Mount::new(killed.clone(), &mount, 0)?;
    start.start(stopping.path(), &log)?.terminate()?;
    let (stopped, _) = stopping.into_parts();
    let check = Check { start, facts, point: usize::MAX, mount: &mount, log: &log };
    let mut failed = 0;
    for number in 0..arguments.harmed {
        let mut draw = Draw::new(seed, (1 << 32) + number as u64);
        let (state, base) = *draw.one(&[("killed", &killed), ("stopped", &stopped)]);
        let mut disk = base.clone();
        let Some(harm) = harm::harm(&mut disk, &mut draw) else { continue };
        if let Err(error) = check.run_harmed(disk, &harm) {
            failed += 1;
            println!("FAIL  {state}, {}: {}: {error:#}", harm.path, harm.what);
        }
    }
    Ok(failed)
}

/// Every sync covers nothing.
fn forget_syncs(journal: &mut [Op]) {
    for op in journal {
        if let Op::Sync { since, .. } = op {
            *since = 0;
        }
    }
}

/// Half of them anywhere, half right after something else than a write, of which there are fewer.
fn points(journal: &[Op], count: usize, draw: &mut Draw) -> Vec<usize> {
    let is_rare = |op: &Op| !matches!(op, Op::Write { .. } | Op::Sync { .. });
    let rare: Vec<usize> = (0..journal.len()).filter(|index| is_rare(&journal[*index])).collect();
    let one = |number: usize| {
        if number.is_multiple_of(2) || rare.is_empty() {
            draw.between(0, journal.len())
        } else {
            (draw.one(&rare) + 1 + draw.below(3)).min(journal.len())
        }
    };
    let mut points: Vec<usize> = (0..count).map(one).collect();
    points.sort_unstable();
    points
}

/// The points of one model.
struct Round<'a> {
    start: &'a Start,
    facts: &'a Facts,
    model: Model,
    seed: u64,
    keep: bool,
}

impl Round<'_> {
    /// Checks each point; returns how many failed.
    fn run(&self, journal: &[Op], points: &[usize], folder: &Path) -> Result<usize> {
        let (mount, log) = (folder.join("mount"), folder.join("start.log"));
        let mut crashes = Crashes::new(self.model, Disk::default(), journal);
        let mut failed = 0;
        let began = Instant::now();
        for (number, point) in points.iter().enumerate() {
            let mut draw = Draw::new(self.seed, number as u64);
            let disk = crashes.at(*point, &mut draw);
            let check = Check {
                start: self.start,
                facts: self.facts,
                point: *point,
                mount: &mount,
                log: &log,
            };
            if let Err(error) = self.check(&check, disk.clone(), &mut draw) {
                failed += 1;
                println!("FAIL  {:?} point {point}: {error:#}", self.model);
                if self.keep {
                    disk.copy_to(&folder.join("disk"))?;
                    break;
                }
            }
        }
        let seconds = began.elapsed().as_secs_f64();
        println!("power: {:?}: {} points in {seconds:.0} s", self.model, points.len());
        Ok(failed)
    }

    fn check(&self, check: &Check<'_>, mut disk: Disk, draw: &mut Draw) -> Result<()> {
        while draw.percent(AGAIN_PERCENT) {
            disk =
                check.crash_in_start(disk, self.model, draw).context("power cut in the start")?;
        }
        check.run(disk)
    }
}
