use super::*;

fn header() -> Header {
    Header {
        flags: CLOSED,
        broker_id: BrokerId(7),
        epoch: 3,
        run: 0x0102_0304_0506_0708,
        sequence: 42,
        length: 64 + 100 + 2 * 56 + 4,
        batches_length: 100,
        entries: 2,
    }
}

#[test]
fn headers_are_as_documented() {
    let raw = header().encode();
    let expected = [
        &b"VltavaWL"[..],
        &[0, 1, 0, 1],
        &[0, 0, 0, 7],
        &[0, 0, 0, 0, 0, 0, 0, 3],
        &[1, 2, 3, 4, 5, 6, 7, 8],
        &[0, 0, 0, 0, 0, 0, 0, 42],
        &[0, 0, 0, 0, 0, 0, 1, 24],
        &[0, 0, 0, 0, 0, 0, 0, 100],
        &[0, 0, 0, 2],
        &[0, 0, 0, 0],
    ]
    .concat();
    assert_eq!(raw.as_slice(), expected);
    assert_eq!(Header::decode(&raw), Ok(header()));
}

#[test]
fn what_is_no_header_is_told_apart() {
    assert_eq!(Header::decode(&[0; HEADER_BYTES]), Err(NoHeader::Magic));
    let mut raw = header().encode();
    raw[9] = 2;
    assert_eq!(Header::decode(&raw), Err(NoHeader::Version(2)));
    let mut raw = header().encode();
    raw[55] ^= 1;
    assert_eq!(Header::decode(&raw), Err(NoHeader::Lengths));
    let mut raw = header().encode();
    raw[48..56].fill(0xff);
    assert_eq!(Header::decode(&raw), Err(NoHeader::Lengths));
}
