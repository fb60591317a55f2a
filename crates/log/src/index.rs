//! A segment's sparse indexes: sorted files of small entries, of which the newest are in memory until they are written.
//!
//! A file is read with `pread`, by binary search. What cannot be right (a torn write, a file of zeros) is found when
//! the file is opened, and the segment then makes the index anew from its batches.

mod entry;

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

pub(crate) use entry::{Entry, OffsetEntry, TimeEntry};

use crate::files::invalid;

/// One index.
#[derive(Debug)]
pub(crate) struct Index<E> {
    /// How many entries the file holds; `None` while nobody has looked.
    written: Option<u32>,
    /// The newest entry, in the file or not.
    last: Option<E>,
    /// Entries that are not in the file yet.
    tail: Vec<E>,
    /// The file may hold more than what counts as written: it is being made anew.
    stale: bool,
    file: Option<Arc<File>>,
}

/// Where an entry is to be found.
#[derive(Debug)]
pub(crate) enum Lookup<E> {
    /// Here it is.
    Found(E),
    /// Before all entries.
    Before,
    /// In the file, to be searched after the lock is given back.
    InFile(Written),
}

/// The entries in a file.
#[derive(Debug)]
pub(crate) struct Written {
    file: Arc<File>,
    entries: u32,
}

impl<E: Entry> Index<E> {
    /// An index with no entries and no file yet.
    pub(crate) fn empty() -> Index<E> {
        Index { written: Some(0), last: None, tail: Vec::new(), stale: false, file: None }
    }

    /// An index whose file is looked at when it is needed.
    pub(crate) fn unopened() -> Index<E> {
        Index { written: None, last: None, tail: Vec::new(), stale: false, file: None }
    }

    /// Whether the file was looked at.
    pub(crate) fn is_open(&self) -> bool {
        self.written.is_some()
    }

    /// Looks at the file: its length and its first and last entry. Fails with `NotFound` or `InvalidData` if it must
    /// be made anew. `log_bytes` is the size of the segment.
    pub(crate) fn open(&mut self, path: &Path, log_bytes: u32) -> io::Result<()> {
        let file = File::options().read(true).write(true).open(path)?;
        let bytes = file.metadata()?.len();
        let width = E::BYTES as u64;
        if !bytes.is_multiple_of(width) {
            return Err(invalid(format!("{bytes} bytes are no multiple of {width}")));
        }
        let entries = u32::try_from(bytes / width).map_err(|_too_many| invalid("too long"))?;
        let written = Written { file: Arc::new(file), entries };
        if let Some(last) = entries.checked_sub(1) {
            let (first, last) = (written.entry::<E>(0)?, written.entry::<E>(last)?);
            if !last.is_plausible(log_bytes) || last.key() < first.key() {
                return Err(invalid(format!("the last entry cannot be right: {last:?}")));
            }
            self.last = Some(last);
        }
        // The file is not kept: who appends to the segment may never need it again.
        self.written = Some(entries);
        Ok(())
    }

    /// Forgets everything, to be made anew.
    pub(crate) fn reset(&mut self) {
        *self = Index { stale: true, file: self.file.take(), ..Index::empty() };
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.written.unwrap_or(0) as usize + self.tail.len()
    }

    /// How many of them are in memory only.
    pub(crate) fn unwritten(&self) -> usize {
        self.tail.len()
    }

    /// The newest entry.
    pub(crate) fn last(&self) -> Option<E> {
        self.last
    }

    /// Adds an entry, whose key is larger than the last one's; others are left out.
    pub(crate) fn push(&mut self, entry: E) {
        if self.last.is_none_or(|last| last.key() < entry.key()) {
            self.tail.push(entry);
            self.last = Some(entry);
        }
    }

    /// The last entry whose key is at most `key`.
    pub(crate) fn lookup(&mut self, key: i64, path: &Path) -> io::Result<Lookup<E>> {
        let after = self.tail.partition_point(|entry| entry.key() <= key);
        if let Some(found) = after.checked_sub(1) {
            return Ok(Lookup::Found(self.tail[found]));
        }
        match self.written.unwrap_or(0) {
            0 => Ok(Lookup::Before),
            entries => Ok(Lookup::InFile(Written { file: self.file(path)?, entries })),
        }
    }

