//! Looking for whole batches behind a damaged one.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use vltava_model::Offset;
use vltava_records::{BatchHeader, HEADER_BYTES};

use super::{Placed, WalkError, check_crc_in_file};
use crate::limits::{SALVAGE_CANDIDATES_MAX, SCAN_BUFFER_BYTES};

/// Where the magic stands in a header.
const MAGIC_AT: usize = 16;

/// The first position between two where a whole batch begins that can follow `least`. Every byte is tried, because a
/// damaged length says nothing about where the next batch begins.
pub(crate) fn find_batch(
    file: &File,
    from: u32,
    to: u32,
    least: Offset,
) -> io::Result<Option<u32>> {
    let mut window = vec![0; SCAN_BUFFER_BYTES];
    let mut candidates = 0;
    let mut position = from;
    while (to - position) as usize >= HEADER_BYTES {
        let length = window.len().min((to - position) as usize);
        file.read_exact_at(&mut window[..length], u64::from(position))?;
        // Headers that are in the window as a whole; the next window begins with the first that is not.
        let tries = length - HEADER_BYTES + 1;
        for start in 0..tries {
            let at = position + u32::try_from(start).expect("it lies before the end");
            let Some(header) = plausible(&window[start..start + HEADER_BYTES], to - at, least)
            else {
                continue;
            };
            candidates += 1;
            match check_crc_in_file(file, &Placed { position: at, header }) {
                Ok(()) => return Ok(Some(at)),
                Err(WalkError::Io(error)) => return Err(error),
                // So many that look right and are not were made to: rather believe that there is something.
                Err(WalkError::NoBatch(_)) if candidates >= SALVAGE_CANDIDATES_MAX => {
                    return Ok(Some(at));
                }
                Err(WalkError::NoBatch(_)) => {}
            }
        }
        position += u32::try_from(tries).expect("it lies before the end");
    }
    Ok(None)
}

fn plausible(bytes: &[u8], available: u32, least: Offset) -> Option<BatchHeader> {
    if bytes[MAGIC_AT] != 2 {
        return None;
    }
    let header = BatchHeader::decode(bytes).ok()?;
    let distance = header.first_offset().distance_from(least);
    let in_range = (0..=i64::from(i32::MAX)).contains(&distance);
    (in_range && header.last_offset_delta >= 0 && header.size_bytes() <= available as usize)
        .then_some(header)
}
