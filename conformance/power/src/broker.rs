//! The real binary as a process.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::client::Client;

/// How long a start or a clean stop may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What must not be in its log …
const COMPLAINTS: [&str; 3] = [" ERROR ", "panicked at", "-stray"];

/// … but for what a power cut does to segments, of which later writes may be there and earlier ones not.
const EXPECTED: [&str; 2] =
    ["damaged batch with whole batches behind it", "segment behind a damaged batch"];

/// A broker that listens; killed when dropped.
pub(crate) struct Broker {
    child: Child,
    port: u16,
    log: PathBuf,
    /// It said that some partitions could not be opened.
    lacks_partitions: bool,
}

/// How to start it.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) binary: PathBuf,
    pub(crate) properties: Vec<(String, String)>,
}

impl Start {
    /// Starts it over a data folder and returns once clients can connect. Its log goes to a file.
    pub(crate) fn start(&self, data: &Path, log: &Path) -> Result<Broker> {
        let broker = self.start_harmed(data, log)?;
        let complaints = broker.complaints();
        ensure!(!broker.lacks_partitions, "partitions are missing: {complaints:?}");
        Ok(broker)
    }

    /// The same over a folder of which some partitions may not open.
    pub(crate) fn start_harmed(&self, data: &Path, log: &Path) -> Result<Broker> {
        let errors = File::create(log).context("cannot write the broker's log")?;
        let mut command = Command::new(&self.binary);
        command.arg("serve").arg("-o").arg(format!("log.dirs={}", data.display()));
        command.args(["-o", "listeners=PLAINTEXT://127.0.0.1:0"]);
        for (name, value) in &self.properties {
            command.arg("-o").arg(format!("{name}={value}"));
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors).env("RUST_LOG", "info");
        let child = command.spawn().context("cannot start the broker")?;
        let log = log.to_owned();
        let mut broker = Broker { child, port: 0, log, lacks_partitions: false };
        let greeting = broker.greeting()?;
        broker.lacks_partitions = greeting.contains("could not be opened");
        let address = greeting.split("://").nth(1).and_then(|rest| rest.split(' ').next());
        let port = address.and_then(|address| address.rsplit(':').next());
        broker.port =
            port.and_then(|port| port.parse().ok()).context("the greeting names a port")?;
        Ok(broker)
    }
}

impl Broker {
    pub(crate) fn client(&self) -> Result<Client> {
        Client::connect(self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What it said before it was ready.
    fn greeting(&mut self) -> Result<String> {
        let out = self.child.stdout.take().context("the output is piped")?;
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let mut lines = BufReader::new(out).lines().map_while(Result::ok);
            let mut greeting = String::new();
            while !greeting.contains("data in ") {
                let Some(line) = lines.next() else { break };
                greeting.push_str(&line);
                greeting.push('\n');
            }
            let _gave_up = sender.send(greeting);
            lines.for_each(drop);
        });
        let greeting = receiver.recv_timeout(PATIENCE).unwrap_or_default();
        if !greeting.contains("data in ") {
            bail!("the broker did not start: {}", self.last_lines());
        }
        Ok(greeting)
    }

    /// SIGTERM, and waits until it is gone. An error unless it says that all is safe.
    pub(crate) fn terminate(mut self) -> Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        let pid = pid.context("a process id")?;
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        for _ in 0..PATIENCE.as_millis() / 10 {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "{status} at a clean stop: {}", self.last_lines());
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!("it does not stop: {}", self.last_lines())
    }

    /// Lines of its log that say that a person must look.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let is_complaint = |line: &&str| {
            let is_bad = COMPLAINTS.iter().any(|word| line.contains(word));
            is_bad && !EXPECTED.iter().any(|text| line.contains(text))
        };
        text.lines().filter(is_complaint).map(str::to_owned).collect()
    }

    /// Whether it is still there.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    fn last_lines(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join(" | ")
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _gone_already = self.child.wait();
    }
}