    /// The first entry for which `is_beyond` holds; it holds for all behind it, too. Searches the file under the lock.
    pub(crate) fn first_where(
        &mut self,
        path: &Path,
        is_beyond: impl Fn(&E) -> bool,
    ) -> io::Result<Option<E>> {
        if self.last.is_none_or(|last| !is_beyond(&last)) {
            return Ok(None);
        }
        let entries = self.written.unwrap_or(0);
        if entries > 0 {
            let written = Written { file: self.file(path)?, entries };
            let found = written.partition_point::<E>(|entry| !is_beyond(entry))?;
            if found < entries {
                return written.entry(found).map(Some);
            }
        }
        let found = self.tail.partition_point(|entry| !is_beyond(entry));
        Ok(self.tail.get(found).copied())
    }

    /// The file, opened if it is not.
    pub(crate) fn file(&mut self, path: &Path) -> io::Result<Arc<File>> {
        if let Some(file) = &self.file {
            return Ok(Arc::clone(file));
        }
        let file =
            File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        Ok(Arc::clone(self.file.insert(Arc::new(file))))
    }

    /// Writes what is in memory only to the file, which is made if it is not there.
    pub(crate) fn write(&mut self, path: &Path) -> io::Result<()> {
        let Some(written) = self.written else { return Ok(()) };
        if self.tail.is_empty() && !self.stale && (written > 0 || path.exists()) {
            return Ok(());
        }
        let file = self.file(path)?;
        let mut bytes = Vec::with_capacity(self.tail.len() * E::BYTES);
        self.tail.iter().for_each(|entry| entry.encode(&mut bytes));
        let position = u64::from(written) * E::BYTES as u64;
        // Not without need: ext4 writes a file that was cut to nothing to disk when it is closed, which takes its time
        // with thousands of logs.
        if file.metadata()?.len() > position {
            file.set_len(position)?;
        }
        file.write_all_at(&bytes, position)?;
        self.stale = false;
        self.written = u32::try_from(self.len()).ok();
        self.tail = Vec::new();
        Ok(())
    }

    /// Drops every entry at or behind the first that `beyond` says is too far.
    pub(crate) fn truncate(&mut self, path: &Path, beyond: impl Fn(&E) -> bool) -> io::Result<()> {
        let keep = self.tail.partition_point(|entry| !beyond(entry));
        self.tail.truncate(keep);
        self.last = self.tail.last().copied();
        if keep > 0 {
            return Ok(());
        }
        let Some(entries) = self.written.filter(|entries| *entries > 0) else { return Ok(()) };
        let written = Written { file: self.file(path)?, entries };
        let keep = written.partition_point::<E>(|entry| !beyond(entry))?;
        written.file.set_len(u64::from(keep) * E::BYTES as u64)?;
        self.last = keep.checked_sub(1).map(|last| written.entry(last)).transpose()?;
        self.written = Some(keep);
        Ok(())
    }

    /// Gives the open file back; the next lookup opens it again.
    pub(crate) fn release_file(&mut self) {
        self.file = None;
    }
}

impl Written {
    /// The last entry in the file whose key is at most `key`.
    pub(crate) fn lookup<E: Entry>(&self, key: i64) -> io::Result<Option<E>> {
        let after = self.partition_point::<E>(|entry| entry.key() <= key)?;
        after.checked_sub(1).map(|found| self.entry(found)).transpose()
    }

    fn entry<E: Entry>(&self, number: u32) -> io::Result<E> {
        let mut bytes = [0; entry::BYTES_MAX];
        let bytes = &mut bytes[..E::BYTES];
        self.file.read_exact_at(bytes, u64::from(number) * E::BYTES as u64)?;
        Ok(E::decode(bytes))
    }

