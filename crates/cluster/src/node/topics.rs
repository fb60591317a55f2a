//! Changing topics and configurations: what is planned on the image is committed, and the node follows.

use std::collections::BTreeSet;

use thiserror::Error;
use vltava_metadata::{
    AlterConfigs, AlterConfigsError, AlteredConfigs, ConfigResource, CreatePartitionsError,
    CreateTopicError, CreatedPartitions, CreatedTopic, DeleteTopic, DeleteTopicError, DeletedTopic,
    IncrementalAlterConfigs, NewPartitions, NewTopic, PlanContext, TooManyPartitions,
    alter_configs, create_partitions, create_topics, delete_topics, incremental_alter_configs,
};
use vltava_model::{TopicId, TopicName};
use vltava_runtime::random_bytes;

use super::Node;
use crate::catalog::CatalogError;
use crate::groups::OFFSETS_TOPIC;

/// Why none of a request's topics or partitions were made.
#[derive(Debug, Clone, Error)]
pub enum CreateError {
    /// The request asks for too much.
    #[error(transparent)]
    TooMany(#[from] TooManyPartitions),
    /// The metadata could not be changed.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// Why `__consumer_offsets` is not there.
#[derive(Debug, Clone, Error)]
pub enum OffsetsTopicError {
    /// The broker's own settings do not let it be made.
    #[error("cannot create the topic of committed offsets: {0}")]
    Refused(#[from] CreateTopicError),
    /// See [`CreateError`].
    #[error(transparent)]
    Create(#[from] CreateError),
}

impl Node {
    /// Makes topics; ids that are zero are drawn. When this returns, their partitions are open.
    pub async fn create_topics(
        &self,
        mut topics: Vec<NewTopic>,
        validate_only: bool,
    ) -> Result<Vec<Result<CreatedTopic, CreateTopicError>>, CreateError> {
        for topic in &mut topics {
            if topic.id == TopicId::ZERO {
                topic.id = TopicId(random_bytes());
            }
        }
        let too_many = parking_lot::Mutex::new(None);
        let plan = |context: &PlanContext<'_>, topics: &[NewTopic]| {
            create_topics(context, topics).unwrap_or_else(|error| {
                *too_many.lock() = Some(error);
                Vec::new()
            })
        };
        let results =
            self.catalog.carry_out(&topics, plan, |created| &created.write, validate_only).await?;
        if let Some(error) = too_many.into_inner() {
            return Err(error.into());
        }
        if !validate_only {
            self.follow(results.iter().flatten().map(|created| &created.topic.name)).await;
        }
        Ok(results)
    }

    /// Deletes topics. When this returns, they can be made anew.
    pub async fn delete_topics(
        &self,
        topics: &[DeleteTopic],
    ) -> Result<Vec<Result<DeletedTopic, DeleteTopicError>>, CatalogError> {
        let plan =
            |context: &PlanContext<'_>, topics: &[_]| delete_topics(context.view.image, topics);
        let results = self.catalog.carry_out(topics, plan, |deleted| &deleted.write, false).await?;
        let gone = |deleted: &DeletedTopic| vltava_coordinator::group::DeletedTopic {
            topic: deleted.topic.name.clone(),
            topic_id: deleted.topic.id,
        };
        let gone: Vec<_> = results.iter().flatten().map(gone).collect();
        self.follow(gone.iter().map(|topic| &topic.topic)).await;
        if !gone.is_empty() {
            self.groups.topics_deleted(gone.into()).await;
        }
        Ok(results)
    }

    /// Gives topics more partitions.
    pub async fn create_partitions(
        &self,
        topics: &[NewPartitions],
        validate_only: bool,
    ) -> Result<Vec<Result<CreatedPartitions, CreatePartitionsError>>, CatalogError> {
        let results = self
            .catalog
            .carry_out(topics, create_partitions, |created| &created.write, validate_only)
            .await?;
        if !validate_only {
            self.follow(results.iter().flatten().map(|created| &created.topic.name)).await;
        }
        Ok(results)
    }

    /// Replaces configurations.
    pub async fn alter_configs(
        &self,
        resources: &[AlterConfigs],
        validate_only: bool,
    ) -> Result<Vec<Result<AlteredConfigs, AlterConfigsError>>, CatalogError> {
        let results = self
            .catalog
            .carry_out(resources, alter_configs, |altered| &altered.write, validate_only)
            .await?;
        if !validate_only {
            self.follow_configs(&results).await;
        }
        Ok(results)
    }

    /// Changes configurations one by one.
    pub async fn incremental_alter_configs(
        &self,
        resources: &[IncrementalAlterConfigs],
        validate_only: bool,
    ) -> Result<Vec<Result<AlteredConfigs, AlterConfigsError>>, CatalogError> {
        let results = self
            .catalog
            .carry_out(
                resources,
                incremental_alter_configs,
                |altered| &altered.write,
                validate_only,
            )
            .await?;
        if !validate_only {
            self.follow_configs(&results).await;
        }
        Ok(results)
    }

    /// Makes `__consumer_offsets` if it is not there, with the settings that Kafka gives it.
    pub async fn ensure_offsets_topic(&self) -> Result<(), OffsetsTopicError> {
        if self.groups.is_available() {
            return Ok(());
        }
        let _making = self.making_offsets_topic.lock().await;
        if self.groups.is_available() {
            return Ok(());
        }
        let image = self.catalog.image();
        let view = self.catalog.view(&image);
        let config = |name: &str, value: String| (name.to_owned(), Some(value));
        let segment_bytes = view.number("offsets.topic.segment.bytes");
        let topic = NewTopic {
            name: OFFSETS_TOPIC.to_owned(),
            partitions: i32::try_from(view.number("offsets.topic.num.partitions"))
                .unwrap_or(i32::MAX),
            replication_factor: 1,
            configs: vec![
                config("cleanup.policy", "compact".to_owned()),
                config("compression.type", "producer".to_owned()),
                config("segment.bytes", segment_bytes.to_string()),
            ],
            ..NewTopic::default()
        };
        let results = self.create_topics(vec![topic], false).await?;
        for result in results {
            match result {
                Ok(_) | Err(CreateTopicError::AlreadyExists(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.serve_groups();
        Ok(())
    }

    async fn follow<'a>(&self, names: impl Iterator<Item = &'a TopicName>) {
        let names: BTreeSet<TopicName> = names.cloned().collect();
        if !names.is_empty() {
            self.partitions.follow(self.catalog.image(), names).await;
        }
    }

    /// Lets partitions take changed configurations: a topic's, or with the broker's those of all.
    async fn follow_configs(&self, results: &[Result<AlteredConfigs, AlterConfigsError>]) {
        let image = self.catalog.image();
        let mut names = BTreeSet::new();
        for altered in results.iter().flatten() {
            match &altered.resource {
                ConfigResource::Topic(name) => {
                    names.insert(name.clone());
                }
                ConfigResource::Broker(_) | ConfigResource::BrokerDefault => {
                    names.extend(image.topics().map(|topic| topic.name.clone()));
                }
            }
        }
        self.follow(names.iter()).await;
    }
}
