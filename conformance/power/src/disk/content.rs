//! A file's bytes, in pages that copies of the file share.

use std::collections::BTreeMap;
use std::sync::Arc;

/// The size of a page, the unit in which the kernel writes back.
pub(crate) const PAGE: usize = 4096;

/// One page.
pub(crate) type Page = Arc<[u8; PAGE]>;

/// What a file holds. A page that is missing is full of zeros.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    pub(crate) pages: BTreeMap<u64, Page>,
    pub(crate) size: u64,
}

/// The pages that a range of bytes touches: number, where the range begins in the page, and in the range, and how much of it is there.
pub(crate) fn pieces(
    offset: u64,
    length: usize,
) -> impl Iterator<Item = (u64, usize, usize, usize)> {
    let page_size = PAGE as u64;
    let mut done = 0;
    std::iter::from_fn(move || {
        if done >= length {
            return None;
        }
        let at = offset + done as u64;
        let in_page = usize::try_from(at % page_size).expect("below a page");
        let size = (PAGE - in_page).min(length - done);
        let piece = (at / page_size, in_page, done, size);
        done += size;
        Some(piece)
    })
}

impl Content {
    pub(crate) fn write(&mut self, offset: u64, bytes: &[u8]) {
        for (number, in_page, from, size) in pieces(offset, bytes.len()) {
            let page = self.pages.entry(number).or_insert_with(|| Arc::new([0; PAGE]));
            Arc::make_mut(page)[in_page..in_page + size].copy_from_slice(&bytes[from..from + size]);
        }
        self.size = self.size.max(offset + bytes.len() as u64);
    }

    pub(crate) fn truncate(&mut self, size: u64) {
        if size < self.size {
            let page_size = PAGE as u64;
            self.pages.split_off(&size.div_ceil(page_size));
            let in_page = usize::try_from(size % page_size).expect("below a page");
            if let Some(page) = self.pages.get_mut(&(size / page_size)) {
                Arc::make_mut(page)[in_page..].fill(0);
            }
        }
        self.size = size;
    }

    /// As much of the range as the file has.
    pub(crate) fn read(&self, offset: u64, length: usize) -> Vec<u8> {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; length.min(left)];
        for (number, in_page, from, size) in pieces(offset, bytes.len()) {
            if let Some(page) = self.pages.get(&number) {
                bytes[from..from + size].copy_from_slice(&page[in_page..in_page + size]);
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut content = Content::default();
        content.write(4090, &[7; 20]);
        assert_eq!(content.size, 4110);
        assert_eq!(content.read(4088, 100), [&[0, 0][..], &[7; 20]].concat());
        content.truncate(4100);
        content.truncate(5000);
        assert_eq!(content.read(4098, 4), [7, 7, 0, 0]);
        assert_eq!(content.read(6000, 4), [0; 0]);
    }
}
