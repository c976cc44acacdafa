//! A turn: the row of the node, the writes, the claims, the sweep, the questions.

use std::collections::VecDeque;

use super::super::{
    Applied, News, NewsOf, Node, ScheduleState, StoreTime, StoredId, StoredJob, Sweep, Swept, Turn,
    Turned, Want, Write, Written,
};
use super::tables::{Tables, Waiting};

impl Tables {
    pub(super) fn turn(&mut self, turn: &Turn, now: StoreTime) -> Turned {
        let applied = self.nodes.begin(turn, now);
        let mut turned = Turned::new(now, applied);
        match applied {
            Applied::Now => self.apply(turn, now, &mut turned),
            Applied::Before => {
                let written = turn
                    .writes
                    .iter()
                    .map(|write| self.became(write, turn.node));
                turned.written = written.collect();
            }
            Applied::Dead | Applied::WentBack { .. } => return turned,
        }
        self.answer(turn, now, &mut turned);
        turned
    }

    fn apply(&mut self, turn: &Turn, now: StoreTime, turned: &mut Turned) {
        for write in &turn.writes {
            let written = self.write(write, turn.node, now);
            if written == Written::Done {
                turned.claimed.extend(self.started(write, turn.node));
            }
            turned.written.push(written);
        }
        if let Some(want) = &turn.want {
            turned
                .claimed
                .extend(self.claim_wanted(want, turn.node, now));
        }
        turned.swept = turn.sweep.as_ref().map(|sweep| self.sweep(sweep, now));
        if turn.leave {
            self.nodes.leave(turn.node);
        }
    }

    fn write(&mut self, write: &Write, node: Node, now: StoreTime) -> Written {
        match write {
            Write::Submit(submit) => self.submit(submit, node, now),
            Write::Finish { claim, end } => self.finish(*claim, end, node, now),
            Write::GiveBack(give) => self.give_back(give, node),
            Write::Note { claim, text } => self.note(*claim, text, node),
            Write::Decide(decide) => self.decide(decide, node, now),
            Write::Put(put) => self.put(put),
            Write::Remove { schedule, rev } => self.remove(schedule, *rev, now),
            Write::Cancel(job) => self.cancel(*job, now),
            Write::Retry { job, due } => self.retry(*job, *due, now),
            Write::Discard(job) => self.discard(*job),
        }
    }

    /// Returns the jobs that a stored write started in the hands of the node.
    fn started(&self, write: &Write, node: Node) -> Vec<StoredJob> {
        let ids: Vec<_> = match write {
            Write::Submit(submit) if submit.claim => vec![submit.job.id],
            Write::Decide(decide) => decide
                .start
                .iter()
                .filter(|start| start.claim)
                .map(|start| start.job.id)
                .collect(),
            _ => Vec::new(),
        };
        let jobs = ids.into_iter().filter_map(|id| self.job(id));
        jobs.filter(|job| job.node == Some(node.id))
            .cloned()
            .collect()
    }

    fn claim_wanted(&mut self, want: &Want, node: Node, now: StoreTime) -> Vec<StoredJob> {
        let picked = self.pick(want, now);
        picked
            .into_iter()
            .filter_map(|id| self.claim(id, node))
            .collect()
    }

