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

#[test]
fn a_lie_reserves_little() {
    let mut frames = Frames::new(100 << 20);
    let mut feed = |bytes: &[u8]| {
        frames.fill(|room| {
            room.put_slice(bytes);
            Ok::<_, ()>(bytes.len())
        })
    };
    feed(&(100u32 << 20).to_be_bytes()).unwrap();
    assert!(matches!(frames.next(), Ok(Next::NeedsShare(n)) if n == 100 << 20));
    frames.grant(RequestBudget::new(1).try_take(1).unwrap());
    assert!(matches!(frames.next(), Ok(Next::Incomplete)));
    assert!(frames.make_room() <= FRAME_RESERVE_BYTES);
    assert!(frames.buffer.capacity() <= FRAME_RESERVE_BYTES);
}

#[test]
fn nothing_is_held_between_frames() {
    let mut frames = Frames::new(100);
    frames
        .fill(|room| {
            room.put_slice(&wire(&[5]));
            Ok::<_, ()>(9)
        })
        .unwrap();
    frames.grant(RequestBudget::new(5).try_take(5).unwrap());
    assert!(matches!(frames.next(), Ok(Next::Frame(_))));
    assert_eq!(frames.buffer.capacity(), 0);
    assert!(!frames.is_midway());
}
