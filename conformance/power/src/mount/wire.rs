//! The kernel's FUSE messages (`linux/fuse.h`, version 7.38), as far as they are used here.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::disk::{Content, Ino, Node, PAGE};

pub(super) const ENOENT: i32 = 2;
pub(super) const EIO: i32 = 5;
pub(super) const EEXIST: i32 = 17;
pub(super) const ENODEV: i32 = 19;
pub(super) const EINVAL: i32 = 22;
pub(super) const ENOSYS: i32 = 38;
pub(super) const ENOTEMPTY: i32 = 39;
pub(super) const EOPNOTSUPP: i32 = 95;

/// An answer's payload, or an error number.
pub(super) type Answer = Result<Vec<u8>, i32>;

/// Names and attributes stay as the kernel knows them: nobody else changes them.
const VALID_SECONDS: u64 = 3600;

/// The header of a request.
const HEADER_BYTES: usize = 40;

/// A request as it was read.
pub(super) struct Request<'a>(&'a [u8]);

impl<'a> Request<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Request<'a> {
        Request(bytes)
    }

    pub(super) fn opcode(&self) -> u32 {
        self.number(4)
    }

    pub(super) fn unique(&self) -> u64 {
        u64::from(self.number(8)) | u64::from(self.number(12)) << 32
    }

    pub(super) fn ino(&self) -> Ino {
        u64::from(self.number(16)) | u64::from(self.number(20)) << 32
    }

    /// The number of 32 bits at a position of the body.
    pub(super) fn u32(&self, at: usize) -> u32 {
        self.number(HEADER_BYTES + at)
    }

    pub(super) fn u64(&self, at: usize) -> u64 {
        u64::from(self.u32(at)) | u64::from(self.u32(at + 4)) << 32
    }

    /// The body from a position on.
    pub(super) fn rest(&self, at: usize) -> &'a [u8] {
        self.0.get(HEADER_BYTES + at..).unwrap_or_default()
    }

    /// The names from a position on, each ended by a zero byte.
    pub(super) fn names(&self, at: usize) -> impl Iterator<Item = String> {
        let names = self.rest(at).split(|byte| *byte == 0);
        names.map(|name| String::from_utf8_lossy(name).into_owned())
    }

    pub(super) fn name(&self, at: usize) -> String {
        self.names(at).next().unwrap_or_default()
    }

    fn number(&self, at: usize) -> u32 {
        let bytes = self.0.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u32::from_ne_bytes)
    }
}

/// Numbers one behind the other.
#[derive(Default)]
pub(super) struct Body(Vec<u8>);

impl Body {
    pub(super) fn u32(mut self, numbers: &[u32]) -> Body {
        numbers.iter().for_each(|number| self.0.extend(number.to_ne_bytes()));
        self
    }

    pub(super) fn u64(mut self, numbers: &[u64]) -> Body {
        numbers.iter().for_each(|number| self.0.extend(number.to_ne_bytes()));
        self
    }

    pub(super) fn bytes(mut self, bytes: &[u8]) -> Body {
        self.0.extend(bytes);
        self
    }

    pub(super) fn done(self) -> Vec<u8> {
        self.0
    }

    fn attributes(self, ino: Ino, node: &Node) -> Body {
        let size = match node {
            Node::File(Content { size, .. }) => *size,
            Node::Folder(_) => 0,
        };
        let mode = match node {
            Node::File(_) => 0o100_644,
            Node::Folder(_) => 0o040_755,
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let page = u32::try_from(PAGE).expect("a small number");
        self.u64(&[ino, size, size.div_ceil(512), now, now, now])
            .u32(&[0, 0, 0, mode, 1, 0, 0, 0, page, 0])
    }
}

/// `fuse_entry_out`.
pub(super) fn entry(ino: Ino, node: &Node) -> Vec<u8> {
    let body = Body::default().u64(&[ino, 0, VALID_SECONDS, VALID_SECONDS]).u32(&[0, 0]);
    body.attributes(ino, node).done()
}

/// `fuse_attr_out`.
pub(super) fn attributes(ino: Ino, node: &Node) -> Vec<u8> {
    Body::default().u64(&[VALID_SECONDS]).u32(&[0, 0]).attributes(ino, node).done()
}

/// `fuse_dirent`, padded. The cookie is the file's number, which holds when others are removed.
pub(super) fn folder_entry(ino: Ino, is_folder: bool, name: &str) -> Vec<u8> {
    let length = u32::try_from(name.len()).expect("names are short");
    let kind = if is_folder { 4 } else { 8 };
    let body = Body::default().u64(&[ino, ino]).u32(&[length, kind]).bytes(name.as_bytes());
    let mut bytes = body.done();
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

/// A whole answer.
pub(super) fn reply(unique: u64, answer: Answer) -> Vec<u8> {
    let (error, payload) = match answer {
        Ok(payload) => (0, payload),
        Err(number) => (-number, Vec::new()),
    };
    let length = u32::try_from(16 + payload.len()).expect("answers are short");
    let body = Body::default().u32(&[length]).bytes(&error.to_ne_bytes()).u64(&[unique]);
    body.bytes(&payload).done()
}
