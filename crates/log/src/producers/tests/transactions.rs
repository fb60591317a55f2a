//! Transactions, markers and verifications. Offsets are given, as the batches of others lie between.

use super::*;

const NOW: Timestamp = Timestamp(5000);

fn transactional(id: i64, epoch: i16, sequence: i32, count: i32, offset: i64) -> BatchHeader {
    BatchHeader { attributes: 0x10, producer_id: id, ..header(epoch, sequence, count, offset) }
}

fn end(id: i64, epoch: i16, coordinator_epoch: i32, epoch_bumped: bool) -> EndTransaction {
    EndTransaction {
        producer_id: ProducerId(id),
        producer_epoch: ProducerEpoch(epoch),
        marker: EndTransactionMarker { result: TransactionResult::Abort, coordinator_epoch },
        epoch_bumped,
    }
}

fn marker(end: &EndTransaction, offset: i64) -> BatchHeader {
    BatchHeader {
        attributes: 0x30,
        producer_id: end.producer_id.0,
        ..header(end.producer_epoch.0, -1, 1, offset)
    }
}

fn finish(
    producers: &mut Producers,
    end: EndTransaction,
    offset: i64,
) -> Option<CompletedTransaction> {
    producers.check_marker(&end).unwrap();
    producers.note(&marker(&end, offset), Some(end.marker), None)
}

fn opened(producers: &mut Producers, header: &BatchHeader) {
    let how = BatchCheck { sequences: true, verification: Verification::Off };
    assert_eq!(producers.check(header, Offset(0), how), Ok(ProducerCheck::New));
    producers.note(header, None, None);
}

fn undecided(producers: &Producers) -> Option<i64> {
    producers.first_undecided().map(|(offset, _)| offset.0)
}

fn older(id: i64, found: i16, current: i16) -> SequenceError {
    let (found, current) = (ProducerEpoch(found), ProducerEpoch(current));
    SequenceError::InvalidEpoch { producer_id: ProducerId(id), found, current }
}

#[test]
fn a_marker_ends_the_open_transaction() {
    let mut producers = Producers::default();
    opened(&mut producers, &transactional(1, 0, 0, 5, 10));
    opened(&mut producers, &transactional(2, 0, 0, 5, 15));
    opened(&mut producers, &transactional(1, 0, 5, 5, 20));
    assert_eq!(undecided(&producers), Some(10));
    producers.expire(Timestamp(i64::MAX), 1);
    let done = finish(&mut producers, end(1, 0, 3, false), 25).unwrap();
    assert_eq!((done.first_offset, done.last_offset), (Offset(10), Offset(25)));
    assert_eq!(done.last_stable_offset, Offset(15));
    assert_eq!(undecided(&producers), Some(15));
    let done = finish(&mut producers, end(2, 0, 3, false), 26).unwrap();
    assert_eq!(done.last_stable_offset, Offset(27));
    assert_eq!(undecided(&producers), None);
    let states = producers.states();
    assert_eq!((states[0].coordinator_epoch, states[0].last_sequence), (3, Sequence(9)));
    assert_eq!(states[0].last_timestamp, Timestamp(1025));
    assert_eq!(finish(&mut producers, end(1, 0, 3, false), 27), None);
}

#[test]
fn a_batch_outside_of_the_open_transaction_is_refused() {
    let mut producers = Producers::default();
    opened(&mut producers, &transactional(ID.0, 0, 0, 5, 10));
    let outside = producers.check(&header(0, 5, 1, 15), Offset(0), PLAIN);
    let first_offset = Offset(10);
    assert_eq!(outside, Err(SequenceError::TransactionOpen { producer_id: ID, first_offset }));
    finish(&mut producers, end(ID.0, 0, 0, false), 15);
    let after = producers.check(&header(0, 5, 1, 16), Offset(0), PLAIN);
    assert_eq!(after, Ok(ProducerCheck::New));
}

