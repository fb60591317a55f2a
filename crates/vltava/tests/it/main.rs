//! The real binary, started as a user starts it, and spoken to over a socket.

mod client;
mod compaction;
mod connections;
mod delete_records;
mod docs;
mod floods;
mod groups;
mod hostile;
mod import;
mod kill;
mod lifecycle;
mod process;
mod retention;
mod segments;
mod topics;
mod transactions;
