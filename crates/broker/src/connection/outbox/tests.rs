use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

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
    outbox.push(Frame { segments });
    let send = async {
        while !outbox.is_empty() {
            near.writable().await.unwrap();
            outbox.send(&near).unwrap();
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
        assert_eq!(outbox.send(&near).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
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
        match outbox.send(&near).unwrap() {
            0 => break,
            n => total += n,
        }
    }
    assert_eq!(outbox.memory_bytes(), (64 << 20) - total);
    assert!(!outbox.is_empty());
}
