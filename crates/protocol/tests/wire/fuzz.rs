//! The targets of `fuzz/` without libFuzzer: for a moment, or for `FUZZ_SECONDS`.

use std::time::{Duration, Instant};

use bytes::Bytes;
use vltava_protocol::{ApiKey, fuzz_request, fuzz_response};

use super::every::messages;
use super::{Random, generate};

/// Changes a message in one of the ways that a decoder should fear.
pub(crate) fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len() + 1);
        match random.below(5) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, u8::try_from(random.below(256)).unwrap()),
            2 => drop(bytes.splice(at..at, [0x7f, 0xff, 0xff, 0xff])),
            3 => drop(bytes.splice(at..at, [0xff, 0xff, 0xff, 0xff, 0x0f])),
            _ if at < bytes.len() => bytes[at] = u8::try_from(random.below(256)).unwrap(),
            _ => {}
        }
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the test ends after a time")]
fn fuzz() {
    let seconds = std::env::var("FUZZ_SECONDS").map_or(1, |seconds| seconds.parse().unwrap());
    let seed = std::env::var("FUZZ_SEED").map_or(6, |seed| seed.parse().unwrap());
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut random = Random(seed);
    let mut frames = 0;
    while frames < 10_000 || Instant::now() < end {
        fuzz_noise(&mut random);
        frames += 1 + fuzz_messages(&mut random);
    }
    println!("{frames} frames from seed {seed}");
}

/// A header that may be right, and bytes after it that are small: short lengths are understood for longer.
fn fuzz_noise(random: &mut Random) {
    let mut frame = vec![0, u8::try_from(random.below(93)).unwrap(), 0];
    frame.push(u8::try_from(random.below(19)).unwrap());
    frame.extend((0..random.below(60)).map(|_| u8::try_from(random.below(6)).unwrap()));
    let frame = Bytes::from(frame);
    // Most are errors; only a panic is a failure.
    let _ = fuzz_request(frame.clone());
    let _ = fuzz_response(frame);
}

/// Requests and responses that were right before they were changed.
fn fuzz_messages(random: &mut Random) -> usize {
    let mut frames = 0;
    for message in messages() {
        let name = message.schema.name;
        let api = name.strip_suffix("Request").or(name.strip_suffix("Response"));
        let Some(key) = ApiKey::ALL.iter().find(|key| Some(key.name()) == api) else { continue };
        for version in message.versions.clone() {
            let mut frame = [key.code().to_be_bytes(), version.to_be_bytes()].concat();
            if name.ends_with("Request") {
                // Correlation id, no client, no tags.
                frame.extend([0, 0, 0, 1, 0xff, 0xff]);
                frame.extend((version >= key.flexible_from()).then_some(0));
            }
            let mut body = generate::small_message(message.schema, version, random);
            mutate(&mut body, random);
            frame.extend(body);
            let _ = if name.ends_with("Request") {
                fuzz_request(frame.into())
            } else {
                fuzz_response(frame.into())
            };
            frames += 1;
        }
    }
    frames
}
