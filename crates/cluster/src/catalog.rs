//! The metadata of the cluster, read from the coordination store and changed through it.

use std::sync::Arc;

use arc_swap::ArcSwap;
use futures::{StreamExt, stream};
use thiserror::Error;
use vltava_coordination::{
    Committed, Compare, Expected, Operation, Revision, Store, StoreError, Transaction, load,
};
use vltava_metadata::{BrokerProperties, Change, ConfigView, Image, Key, PlanContext, Write};
use vltava_model::BrokerId;
use vltava_runtime::Clock;

use crate::limits::{CATALOG_COMMITS_MAX, CATALOG_RETRIES_MAX};

/// The metadata image, and the only way to change it.
pub struct Catalog {
    store: Arc<dyn Store>,
    image: ArcSwap<Image>,
    /// Held by whoever changes the metadata: one change at a time keeps the image in the order of revisions.
    changing: tokio::sync::Mutex<()>,
    broker: BrokerId,
    properties: Arc<BrokerProperties>,
    clock: Clock,
}

/// Why the metadata could not be read or changed. Whether the change took place is not known after `Store`.
#[derive(Debug, Clone, Error)]
pub enum CatalogError {
    /// The store failed or is away.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Others changed the same metadata again and again while this change was tried.
    #[error("the metadata changed too often to be changed; try again")]
    Contended,
    /// A value in the store cannot be read.
    #[error("the metadata cannot be read: {reason}")]
    Unreadable {
        /// Which key, and what is wrong with it.
        reason: Arc<str>,
    },
}

impl Catalog {
    /// Reads all metadata.
    pub async fn open(
        store: Arc<dyn Store>,
        broker: BrokerId,
        properties: Arc<BrokerProperties>,
        clock: Clock,
    ) -> Result<Catalog, CatalogError> {
        let image = read(store.as_ref()).await?;
        let image = ArcSwap::from_pointee(image);
        let changing = tokio::sync::Mutex::new(());
        Ok(Catalog { store, image, changing, broker, properties, clock })
    }

    /// The metadata as it is now.
    pub fn image(&self) -> Arc<Image> {
        self.image.load_full()
    }

    /// The properties that this broker was started with.
    pub fn properties(&self) -> &Arc<BrokerProperties> {
        &self.properties
    }

    /// Configurations, as they hold for `image`.
    pub fn view<'a>(&'a self, image: &'a Image) -> ConfigView<'a> {
        ConfigView { image, broker: self.broker, properties: &self.properties }
    }

