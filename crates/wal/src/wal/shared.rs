//! What the handle and the thread share: the queue, who waits, and how far things are.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::sync::{Notify, OwnedSemaphorePermit, oneshot};

use super::entry::{Entry, Lsn};
use super::lanes::Lanes;
use crate::{WalConfig, WalFailed};

pub(super) struct Shared {
    queue: Mutex<Queue>,
    /// Told when the queue has something for the thread.
    work: Condvar,
    /// Who waits for an entry, ascending.
    waiters: Mutex<VecDeque<(Lsn, oneshot::Sender<()>)>>,
    durable: AtomicU64,
    /// The number of the next chunk: all before it are durable.
    next_sequence: AtomicU64,
    /// The thread has ended, or is about to: nothing more becomes durable.
    stopped: AtomicBool,
    failed: AtomicBool,
    lanes: Lanes,
    pub(super) checkpoint: Notify,
    checkpoint_due: AtomicBool,
    checkpoint_bytes: u64,
}

/// An entry and its share of the admission.
pub(super) struct Queued {
    pub(super) entry: Entry,
    pub(super) lsn: Lsn,
    /// Given back when it is dropped, which is when it is durable.
    _permit: OwnedSemaphorePermit,
}

#[derive(Default)]
struct Queue {
    entries: Vec<Queued>,
    last: u64,
    /// The trim asked for last, until the thread takes it.
    trim: Option<Lsn>,
    ending: Option<Ending>,
}

/// How the thread is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// After writing what is queued.
    Close,
    /// At once.
    Abandon,
}

/// What the thread does next.
pub(super) enum Work {
    Trim(Lsn),
    /// The entries are in the vector that was passed in.
    Write,
    /// Nothing is to be done, and the caller did not want to wait for it.
    Idle,
    End(Ending),
}

impl Shared {
    pub(super) fn new(config: &WalConfig, next_sequence: u64) -> Shared {
        Shared {
            queue: Mutex::default(),
            work: Condvar::new(),
            waiters: Mutex::default(),
            durable: AtomicU64::new(Lsn::RECOVERED.0),
            next_sequence: AtomicU64::new(next_sequence),
            stopped: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            lanes: Lanes::new(config.queued_bytes_max),
            checkpoint: Notify::new(),
            checkpoint_due: AtomicBool::new(false),
            // Half of the maximum at most: a checkpoint takes a while, and writing must not wait for it.
            checkpoint_bytes: config.checkpoint_bytes.min(config.bytes_max / 2),
        }
    }

    /// Waits until as many bytes may be queued.
    pub(super) async fn admit(&self, bytes: usize) -> Result<OwnedSemaphorePermit, WalFailed> {
        self.lanes.enter(bytes).await
    }

    /// The handle's side.
    pub(super) fn submit(
        &self,
        entry: Entry,
        permit: OwnedSemaphorePermit,
    ) -> Result<Lsn, WalFailed> {
        let mut queue = self.queue.lock();
        if self.has_stopped() || queue.ending.is_some() {
            return Err(WalFailed);
        }
        queue.last += 1;
        let lsn = Lsn(queue.last);
        queue.entries.push(Queued { entry, lsn, _permit: permit });
        drop(queue);
        self.work.notify_one();
        Ok(lsn)
    }

    pub(super) fn trim(&self, upto: Lsn) {
        let mut queue = self.queue.lock();
        queue.trim = queue.trim.max(Some(upto));
        self.checkpoint_due.store(false, Ordering::SeqCst);
        drop(queue);
        self.work.notify_one();
    }

    pub(super) fn end(&self, ending: Ending) {
        self.queue.lock().ending = Some(ending);
        self.work.notify_one();
    }

