//! What becomes of batches.

use bytes::{Bytes, BytesMut};
use vltava_model::Timestamp;
use vltava_records::{BatchBuilder, Compression, RecordHeader};
use vltava_runtime::Clock;

use super::{TIME, builder, sequenced};
use crate::script::Script;

const HOUR_MS: i64 = 3_600_000;

pub(super) async fn run(script: &mut Script) {
    recompressed(script).await;
    timestamps(script).await;
    keys(script).await;
    sizes(script).await;
}

/// Records of all sorts.
fn varied() -> BatchBuilder {
    let header = |key: &'static str, value: Option<&'static str>| RecordHeader {
        key: key.into(),
        value: value.map(Bytes::from),
    };
    let mut builder = BatchBuilder::new();
    builder.push(Timestamp(TIME + 9), Some(b"k"), Some(b"v"), &[header("a", None)]);
    builder.push(Timestamp(TIME), None, Some(b""), &[header("a", Some("1")), header("a", None)]);
    builder.push(Timestamp(TIME + 20), Some(b""), None, &[]);
    builder
}

async fn recompressed(script: &mut Script) {
    for target in ["producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"] {
        let topic = format!("kept-as-{target}");
        script.make(&topic, &[("compression.type", target)]).await;
        for codec in Compression::ALL {
            script.produce(&format!("{codec:?}"), &topic, varied().build(codec)).await;
        }
        script.produce("sequenced", &topic, sequenced(3, 0)).await;
        script.produce("sequenced, again", &topic, sequenced(3, 0)).await;
        script.produce("behind a gap", &topic, sequenced(3, 9)).await;
        script.stored(&topic).await;
        let topic = format!("kept-as-{target}-at-our-time");
        let configs = [("compression.type", target), ("message.timestamp.type", "LogAppendTime")];
        script.make(&topic, &configs).await;
        for codec in [Compression::None, Compression::Gzip, Compression::Zstd] {
            script.produce(&format!("{codec:?}"), &topic, varied().build(codec)).await;
        }
        script.produce("no time", &topic, builder(&[-1, -1]).build(Compression::None)).await;
        script.stored(&topic).await;
    }
    let levels = [
        ("compression.gzip.level", "1"),
        ("compression.lz4.level", "17"),
        ("compression.zstd.level", "-7"),
    ];
    for (target, level) in ["gzip", "lz4", "zstd"].into_iter().zip(levels) {
        let topic = format!("levels-of-{target}");
        script.make(&topic, &[("compression.type", target), level]).await;
        script.produce("batch", &topic, varied().build(Compression::Snappy)).await;
        script.stored(&topic).await;
    }
}

/// A batch that says of itself that it has the broker's time.
fn with_append_time(timestamps: &[i64]) -> Bytes {
    let mut bytes = BytesMut::from(&builder(timestamps).build(Compression::None)[..]);
    bytes[22] |= 8;
    let crc = crc32c(&bytes[21..]);
    bytes[17..21].copy_from_slice(&crc.to_be_bytes());
    bytes.freeze()
}