#[test]
fn a_late_marker_does_not_end_a_newer_transaction() {
    let mut producers = Producers::default();
    opened(&mut producers, &transactional(1, 4, 0, 5, 10));
    // transaction.version 1: the marker has the epoch of the records.
    assert_eq!(producers.check_marker(&end(1, 3, 0, false)), Err(older(1, 3, 4)));
    assert_eq!(producers.check_marker(&end(1, 4, 0, false)), Ok(()));
    // transaction.version 2: it has a larger one.
    assert_eq!(producers.check_marker(&end(1, 4, 0, true)), Err(older(1, 4, 4)));
    let first = end(1, 5, 0, true);
    finish(&mut producers, first, 15).unwrap();
    // Written twice, since its coordinator does not know of the first time: that ends nothing.
    assert_eq!(finish(&mut producers, first, 16), None);
    opened(&mut producers, &transactional(1, 5, 0, 5, 17));
    assert_eq!(producers.check_marker(&first), Err(older(1, 5, 5)));
    assert_eq!(undecided(&producers), Some(17));
}

#[test]
fn the_last_epoch_cannot_be_bumped() {
    let mut producers = Producers::default();
    opened(&mut producers, &transactional(1, i16::MAX, 0, 5, 10));
    assert!(finish(&mut producers, end(1, i16::MAX, 0, true), 15).is_some());
}

#[test]
fn a_bumped_epoch_begins_its_sequence_anew() {
    let mut producers = Producers::default();
    opened(&mut producers, &transactional(ID.0, 0, 0, 5, 10));
    finish(&mut producers, end(ID.0, 1, 0, true), 15);
    let state = producers.states()[0];
    assert_eq!((state.producer_epoch, state.last_sequence), (ProducerEpoch(1), Sequence(-1)));
    assert_eq!(state.last_offset, None);
    let check =
        |epoch, sequence| producers.check(&header(epoch, sequence, 1, 16), Offset(0), PLAIN);
    assert_eq!(check(0, 5), Err(older(ID.0, 0, 1)));
    assert_eq!(check(1, 5), out_of_order(5, -1));
    assert_eq!(check(1, 0), Ok(ProducerCheck::New));
}

#[test]
fn an_older_coordinator_is_fenced() {
    let mut producers = Producers::default();
    assert_eq!(finish(&mut producers, end(1, 0, 7, false), 10), None);
    let fenced =
        SequenceError::CoordinatorFenced { producer_id: ProducerId(1), found: 6, current: 7 };
    assert_eq!(producers.check_marker(&end(1, 0, 6, false)), Err(fenced));
    assert_eq!(producers.check_marker(&end(1, 0, 7, false)), Ok(()));
}

#[test]
fn an_empty_control_batch_changes_nothing() {
    let mut producers = Producers::default();
    opened(&mut producers, &transactional(1, 0, 0, 5, 10));
    let before = producers.states();
    let empty = BatchHeader { records_count: 0, ..marker(&end(1, 9, 9, false), 15) };
    assert_eq!(producers.note(&empty, None, None), None);
    assert_eq!(producers.states(), before);
}

#[test]
fn the_first_batch_needs_its_guard() {
    let mut producers = Producers::default();
    let first = transactional(1, 0, 0, 5, 10);
    let check = |producers: &Producers, header: &BatchHeader, verification| {
        producers.check(header, Offset(0), BatchCheck { sequences: true, verification })
    };
    let unverified = Err(SequenceError::NotVerified { producer_id: ProducerId(1) });
    assert_eq!(check(&producers, &first, Verification::Missing), unverified);
    let guard = producers.begin_verification(&first, false, NOW).unwrap().unwrap();
    assert_eq!(producers.begin_verification(&first, false, NOW), Ok(Some(guard)));
    assert_eq!(check(&producers, &first, Verification::Missing), unverified);
    assert_eq!(check(&producers, &first, Verification::Verified(guard)), Ok(ProducerCheck::New));
    producers.note(&first, None, None);
    let second = transactional(1, 0, 5, 5, 15);
    assert_eq!(producers.begin_verification(&second, false, NOW), Ok(None));
    assert_eq!(check(&producers, &second, Verification::Missing), Ok(ProducerCheck::New));
    let (older_epoch, newer_epoch) =
        (transactional(1, -1, 0, 1, 20), transactional(1, 1, 0, 1, 20));
    assert_eq!(producers.begin_verification(&older_epoch, false, NOW), Err(older(1, -1, 0)));
    assert!(producers.begin_verification(&newer_epoch, false, NOW).unwrap().is_some());
}