    /// `None` if the entry is durable already. The order of the two checks and of [`Shared::set_durable`] (first the
    /// number, then the waiters) is what makes sure that nobody is left behind.
    pub(super) fn wait(&self, lsn: Lsn) -> Result<Option<oneshot::Receiver<()>>, WalFailed> {
        if self.last_durable() >= lsn {
            return Ok(None);
        }
        let mut waiters = self.waiters.lock();
        if self.last_durable() >= lsn {
            return Ok(None);
        }
        if self.has_stopped() {
            return Err(WalFailed);
        }
        let (sender, receiver) = oneshot::channel();
        let at = match waiters.back() {
            Some((last, _)) if *last > lsn => waiters.partition_point(|(other, _)| *other <= lsn),
            _ => waiters.len(),
        };
        waiters.insert(at, (lsn, sender));
        Ok(Some(receiver))
    }

    pub(super) fn last_durable(&self) -> Lsn {
        Lsn(self.durable.load(Ordering::SeqCst))
    }

    pub(super) fn next_sequence(&self) -> u64 {
        self.next_sequence.load(Ordering::SeqCst)
    }

    fn has_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::SeqCst)
    }

    pub(super) fn checkpoint_due(&self) -> Option<Lsn> {
        self.checkpoint_due.load(Ordering::SeqCst).then(|| self.last_durable())
    }
}

/// The thread's side.
impl Shared {
    /// Takes what is to be done; `entries` comes in empty. Waits for it, unless told not to.
    pub(super) fn take(&self, entries: &mut Vec<Queued>, live_bytes: u64, wait: bool) -> Work {
        let mut queue = self.queue.lock();
        loop {
            if queue.ending == Some(Ending::Abandon) {
                return Work::End(Ending::Abandon);
            }
            if let Some(upto) = queue.trim.take() {
                return Work::Trim(upto);
            }
            self.note_live_bytes(live_bytes);
            if !queue.entries.is_empty() {
                std::mem::swap(&mut queue.entries, entries);
                return Work::Write;
            }
            if let Some(ending) = queue.ending {
                return Work::End(ending);
            }
            if !wait {
                return Work::Idle;
            }
            self.work.wait(&mut queue);
        }
    }

    /// Waits for space: until a trim, the end, or `pause` is over.
    pub(super) fn pause(&self, pause: Duration) -> Work {
        let mut queue = self.queue.lock();
        if queue.trim.is_none() && queue.ending.is_none() {
            // Appends that come meanwhile wake the thread too early; the pause is only that shorter.
            self.work.wait_for(&mut queue, pause);
        }
        match (queue.ending, queue.trim.take()) {
            (Some(ending), _) => Work::End(ending),
            (None, Some(upto)) => Work::Trim(upto),
            (None, None) => Work::Idle,
        }
    }

    /// Called with the queue locked and no trim pending: a number from before a trim would ask for one more checkpoint.
    fn note_live_bytes(&self, live_bytes: u64) {
        let due = live_bytes > self.checkpoint_bytes;
        if due != self.checkpoint_due.swap(due, Ordering::SeqCst) && due {
            self.checkpoint.notify_one();
        }
    }

    /// The chunk before this number is durable.
    pub(super) fn set_next_sequence(&self, next_sequence: u64) {
        self.next_sequence.store(next_sequence, Ordering::SeqCst);
    }

    /// All up to `lsn` is durable, and the partitions know it.
    pub(super) fn set_durable(&self, lsn: Lsn) {
        self.durable.store(lsn.0, Ordering::SeqCst);
        let mut waiters = self.waiters.lock();
        let ready = waiters.partition_point(|(waiting_for, _)| *waiting_for <= lsn);
        for (_, waiter) in waiters.drain(..ready) {
            // Who stopped waiting needs no answer.
            let _ = waiter.send(());
        }
    }

    /// Nothing more becomes durable. `taken` is what the thread had taken from the queue and not written.
    pub(super) fn stop(&self, taken: Vec<Queued>, failed: bool) {
        self.failed.store(failed, Ordering::SeqCst);
        let queued = {
            let mut queue = self.queue.lock();
            self.stopped.store(true, Ordering::SeqCst);
            std::mem::take(&mut queue.entries)
        };
        self.lanes.close();
        for lost in taken.into_iter().chain(queued) {
            lost.entry.listener.failed();
        }
        // Their receivers see that the senders are gone.
        self.waiters.lock().clear();
    }
}
