//! A broker process in a folder of its own.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::client::Client;

/// A running broker; killed when dropped.
pub(crate) struct Broker {
    child: Child,
    /// Where it listens.
    pub(crate) port: u16,
    /// What it printed before it was ready.
    pub(crate) greeting: String,
}

/// The binary with its data in `folder`, listening on a free port of 127.0.0.1.
pub(crate) fn command(folder: &Path, properties: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vltava"));
    // Warnings about hostile clients are right, and many.
    command.env("RUST_LOG", "error").arg("serve");
    command.arg("-o").arg(format!("log.dirs={}", folder.display()));
    command.args(["-o", "listeners=PLAINTEXT://127.0.0.1:0"]);
    command.args(["-o", "group.initial.rebalance.delay.ms=0"]);
    for property in properties {
        command.arg("-o").arg(property);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Broker {
    /// Starts a broker and waits until it listens.
    pub(crate) fn start(folder: &Path) -> Broker {
        Broker::start_with(folder, &[])
    }

    pub(crate) fn start_with(folder: &Path, properties: &[&str]) -> Broker {
        let mut child =
            command(folder, properties).stderr(Stdio::inherit()).spawn().expect("the binary runs");
        let mut out = BufReader::new(child.stdout.take().expect("the output is piped"));
        let mut greeting = String::new();
        while !greeting.contains("data in ") {
            assert!(out.read_line(&mut greeting).expect("text") > 0, "no greeting: {greeting}");
        }
        child.stdout = Some(out.into_inner());
        let listening =
            greeting.lines().find(|line| line.contains("listening on")).expect("a line");
        let address = listening.split("://").nth(1).and_then(|rest| rest.split(' ').next());
        let port = address.and_then(|address| address.rsplit(':').next()).expect("a port");
        Broker { child, port: port.parse().expect("a number"), greeting }
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.port)
    }

    /// SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// SIGTERM; returns how it ended and what it printed since its greeting.
    pub(crate) fn terminate(mut self) -> (ExitStatus, String) {
        let pid = rustix_pid(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
        let mut printed = String::new();
        let out = self.child.stdout.as_mut().expect("the output is piped");
        out.read_to_string(&mut printed).expect("text");
        (self.child.wait().expect("it ends"), printed)
    }

    /// The memory that it has, in KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .expect("the process has a status");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("a number")
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something the broker does by itself has come to be.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let clock = vltava_runtime::Clock::system();
    let patience = clock.now().plus_ms(20_000);
    while !is_so() {
        assert!(clock.now() < patience, "not so: {what}");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

fn rustix_pid(child: &Child) -> rustix::process::Pid {
    let pid = i32::try_from(child.id()).expect("pids fit");
    rustix::process::Pid::from_raw(pid).expect("pids are positive")
}
