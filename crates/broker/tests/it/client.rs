//! A client that knows nothing but requests and answers.

use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use vltava_protocol::{Message, Reader, Request, ResponseHeader, encode_request};

/// How long any answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection.
pub(crate) struct Client {
    socket: TcpStream,
    client_id: &'static str,
    next: i32,
}

impl Client {
    pub(crate) async fn connect(address: &str) -> Client {
        Client::named(address, "tester").await
    }

    pub(crate) async fn named(address: &str, client_id: &'static str) -> Client {
        let socket = TcpStream::connect(address).await.unwrap();
        Client { socket, client_id, next: 7 }
    }

    /// Sends a request and reads its answer.
    pub(crate) async fn ask<R: Request>(&mut self, version: i16, request: &R) -> R::Response {
        let id = self.send(version, request).await;
        self.answer::<R>(version, id).await
    }

    /// Sends a request; [`Client::answer`] reads what comes.
    pub(crate) async fn send<R: Request>(&mut self, version: i16, request: &R) -> i32 {
        let id = self.next;
        self.next += 1;
        let frame = encode_request(id, Some(self.client_id), version, request);
        self.send_bytes(&frame.to_bytes().unwrap()).await;
        id
    }

    /// Sends bytes as they are, its length first if it is to have one.
    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        self.socket.write_all(bytes).await.unwrap();
    }

    pub(crate) async fn answer<R: Request>(&mut self, version: i16, id: i32) -> R::Response {
        let frame = self.frame().await;
        let frame = frame.unwrap_or_else(|| panic!("{} v{version} ends it", R::KEY.name()));
        let mut reader = Reader::new(frame);
        let header_version = R::KEY.response_header_version(version);
        let header = ResponseHeader::decode(&mut reader, header_version).unwrap();
        assert_eq!(header.correlation_id, id);
        let response = R::Response::decode(&mut reader, version).unwrap();
        reader.finish().unwrap();
        response
    }

    /// The next frame without its length; `None` if the connection has ended.
    pub(crate) async fn frame(&mut self) -> Option<Bytes> {
        let read = async {
            let length = self.socket.read_u32().await.ok()?;
            let mut frame = vec![0; usize::try_from(length).unwrap()];
            self.socket.read_exact(&mut frame).await.ok()?;
            Some(Bytes::from(frame))
        };
        timeout(PATIENCE, read).await.expect("an answer in time")
    }
}
