use std::io::Read;

use super::*;
use crate::connection::budget::RequestBudget;

/// Feeds `input` in reads of at most `step` bytes and returns the frames.
fn frames(mut input: &[u8], step: usize, limit: usize) -> Result<Vec<Bytes>, FrameError> {
    let budget = RequestBudget::new(1 << 30);
    let mut frames = Frames::new(limit);
    let mut out = Vec::new();
    loop {
        match frames.next()? {
            Next::Frame(frame) => out.push(frame.bytes),
            Next::NeedsShare(bytes) => frames.grant(budget.try_take(bytes).unwrap()),
            Next::Incomplete => {
                let read = frames.fill(|room| {
                    let mut piece = vec![0; room.remaining_mut().min(step)];
                    let n = input.read(&mut piece)?;
                    room.put_slice(&piece[..n]);
                    std::io::Result::Ok(n)
                });
                if read.unwrap() == 0 {
                    return Ok(out);
                }
            }
        }
    }
}

fn wire(lengths: &[usize]) -> Vec<u8> {
    let mut out = Vec::new();
    for (i, &length) in lengths.iter().enumerate() {
        out.extend_from_slice(&u32::try_from(length).unwrap().to_be_bytes());
        out.extend(std::iter::repeat_n(u8::try_from(i).unwrap(), length));
    }
    out
}

#[test]
fn any_cut_gives_the_same_frames() {
    let lengths = [0, 1, 5_000, 0, 70_000, 3, 2_500_000, 64 << 10, (64 << 10) + 1, 17];
    let input = wire(&lengths);
    for step in [777, 4_096, 100_000, usize::MAX] {
        let got = frames(&input, step, 10 << 20).unwrap();
        assert_eq!(got.iter().map(Bytes::len).collect::<Vec<_>>(), lengths, "step {step}");
        for (i, frame) in got.iter().enumerate() {
            assert!(frame.iter().all(|&b| usize::from(b) == i));
        }
    }
    let got = frames(&wire(&[3, 0, 2]), 1, 100).unwrap();
    assert_eq!(got.iter().map(Bytes::len).collect::<Vec<_>>(), [3, 0, 2]);
}

#[test]
fn lengths_that_cannot_be() {
    assert_eq!(frames(&[0xff; 8], 8, 100).unwrap_err(), FrameError::Negative(-1));
    let error = FrameError::TooLong { length: 101, limit: 100 };
    assert_eq!(frames(&101u32.to_be_bytes(), 4, 100).unwrap_err(), error);
}

/// Feeds `bytes` zeros and says what the frames want then.
fn feed(frames: &mut Frames, bytes: usize) -> Next {
    let mut left = bytes;
    while left > 0 {
        let taken = frames.fill(|room| {
            let n = left.min(room.remaining_mut());
            room.put_bytes(0, n);
            Ok::<_, ()>(n)
        });
        left -= taken.unwrap();
        if left > 0 {
            assert!(matches!(frames.next(), Ok(Next::Incomplete)), "{left} bytes too many");
        }
    }
    frames.next().unwrap()
}

/// Frames at the front of which stands the length of one of `length` bytes.
fn claiming(length: u32) -> Frames {
    let mut frames = Frames::new(usize::MAX);
    let result = frames.fill(|room| {
        room.put_u32(length);
        Ok::<_, ()>(4)
    });
    result.unwrap();
    frames
}

#[test]
fn a_claim_takes_nothing_and_bytes_take_little_more_than_themselves() {
    let budget = RequestBudget::new(1 << 30);
    let mut frames = claiming(100 << 20);
    assert!(matches!(frames.next(), Ok(Next::Incomplete)));
    assert!(matches!(feed(&mut frames, SMALL_FRAME_BYTES - 1), Next::Incomplete));
    assert!(frames.buffer.capacity() <= FREE_BYTES);
    let (mut fed, mut next) = (SMALL_FRAME_BYTES, feed(&mut frames, 1));
    let mut shared = 0;
    loop {
        match next {
            Next::NeedsShare(bytes) => {
                shared += bytes;
                assert!(shared <= FRAME_RESERVE_BYTES.max(2 * (LENGTH_BYTES + fed)));
                frames.grant(budget.try_take(bytes).unwrap());
                next = frames.next().unwrap();
            }
            Next::Incomplete => {
                let step = (1 << 20).min((100 << 20) - fed).min(shared - LENGTH_BYTES - fed);
                next = feed(&mut frames, step);
                fed += step;
                assert!(frames.buffer.capacity() <= shared.max(FRAME_RESERVE_BYTES));
            }
            Next::Frame(frame) => {
                assert_eq!((frame.bytes.len(), shared), (100 << 20, LENGTH_BYTES + (100 << 20)));
                assert!(frame.share.is_some());
                return;
            }
        }
    }
}

#[test]
fn with_the_overdraft_a_frame_asks_no_more() {
    let budget = RequestBudget::new(0);
    let mut frames = claiming(10 << 20);
    let Next::NeedsShare(bytes) = feed(&mut frames, SMALL_FRAME_BYTES) else { panic!() };
    frames.grant(budget.try_take(bytes).unwrap());
    let next = feed(&mut frames, (10 << 20) - SMALL_FRAME_BYTES);
    assert!(matches!(next, Next::Frame(frame) if frame.bytes.len() == 10 << 20));
}

#[test]
fn a_usual_producers_frame_is_moved_once_at_its_beginning() {
    let budget = RequestBudget::new(1 << 30);
    let mut frames = claiming(1 << 20);
    let Next::NeedsShare(bytes) = feed(&mut frames, SMALL_FRAME_BYTES) else { panic!() };
    frames.grant(budget.try_take(bytes).unwrap());
    feed(&mut frames, 1);
    let place = frames.buffer.as_ptr();
    let Next::Frame(frame) = feed(&mut frames, (1 << 20) - SMALL_FRAME_BYTES - 1) else { panic!() };
    assert_eq!(frame.bytes.as_ptr(), place.wrapping_add(LENGTH_BYTES));
}

#[test]
fn small_frames_take_no_share_and_nothing_is_held_between_frames() {
    for length in [5, SMALL_FRAME_BYTES] {
        let mut frames = claiming(u32::try_from(length).unwrap());
        let Next::Frame(frame) = feed(&mut frames, length) else { panic!() };
        assert!(frame.share.is_none());
        assert_eq!(frames.buffer.capacity(), 0);
        assert!(!frames.is_midway());
    }
}
