//! What is answered to each of the kernel's requests.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::wire::{
    self, Answer, Body, EEXIST, EINVAL, EIO, ENOENT, ENOSYS, ENOTEMPTY, EOPNOTSUPP, Request,
};
use super::{Shared, State, WRITE_BYTES_MAX};
use crate::disk::{Node, Op};
use crate::draw::Draw;

const INIT: u32 = 26;
const FORGET: u32 = 2;
const INTERRUPT: u32 = 36;
const FORGET_MANY: u32 = 42;
const FSYNC: u32 = 20;
const FSYNC_FOLDER: u32 = 30;

impl Shared {
    /// `None` where none is expected.
    pub(super) fn answer(&self, request: &Request<'_>) -> Option<Answer> {
        match request.opcode() {
            FORGET | FORGET_MANY | INTERRUPT => None,
            INIT => Some(Ok(init())),
            FSYNC | FSYNC_FOLDER => Some(self.sync(request)),
            _ => {
                let mut state = self.state.lock();
                let answer = state.answer(request);
                self.length.store(state.journal.len(), Ordering::SeqCst);
                Some(answer)
            }
        }
    }

    /// Takes its time, and covers what there was when it began.
    fn sync(&self, request: &Request<'_>) -> Answer {
        let since = self.state.lock().journal.len();
        if self.sync_us > 0 {
            let micros = Draw::new(request.unique(), 0).below(self.sync_us);
            std::thread::sleep(Duration::from_micros(micros as u64));
        }
        let data_only = request.u32(8) & 1 == 1;
        let mut state = self.state.lock();
        state.change(Op::Sync { ino: request.ino(), since, data_only });
        self.length.store(state.journal.len(), Ordering::SeqCst);
        Ok(Vec::new())
    }
}

/// Version 7.38; large writes in one piece; no requests for opening files and folders.
fn init() -> Vec<u8> {
    const BIG_WRITES: u32 = 1 << 5;
    const NO_OPEN: u32 = 1 << 17;
    const PARALLEL_FOLDERS: u32 = 1 << 18;
    const MAX_PAGES: u32 = 1 << 22;
    const NO_OPEN_FOLDER: u32 = 1 << 24;
    let flags = BIG_WRITES | NO_OPEN | PARALLEL_FOLDERS | MAX_PAGES | NO_OPEN_FOLDER;
    let write = u32::try_from(WRITE_BYTES_MAX).expect("a small number");
    // Two numbers of 16 bits in one: background requests, pages.
    let (background, pages) = (16 | 12 << 16, 256);
    let body = Body::default().u32(&[7, 38, write, flags, background, write, 1, pages]);
    body.u32(&[0; 8]).done()
}

impl State {
    fn answer(&mut self, request: &Request<'_>) -> Answer {
        let ino = request.ino();
        match request.opcode() {
            1 => self.lookup(request),
            3 => Ok(wire::attributes(ino, self.disk.node(ino).ok_or(ENOENT)?)),
            4 => self.set_attributes(request),
            8 => self.make(request, 16, false),
            9 => self.make(request, 8, true),
            10 => self.remove(request, false),
            11 => self.remove(request, true),
            12 => self.rename(request, 8, 0),
            45 => self.rename(request, 16, request.u32(8)),
            13 => self.link(request),
            15 => {
                let content = self.disk.content(ino).ok_or(EIO)?;
                let length = usize::try_from(request.u32(16)).map_err(|_too_large| EINVAL)?;
                Ok(content.read(request.u64(8), length))
            }
            16 => self.write(request),
            17 => Ok(Body::default()
                .u64(&[1 << 28, 1 << 28, 1 << 28, 1 << 20, 1 << 20])
                .u32(&[4096, 255, 4096])
                .u32(&[0; 7])
                .done()),
            28 => self.read_folder(request),
            43 => self.allocate(request),
            // Release of a file or folder.
            18 | 29 => Ok(Vec::new()),
            _ => Err(ENOSYS),
        }
    }

    fn lookup(&self, request: &Request<'_>) -> Answer {
        let ino = self.disk.find(request.ino(), &request.name(0)).ok_or(ENOENT)?;
        Ok(wire::entry(ino, self.disk.node(ino).ok_or(ENOENT)?))
    }

