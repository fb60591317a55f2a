//! Cases are (epoch, first sequence, records); batches lie one behind the other from offset 0.

mod transactions;

use proptest::prelude::*;

use super::*;
use crate::errors::SequenceError;

/// As a client's batches are checked outside of transactions.
const PLAIN: BatchCheck = BatchCheck { sequences: true, verification: Verification::Missing };

const ID: ProducerId = ProducerId(7);

fn header(epoch: i16, sequence: i32, count: i32, base_offset: i64) -> BatchHeader {
    BatchHeader {
        base_offset,
        batch_length: 100,
        partition_leader_epoch: 0,
        crc: 0,
        attributes: 0,
        last_offset_delta: count - 1,
        base_timestamp: 0,
        max_timestamp: 1000 + base_offset,
        producer_id: ID.0,
        producer_epoch: epoch,
        base_sequence: sequence,
        records_count: count,
    }
}

fn note(producers: &mut Producers, header: &BatchHeader) {
    producers.note(header, None, None);
}

/// The producers after these batches, unchecked, and the next offset.
fn after(batches: &[(i16, i32, i32)]) -> (Producers, i64) {
    let mut producers = Producers::default();
    let mut offset = 0;
    for &(epoch, sequence, count) in batches {
        note(&mut producers, &header(epoch, sequence, count, offset));
        offset += i64::from(count);
    }
    (producers, offset)
}

fn check(
    given: &[(i16, i32, i32)],
    (epoch, sequence, count): (i16, i32, i32),
) -> Result<ProducerCheck, SequenceError> {
    let (producers, _) = after(given);
    producers.check(&header(epoch, sequence, count, 0), Offset(0), PLAIN)
}

fn out_of_order(found: i32, last: i32) -> Result<ProducerCheck, SequenceError> {
    let (found, last) = (Sequence(found), Sequence(last));
    Err(SequenceError::OutOfOrder { producer_id: ID, found, last })
}

fn duplicate(base: i64, last: i64) -> Result<ProducerCheck, SequenceError> {
    Ok(ProducerCheck::Duplicate {
        base_offset: Offset(base),
        last_offset: Offset(last),
        timestamp: Timestamp(1000 + base),
        log_start_offset: Offset(0),
    })
}

#[test]
fn sequences_follow_on() {
    assert_eq!(check(&[(0, 0, 10)], (0, 10, 5)), Ok(ProducerCheck::New));
    assert_eq!(check(&[(0, 0, 10)], (0, 11, 5)), out_of_order(11, 9));
    assert_eq!(check(&[(0, 0, 10)], (0, 9, 5)), out_of_order(9, 9));
    assert_eq!(check(&[(0, 0, 10)], (0, 0, 9)), out_of_order(0, 9));
}

#[test]
fn an_unknown_producer_begins_anywhere() {
    assert_eq!(check(&[], (0, 0, 1)), Ok(ProducerCheck::New));
    assert_eq!(check(&[], (3, 4711, 1)), Ok(ProducerCheck::New));
    let (producers, _) = after(&[]);
    let mut no_producer = header(-1, -1, 1, 0);
    no_producer.producer_id = -1;
    assert_eq!(producers.check(&no_producer, Offset(0), PLAIN), Ok(ProducerCheck::New));
}

#[test]
fn sequences_wrap_to_zero() {
    assert_eq!(check(&[(0, i32::MAX - 1, 2)], (0, 0, 1)), Ok(ProducerCheck::New));
    assert_eq!(check(&[(0, i32::MAX, 3)], (0, 2, 1)), Ok(ProducerCheck::New));
    assert_eq!(check(&[(0, i32::MAX, 3)], (0, i32::MAX, 3)), duplicate(0, 2));
    assert_eq!(check(&[(0, i32::MAX, 3)], (0, i32::MAX, 2)), out_of_order(i32::MAX, 1));
}

#[test]
fn the_last_five_batches_are_recognised() {
    let given: Vec<_> = (0..6).map(|n| (0, n * 10, 10)).collect();
    assert_eq!(check(&given, (0, 0, 10)), out_of_order(0, 59));
    for n in 1..6 {
        let offset = i64::from(n) * 10;
        assert_eq!(check(&given, (0, n * 10, 10)), duplicate(offset, offset + 9));
    }
    assert_eq!(check(&given, (0, 60, 1)), Ok(ProducerCheck::New));
}

