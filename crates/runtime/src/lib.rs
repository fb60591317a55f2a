//! What a running program leans on: the clock, random numbers, and task scopes.
//!
//! Everything that a simulation must control goes through here, and clippy refuses the ambient
//! versions elsewhere. Waiting (timeouts, intervals) is tokio's, whose clock a test can pause.
//!
//! - [`Clock`]: the time of day for timestamps, retention and expiry; [`Clock::manual`] for tests.
//! - [`random_bytes`]: ids of topics, members and clusters.
//! - [`Tasks`]: a scope that owns what it spawned, and ends it.

mod clock;
mod random;
mod tasks;

pub use clock::Clock;
pub use random::random_bytes;
pub use tasks::Tasks;