/// Bit by bit, as tests may be slow.
fn crc32c(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0x82f6_3b78 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

async fn timestamps(script: &mut Script) {
    let now = Clock::system().now().0;
    let cases: &[(&str, &[i64])] = &[
        ("now", &[now]),
        ("the last hour, of three", &[now, now - HOUR_MS / 2, now + HOUR_MS / 2]),
        ("no time", &[-1]),
        ("no time, then far off", &[-1, TIME - 365 * 24 * HOUR_MS]),
        ("long ago", &[TIME, now, TIME + 1]),
        ("far ahead", &[now, 4_000_000_000_000]),
        ("negative", &[-2]),
    ];
    let topics: &[(&str, &[(&str, &str)])] = &[
        ("times", &[("message.timestamp.type", "CreateTime")]),
        ("times-before", &[("message.timestamp.before.max.ms", "3600000")]),
        ("times-after", &[("message.timestamp.after.max.ms", "9223372036854775807")]),
        (
            "times-ours",
            &[
                ("message.timestamp.type", "LogAppendTime"),
                ("message.timestamp.before.max.ms", "0"),
                ("message.timestamp.after.max.ms", "0"),
            ],
        ),
        (
            "times-narrow",
            &[
                ("message.timestamp.before.max.ms", "60000"),
                ("message.timestamp.after.max.ms", "60000"),
                ("compression.type", "gzip"),
            ],
        ),
    ];
    for (topic, configs) in topics {
        script.make(topic, configs).await;
        for (name, times) in cases {
            // Kafka throws an exception where it compresses a negative timestamp.
            if times[0] == -2 && *topic == "times-narrow" {
                continue;
            }
            for codec in [Compression::None, Compression::Lz4] {
                let records = builder(times).build(codec);
                script.produce(&format!("{name}, {codec:?}"), topic, records).await;
            }
        }
        script.stored(topic).await;
    }
    for topic in ["times", "times-ours"] {
        let records = with_append_time(&[now, now]);
        script.produce("the producer says that it is our time", topic, records).await;
    }
}

async fn keys(script: &mut Script) {
    for (topic, policy) in [("keys", "compact"), ("keys-too", "compact,delete")] {
        script.make(topic, &[("cleanup.policy", policy)]).await;
        for codec in [Compression::None, Compression::Snappy] {
            let mut builder = BatchBuilder::new();
            for n in 0..6 {
                let key = (n % 4 == 0).then_some(&b"k"[..]);
                builder.push(Timestamp(TIME), key, Some(b"v"), &[]);
            }
            script.produce(&format!("no keys, {codec:?}"), topic, builder.build(codec)).await;
            let mut builder = BatchBuilder::new();
            builder.push(Timestamp(TIME), None, Some(b"v"), &[]);
            builder.push(Timestamp(4_000_000_000_000), Some(b"k"), Some(b"v"), &[]);
            let records = builder.build(codec);
            script.produce(&format!("no key, and far ahead, {codec:?}"), topic, records).await;
            script.produce(&format!("keys, {codec:?}"), topic, varied_keys().build(codec)).await;
        }
        script.stored(topic).await;
    }
}

fn varied_keys() -> BatchBuilder {
    let mut builder = BatchBuilder::new();
    builder.push(Timestamp(TIME), Some(b""), Some(b"v"), &[]);
    builder.push(Timestamp(TIME), Some(b"k"), None, &[]);
    builder
}

/// A batch of that size.
fn of_size(bytes: usize) -> Bytes {
    let mut length = bytes - 90;
    loop {
        let mut builder = BatchBuilder::new();
        builder.push(Timestamp(TIME), None, Some(&vec![b'x'; length]), &[]);
        if builder.size_bytes() >= bytes {
            return builder.build(Compression::None);
        }
        length += 1;
    }
}

async fn sizes(script: &mut Script) {
    let size = of_size(1000).len();
    assert_eq!(size, 1000);
    script.make("sizes", &[("max.message.bytes", "1000")]).await;
    script.produce("as large as may be", "sizes", of_size(1000)).await;
    script.produce("too large", "sizes", of_size(1001)).await;
    let configs = [("max.message.bytes", "1000"), ("compression.type", "uncompressed")];
    script.make("sizes-of-what-is-kept", &configs).await;
    let mut builder = BatchBuilder::new();
    builder.push(Timestamp(TIME), None, Some(&[b'x'; 2000]), &[]);
    let records = builder.clone().build(Compression::Gzip);
    script.produce("unfolds to more", "sizes-of-what-is-kept", records).await;
    let configs = [("max.message.bytes", "1000"), ("compression.type", "gzip")];
    script.make("sizes-of-what-comes", &configs).await;
    let records = builder.build(Compression::None);
    script.produce("would shrink", "sizes-of-what-comes", records).await;
    script.make("sizes-none", &[("max.message.bytes", "0")]).await;
    script.produce("anything", "sizes-none", of_size(100)).await;
    let configs = [("max.message.bytes", "2000000"), ("segment.bytes", "1048576")];
    script.make("sizes-of-segments", &configs).await;
    script.produce("a segment", "sizes-of-segments", of_size(1_048_576)).await;
    script.produce("more than a segment", "sizes-of-segments", of_size(1_048_577)).await;
}