    fn partition_point<E: Entry>(&self, before: impl Fn(&E) -> bool) -> io::Result<u32> {
        let (mut low, mut high) = (0, self.entries);
        while low < high {
            let middle = low + (high - low) / 2;
            if before(&self.entry(middle)?) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(relative_offset: u32) -> OffsetEntry {
        OffsetEntry { relative_offset, position: relative_offset * 100 }
    }

    fn find(index: &mut Index<OffsetEntry>, path: &Path, key: i64) -> Option<u32> {
        let found = match index.lookup(key, path).unwrap() {
            Lookup::Found(entry) => Some(entry),
            Lookup::Before => None,
            Lookup::InFile(written) => written.lookup(key).unwrap(),
        };
        found.map(|entry: OffsetEntry| entry.relative_offset)
    }

    /// Entries 10, 20, … 100, of which the first `written` are in the file.
    fn index(path: &Path, written: u32) -> Index<OffsetEntry> {
        let mut index = Index::empty();
        for n in 1..=10 {
            index.push(entry(n * 10));
            if n == written {
                index.write(path).unwrap();
            }
        }
        index
    }

    #[test]
    fn finds_the_last_at_or_below() {
        let dir = tempfile::tempdir().unwrap();
        for written in 0..=10 {
            let path = dir.path().join(format!("{written}"));
            let mut index = index(&path, written);
            assert_eq!((index.len(), index.unwritten()), (10, 10 - written as usize));
            for (key, found) in
                [(9, None), (10, Some(10)), (55, Some(50)), (60, Some(60)), (999, Some(100))]
            {
                assert_eq!(find(&mut index, &path, key), found, "{key} with {written} written");
            }
        }
    }

    #[test]
    fn finds_the_first_beyond() {
        let dir = tempfile::tempdir().unwrap();
        for written in 0..=10 {
            let path = dir.path().join(format!("{written}"));
            let mut index = index(&path, written);
            let mut first = |position| {
                index
                    .first_where(&path, |entry| entry.position >= position)
                    .unwrap()
                    .map(|e| e.relative_offset)
            };
            for (position, found) in [
                (0, Some(10)),
                (1000, Some(10)),
                (1001, Some(20)),
                (10_000, Some(100)),
                (10_001, None),
            ] {
                assert_eq!(first(position), found, "{position} with {written} written");
            }
        }
    }

    #[test]
    fn what_was_written_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("i");
        let mut written = index(&path, 4);
        written.write(&path).unwrap();
        let mut read = Index::unopened();
        read.open(&path, 1 << 20).unwrap();
        assert_eq!((read.len(), read.last()), (10, Some(entry(100))));
        read.push(entry(90));
        assert_eq!(read.unwritten(), 0);
        read.push(entry(110));
        read.release_file();
        read.write(&path).unwrap();
        assert_eq!(find(&mut read, &path, 105), Some(100));
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 88);
    }

    #[test]
    fn truncates_file_and_memory() {
        let dir = tempfile::tempdir().unwrap();
        for written in 0..=10 {
            for keep in 0..=10 {
                let path = dir.path().join(format!("{written}-{keep}"));
                let mut index = index(&path, written);
                index.truncate(&path, |entry| entry.relative_offset > keep * 10).unwrap();
                assert_eq!(index.len(), keep as usize);
                assert_eq!(index.last(), (keep > 0).then(|| entry(keep * 10)));
                index.push(entry(500));
                assert_eq!(find(&mut index, &path, 499), (keep > 0).then_some(keep * 10));
                assert_eq!(find(&mut index, &path, 500), Some(500));
            }
        }
    }

    #[test]
    fn nothing_is_left_of_an_index_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("i");
        let mut index = index(&path, 10);
        index.reset();
        index.write(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
        assert_eq!(find(&mut index, &path, 50), None);
    }

    #[test]
    fn damage_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("i");
        let open = |content: &[u8]| {
            std::fs::write(&path, content).unwrap();
            Index::<OffsetEntry>::unopened().open(&path, 1000).map_err(|error| error.kind())
        };
        assert_eq!(open(&[]), Ok(()));
        assert_eq!(open(&[0, 0, 0, 1, 0, 0, 1, 0]), Ok(()));
        for damaged in [&[0; 7][..], &[0; 8], &[0, 0, 0, 1, 0, 1, 0, 0], &[0xff; 8]] {
            assert_eq!(open(damaged), Err(io::ErrorKind::InvalidData), "{damaged:?}");
        }
        std::fs::remove_file(&path).unwrap();
        let missing = Index::<OffsetEntry>::unopened().open(&path, 1000).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }
}
