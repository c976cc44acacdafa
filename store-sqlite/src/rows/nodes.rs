//! The live nodes.

use std::time::Duration;

use rusqlite::{Row, named_params};
use scheduler_core::store::{
    NodeRow,
    turns::{LiveNode, RowResult},
};

use super::{
    SqliteRows,
    values::{At, Count},
};
use crate::error::of;

// `autoincrement` gives no number twice, also after the row is gone.
const INSERT: &str = "insert into sched_node (nonce, name, version, queues, tasks, lease, since, expires, turn) \
     values (:nonce, :name, :version, :queues, :tasks, :lease, :since, :expires, :turn)";
const SELECT: &str = "select * from sched_node where id = ?1";
const SELECT_ALL: &str = "select * from sched_node order by id";
const UPDATE: &str =
    "update sched_node set lease = :lease, expires = :expires, turn = :turn where id = :id";
const DELETE: &str = "delete from sched_node where id = ?1";

impl SqliteRows<'_> {
    pub(super) fn insert_node(&self, node: &LiveNode) -> RowResult<u64> {
        let row = &node.row;
        let mut insert = self.connection.prepare_cached(INSERT).map_err(of)?;
        let id = insert.insert(named_params! {
            ":nonce": Count(node.nonce),
            ":name": row.name,
            ":version": row.version,
            ":queues": list(&row.queues),
            ":tasks": list(&row.tasks),
            ":lease": micros(node.lease),
            ":since": At(row.since),
            ":expires": At(row.expires),
            ":turn": Count(row.turn),
        });
        Ok(id.map_err(of)?.cast_unsigned())
    }

    pub(super) fn select_node(&self, id: u64) -> RowResult<Option<LiveNode>> {
        self.first(SELECT, [Count(id)], node)
    }

    pub(super) fn select_nodes(&self) -> RowResult<Vec<LiveNode>> {
        self.all(SELECT_ALL, [], node)
    }

    pub(super) fn update_node(&self, node: &LiveNode) -> RowResult<()> {
        let row = &node.row;
        self.execute(
            UPDATE,
            named_params! {
                ":id": Count(row.id),
                ":lease": micros(node.lease),
                ":expires": At(row.expires),
                ":turn": Count(row.turn),
            },
        )?;
        Ok(())
    }

    pub(super) fn delete_node(&self, id: u64) -> RowResult<()> {
        self.execute(DELETE, [Count(id)])?;
        Ok(())
    }
}

fn node(row: &Row<'_>) -> rusqlite::Result<LiveNode> {
    let id: Count = row.get("id")?;
    let name: String = row.get("name")?;
    let (since, expires): (At, At) = (row.get("since")?, row.get("expires")?);
    let mut node = NodeRow::new(id.0, name, since.0, expires.0);
    node.version = row.get("version")?;
    node.queues = texts(&row.get::<_, String>("queues")?);
    node.tasks = texts(&row.get::<_, String>("tasks")?);
    node.turn = row.get::<_, Count>("turn")?.0;
    let nonce: Count = row.get("nonce")?;
    let lease = Duration::from_micros(row.get::<_, Count>("lease")?.0);
    Ok(LiveNode::new(nonce.0, lease, node))
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

fn list(names: &[String]) -> String {
    serde_json::Value::from(names).to_string()
}

fn texts(list: &str) -> Vec<String> {
    serde_json::from_str(list).unwrap_or_default()
}