    /// Returns the jobs to claim. A suspect that is passed over takes the place of no other job.
    fn pick(&self, want: &Want, now: StoreTime) -> Vec<StoredId> {
        let line = |(queue, most): &'_ (String, usize)| {
            let due = self.wanted(queue, want).filter(|place| place.2 <= now);
            (
                *most,
                due.map(|place| (place.1, place.2, place.3))
                    .collect::<VecDeque<_>>(),
            )
        };
        let mut lines: Vec<_> = want.queues.iter().map(line).collect();
        let (mut picked, mut suspects) = (Vec::new(), want.suspects);
        while picked.len() < want.at_most {
            let open = lines.iter_mut().filter(|(left, _)| *left > 0);
            let next = open
                .filter(|(_, line)| !line.is_empty())
                .min_by_key(|(_, line)| line[0]);
            let Some((left, line)) = next else { break };
            let Some((.., id)) = line.pop_front() else {
                break;
            };
            if self.job(id).is_some_and(StoredJob::is_suspect) {
                if suspects == 0 {
                    continue;
                }
                suspects -= 1;
            }
            *left -= 1;
            picked.push(id);
        }
        picked
    }

    /// Returns the waiting jobs of a queue that the wish may claim at some time, in the order of claims.
    fn wanted<'a>(&'a self, queue: &'a str, want: &'a Want) -> impl Iterator<Item = &'a Waiting> {
        let may = move |place: &&Waiting| {
            let job = self.job(place.3);
            job.is_some_and(|job| {
                !want.without.contains(&job.row.task) && (want.suspects > 0 || !job.is_suspect())
            })
        };
        self.waiting()
            .iter()
            .filter(move |place| place.0 == queue)
            .filter(may)
    }

    fn sweep(&mut self, sweep: &Sweep, now: StoreTime) -> Swept {
        let mut swept = Swept::default();
        if sweep.bury {
            self.nodes.shorten(sweep.margin, now);
            swept.buried = self.nodes.bury(sweep.margin, now);
        }
        let orphan = |job: &&StoredJob| job.node.is_some_and(|node| !self.nodes.is_live(node));
        let orphans: Vec<_> = self
            .jobs()
            .filter(orphan)
            .take(sweep.at_most)
            .cloned()
            .collect();
        for mut job in orphans {
            swept.freed.push(job.row.id);
            job.node = None;
            job.lost += 1;
            // Jobs that were lost together do not come back together.
            job.row.due = Some(now.plus(sweep.delay).plus(job.row.id.spread(sweep.delay)));
            self.set_job(job);
        }
        swept
    }

    fn answer(&self, turn: &Turn, now: StoreTime, turned: &mut Turned) {
        turned.next_due = turn.want.as_ref().and_then(|want| {
            let first =
                |(queue, _): &(String, usize)| self.wanted(queue, want).map(|place| place.2).min();
            want.queues.iter().filter_map(first).min()
        });
        turned.asked = turn
            .ask
            .iter()
            .filter_map(|id| self.present(id).and_then(|_| self.picture(id)))
            .collect();
        turned.news = turn
            .news
            .as_ref()
            .map(|news| self.news(news, turn.node, now));
        if turn.recall {
            turned.held = self
                .jobs()
                .filter(|job| job.node == Some(turn.node.id))
                .cloned()
                .collect();
        }
    }

    fn news(&self, news: &News, node: Node, now: StoreTime) -> NewsOf {
        let known = |task: &String| news.tasks.contains(task);
        let mut edited: Vec<_> = self
            .schedules
            .values()
            .filter(|row| row.edit > news.seen)
            .collect();
        edited.sort_by_key(|row| row.edit);
        edited.truncate(news.at_most);
        let late = now.minus(news.handover);
        let overdue = |row: &&super::super::ScheduleRow| {
            row.state == ScheduleState::Active
                && known(&row.task)
                && row.next.is_some_and(|next| next <= late)
        };
        let mut due: Vec<_> = self.schedules.values().filter(overdue).collect();
        due.sort_by_key(|row| (row.next, &row.id));
        due.truncate(news.at_most);
        let pictures = |ids: Vec<&str>| {
            ids.into_iter()
                .filter_map(|id| self.picture(id))
                .collect::<Vec<_>>()
        };
        let kept = self
            .with_kept()
            .filter(|id| self.schedules.get(*id).is_some_and(|row| known(&row.task)));
        let mine = self
            .jobs()
            .filter(|job| job.node == Some(node.id) && job.cancelled);
        NewsOf {
            seen: edited.last().map_or(news.seen, |row| row.edit),
            edited: pictures(edited.iter().map(|row| row.id.as_str()).collect()),
            overdue: pictures(due.iter().map(|row| row.id.as_str()).collect()),
            kept: pictures(kept.take(news.at_most).collect()),
            cancelled: mine.map(|job| job.row.id).collect(),
        }
    }
}
