//! Zstandard, RFC 8878: frames one behind the other.

use std::cell::Cell;

use zstd::zstd_safe::{
    CCtx, CParameter, DCtx, InBuffer, OutBuffer, ResetDirective, compress_bound, get_error_name,
    max_c_level, min_c_level,
};

use super::{Fault, PIECE_BYTES};

/// Kafka's default.
const LEVEL_DEFAULT: i32 = 3;

/// Contexts larger than this are not kept: a window of 2 MiB (level 3, what producers use unless told
/// otherwise) fits, the 128 MiB of level 22 do not.
const KEPT_BYTES_MAX: usize = 16 << 20;

thread_local! {
    static COMPRESS: Cell<Option<CCtx<'static>>> = const { Cell::new(None) };
    static DECOMPRESS: Cell<Option<DCtx<'static>>> = const { Cell::new(None) };
}

pub(super) fn compress(level: Option<i32>, data: &[u8], out: &mut Vec<u8>) {
    let level = level.unwrap_or(LEVEL_DEFAULT).clamp(min_c_level(), max_c_level());
    let mut context = COMPRESS.take().unwrap_or_else(CCtx::create);
    context
        .set_parameter(CParameter::CompressionLevel(level))
        .expect("the level lies inside zstd's range");
    // `compress2` writes to the start of what it is given.
    let mut frame = Vec::with_capacity(compress_bound(data.len()));
    context.compress2(&mut frame, data).expect("the output has room for the largest result");
    out.extend_from_slice(&frame);
    if context.sizeof() <= KEPT_BYTES_MAX {
        COMPRESS.set(Some(context));
    }
}

pub(super) struct Decoder<'a> {
    rest: &'a [u8],
    /// Taken out of the thread's place; gone once it has failed.
    context: Option<DCtx<'static>>,
    inside_frame: bool,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(data: &'a [u8]) -> Decoder<'a> {
        let context = DECOMPRESS.take().unwrap_or_else(DCtx::create);
        Decoder { rest: data, context: Some(context), inside_frame: false }
    }

    pub(super) fn more(&mut self, out: &mut Vec<u8>) -> Result<bool, Fault> {
        if self.rest.is_empty() && !self.inside_frame {
            return Ok(false);
        }
        let Some(context) = &mut self.context else {
            return Err("the decoder has failed before".into());
        };
        out.reserve(PIECE_BYTES);
        let from = out.len();
        let mut input = InBuffer::around(self.rest);
        let mut output = OutBuffer::around_pos(out, from);
        let hint = match context.decompress_stream(&mut output, &mut input) {
            Ok(hint) => hint,
            Err(code) => {
                self.context = None;
                return Err(get_error_name(code).into());
            }
        };
        let consumed = input.pos();
        self.rest = &self.rest[consumed..];
        self.inside_frame = hint != 0;
        if consumed == 0 && out.len() == from && self.inside_frame {
            return Err("the zstd frame ends early".into());
        }
        Ok(true)
    }
}

impl Drop for Decoder<'_> {
    fn drop(&mut self) {
        if let Some(mut context) = self.context.take()
            && context.sizeof() <= KEPT_BYTES_MAX
            && context.reset(ResetDirective::SessionOnly).is_ok()
        {
            DECOMPRESS.set(Some(context));
        }
    }
}