#[test]
fn a_marker_in_between_makes_the_guard_worthless() {
    let mut producers = Producers::default();
    let first = transactional(1, 0, 0, 5, 10);
    let guard = producers.begin_verification(&first, false, NOW).unwrap().unwrap();
    finish(&mut producers, end(1, 0, 0, false), 10);
    let how = BatchCheck { sequences: true, verification: Verification::Verified(guard) };
    let unverified = Err(SequenceError::NotVerified { producer_id: ProducerId(1) });
    assert_eq!(producers.check(&first, Offset(0), how), unverified);
    let next = producers.begin_verification(&first, false, NOW).unwrap().unwrap();
    assert_ne!(next, guard);
    assert_eq!(producers.check(&first, Offset(0), how), unverified);
    producers.expire(NOW.plus_ms(99), 100);
    let how = BatchCheck { verification: Verification::Verified(next), ..how };
    assert_eq!(producers.check(&first, Offset(0), how), Ok(ProducerCheck::New));
    producers.expire(NOW.plus_ms(100), 100);
    assert_eq!(producers.check(&first, Offset(0), how), unverified);
}

#[test]
fn a_marker_leaves_the_verification_of_the_next_transaction() {
    let mut producers = Producers::default();
    opened(&mut producers, &transactional(1, 0, 0, 5, 10));
    // The client has its bumped epoch already when the marker of the transaction before comes.
    let next = transactional(1, 1, 0, 5, 16);
    let guard = producers.begin_verification(&next, true, NOW).unwrap().unwrap();
    finish(&mut producers, end(1, 1, 0, true), 15).unwrap();
    let how = BatchCheck { sequences: true, verification: Verification::Verified(guard) };
    assert_eq!(producers.check(&next, Offset(0), how), Ok(ProducerCheck::New));
}

#[test]
fn a_later_batch_does_not_overtake_while_verifying() {
    let mut producers = Producers::default();
    let guard =
        producers.begin_verification(&transactional(1, 0, 0, 5, 10), false, NOW).unwrap().unwrap();
    let second = transactional(1, 0, 5, 5, 10);
    assert_eq!(producers.begin_verification(&second, false, NOW), Ok(Some(guard)));
    let how = BatchCheck { sequences: true, verification: Verification::Verified(guard) };
    let producer_id = ProducerId(1);
    let (found, last) = (Sequence(5), Sequence(0));
    let refused = Err(SequenceError::OutOfOrder { producer_id, found, last });
    assert_eq!(producers.check(&second, Offset(0), how), refused);
    let coordinators = BatchCheck { sequences: false, ..how };
    assert_eq!(producers.check(&second, Offset(0), coordinators), Ok(ProducerCheck::New));
    // Who bumps its epoch with every transaction begins each with sequence 0.
    let late = transactional(2, 0, 5, 5, 10);
    let guard = producers.begin_verification(&late, true, NOW).unwrap().unwrap();
    let how = BatchCheck { sequences: true, verification: Verification::Verified(guard) };
    let (producer_id, last) = (ProducerId(2), Sequence(-1));
    let refused = Err(SequenceError::OutOfOrder { producer_id, found, last });
    assert_eq!(producers.check(&late, Offset(0), how), refused);
}

#[test]
fn an_open_transaction_survives_a_snapshot() {
    let mut producers = Producers::default();
    finish(&mut producers, end(1, 2, 8, false), 9);
    opened(&mut producers, &transactional(1, 2, 0, 5, 10));
    let read = Producers::decode(&producers.encode(), Timestamp(i64::MAX), 1).unwrap();
    assert_eq!((read.states(), undecided(&read)), (producers.states(), Some(10)));
}