#[test]
fn a_new_epoch_begins_at_zero() {
    let older = SequenceError::InvalidEpoch {
        producer_id: ID,
        found: ProducerEpoch(1),
        current: ProducerEpoch(2),
    };
    assert_eq!(check(&[(2, 0, 10)], (3, 0, 1)), Ok(ProducerCheck::New));
    assert_eq!(check(&[(2, 0, 10)], (3, 10, 1)), out_of_order(10, -1));
    assert_eq!(check(&[(2, 0, 10)], (1, 0, 10)), Err(older.clone()));
    assert_eq!(check(&[(1, 0, 10), (2, 0, 1)], (1, 0, 10)), Err(older));
    assert_eq!(check(&[(1, 0, 10), (2, 0, 1)], (2, 1, 10)), Ok(ProducerCheck::New));
}

#[test]
fn the_old_are_forgotten() {
    let (mut producers, _) = after(&[(0, 0, 10)]);
    producers.expire(Timestamp(1999), 1000);
    assert_eq!(producers.states().len(), 1);
    producers.expire(Timestamp(2000), 1000);
    assert_eq!(producers.states().len(), 0);
}

#[test]
fn snapshots_are_kafkas() {
    let (producers, _) = after(&[(2, 0, 10), (2, 10, 5)]);
    let bytes = producers.encode();
    let mut entry = vec![0, 0, 0, 1];
    entry.extend(7i64.to_be_bytes());
    entry.extend(2i16.to_be_bytes());
    entry.extend(14i32.to_be_bytes());
    entry.extend(14i64.to_be_bytes());
    entry.extend(4i32.to_be_bytes());
    entry.extend(1010i64.to_be_bytes());
    entry.extend((-1i32).to_be_bytes());
    entry.extend((-1i64).to_be_bytes());
    assert_eq!((&bytes[..2], &bytes[6..]), (&[0, 1][..], &entry[..]));
    let read = Producers::decode(&bytes, Timestamp(0), 1000).unwrap();
    assert_eq!(read.states(), producers.states());
    assert_eq!(read.check(&header(2, 10, 5, 0), Offset(0), PLAIN).unwrap_or(ProducerCheck::New), {
        ProducerCheck::Duplicate {
            base_offset: Offset(10),
            last_offset: Offset(14),
            timestamp: Timestamp(1010),
            log_start_offset: Offset(0),
        }
    });
    assert!(Producers::decode(&bytes, Timestamp(5000), 1000).unwrap().states().is_empty());
    assert!(Producers::decode(&Producers::default().encode(), Timestamp(0), 1).is_ok());
}

proptest! {
    #[test]
    fn damaged_snapshots_do_not_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200), whole: bool) {
        if whole && bytes.len() >= 10 {
            let entries = (bytes.len() - 10) / 46;
            bytes.truncate(10 + entries * 46);
            bytes[..2].copy_from_slice(&[0, 1]);
            bytes[6..10].copy_from_slice(&i32::try_from(entries).unwrap().to_be_bytes());
            let crc = crc_fast::crc32_iscsi(&bytes[6..]);
            bytes[2..6].copy_from_slice(&crc.to_be_bytes());
        }
        if let Ok(producers) = Producers::decode(&bytes, Timestamp(0), i64::MAX) {
            let id = bytes.get(10..18).map_or(0, |id| i64::from_be_bytes(id.try_into().unwrap()));
            let mut header = header(0, 0, 1, 0);
            header.producer_id = id;
            let _ = producers.check(&header, Offset(0), PLAIN);
        }
    }

    /// A client that numbers its batches and repeats some of the last five is never refused, and never written twice.
    #[test]
    fn honest_producers_are_understood(
        start in prop_oneof![Just(0), Just(i32::MAX - 20)],
        steps in prop::collection::vec((1..9i32, 0..5usize), 1..40),
    ) {
        let mut producers = Producers::default();
        let mut sent: Vec<BatchHeader> = Vec::new();
        let (mut sequence, mut offset) = (Sequence(start), 0);
        for (count, back) in steps {
            if let Some(repeated) = sent.len().checked_sub(back + 1).map(|at| sent[at]) {
                let answer = producers.check(&repeated, Offset(0), PLAIN).unwrap();
                let expected = repeated.first_offset();
                let is_known = matches!(answer, ProducerCheck::Duplicate { base_offset, .. }
                    if base_offset == expected);
                prop_assert!(is_known, "{:?}", answer);
            }
            let next = header(0, sequence.0, count, offset);
            prop_assert_eq!(producers.check(&next, Offset(0), PLAIN), Ok(ProducerCheck::New));
            note(&mut producers, &next);
            sent.push(next);
            sequence = sequence.plus(count);
            offset += i64::from(count);
        }
    }
}
