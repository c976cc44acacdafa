//! The rows of nodes: the guard of each turn, and the end of a node.

use std::time::Duration;

use super::{LiveNode, RowResult, Rows, Transaction};
use crate::store::{Applied, Buried, Node, NodeRow, Open, StoreTime, Turn};

/// Registers a node under a number that was never given before, and returns its identity.
///
/// # Errors
///
/// Any error of the rows.
pub fn open(rows: &mut dyn Rows, open: &Open, now: StoreTime) -> RowResult<Node> {
    let mut row = NodeRow::new(0, &open.name, now, now.plus(open.lease));
    row.version.clone_from(&open.version);
    row.queues.clone_from(&open.queues);
    row.tasks.clone_from(&open.tasks);
    let id = rows.add_node(&LiveNode::new(open.nonce, open.lease, row))?;
    let nonce = open.nonce;
    Ok(Node { id, nonce })
}

impl Transaction<'_> {
    /// Counts up the row of the node. All guards of a turn are here.
    pub(super) fn begin(&mut self, turn: &Turn) -> RowResult<Applied> {
        let live = self.rows.node(turn.node.id)?;
        let Some(mut live) = live.filter(|live| live.nonce == turn.node.nonce) else {
            return Ok(Applied::Dead);
        };
        let at = live.row.turn;
        if turn.number <= at {
            return Ok(Applied::Before);
        }
        if at + 1 != turn.number {
            return Ok(Applied::WentBack { at });
        }
        live.row.turn = turn.number;
        live.lease = turn.lease;
        live.row.expires = self.now.plus(turn.lease);
        self.rows.set_node(&live)?;
        Ok(Applied::Now)
    }

    /// Shortens leases that a clock set back has made too long. Otherwise a dead node would hold its jobs until the clock is
    /// where it was (`ST-021`).
    pub(super) fn shorten_leases(&mut self, margin: Duration) -> RowResult<()> {
        for mut live in self.rows.nodes()? {
            if live.row.expires > self.now.plus(live.lease).plus(margin) {
                live.row.expires = self.now.plus(live.lease);
                self.rows.set_node(&live)?;
            }
        }
        Ok(())
    }

    /// Removes the nodes whose lease has ended.
    pub(super) fn bury(&mut self, margin: Duration) -> RowResult<Vec<Buried>> {
        let over = self.now.minus(margin);
        let mut buried = Vec::new();
        for live in self.rows.nodes()? {
            if live.row.expires < over {
                self.rows.remove_node(live.row.id)?;
                buried.push(Buried {
                    node: live.row.id,
                    name: live.row.name,
                });
            }
        }
        Ok(buried)
    }
}
