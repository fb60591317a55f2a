//! Makes a log's folder for Apache Kafka's tools to look at, or looks at one that Kafka made.
//!
//! ```text
//! log-folder make FOLDER           an empty folder's topic-partition to be: two segments, closed
//! log-folder check FOLDER [CLEAN]  opens it, reads every batch with its CRC, and says what it found
//! ```

#![allow(clippy::print_stdout, reason = "a tool for the terminal")]

use std::error::Error;
use std::os::unix::fs::FileExt;
use std::path::Path;

use vltava_log::{Log, LogConfig, OpenOptions};
use vltava_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp, TopicId};
use vltava_records::{BatchBuilder, Compression, StampedBatch};

const NOW: Timestamp = Timestamp(1_763_800_000_000);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["make", folder] => make(Path::new(folder)),
        ["check", folder] => check(Path::new(folder), false),
        ["check", folder, "CLEAN"] => check(Path::new(folder), true),
        _ => Err("usage: log-folder make FOLDER | check FOLDER [CLEAN]".into()),
    }
}

fn open(folder: &Path, topic_id: TopicId, clean_shutdown: bool) -> Result<Log, Box<dyn Error>> {
    let config = LogConfig { segment_bytes: 200_000, ..LogConfig::default() };
    let options = OpenOptions { recovery_point: Offset(0), clean_shutdown, log_start_offset: None };
    Ok(Log::open(folder, topic_id, config, options, NOW)?)
}

fn make(folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut log = open(folder, TopicId([7; 16]), false)?;
    let mut sequences = [0i32; 3];
    for n in 0..700i32 {
        let which = usize::try_from(n % 4)?;
        let mut batch = BatchBuilder::new().at(log.log_end_offset(), LeaderEpoch(n / 300));
        let records = n % 5 + 1;
        if let Some(sequence) = sequences.get_mut(which) {
            let (id, epoch) = (ProducerId(1000 + i64::from(n % 4)), ProducerEpoch(0));
            batch = batch.producer(id, epoch, Sequence(*sequence));
            *sequence += records;
        }
        for record in 0..records {
            let timestamp = NOW.plus_ms(i64::from(n * 10 - n % 7 * 15 + record));
            let value = "value ".repeat(usize::try_from(n % 50)?);
            batch.push(timestamp, Some(format!("key {n}").as_bytes()), Some(value.as_bytes()), &[]);
        }
        log.append(&[StampedBatch::decode(batch.build(Compression::None))?], NOW)?;
    }
    log.close()?;
    println!("{} bytes, log end offset {}", log.size_bytes(), log.log_end_offset());
    Ok(())
}

fn check(folder: &Path, clean_shutdown: bool) -> Result<(), Box<dyn Error>> {
    let log = open(folder, TopicId::ZERO, clean_shutdown)?;
    let (mut batches, mut records) = (0, 0);
    for segment in log.segments() {
        let mut offset = segment.base_offset();
        while let Some(slice) = segment.read(offset, 1, true, None)? {
            let mut bytes = vec![0; slice.length];
            slice.file.read_exact_at(&mut bytes, slice.position)?;
            for batch in vltava_records::batches(bytes.into()) {
                let batch = batch?;
                batch.check_crc()?;
                batches += 1;
                records += batch.header.records_count;
                offset = batch.header.next_offset();
            }
        }
        let largest = segment.largest_timestamp()?;
        println!(
            "segment {}: {} bytes, largest timestamp {largest:?}",
            segment.base_offset(),
            segment.size_bytes()
        );
    }
    println!(
        "offsets {} to {}, {batches} batches, {records} records",
        log.log_start_offset(),
        log.log_end_offset()
    );
    println!("latest timestamp {:?}", Log::max_timestamp(&log.segments())?);
    println!("latest epoch {:?}, producers:", log.latest_epoch());
    for producer in log.active_producers() {
        println!("  {producer:?}");
    }
    Ok(())
}
