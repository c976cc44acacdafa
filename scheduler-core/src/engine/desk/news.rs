//! The news that a node asks for each second: cancellation requests, edits, undecided schedules.

use std::time::Duration;

use super::{Desk, Effect};
use crate::store::{News, NewsOf};

/// How long after its due time any node decides an instant (`ST-043`).
const HANDOVER: Duration = Duration::from_secs(1);

impl Desk {
    pub(super) fn news_question(&self) -> News {
        let mut news = News::new(self.options.tasks.clone(), HANDOVER);
        news.seen = self.schedules.seen();
        news
    }

    pub(super) fn note_news(&mut self, news: NewsOf, now: u64, effects: &mut Vec<Effect>) {
        for &job in &news.cancelled {
            // A request that was sent is not sent again: the run may take its time to end.
            if self.held.mark_cancelled(job) {
                effects.push(Effect::Cancel(job));
            }
        }
        self.note_schedules(news, now);
    }
}
