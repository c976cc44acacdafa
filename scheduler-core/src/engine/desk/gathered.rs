//! [`Gathered`]: the writes for the next turn, and their callers.

use std::collections::{BTreeSet, VecDeque};

use super::Claim;
use crate::store::{StoredId, Write};

/// The number under which the caller of a write gets its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ticket(u64);

/// A write with its caller.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) write: Write,
    /// The caller that waits for the result.
    pub(super) ticket: Option<Ticket>,
    /// When the caller began to wait.
    pub(super) since: u64,
}

impl Sent {
    pub(super) fn forget(&mut self, ticket: Ticket) {
        if self.ticket == Some(ticket) {
            self.ticket = None;
        }
    }

    /// Returns whether the write counts only under the node that made it.
    const fn is_of_node(&self) -> bool {
        matches!(
            self.write,
            Write::Finish { .. } | Write::GiveBack(_) | Write::Note { .. } | Write::Decide(_)
        )
    }
}

/// A row that a turn names at most once.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    Job(StoredId),
    Schedule(String),
    Key(String),
}

/// The writes that wait for the next turn.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    waiting: VecDeque<Sent>,
    last_ticket: u64,
}

impl Gathered {
    pub(super) fn add(&mut self, write: Write, since: u64) -> Ticket {
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        self.waiting.push_back(Sent {
            write,
            ticket: Some(ticket),
            since,
        });
        ticket
    }

    /// Adds a write without a caller.
    pub(super) fn add_quietly(&mut self, write: Write, since: u64) {
        self.waiting.push_back(Sent {
            write,
            ticket: None,
            since,
        });
    }

