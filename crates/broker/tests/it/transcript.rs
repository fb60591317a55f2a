//! What was said, in a form that is the same on every run.

use std::fmt::Debug;

/// Lines, each an answer with a name.
#[derive(Default)]
pub(crate) struct Transcript {
    /// The names and the lines.
    lines: Vec<(String, String)>,
    hidden: Vec<(String, String)>,
}

impl Transcript {
    /// Shows `name` wherever an answer has `value`, as ids and ports differ from run to run.
    pub(crate) fn hide(&mut self, value: impl ToString, name: &str) {
        let value = value.to_string();
        if !value.is_empty() {
            self.hidden.push((value, format!("<{name}>")));
            // The longest first: one value may be part of another.
            self.hidden.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        }
    }

    /// Notes an answer.
    pub(crate) fn note(&mut self, name: &str, answer: &impl Debug) {
        let mut line = format!("{answer:?}").replace("\\\"", "'");
        for (value, name) in &self.hidden {
            line = line.replace(value, name);
        }
        let times = self.lines.iter().filter(|(other, _)| other == name).count();
        let turn = if times == 0 { String::new() } else { format!(" ({})", times + 1) };
        // Shown if the test fails: how far it came.
        eprintln!("{name}{turn}");
        self.lines.push((name.to_owned(), format!("{name}{turn}: {line}")));
    }

    /// All of it.
    pub(crate) fn into_lines(self) -> Vec<String> {
        self.lines.into_iter().map(|(_, line)| line).collect()
    }
}
