use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use vltava_runtime::Tasks;

use super::*;

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (near, far) = tokio::join!(TcpStream::connect(address), listener.accept());
    (near.unwrap(), far.unwrap().0)
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect()
}

fn file(content: &[u8]) -> Arc<File> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    Arc::new(file)
}

/// Sends the segments while the other side reads, and returns what arrived.
async fn through(segments: Vec<Segment>, length: usize) -> Vec<u8> {
    let (near, mut far) = pair().await;
    let mut outbox = Outbox::default();
    let reads = ColdReads::new(1, Tasks::new());
    outbox.push(Frame { segments });
    let send = async {
        while !outbox.is_empty() {
            near.writable().await.unwrap();
            if let Some(cold) = outbox.send(&near).unwrap().cold {
                outbox.is_warm(reads.warm(cold).await);
            }
        }
        assert_eq!(outbox.memory_bytes(), 0);
    };
    let mut got = vec![0; length];
    let (_, read) = tokio::join!(send, far.read_exact(&mut got));
    read.unwrap();
    got
}

#[tokio::test]
async fn memory_and_files_arrive_in_order() {
    let content = pattern(9 << 20);
    let file = file(&content);
    let mut segments = Vec::new();
    let mut expected = Vec::new();
    for (i, &length) in [10, 70_000, 5, 9 << 20, 0, 64 << 10, 100].iter().enumerate() {
        let head = Bytes::from(vec![u8::try_from(i).unwrap(); i]);
        expected.extend_from_slice(&head);
        segments.push(Segment::Bytes(head));
        let position = content.len() - length;
        expected.extend_from_slice(&content[position..]);
        let position = u64::try_from(position).unwrap();
        segments.push(Segment::File(FileRange { file: Arc::clone(&file), position, length }));
    }
    assert!(through(segments, expected.len()).await == expected);
}

#[tokio::test]
async fn more_segments_than_one_write_takes() {
    let segments = (0..500u32).map(|i| Segment::Bytes(i.to_be_bytes().to_vec().into())).collect();
    let expected: Vec<u8> = (0..500u32).flat_map(u32::to_be_bytes).collect();
    assert_eq!(through(segments, expected.len()).await, expected);
}

#[tokio::test]
async fn a_file_that_ends_early_is_an_error() {
    let (near, _far) = pair().await;
    for length in [100, 200_000] {
        let mut outbox = Outbox::default();
        let range = FileRange { file: file(b"short"), position: 5, length };
        outbox.push(Frame { segments: vec![Segment::File(range)] });
        near.writable().await.unwrap();
        let mut sent = outbox.send(&near);
        if let Ok(Sent { cold: Some(cold), .. }) = &sent {
            // What is short may be what is not in memory.
            cold.warm();
            outbox.is_warm(length);
            sent = outbox.send(&near);
        }
        assert_eq!(sent.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}

#[tokio::test]
async fn what_the_socket_does_not_take_stays() {
    let (near, _far) = pair().await;
    let mut outbox = Outbox::default();
    outbox.push(Frame { segments: vec![Segment::Bytes(vec![1; 64 << 20].into())] });
    near.writable().await.unwrap();
    let mut total = 0;
    loop {
        match outbox.send(&near).unwrap().bytes {
            0 => break,
            n => total += n,
        }
    }
    assert_eq!(outbox.memory_bytes(), (64 << 20) - total);
    assert!(!outbox.is_empty());
}

#[tokio::test]
async fn what_is_not_in_memory_is_handed_over_and_arrives() {
    let content = pattern(5 << 20);
    // Not in /tmp, which may be in memory for good.
    let mut written = tempfile::tempfile_in("/var/tmp").unwrap();
    written.write_all(&content).unwrap();
    written.sync_all().unwrap();
    rustix::fs::fadvise(&written, 0, None, rustix::fs::Advice::DontNeed).unwrap();
    let file = Arc::new(written);
    for (position, length) in [(0, 100), (4096, 2 << 20), (3 << 20, 2 << 20)] {
        let range = FileRange { file: Arc::clone(&file), position, length };
        let from = usize::try_from(position).unwrap();
        let expected = &content[from..from + length];
        assert!(through(vec![Segment::File(range)], length).await == expected);
        assert!(is_cached(&file, position, length));
    }
}

#[tokio::test]
async fn what_is_handed_over_is_what_comes_next() {
    let (near, _far) = pair().await;
    let mut written = tempfile::tempfile_in("/var/tmp").unwrap();
    written.write_all(&pattern(1 << 20)).unwrap();
    written.sync_all().unwrap();
    let file = Arc::new(written);
    let (mut asked, mut handed_over) = (0, 0);
    for length in [1000, 1 << 20].repeat(5) {
        rustix::fs::fadvise(&*file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
        // Asking may make the system fetch it, so it is not sent.
        asked += usize::from(!is_cached(&file, 0, length));
        rustix::fs::fadvise(&*file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
        let mut outbox = Outbox::default();
        let head = Segment::Bytes(Bytes::from_static(b"head"));
        let range = FileRange { file: Arc::clone(&file), position: 0, length };
        outbox.push(Frame { segments: vec![head, Segment::File(range)] });
        near.writable().await.unwrap();
        if let Sent { bytes, cold: Some(cold) } = outbox.send(&near).unwrap() {
            assert_eq!(bytes, 4);
            let lengths = cold.ranges.iter().map(|range| (range.position, range.length));
            assert_eq!(lengths.collect::<Vec<_>>(), [(0, length)]);
            handed_over += 1;
        }
    }
    assert!(
        handed_over > 0 || asked == 0,
        "{asked} of 10 were not in memory, none was handed over"
    );
}
