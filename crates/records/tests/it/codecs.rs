//! The codecs' framing: what other writers do, and what Kafka's readers refuse.

use std::io::Write;

use flate2::write::GzEncoder;
use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
use vltava_records::{Compression, DecompressError};

const LIMIT: usize = 1 << 20;

fn sample(bytes: usize) -> Vec<u8> {
    (0u32..).flat_map(|n| (n / 3).to_be_bytes()).take(bytes).collect()
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn lz4(data: &[u8], info: FrameInfo) -> Vec<u8> {
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn malformed(codec: Compression, bytes: &[u8]) {
    let error = codec.decompress(bytes, LIMIT).unwrap_err();
    assert!(matches!(error, DecompressError::Malformed(_)), "{error}");
}

#[test]
fn gzip_members_follow_each_other() {
    let data = sample(300_000);
    let (first, second) = data.split_at(1000);
    let mut bytes = [gzip(first), gzip(second)].concat();
    assert_eq!(Compression::Gzip.decompress(&bytes, LIMIT).unwrap(), data);
    bytes.extend_from_slice(b"not gzip: Java ignores it");
    assert_eq!(Compression::Gzip.decompress(&bytes, LIMIT).unwrap(), data);
    malformed(Compression::Gzip, &gzip(&data)[..500]);
    malformed(Compression::Gzip, b"");
    let mut wrong = gzip(first);
    let end = wrong.len();
    wrong[end - 5] ^= 1;
    malformed(Compression::Gzip, &wrong);
}

#[test]
fn gzip_headers_may_have_names_and_checksums() {
    let data = sample(100);
    let encoder = flate2::GzBuilder::new().filename("f").comment("c").extra(vec![1, 2, 3]);
    let mut encoder = encoder.write(Vec::new(), flate2::Compression::default());
    encoder.write_all(&data).unwrap();
    let bytes = encoder.finish().unwrap();
    assert_eq!(Compression::Gzip.decompress(&bytes, LIMIT).unwrap(), data);

    let mut header = vec![0x1f, 0x8b, 8, 2, 0, 0, 0, 0, 0, 0];
    let crc = crc_fast::crc32_iso_hdlc(&header).to_le_bytes();
    header.extend_from_slice(&crc[..2]);
    let mut with_crc = [&header[..], &gzip(&data)[10..]].concat();
    assert_eq!(Compression::Gzip.decompress(&with_crc, LIMIT).unwrap(), data);
    with_crc[11] ^= 1;
    malformed(Compression::Gzip, &with_crc);
}

#[test]
fn snappy_raw_and_framed() {
    let data = sample(200_000);
    let raw = snap::raw::Encoder::new().compress_vec(&data).unwrap();
    assert_eq!(Compression::Snappy.decompress(&raw, LIMIT).unwrap(), data);
    let mut framed = Vec::new();
    Compression::Snappy.compress(None, &data, &mut framed);
    assert!(framed.starts_with(b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01"));
    let twice = [&framed[..], &framed[..]].concat();
    let unfolded = Compression::Snappy.decompress(&twice, LIMIT).unwrap();
    assert_eq!(unfolded, [&data[..], &data[..]].concat());
    malformed(Compression::Snappy, &framed[..framed.len() - 1]);
    malformed(Compression::Snappy, &framed[..18]);
    malformed(Compression::Snappy, &raw[..raw.len() - 1]);
}

/// Five bytes that claim 4 GiB must not make us take them.
#[test]
fn a_snappy_block_cannot_claim_what_it_cannot_hold() {
    let claim = [0xff, 0xff, 0xff, 0xff, 0x0f, 0];
    let error = Compression::Snappy.decompress(&claim, usize::MAX).unwrap_err();
    assert!(matches!(error, DecompressError::Malformed(_)));
}

#[test]
fn lz4_frames_of_other_writers() {
    let data = sample(900_000);
    for size in [BlockSize::Max64KB, BlockSize::Max256KB, BlockSize::Max1MB, BlockSize::Max4MB] {
        for checks in [false, true] {
            let info = FrameInfo::new().block_size(size).block_checksums(checks);
            let info = info.content_checksum(checks).content_size(checks.then_some(900_000));
            let bytes = lz4(&data, info);
            assert_eq!(Compression::Lz4.decompress(&bytes, LIMIT).unwrap(), data);
        }
    }
}

#[test]
fn lz4_frames_that_kafka_refuses() {
    let data = sample(300_000);
    malformed(Compression::Lz4, &lz4(&data, FrameInfo::new().block_mode(BlockMode::Linked)));
    let mut ours = Vec::new();
    Compression::Lz4.compress(None, &data, &mut ours);
    // Without its end mark, at a block's border: lz4_flex takes this for the whole.
    malformed(Compression::Lz4, &ours[..ours.len() - 4]);
    malformed(Compression::Lz4, &ours[..ours.len() - 9]);
    malformed(Compression::Lz4, &ours[..6]);
    let mut wrong_header = ours.clone();
    wrong_header[6] ^= 1;
    malformed(Compression::Lz4, &wrong_header);
    let mut checked = lz4(&data, FrameInfo::new().block_checksums(true));
    checked[20] ^= 1;
    malformed(Compression::Lz4, &checked);
}

/// Kafka's reader stops at the first frame's end; lz4_flex's reads what we write.
#[test]
fn lz4_is_one_frame() {
    let data = sample(100_000);
    let mut ours = Vec::new();
    Compression::Lz4.compress(None, &data, &mut ours);
    let mut read = Vec::new();
    let mut decoder = lz4_flex::frame::FrameDecoder::new(&ours[..]);
    std::io::Read::read_to_end(&mut decoder, &mut read).unwrap();
    assert_eq!(read, data);
    let twice = [&ours[..], &ours[..]].concat();
    assert_eq!(Compression::Lz4.decompress(&twice, LIMIT).unwrap(), data);
}

#[test]
fn blocks_that_do_not_shrink_are_stored() {
    let mut state = 1u32;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    });
    let data: Vec<u8> = noise.take(200_000).collect();
    for codec in Compression::ALL {
        let mut out = b"before".to_vec();
        codec.compress(None, &data, &mut out);
        assert!(out.len() < data.len() + data.len() / 100);
        assert_eq!(codec.decompress(&out[6..], LIMIT).unwrap(), data);
    }
}

#[test]
fn zstd_frames_follow_each_other() {
    let data = sample(500_000);
    let (first, second) = data.split_at(1000);
    let streamed = zstd::stream::encode_all(second, 19).unwrap();
    let bytes = [zstd::bulk::compress(first, 1).unwrap(), streamed].concat();
    assert_eq!(Compression::Zstd.decompress(&bytes, LIMIT).unwrap(), data);
    malformed(Compression::Zstd, &bytes[..bytes.len() - 1]);
    malformed(Compression::Zstd, &[&bytes[..], b"rest"].concat());
    // A failed context is not used again.
    assert_eq!(Compression::Zstd.decompress(&bytes, LIMIT).unwrap(), data);
}

#[test]
fn nothing_unfolds_past_its_limit() {
    let zeros = vec![0; 8 << 20];
    for codec in Compression::ALL {
        let mut bomb = Vec::new();
        codec.compress(None, &zeros, &mut bomb);
        for limit in [0, 1, 100_000, zeros.len() - 1] {
            assert_eq!(
                codec.decompress(&bomb, limit),
                Err(DecompressError::TooLarge { limit }),
                "{codec:?}"
            );
        }
        assert_eq!(codec.decompress(&bomb, zeros.len()).unwrap(), zeros);
        assert_eq!(
            codec.decompress(&[], 0).is_err(),
            codec == Compression::Gzip || codec == Compression::Lz4
        );
    }
}

#[test]
fn names_and_numbers() {
    for codec in Compression::ALL {
        assert_eq!(Compression::from_id(codec.id()), Some(codec));
        assert_eq!(Compression::from_name(codec.name()), Some(codec));
    }
    assert_eq!(Compression::from_name("uncompressed"), Some(Compression::None));
    assert_eq!(Compression::from_name("producer"), None);
    assert_eq!(Compression::from_id(5), None);
}
