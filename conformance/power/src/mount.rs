//! A [`Disk`] as a mounted file system (FUSE), which journals each change before the program that made it goes on.
//!
//! Nothing is written back later: the kernel passes each `write` on at once, so the journal has all that a program has done, in its
//! order, whichever system call it used.

mod answers;
mod wire;

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use anyhow::{Context, Result};
use parking_lot::Mutex;
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

use crate::disk::{Disk, Op};
use wire::Request;

/// Threads that answer the kernel: syncs may take their time in some while others go on.
const THREADS: usize = 4;

/// The largest write that the kernel passes on in one piece.
const WRITE_BYTES_MAX: usize = 1 << 20;

/// A mounted disk; unmounted when dropped.
pub(crate) struct Mount {
    path: PathBuf,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// What the threads share.
struct Shared {
    device: File,
    state: Mutex<State>,
    /// The length of the journal.
    length: AtomicUsize,
    /// The longest that a sync takes, in µs; how long one takes is drawn.
    sync_us: usize,
}

#[derive(Default)]
struct State {
    disk: Disk,
    journal: Vec<Op>,
}

impl State {
    fn change(&mut self, op: Op) {
        self.disk.apply(&op);
        self.journal.push(op);
    }
}

impl Mount {
    /// Mounts `disk` on the folder `path`, which must be there. Needs the right to mount.
    pub(crate) fn new(disk: Disk, path: &Path, sync_us: usize) -> Result<Mount> {
        let device = File::options().read(true).write(true).open("/dev/fuse");
        let device = device.context("cannot open /dev/fuse")?;
        let options = format!("fd={},rootmode=40000,user_id=0,group_id=0", device.as_raw_fd());
        let options = std::ffi::CString::new(options).expect("numbers have no zero bytes");
        let flags = MountFlags::NOSUID | MountFlags::NODEV;
        mount("vltava-power", path, "fuse", flags, options.as_c_str())
            .with_context(|| format!("cannot mount on {}", path.display()))?;
        let state = Mutex::new(State { disk, journal: Vec::new() });
        let shared = Arc::new(Shared { device, state, length: AtomicUsize::new(0), sync_us });
        let serve = |_| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || shared.serve())
        };
        let threads = (0..THREADS).map(serve).collect();
        Ok(Mount { path: path.to_owned(), shared, threads })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A clock of the disk: the number of changes so far.
    pub(crate) fn clock(&self) -> Clock {
        Clock(Arc::clone(&self.shared))
    }

    /// Unmounts; returns the disk as programs saw it, and the journal.
    pub(crate) fn into_parts(mut self) -> (Disk, Vec<Op>) {
        self.end();
        let State { disk, journal } = std::mem::take(&mut *self.shared.state.lock());
        (disk, journal)
    }

    fn end(&mut self) {
        // Open files of a process that is being killed do not hold it up; the threads end when the last is closed.
        let _already_gone = unmount(&self.path, UnmountFlags::DETACH);
        for thread in self.threads.drain(..) {
            let _panicked = thread.join();
        }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        self.end();
    }
}

/// See [`Mount::clock`].
#[derive(Clone)]
pub(crate) struct Clock(Arc<Shared>);

impl Clock {
    /// How many changes were done. What happened before this call happened before a crash at this point.
    pub(crate) fn now(&self) -> usize {
        self.0.length.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn serve(&self) {
        let mut buffer = vec![0; WRITE_BYTES_MAX + 4096];
        let mut device = &self.device;
        loop {
            let read = match device.read(&mut buffer) {
                Ok(0) => return,
                Ok(read) => read,
                Err(error) if error.raw_os_error() == Some(wire::ENODEV) => return,
                // Interrupted, or the program was killed while it waited.
                Err(_) => continue,
            };
            let request = Request::new(&buffer[..read]);
            let Some(answer) = self.answer(&request) else { continue };
            // The program that asked may be gone.
            let _gone = device.write_all(&wire::reply(request.unique(), answer));
        }
    }
}
