//! The shape of the events of a store as data.

use scheduler_core::EventKind;
use serde_json::json;

#[test]
fn events_of_a_store_have_a_stable_shape() {
    let lost = EventKind::StoreLost {
        error: "locked".into(),
    };
    let removed = EventKind::NodeRemoved { node: "a".into() };
    for (event, shape) in [
        (lost, json!({ "store_lost": { "error": "locked" } })),
        (EventKind::StoreBack, json!("store_back")),
        (EventKind::NodeReplaced, json!("node_replaced")),
        (removed, json!({ "node_removed": { "node": "a" } })),
    ] {
        assert_eq!(serde_json::to_value(event).expect("data"), shape);
    }
}
