//! How fast a cleaning goes, and whether it goes on.

/// Asked by a cleaning for every piece that it reads or writes.
pub trait Pace {
    /// So many bytes were read or written: waits where a limit asks for it. False ends the cleaning.
    fn go_on(&self, bytes: usize) -> bool;
}

/// As fast as it can, to the end.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPace;

impl Pace for NoPace {
    fn go_on(&self, _bytes: usize) -> bool {
        true
    }
}
