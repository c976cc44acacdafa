//! [`Nodes`]: the live nodes and their turns.

use std::{collections::BTreeMap, time::Duration};

use super::super::{Applied, Buried, Node, NodeRow, Open, Opened, StoreTime, Turn};
use super::tables::Tables;

/// The live nodes. A node without a row is dead.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    live: BTreeMap<u64, Live>,
    // Never given twice, so "no row" stays the mark of a dead node.
    last: u64,
}

#[derive(Debug)]
struct Live {
    nonce: u64,
    lease: Duration,
    row: NodeRow,
}

impl Nodes {
    pub(super) fn open(&mut self, open: &Open, now: StoreTime) -> Node {
        self.last += 1;
        let mut row = NodeRow::new(self.last, &open.name, now, now.plus(open.lease));
        row.version.clone_from(&open.version);
        row.queues.clone_from(&open.queues);
        row.tasks.clone_from(&open.tasks);
        let (nonce, lease) = (open.nonce, open.lease);
        self.live.insert(self.last, Live { nonce, lease, row });
        Node {
            id: self.last,
            nonce,
        }
    }

    /// Counts up the row of the node. All guards of a turn are here.
    pub(super) fn begin(&mut self, turn: &Turn, now: StoreTime) -> Applied {
        let Some(live) = self
            .live
            .get_mut(&turn.node.id)
            .filter(|live| live.nonce == turn.node.nonce)
        else {
            return Applied::Dead;
        };
        let at = live.row.turn;
        if turn.number <= at {
            return Applied::Before;
        }
        if at + 1 != turn.number {
            return Applied::WentBack { at };
        }
        live.row.turn = turn.number;
        live.lease = turn.lease;
        live.row.expires = now.plus(turn.lease);
        Applied::Now
    }

    pub(super) fn leave(&mut self, node: Node) {
        self.live.remove(&node.id);
    }

    pub(super) fn is_live(&self, node: u64) -> bool {
        self.live.contains_key(&node)
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &NodeRow> {
        self.live.values().map(|live| &live.row)
    }

    /// Shortens leases that a clock set back has made too long. Otherwise a dead node would hold its jobs until the clock is
    /// where it was (`ST-021`).
    pub(super) fn shorten(&mut self, margin: Duration, now: StoreTime) {
        for live in self.live.values_mut() {
            if live.row.expires > now.plus(live.lease).plus(margin) {
                live.row.expires = now.plus(live.lease);
            }
        }
    }

    /// Removes the nodes whose lease has ended.
    pub(super) fn bury(&mut self, margin: Duration, now: StoreTime) -> Vec<Buried> {
        let over = |live: &Live| live.row.expires < now.minus(margin);
        let dead: Vec<_> = self
            .live
            .values()
            .filter(|live| over(live))
            .map(buried)
            .collect();
        self.live.retain(|_, live| !over(live));
        dead
    }
}

fn buried(live: &Live) -> Buried {
    Buried {
        node: live.row.id,
        name: live.row.name.clone(),
    }
}

/// Version of the schema: the model has no older one.
const SCHEMA: u32 = 1;

impl Tables {
    pub(super) fn open(&mut self, open: &Open, now: StoreTime) -> Opened {
        Opened::new(self.nodes.open(open, now), now, SCHEMA)
    }
}
