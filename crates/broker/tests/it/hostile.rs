//! Bytes that are no requests: the connection ends, and nobody else notices.

use vltava_protocol::encode_request;
use vltava_protocol::messages::api_versions::ApiVersionsRequest;
use vltava_protocol::messages::fetch::FetchRequest;
use vltava_protocol::messages::metadata::{MetadataRequest, MetadataRequestTopic};

use crate::client::Client;
use crate::server::TestServer;

fn framed(body: &[u8]) -> Vec<u8> {
    let mut out = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
    out.extend_from_slice(body);
    out
}

fn request() -> Vec<u8> {
    let topic = MetadataRequestTopic { name: Some("t".into()), ..MetadataRequestTopic::default() };
    let request = MetadataRequest { topics: Some(vec![topic]), ..MetadataRequest::default() };
    encode_request(1, Some("c"), 12, &request).to_bytes().unwrap().to_vec()
}

#[tokio::test]
async fn what_is_no_request_ends_the_connection() {
    let server = TestServer::start(&[]).await;
    let mut bystander = Client::connect(&server.address()).await;
    let mut cases = vec![
        ("nothing", framed(b"")),
        ("half a header", framed(&[0, 3, 0])),
        ("an unknown api", framed(&[0x7f, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff])),
        ("a negative api", framed(&[0xff, 0xff, 0, 0, 0, 0, 0, 1, 0xff, 0xff])),
        ("an api of controllers", framed(&[0, 52, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0, 0])),
        ("an api that is not served", framed(&[0, 24, 0, 0, 0, 0, 0, 1, 0xff, 0xff])),
        ("a text protocol", b"GET / HTTP/1.1\r\nHost: broker\r\n\r\n".to_vec()),
        ("tls", vec![0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]),
    ];
    let body = request().split_off(4);
    for end in 0..body.len() {
        cases.push(("a request that is cut off", framed(&body[..end])));
    }
    for (name, bytes) in cases {
        let mut client = Client::connect(&server.address()).await;
        client.send_bytes(&bytes).await;
        assert!(client.frame().await.is_none(), "{name}: {bytes:?}");
        let versions = bystander.ask(0, &ApiVersionsRequest::default()).await;
        assert_eq!(versions.error_code, 0);
    }
    server.stop().await;
}

#[tokio::test]
async fn requests_that_come_together_are_answered_in_order() {
    let server = TestServer::start(&[]).await;
    let mut client = Client::connect(&server.address()).await;
    let mut ids = Vec::new();
    for _ in 0..100 {
        ids.push(client.send(0, &ApiVersionsRequest::default()).await);
        ids.push(client.send(12, &FetchRequest::default()).await);
    }
    for pair in ids.chunks(2) {
        client.answer::<ApiVersionsRequest>(0, pair[0]).await;
        client.answer::<FetchRequest>(12, pair[1]).await;
    }
    server.stop().await;
}
