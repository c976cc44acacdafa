//! Handles the results of openings and turns.

use super::{
    Applied, Away, Claim, Desk, Effect, End, GiveBack, Given, Member, Opened, Reply, RunRules,
    Sent, StoreError, StoreTime, StoredJob, Turned, Wants, Write, Written,
};

impl Desk {
    /// Handles the answer to an opening.
    pub(crate) fn handle_opened(&mut self, opened: &Opened, now: u64) -> Vec<Effect> {
        if !std::mem::take(&mut self.is_opening) {
            return Vec::new();
        }
        self.clock.sample(self.trust.last_sent(), now, opened.now);
        self.member = Some(Member {
            node: opened.node,
            turn: 0,
        });
        self.trust.renew();
        self.rhythm.opened(now);
        self.restored()
    }

    fn restored(&mut self) -> Vec<Effect> {
        let back = self.backoff.succeeded();
        back.then_some(Effect::StoreBack).into_iter().collect()
    }

    /// Handles the error of an opening.
    pub(crate) fn handle_open_failed(&mut self, error: &StoreError, now: u64) -> Vec<Effect> {
        self.is_opening = false;
        self.note_failure(error, now)
    }

    fn note_failure(&mut self, error: &StoreError, now: u64) -> Vec<Effect> {
        let first = self.backoff.failed(now);
        let lost = first.then(|| Effect::StoreLost(error.clone()));
        lost.into_iter().collect()
    }

    /// Handles the answer to the turn with this number.
    pub(crate) fn handle_turned(&mut self, number: u64, turned: Turned, now: u64) -> Vec<Effect> {
        // A late answer of a session that was left behind.
        let Some(away) = self.away.take_if(|away| away.turn().number == number) else {
            return Vec::new();
        };
        let mut effects = self.restored();
        self.clock.sample(self.trust.last_sent(), now, turned.now);
        match turned.applied {
            Applied::Now | Applied::Before => self.apply(away, turned, now, &mut effects),
            Applied::Dead | Applied::WentBack { .. } => self.fence(away, now, &mut effects),
        }
        effects
    }

    fn apply(&mut self, away: Away, turned: Turned, now: u64, effects: &mut Vec<Effect>) {
        self.trust.renew();
        // An answer that came after the end of the lease: what it brings is not begun, and is asked for again.
        self.expire(now, effects);
        let (turn, sent) = away.into_parts();
        for (sent, written) in sent.into_iter().zip(turned.written) {
            self.note_written(sent, written, now, effects);
        }
        let asked = turn.want.is_some() && turned.applied == Applied::Now;
        self.rhythm.turned(
            now,
            asked.then(|| {
                let next_due = turned.next_due.map(|due| self.clock.mono(due));
                (turned.claimed.len(), next_due)
            }),
        );
        for job in turned.claimed {
            self.take_claim(job, now, effects);
        }
        self.note_asked(&turn.ask, turned.asked, now);
        if turn.recall {
            self.reconcile(turned.held, now, effects);
        }
        if let Some(swept) = turned.swept.filter(|swept| !swept.buried.is_empty()) {
            effects.push(Effect::Buried(
                swept.buried.into_iter().map(|node| node.name).collect(),
            ));
        }
        if let Some(news) = turned.news {
            self.note_news(news, now, effects);
        }
        if turn.leave {
            self.has_left = true;
        }
    }

    fn note_written(&mut self, sent: Sent, written: Written, now: u64, effects: &mut Vec<Effect>) {
        if written == Written::Busy {
            // Another transaction holds the row.
            return self.gathered.add_again(sent);
        }
        if let Write::Decide(decision) = &sent.write {
            self.note_decided(decision, written.clone(), now);
        }
        match (written, sent.ticket) {
            (written, Some(ticket)) => effects.push(Effect::Reply(ticket, Reply::Written(written))),
            (Written::Refused(_), None) => self.give_up_refused(sent, now),
            (_, None) => {}
        }
    }

    /// Ends a run whose end cannot be stored, without the text that was refused.
    fn give_up_refused(&mut self, sent: Sent, now: u64) {
        if let Write::Finish { claim, end } = sent.write
            && (end.error.is_some() || end.result.is_some())
        {
            let end = End::new(end.outcome);
            self.gathered.add_quietly(Write::Finish { claim, end }, now);
        }
    }

    /// Takes a job that the store has given to this node.
    fn take_claim(&mut self, job: StoredJob, now: u64, effects: &mut Vec<Effect>) {
        let claim = Claim {
            job: job.row.id,
            token: job.token,
        };
        if self.wants != Wants::Jobs || !self.trust.is_kept() {
            return self.give_back(claim, Given::Unbegun, None, now);
        }
        if job.cancelled {
            return self.finish(claim, End::new(End::CANCELLED), now);
        }
        let rules = RunRules::read(job.row.policy.as_deref());
        if let Some(end) = rules.end_of_lost(&job) {
            return self.finish(claim, end, now);
        }
        self.held.begin(claim, job.clone());
        effects.push(Effect::Start(Box::new(job)));
    }

    pub(super) fn finish(&mut self, claim: Claim, end: End, now: u64) {
        self.gathered.add_quietly(Write::Finish { claim, end }, now);
    }

    pub(super) fn give_back(
        &mut self,
        claim: Claim,
        given: Given,
        due: Option<StoreTime>,
        now: u64,
    ) {
        let give = GiveBack::new(claim, given, due);
        self.gathered.add_quietly(Write::GiveBack(give), now);
    }

    /// Compares the claims of the store with the runs of the node, after an answer was lost (`ST-034`).
    fn reconcile(&mut self, stored: Vec<StoredJob>, now: u64, effects: &mut Vec<Effect>) {
        for job in stored {
            let claim = Claim {
                job: job.row.id,
                token: job.token,
            };
            if !self.held.has(claim) && !self.gathered.ends(claim) {
                self.take_claim(job, now, effects);
            }
        }
    }

    /// Handles the error of the turn that is away.
    pub(crate) fn handle_failed(
        &mut self,
        number: u64,
        error: &StoreError,
        now: u64,
    ) -> Vec<Effect> {
        let Some(away) = self
            .away
            .as_mut()
            .filter(|away| away.turn().number == number)
        else {
            return Vec::new();
        };
        if let StoreError::Refused(refusal) = error {
            // Nothing was applied. The same number is sent again without the writes that may be the cause.
            let (refused, rest) = away.halve();
            for sent in rest {
                self.gathered.add_again(sent);
            }
            let Some(sent) = refused else {
                return Vec::new();
            };
            let Some(ticket) = sent.ticket else {
                self.give_up_refused(sent, now);
                return Vec::new();
            };
            return vec![Effect::Reply(
                ticket,
                Reply::Written(Written::Refused(refusal.clone())),
            )];
        }
        away.failed(error);
        self.note_failure(error, now)
    }

    /// Begins as another node: nothing of the old one counts (`ST-019`, `ST-028`).
    fn fence(&mut self, away: Away, now: u64, effects: &mut Vec<Effect>) {
        self.member = None;
        self.trust.lose();
        self.schedules.forget();
        for run in self.held.drain() {
            effects.push(Effect::LeaseLost(run));
        }
        let (_, sent) = away.into_parts();
        self.gathered.begin_as_another_node(sent);
        // The nonce distinguishes the two nodes, even if the store gives the number again.
        self.options.nonce = self
            .options
            .nonce
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(1);
        self.rhythm.hurry(now);
        effects.push(Effect::Fenced);
    }
}