    /// Plans on the image and commits what was planned, item by item; what others got in the way of is planned again.
    /// With `validate_only` nothing is committed.
    pub(crate) async fn carry_out<I: Clone, T, E>(
        &self,
        items: &[I],
        plan: impl Fn(&PlanContext<'_>, &[I]) -> Vec<Result<T, E>>,
        write: impl Fn(&T) -> &Write,
        validate_only: bool,
    ) -> Result<Vec<Result<T, E>>, CatalogError> {
        let _changing = self.changing.lock().await;
        let mut results: Vec<Option<Result<T, E>>> = items.iter().map(|_| None).collect();
        let mut open: Vec<usize> = (0..items.len()).collect();
        for _ in 0..CATALOG_RETRIES_MAX {
            let asked: Vec<I> = open.iter().map(|index| items[*index].clone()).collect();
            let planned = self.plan(|context| plan(context, &asked));
            let mut writes = Vec::new();
            for (index, result) in open.drain(..).zip(planned) {
                if let Ok(done) = &result
                    && !validate_only
                    && !write(done).is_empty()
                {
                    writes.push((index, write(done).clone()));
                }
                results[index] = Some(result);
            }
            open = self.commit_all(writes).await?;
            if open.is_empty() {
                return Ok(results.into_iter().flatten().collect());
            }
            self.image.store(Arc::new(read(self.store.as_ref()).await?));
        }
        Err(CatalogError::Contended)
    }

    /// Commits one write that was planned on the image.
    pub(crate) async fn change(&self, plan: impl Fn(&Image) -> Write) -> Result<(), CatalogError> {
        let _changing = self.changing.lock().await;
        for _ in 0..CATALOG_RETRIES_MAX {
            let write = plan(&self.image());
            if self.commit_all(vec![(0, write)]).await?.is_empty() {
                return Ok(());
            }
            self.image.store(Arc::new(read(self.store.as_ref()).await?));
        }
        Err(CatalogError::Contended)
    }

    fn plan<T>(&self, plan: impl FnOnce(&PlanContext<'_>) -> T) -> T {
        let image = self.image();
        let view = self.view(&image);
        plan(&PlanContext { view, brokers: &[self.broker], now: self.clock.now() })
    }

    /// Commits each write, many at a time so that the store can sync them together; returns those that met a conflict.
    async fn commit_all(&self, writes: Vec<(usize, Write)>) -> Result<Vec<usize>, CatalogError> {
        let commits = writes.into_iter().map(|(index, write)| async move {
            let outcome = self.store.commit(transaction(&write)).await;
            (index, write, outcome)
        });
        let done: Vec<_> = stream::iter(commits).buffered(CATALOG_COMMITS_MAX).collect().await;
        let mut image = Image::clone(&self.image());
        let (mut conflicts, mut failure) = (Vec::new(), None);
        for (index, write, outcome) in done {
            match outcome {
                Ok(Committed::Done { revision }) => apply(&mut image, &write, revision)?,
                Ok(Committed::Conflict) => conflicts.push(index),
                Err(error) => failure = Some(error),
            }
        }
        self.image.store(Arc::new(image));
        failure.map_or(Ok(conflicts), |error| Err(error.into()))
    }
}

/// The image of all that the store holds.
async fn read(store: &dyn Store) -> Result<Image, CatalogError> {
    let (entries, _) = load(store, Key::PREFIX).await?;
    let mut image = Image::default();
    for entry in &entries {
        let change =
            Change { key: &entry.key, value: Some(&entry.value), revision: entry.mod_revision.0 };
        set(&mut image, change)?;
    }
    Ok(image)
}

fn apply(image: &mut Image, write: &Write, revision: Revision) -> Result<(), CatalogError> {
    for operation in &write.operations {
        let (key, value) = match operation {
            vltava_metadata::Operation::Put { key, value } => (key, Some(value.as_slice())),
            vltava_metadata::Operation::Delete { key } => (key, None),
        };
        set(image, Change { key, value, revision: revision.0 })?;
    }
    Ok(())
}

fn set(image: &mut Image, change: Change<'_>) -> Result<(), CatalogError> {
    match image.apply(change) {
        Ok(()) => Ok(()),
        Err(error @ vltava_metadata::ApplyError::UnknownKey { .. }) => {
            tracing::warn!(%error, "passed over; a later version may have written it");
            Ok(())
        }
        Err(error @ vltava_metadata::ApplyError::BadValue { .. }) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            let reason = format!("{error}: {}", cause.unwrap_or_default()).into();
            Err(CatalogError::Unreadable { reason })
        }
    }
}

fn transaction(write: &Write) -> Transaction {
    let compare = |compare: &vltava_metadata::Compare| Compare {
        key: compare.key.clone(),
        expected: match compare.expected {
            vltava_metadata::Expected::Absent => Expected::Absent,
            vltava_metadata::Expected::ModRevision(revision) => {
                Expected::ModRevision(Revision(revision))
            }
        },
    };
    let operation = |operation: &vltava_metadata::Operation| match operation {
        vltava_metadata::Operation::Put { key, value } => {
            Operation::Put { key: key.clone(), value: value.clone().into(), lease: None }
        }
        vltava_metadata::Operation::Delete { key } => Operation::Delete { key: key.clone() },
    };
    Transaction {
        compares: write.compares.iter().map(compare).collect(),
        operations: write.operations.iter().map(operation).collect(),
    }
}
