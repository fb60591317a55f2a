//! Finding the chunks that are there.
//!
//! Within a file the chunks are followed as long as they are whole, of one run, and of consecutive numbers. Where that
//! ends, one of these is the case:
//!
//! - another file goes on with the next number: the file was full, or a crash tore its last chunk and the next start
//!   wrote that number again, in a new file;
//! - another file goes on with a later number: chunks are missing, which is an error;
//! - it is the last file: the end, whether torn or not, unless a whole chunk with a later number stands further on. Since
//!   no chunk is begun before the one before it is durable, that means damage, and is an error.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use vltava_model::BrokerId;

use super::files::{Folder, Named};
use crate::OpenError;
use crate::layout::{CLOSED, HEADER_BYTES, Header, NoHeader, VERSION, decode};
use crate::limits::CHUNK_ALIGN;
use crate::recovered::RecoveredChunk;

/// What the folder holds.
pub(super) struct Found {
    /// Files with chunks, in order.
    pub(super) live: Vec<FoundFile>,
    /// Names and sizes of files without.
    pub(super) free: Vec<(String, u64)>,
    pub(super) next_sequence: u64,
}

pub(super) struct FoundFile {
    pub(super) name: String,
    pub(super) size: u64,
    /// The end of the last whole chunk.
    pub(super) used: u64,
    chunks: Vec<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    position: u64,
    header: Header,
}

/// What a folder that nobody writes to holds.
pub(super) fn scan(folder: &Folder, broker_id: BrokerId) -> Result<Found, OpenError> {
    let (found, end) = follow_all(folder, broker_id)?;
    if let Some((last, end)) = found.live.last().zip(end).filter(|(_, end)| !end.is_last) {
        let path = folder.path(&last.name);
        let walk = Walk { file: open(&path)?, path, size: last.size, broker_id };
        if walk.has_later_chunk(&end)? {
            return Err(end.damaged(walk.path));
        }
    }
    Ok(found)
}

/// What a folder holds while its WAL is at work: all chunks below `next`, which are durable.
pub(super) fn scan_live(
    folder: &Folder,
    broker_id: BrokerId,
    next: u64,
) -> Result<Found, OpenError> {
    match follow_all(folder, broker_id)? {
        (found, Some(end)) if end.next < next => {
            let last = found.live.last().expect("an end is that of a file");
            Err(end.damaged(folder.path(&last.name)))
        }
        (found, _) => Ok(found),
    }
}

/// Follows the chunks from file to file, and says where they end.
fn follow_all(folder: &Folder, broker_id: BrokerId) -> Result<(Found, Option<End>), OpenError> {
    let mut files = Vec::new();
    let mut free = Vec::new();
    for (name, named, size) in folder.list()? {
        match named {
            Named::Live(first) => files.push((first, name, size)),
            Named::Free => free.push((name, size)),
        }
    }
    files.sort();
    let mut live: Vec<FoundFile> = Vec::new();
    let mut end: Option<End> = None;
    for (first, name, size) in files {
        let path = folder.path(&name);
        if let Some(end) = end.filter(|end| end.next != first) {
            let last = live.last().expect("an end is that of a file");
            return Err(end.damaged(folder.path(&last.name)));
        }
        let walk = Walk { file: open(&path)?, path, size, broker_id };
        let (chunks, reached) = walk.follow(first)?;
        end = Some(reached);
        live.push(FoundFile { name, size, used: reached.position, chunks });
    }
    let next_sequence = end.map_or(1, |end| end.next);
    Ok((Found { live, free, next_sequence }, end))
}

fn open(path: &Path) -> Result<File, OpenError> {
    File::open(path).map_err(OpenError::io("open", path))
}

/// Where the chunks of a file end.
#[derive(Clone, Copy)]
struct End {
    position: u64,
    /// The number that comes next.
    next: u64,
    /// The run of the file's chunks; `None` if there are none.
    run: Option<u64>,
    /// The last chunk says that the run was closed behind it.
    is_last: bool,
    reason: &'static str,
}

impl End {
    fn damaged(&self, path: PathBuf) -> OpenError {
        let (position, sequence, reason) = (self.position, self.next, self.reason);
        OpenError::Damaged { path, position, sequence, reason }
    }
}

struct Walk {
    file: File,
    path: PathBuf,
    size: u64,
    broker_id: BrokerId,
}

