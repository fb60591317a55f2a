//! Idempotent producers: what bit users of others.

use vltava_model::{Offset, ProducerEpoch, Sequence};
use vltava_partition::{AppendError, Partition, SequenceError};

use crate::support::{Bench, open_log, sequenced, settings, spec};

const MINUTE_MS: i64 = 60 * 1000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

fn is_out_of_order<T>(result: Result<T, AppendError>) -> bool {
    matches!(result, Err(AppendError::Sequence(SequenceError::OutOfOrder { .. })))
}

/// A producer that was idle is known until `producer.id.expiration.ms` is over, and may go on all the same afterwards: its
/// sequence is taken as it comes.
#[tokio::test]
async fn an_idle_producer_goes_on() {
    let bench = Bench::new(settings());
    bench.append(sequenced(9, 0, 0, &["a", "b"])).await.unwrap();
    bench.clock.advance_ms(DAY_MS - 1);
    bench.partition.expire_producers();
    assert_eq!(bench.partition.active_producers().len(), 1);
    assert!(is_out_of_order(bench.append(sequenced(9, 0, 7, &["h"])).await));
    assert!(bench.append(sequenced(9, 0, 0, &["a", "b"])).await.unwrap().duplicate);
    bench.clock.advance_ms(1);
    // It is forgotten by the regular check, not by the clock.
    assert!(bench.append(sequenced(9, 0, 0, &["a", "b"])).await.unwrap().duplicate);
    bench.partition.expire_producers();
    assert_eq!(bench.partition.active_producers(), []);
    let next = bench.append(sequenced(9, 0, 2, &["c"])).await.unwrap();
    assert_eq!((next.base_offset, next.duplicate), (Offset(2), false));
    assert!(is_out_of_order(bench.append(sequenced(9, 0, 4, &["e"])).await));
}

#[tokio::test]
async fn the_time_until_a_producer_is_forgotten_can_be_changed() {
    let bench = Bench::new(settings());
    bench.append(sequenced(9, 0, 0, &["a"])).await.unwrap();
    let mut changed = settings();
    changed.log.producer_id_expiration_ms = 10 * MINUTE_MS;
    bench.partition.configure(changed).unwrap();
    bench.clock.advance_ms(10 * MINUTE_MS - 1);
    bench.partition.expire_producers();
    assert_eq!(bench.partition.active_producers().len(), 1);
    bench.clock.advance_ms(1);
    bench.partition.expire_producers();
    assert_eq!(bench.partition.active_producers(), []);
}

#[tokio::test]
async fn sequences_wrap_to_zero() {
    let bench = Bench::new(settings());
    bench.append(sequenced(9, 0, i32::MAX - 1, &["a"])).await.unwrap();
    bench.append(sequenced(9, 0, i32::MAX, &["b", "c", "d"])).await.unwrap();
    assert_eq!(bench.partition.active_producers()[0].last_sequence, Sequence(1));
    assert!(bench.append(sequenced(9, 0, i32::MAX, &["b", "c", "d"])).await.unwrap().duplicate);
    assert!(is_out_of_order(bench.append(sequenced(9, 0, 3, &["f"])).await));
    bench.append(sequenced(9, 0, 2, &["e"])).await.unwrap();
    assert_eq!(bench.partition.log_end_offset(), Offset(5));
}

/// A client that takes an error for harmless, bumps its epoch and sends again must not find its records twice where it only
/// repeats them.
#[tokio::test]
async fn the_last_five_batches_are_never_written_twice() {
    let bench = Bench::new(settings());
    for n in 0..6 {
        bench.append(sequenced(9, 0, n, &["v"])).await.unwrap();
    }
    for n in 1..6 {
        let again = bench.append(sequenced(9, 0, n, &["v"])).await.unwrap();
        assert_eq!((again.base_offset, again.duplicate), (Offset(i64::from(n)), true));
    }
    assert!(is_out_of_order(bench.append(sequenced(9, 0, 0, &["v"])).await));
    // The new epoch begins at 0, and the old one is over.
    assert!(is_out_of_order(bench.append(sequenced(9, 1, 6, &["v"])).await));
    bench.append(sequenced(9, 1, 0, &["v"])).await.unwrap();
    let old = bench.append(sequenced(9, 0, 5, &["v"])).await;
    let current = ProducerEpoch(1);
    assert!(
        matches!(old, Err(AppendError::Sequence(SequenceError::InvalidEpoch { current: it, .. })) if it == current)
    );
    assert_eq!(bench.partition.log_end_offset(), Offset(7));
}

/// After a crash the batches since the last roll are read again, so all five are known; a snapshot keeps the last.
#[tokio::test]
async fn repeated_batches_are_known_after_a_crash_and_after_a_stop() {
    let bench = Bench::new(settings());
    for n in 0..6 {
        bench.append_durably(sequenced(9, 0, n, &["v"])).await;
    }
    for clean_shutdown in [false, true] {
        if clean_shutdown {
            bench.wal.close();
            bench.partition.close().unwrap();
        }
        let again = Bench::new(settings());
        let options = vltava_log::OpenOptions {
            recovery_point: Offset::ZERO,
            clean_shutdown,
            log_start_offset: None,
        };
        let log = open_log(&bench.folder(), &settings(), options);
        let partition = Partition::open(log, spec(settings(), &again.wal, &again.clock));
        partition.start().unwrap();
        let again = Bench { partition, ..again };
        let oldest = again.append(sequenced(9, 0, 1, &["v"])).await;
        match clean_shutdown {
            false => assert!(oldest.unwrap().duplicate),
            true => assert!(is_out_of_order(oldest)),
        }
        assert!(again.append(sequenced(9, 0, 5, &["v"])).await.unwrap().duplicate);
        assert_eq!(again.partition.log_end_offset(), Offset(6));
    }
}
