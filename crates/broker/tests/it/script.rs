//! Requests to every API, in an order that makes sense. Run against an empty broker.

mod basics;
mod configs;
mod frames;
mod groups;
mod offsets;
mod records;
mod topic_configs;
mod topics;

use std::fmt::Debug;
use std::time::Duration;

use vltava_model::TopicId;
use vltava_protocol::messages::metadata::{
    MetadataRequest, MetadataRequestTopic, MetadataResponse,
};
use vltava_protocol::{Request, Str};

use crate::client::Client;
use crate::transcript::Transcript;

/// Asks everything of the broker there, and returns its answers. `lag` is how long the broker takes to know what it has
/// said is done: Kafka answers changes before all of it has heard of them.
pub(crate) async fn everything(address: &str, lag: Duration) -> Vec<String> {
    let mut script = Script::begin(address, lag).await;
    basics::run(&mut script).await;
    topics::run(&mut script).await;
    configs::run(&mut script).await;
    records::run(&mut script).await;
    offsets::run(&mut script).await;
    groups::run(&mut script).await;
    topics::delete(&mut script).await;
    script.transcript.into_lines()
}

/// The same about what topic configs do.
pub(crate) async fn topic_configs(address: &str, lag: Duration) -> Vec<String> {
    let mut script = Script::begin(address, lag).await;
    topic_configs::run(&mut script).await;
    script.transcript.into_lines()
}

/// The same about frames that are not what they say they are.
pub(crate) async fn frames(address: &str, lag: Duration) -> Vec<String> {
    let mut script = Script::begin(address, lag).await;
    frames::run(&mut script).await;
    script.transcript.into_lines()
}

/// A script on its way.
pub(crate) struct Script {
    client: Client,
    address: String,
    transcript: Transcript,
    lag: Duration,
}

impl Script {
    async fn begin(address: &str, lag: Duration) -> Script {
        let mut script = Script {
            client: Client::connect(address).await,
            address: address.to_owned(),
            transcript: Transcript::default(),
            lag,
        };
        script.hide_cluster().await;
        script
    }

    /// Asks, notes the answer under a name, and returns it.
    async fn ask<R: Request>(&mut self, version: i16, name: &str, request: R) -> R::Response {
        let response = self.client.ask(version, &request).await;
        self.note::<R>(version, name, &response);
        response
    }

    fn note<R: Request>(&mut self, version: i16, name: &str, response: &impl Debug) {
        let line = format!("{} v{version}, {name}", R::KEY.name());
        self.transcript.note(&line, response);
    }

    /// Whether the connection is closed instead of an answer; goes on with a new one.
    async fn is_closed<R: Request>(&mut self, version: i16, name: &str, request: R) {
        self.client.send(version, &request).await;
        let closed = self.client.frame().await.is_none();
        self.note::<R>(version, name, &format!("closed: {closed}"));
        self.client = Client::connect(&self.address).await;
    }

    async fn metadata(&mut self, topics: Option<Vec<MetadataRequestTopic>>) -> MetadataResponse {
        let request =
            MetadataRequest { topics, allow_auto_topic_creation: false, ..Default::default() };
        self.client.ask(12, &request).await
    }

    /// Leaves out of the answers what no two brokers share.
    async fn hide_cluster(&mut self) {
        let metadata = self.metadata(Some(Vec::new())).await;
        let port = self.address.rsplit_once(':').unwrap().1.to_owned();
        self.transcript.hide(format!("port: {port}"), "port");
        self.transcript.hide(metadata.cluster_id.unwrap(), "cluster");
    }

    /// Waits until a change has come through.
    async fn settle(&self) {
        tokio::time::sleep(self.lag).await;
    }

    /// A topic's id, which answers show by the topic's name from here on.
    async fn topic_id(&mut self, topic: &str) -> TopicId {
        self.settle().await;
        let asked = MetadataRequestTopic { name: Some(Str::from(topic)), ..Default::default() };
        let metadata = self.metadata(Some(vec![asked])).await;
        let id = metadata.topics[0].topic_id;
        if id != TopicId::ZERO {
            self.transcript.hide(id, &format!("id of {topic}"));
        }
        id
    }
}

fn text(text: &str) -> Str {
    Str::from(text)
}