impl Walk {
    /// The whole chunks from number `first` on.
    fn follow(&self, first: u64) -> Result<(Vec<Place>, End), OpenError> {
        let mut chunks = Vec::new();
        let mut end =
            End { position: 0, next: first, run: None, is_last: false, reason: "nothing is there" };
        while !end.is_last {
            let header = match self.header_at(end.position)? {
                Ok(header) => header,
                Err(NoHeader::Magic) => break,
                // All chunks of a file are of one version: further on it can only be a spoilt header.
                Err(NoHeader::Version(version)) if end.position == 0 && version > VERSION => {
                    return Err(OpenError::UnknownVersion { path: self.path.clone(), version });
                }
                Err(NoHeader::Lengths | NoHeader::Version(_)) => {
                    end.reason = "its header is not right";
                    break;
                }
            };
            if header.sequence != end.next || end.run.is_some_and(|run| run != header.run) {
                end.reason = "another one is there";
                break;
            }
            if let Err(reason) = self.chunk_at(end.position, &header)? {
                end.reason = reason;
                break;
            }
            if header.broker_id != self.broker_id {
                let (expected, found) = (self.broker_id, header.broker_id);
                return Err(OpenError::OtherBroker { path: self.path.clone(), expected, found });
            }
            chunks.push(Place { position: end.position, header });
            end.position += header.length.next_multiple_of(CHUNK_ALIGN);
            end.next += 1;
            end.run = Some(header.run);
            end.is_last = header.flags & CLOSED != 0;
            end.reason = "nothing is there";
        }
        Ok((chunks, end))
    }

    /// Whether a whole chunk of a later number stands at `end` or behind it. Where the run is known, only chunks of it count: a
    /// torn chunk may hold anything that clients sent, a chunk's look-alike too.
    fn has_later_chunk(&self, end: &End) -> Result<bool, OpenError> {
        let mut position = end.position;
        while position < self.size {
            if let Ok(header) = self.header_at(position)?
                && header.sequence > end.next
                && header.broker_id == self.broker_id
                && end.run.is_none_or(|run| run == header.run)
                && self.chunk_at(position, &header)?.is_ok()
            {
                return Ok(true);
            }
            position += CHUNK_ALIGN;
        }
        Ok(false)
    }

    fn header_at(&self, position: u64) -> Result<Result<Header, NoHeader>, OpenError> {
        let header_bytes = u64::try_from(HEADER_BYTES).expect("64 fits");
        if position.saturating_add(header_bytes) > self.size {
            return Ok(Err(NoHeader::Magic));
        }
        let mut raw = [0; HEADER_BYTES];
        self.file.read_exact_at(&mut raw, position).map_err(OpenError::io("read", &self.path))?;
        Ok(Header::decode(&raw))
    }

    fn chunk_at(
        &self,
        position: u64,
        header: &Header,
    ) -> Result<Result<RecoveredChunk, &'static str>, OpenError> {
        if position.checked_add(header.length).is_none_or(|end| end > self.size) {
            return Ok(Err("it ends behind the file's end"));
        }
        let Ok(length) = usize::try_from(header.length) else { return Ok(Err("it is too long")) };
        let mut chunk = vec![0; length];
        self.file.read_exact_at(&mut chunk, position).map_err(OpenError::io("read", &self.path))?;
        Ok(decode(header, &Bytes::from(chunk)))
    }
}

/// Reads the chunks that were found once more, one at a time.
pub(super) struct ReadBack {
    files: std::vec::IntoIter<(PathBuf, u64, Vec<Place>)>,
    open: Option<(Walk, std::vec::IntoIter<Place>)>,
}

impl ReadBack {
    pub(super) fn new(dir: &Path, found: Found) -> ReadBack {
        let files =
            found.live.into_iter().map(|file| (dir.join(file.name), file.size, file.chunks));
        ReadBack { files: files.collect::<Vec<_>>().into_iter(), open: None }
    }

    fn read(walk: &Walk, place: Place) -> Result<RecoveredChunk, OpenError> {
        walk.chunk_at(place.position, &place.header)?.map_err(|reason| OpenError::Damaged {
            path: walk.path.clone(),
            position: place.position,
            sequence: place.header.sequence,
            reason,
        })
    }
}

impl Iterator for ReadBack {
    type Item = Result<RecoveredChunk, OpenError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((walk, places)) = &mut self.open
                && let Some(place) = places.next()
            {
                return Some(ReadBack::read(walk, place));
            }
            let (path, size, places) = self.files.next()?;
            let broker_id = match places.first() {
                Some(place) => place.header.broker_id,
                None => continue,
            };
            match open(&path) {
                Ok(file) => {
                    self.open = Some((Walk { file, path, size, broker_id }, places.into_iter()));
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
