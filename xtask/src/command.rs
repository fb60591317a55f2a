//! Running other programs from the root of the repository, and counting the cases that they report.

use std::{
    env,
    io::{BufRead, BufReader, Read},
    iter::Sum,
    ops::Add,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// How many cases passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Counts {
    /// One step that counts as one case.
    pub(crate) fn one(passed: bool) -> Self {
        Self { passed: u64::from(passed), failed: u64::from(!passed) }
    }

    /// The counts that a closing line tells: cargo's `test result: ok. 3 passed; 0 failed; …`, or a plain `3 passed, 0 failed`.
    fn from_line(line: &str) -> Option<Self> {
        let line = line
            .strip_prefix("test result: ")
            .map_or(line, |rest| rest.split_once(". ").map_or(rest, |(_, counts)| counts));
        let mut words = line.split([' ', ',', ';']).filter(|word| !word.is_empty());
        let passed = words.next()?.parse().ok()?;
        let (Some("passed"), Some(failed), Some("failed")) =
            (words.next(), words.next(), words.next())
        else {
            return None;
        };
        Some(Self { passed, failed: failed.parse().ok()? })
    }

    /// Prints the closing line; an error if anything failed or nothing ran.
    pub(crate) fn conclude(self) -> Result<()> {
        println!("{} passed, {} failed", self.passed, self.failed);
        if self.failed > 0 || self.passed == 0 { std::process::exit(1) } else { Ok(()) }
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

/// The root of the repository: cargo tells a program that it runs where its package is.
pub(crate) fn root() -> PathBuf {
    let package =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("xtask"), PathBuf::from);
    package.parent().map_or_else(|| PathBuf::from("."), PathBuf::from)
}

/// The cargo that runs this program.
pub(crate) fn cargo() -> String {
    env::var("CARGO").unwrap_or_else(|_| "cargo".into())
}

/// A command that runs in the root of the repository.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// Runs to the end; an error if it could not start or did not exit with zero.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    announce(command);
    let status = command
        .status()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    if !status.success() {
        bail!("{} ended with {status}", command.get_program().display());
    }
    Ok(())
}

/// Runs to the end, shows what it prints, and adds up the closing lines. One that exits with an error and tells of no failed case
/// counts as one failed.
pub(crate) fn counted(command: &mut Command) -> Result<Counts> {
    announce(command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let output = child.stdout.take().context("standard output is piped")?;
    let counts = sum_lines(output)?;
    let status = child.wait()?;
    if !status.success() && counts.failed == 0 {
        return Ok(counts + Counts::one(false));
    }
    Ok(counts)
}

fn sum_lines(output: impl Read) -> Result<Counts> {
    let mut counts = Counts::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        counts = counts + Counts::from_line(&line).unwrap_or_default();
        println!("{line}");
    }
    Ok(counts)
}

fn announce(command: &Command) {
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect();
    println!("$ {}", words.join(" "));
}

#[cfg(test)]
mod tests {
    use super::Counts;

    fn check(line: &str, expected: Option<(u64, u64)>) {
        assert_eq!(
            Counts::from_line(line),
            expected.map(|(passed, failed)| Counts { passed, failed }),
            "{line}"
        );
    }

    #[test]
    fn closing_lines() {
        check("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured", Some((12, 0)));
        check("test result: FAILED. 2 passed; 3 failed; 0 ignored", Some((2, 3)));
        check("53 passed, 1 failed", Some((53, 1)));
        check("running 3 tests", None);
        check("5 passed", None);
        check("", None);
    }
}
