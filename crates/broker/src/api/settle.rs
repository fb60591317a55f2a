//! Waiting for what is appended and not durable yet.
//!
//! On Kafka without followers the high watermark is at the log's end before an append is answered, whatever its `acks`.
//! Here it follows with the next sync of the write-ahead log. Who has the answer to `acks=1` and asks for the end then,
//! or wants the records deleted, is to find them there all the same.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use vltava_partition::Partition;

/// Waits until what is in these partitions by now is below their high watermarks, at most for `limit`. If that is too
/// short, or storage fails, the high watermarks say what is safe.
pub(crate) async fn settle(partitions: Vec<Arc<Partition>>, limit: Duration) {
    let unsettled = partitions.into_iter();
    let unsettled = unsettled.filter_map(|partition| Some((partition.unsettled()?, partition)));
    // All share one write-ahead log: the last append stands for the others.
    if let Some((lsn, partition)) = unsettled.max_by_key(|(lsn, _)| *lsn) {
        // Either way, what comes next goes by the high watermark.
        let _ = timeout(limit, partition.wait_settled(lsn)).await;
    }
}