    fn set_attributes(&mut self, request: &Request<'_>) -> Answer {
        const SIZE: u32 = 1 << 3;
        let ino = request.ino();
        if request.u32(0) & SIZE != 0 {
            self.change(Op::Truncate { ino, size: request.u64(16) });
        }
        Ok(wire::attributes(ino, self.disk.node(ino).ok_or(ENOENT)?))
    }

    fn make(&mut self, request: &Request<'_>, names_at: usize, is_folder: bool) -> Answer {
        let (parent, name) = (request.ino(), request.name(names_at));
        if self.disk.find(parent, &name).is_some() {
            return Err(EEXIST);
        }
        let ino = self.disk.next_ino();
        self.change(Op::Link { parent, name, ino, is_folder });
        Ok(wire::entry(ino, self.disk.node(ino).ok_or(EIO)?))
    }

    fn link(&mut self, request: &Request<'_>) -> Answer {
        let (parent, ino, name) = (request.ino(), request.u64(0), request.name(8));
        if self.disk.find(parent, &name).is_some() {
            return Err(EEXIST);
        }
        self.change(Op::Link { parent, name, ino, is_folder: false });
        Ok(wire::entry(ino, self.disk.node(ino).ok_or(ENOENT)?))
    }

    fn remove(&mut self, request: &Request<'_>, is_folder: bool) -> Answer {
        let (parent, name) = (request.ino(), request.name(0));
        let ino = self.disk.find(parent, &name).ok_or(ENOENT)?;
        if is_folder && self.disk.folder(ino).is_some_and(|entries| !entries.is_empty()) {
            return Err(ENOTEMPTY);
        }
        self.change(Op::Unlink { parent, name });
        Ok(Vec::new())
    }

    fn rename(&mut self, request: &Request<'_>, names_at: usize, flags: u32) -> Answer {
        const NO_REPLACE: u32 = 1;
        let (parent, to) = (request.ino(), request.u64(0));
        let mut names = request.names(names_at);
        let (name, new_name) = (names.next().ok_or(EINVAL)?, names.next().ok_or(EINVAL)?);
        let ino = self.disk.find(parent, &name).ok_or(ENOENT)?;
        let there = self.disk.find(to, &new_name);
        if flags & !NO_REPLACE != 0 {
            return Err(EINVAL);
        }
        if flags == NO_REPLACE && there.is_some() {
            return Err(EEXIST);
        }
        if there.and_then(|ino| self.disk.folder(ino)).is_some_and(|names| !names.is_empty()) {
            return Err(ENOTEMPTY);
        }
        self.change(Op::Rename { parent, name, to, new_name, ino });
        Ok(Vec::new())
    }

    fn write(&mut self, request: &Request<'_>) -> Answer {
        let (ino, offset) = (request.ino(), request.u64(8));
        let length = usize::try_from(request.u32(16)).map_err(|_too_large| EINVAL)?;
        let bytes = request.rest(40).get(..length).ok_or(EINVAL)?;
        self.disk.content(ino).ok_or(EIO)?;
        self.change(Op::Write { ino, offset, bytes: bytes.into() });
        Ok(Body::default().u32(&[request.u32(16), 0]).done())
    }

    fn allocate(&mut self, request: &Request<'_>) -> Answer {
        const KEEP_SIZE: u32 = 1;
        let (ino, size) = (request.ino(), request.u64(8) + request.u64(16));
        match request.u32(24) {
            0 => self.change(Op::Allocate { ino, size }),
            KEEP_SIZE => {}
            _ => return Err(EOPNOTSUPP),
        }
        Ok(Vec::new())
    }

    fn read_folder(&self, request: &Request<'_>) -> Answer {
        let entries = self.disk.folder(request.ino()).ok_or(ENOENT)?;
        let (after, room) = (request.u64(8), usize::try_from(request.u32(16)).unwrap_or(4096));
        let mut sorted: Vec<_> = entries.iter().filter(|(_, ino)| **ino > after).collect();
        sorted.sort_unstable_by_key(|(_, ino)| **ino);
        let mut bytes = Vec::new();
        for (name, ino) in sorted {
            let is_folder = matches!(self.disk.node(*ino), Some(Node::Folder(_)));
            let entry = wire::folder_entry(*ino, is_folder, name);
            if bytes.len() + entry.len() > room {
                break;
            }
            bytes.extend(entry);
        }
        Ok(bytes)
    }
}
