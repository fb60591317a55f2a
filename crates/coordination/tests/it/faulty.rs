//! Faults happen where they were asked for.

use std::sync::Arc;

use vltava_coordination::{
    Committed, Fault, FaultyStore, MemoryStore, Store, StoreError, Transaction,
};
use vltava_runtime::Tasks;

#[tokio::test]
async fn faults_come_in_order() {
    let store = FaultyStore::new(Arc::new(MemoryStore::new(&Tasks::new())));
    for fault in [Fault::None, Fault::FailBefore, Fault::FailAfter, Fault::Conflict] {
        store.push(fault);
    }
    for (key, answered, written) in
        [("a", true, true), ("b", false, false), ("c", false, true), ("d", true, false)]
    {
        let result = store.commit(Transaction::put(key, "x")).await;
        assert_eq!(!matches!(result, Err(StoreError::Failed { .. })), answered, "{key}");
        assert_eq!(store.get(key).await.unwrap().is_some(), written, "{key}");
    }
    let result = store.commit(Transaction::put("e", "x")).await.unwrap();
    assert!(matches!(result, Committed::Done { .. }));
}