    /// Adds a write that was sent and not applied.
    pub(super) fn add_again(&mut self, sent: Sent) {
        self.waiting.push_front(sent);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes the writes of the next turn, each row at most once: ends, returns and decisions first, by id.
    ///
    /// A submission with a key may wait for the transaction of another node that holds the key. It never goes with an
    /// end, whose row that transaction may wait for (`ST-060`).
    pub(super) fn take(&mut self, at_most: usize) -> Vec<Sent> {
        let (mut taken, mut left) = (Vec::new(), VecDeque::new());
        let mut rows = BTreeSet::new();
        let ends = self.waiting.iter().any(Sent::is_of_node);
        for sent in self.waiting.drain(..) {
            let named = rows_of(&sent.write);
            let waits = ends && key_of(&sent.write).is_some();
            if waits || taken.len() == at_most || named.iter().any(|row| rows.contains(row)) {
                left.push_back(sent);
                // The later writes of the row wait behind this one.
                rows.extend(named);
                continue;
            }
            rows.extend(named);
            taken.push(sent);
        }
        self.waiting = left;
        taken.sort_by_key(|sent: &Sent| {
            (!sent.is_of_node(), rows_of(&sent.write).into_iter().next())
        });
        taken
    }

    /// Returns how many jobs the writes claim for the node.
    pub(super) fn claims(&self) -> usize {
        self.waiting.iter().map(|sent| claims_of(&sent.write)).sum()
    }

    /// Returns whether a write ends or gives back the claim.
    pub(super) fn ends(&self, claim: Claim) -> bool {
        self.waiting.iter().any(|sent| match &sent.write {
            Write::Finish { claim: ended, .. } => *ended == claim,
            Write::GiveBack(give) => give.claim == claim,
            _ => false,
        })
    }

    pub(super) fn forget(&mut self, ticket: Ticket) {
        for sent in &mut self.waiting {
            sent.forget(ticket);
        }
    }

    /// Drops what counted only under the old node. Its submissions may have been stored, so they are repeats.
    pub(super) fn begin_as_another_node(&mut self, away: Vec<Sent>) {
        for sent in away.into_iter().rev() {
            self.waiting.push_front(sent);
        }
        self.waiting.retain(|sent| !sent.is_of_node());
        for sent in &mut self.waiting {
            if let Write::Submit(submit) = &mut sent.write {
                submit.repeat = true;
                submit.claim = false;
            }
        }
    }

    /// Returns since when the first caller has waited.
    pub(super) fn oldest_wait(&self) -> Option<u64> {
        let waits = self.waiting.iter().filter(|sent| sent.ticket.is_some());
        waits.map(|sent| sent.since).min()
    }

    /// Removes the writes whose callers have waited since before this time. None of them was sent.
    pub(super) fn remove_waits(&mut self, before: u64) -> Vec<Ticket> {
        let mut late = Vec::new();
        self.waiting.retain(|sent| match sent.ticket {
            Some(ticket) if sent.since <= before => {
                late.push(ticket);
                false
            }
            _ => true,
        });
        late
    }
}

/// Returns how many jobs a write claims for the node.
pub(super) fn claims_of(write: &Write) -> usize {
    match write {
        Write::Submit(submit) => usize::from(submit.claim),
        Write::Decide(decide) => decide.start.iter().filter(|start| start.claim).count(),
        _ => 0,
    }
}

fn key_of(write: &Write) -> Option<&str> {
    match write {
        Write::Submit(submit) => submit.job.key.as_ref().map(|key| &*key.text),
        _ => None,
    }
}

fn rows_of(write: &Write) -> Vec<Row> {
    let mut rows = match write {
        Write::Submit(submit) => vec![Row::Job(submit.job.id)],
        Write::Finish { claim, .. } | Write::Note { claim, .. } => vec![Row::Job(claim.job)],
        Write::GiveBack(give) => vec![Row::Job(give.claim.job)],
        Write::Cancel(job) | Write::Discard(job) | Write::Retry { job, .. } => vec![Row::Job(*job)],
        Write::Decide(decide) => {
            let runs = [&decide.release, &decide.drop, &decide.cancel];
            let runs = runs.into_iter().flatten().map(|job| Row::Job(*job));
            std::iter::once(Row::Schedule(decide.schedule.clone()))
                .chain(runs)
                .collect()
        }
        Write::Put(put) => vec![Row::Schedule(put.schedule.clone())],
        Write::Remove { schedule, .. } => vec![Row::Schedule(schedule.clone())],
    };
    rows.extend(key_of(write).map(|key| Row::Key(key.to_owned())));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{End, JobKey, JobRow, StoreTime, Submit};

    fn id(number: u8) -> StoredId {
        StoredId::from_bytes([number; 16])
    }

    fn submit(number: u8, key: Option<&str>) -> Write {
        let mut row = JobRow::new(id(number), "t", "null", StoreTime::from_micros(0));
        row.key = key.map(JobKey::new);
        Write::Submit(Submit::new(row))
    }

    fn finish(number: u8) -> Write {
        let claim = Claim {
            job: id(number),
            token: 1,
        };
        Write::Finish {
            claim,
            end: End::new("succeeded"),
        }
    }

    fn jobs(taken: &[Sent]) -> Vec<u8> {
        let row = |sent: &Sent| match rows_of(&sent.write).into_iter().next() {
            Some(Row::Job(id)) => id.as_bytes()[0],
            _ => 0,
        };
        taken.iter().map(row).collect()
    }

    #[test]
    fn ends_come_first_and_each_by_id() {
        let mut gathered = Gathered::default();
        for write in [submit(9, None), finish(5), submit(1, None), finish(2)] {
            gathered.add_quietly(write, 0);
        }
        assert_eq!(jobs(&gathered.take(10)), [2, 5, 1, 9]);
        assert!(gathered.is_empty());
    }

    #[test]
    fn a_turn_names_a_row_once() {
        let mut gathered = Gathered::default();
        gathered.add_quietly(submit(1, None), 0);
        gathered.add_quietly(Write::Cancel(id(1)), 0);
        gathered.add_quietly(Write::Discard(id(1)), 0);
        for _ in 0..3 {
            assert_eq!(jobs(&gathered.take(10)), [1]);
        }
        assert!(gathered.is_empty());
    }

    #[test]
    fn a_submission_with_a_key_does_not_go_with_an_end() {
        let mut gathered = Gathered::default();
        for write in [
            submit(1, Some("k")),
            finish(2),
            submit(3, Some("k")),
            submit(4, Some("l")),
        ] {
            gathered.add_quietly(write, 0);
        }
        assert_eq!(jobs(&gathered.take(10)), [2]);
        assert_eq!(jobs(&gathered.take(10)), [1, 4], "one submission of a key");
        assert_eq!(jobs(&gathered.take(10)), [3]);
    }

    #[test]
    fn another_node_repeats_submissions_and_forgets_ends() {
        let mut gathered = Gathered::default();
        gathered.add_quietly(finish(2), 0);
        let away = vec![Sent {
            write: submit(1, None),
            ticket: None,
            since: 0,
        }];
        gathered.begin_as_another_node(away);
        let taken = gathered.take(10);
        assert_eq!(jobs(&taken), [1]);
        assert!(matches!(&taken[0].write, Write::Submit(submit) if submit.repeat));
    }

    #[test]
    fn the_turn_is_bounded() {
        let mut gathered = Gathered::default();
        for number in 0..5 {
            gathered.add_quietly(finish(number), 0);
        }
        assert_eq!(jobs(&gathered.take(2)), [0, 1]);
        assert_eq!(jobs(&gathered.take(2)), [2, 3]);
        assert_eq!(jobs(&gathered.take(2)), [4]);
    }
}
