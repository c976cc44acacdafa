//! Counts the threads of a pool and decides how many to start. It starts none itself.
//!
//! Below the limit, each piece of work has an idle thread or a thread that is starting. A thread
//! that the system refuses remains wanted.

/// The reaction of a pool to threads that the system refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The pool has no thread, and drops its waiting work.
    NoThread,
    /// Other threads exist, and the caller schedules a new attempt.
    Remind,
    /// Other threads exist, and a new attempt is scheduled.
    Wait,
}

#[derive(Debug)]
pub(crate) struct ThreadCount {
    limit: usize,
    /// All threads, including those that are starting.
    all: usize,
    /// The threads that wait for work.
    idle: usize,
    /// The threads that were requested and have not looked for work yet.
    coming: usize,
    /// Whether a new attempt to start a refused thread is scheduled.
    is_reminded: bool,
    /// Number of times that an idle thread woke.
    #[cfg(test)]
    pub(crate) woken: usize,
}

impl ThreadCount {
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            limit,
            all: 0,
            idle: 0,
            coming: 0,
            is_reminded: false,
            #[cfg(test)]
            woken: 0,
        }
    }

    #[cfg(test)]
    pub(crate) const fn all(&self) -> usize {
        self.all
    }

    pub(crate) const fn is_idle(&self) -> bool {
        self.idle > 0
    }

    /// Returns how many threads to start for `work` waiting pieces, and counts them as running.
    pub(crate) fn request(&mut self, work: usize) -> usize {
        let wanted = work.saturating_sub(self.idle + self.coming);
        let missing = wanted.min(self.limit - self.all);
        self.all += missing;
        self.coming += missing;
        missing
    }

    /// Removes `count` requested threads that could not be started, and decides what follows.
    pub(crate) fn refusal(&mut self, count: usize) -> Refusal {
        self.refused(count);
        if self.all == 0 {
            Refusal::NoThread
        } else if self.wants_reminder() {
            Refusal::Remind
        } else {
            Refusal::Wait
        }
    }

    fn refused(&mut self, count: usize) {
        self.all -= count;
        self.coming -= count;
    }

    /// Returns whether the caller must schedule a new attempt.
    fn wants_reminder(&mut self) -> bool {
        !std::mem::replace(&mut self.is_reminded, true)
    }

    pub(crate) fn reminded(&mut self) {
        self.is_reminded = false;
    }

    /// Records that a thread looks for work for the first time.
    pub(crate) fn arrived(&mut self) {
        self.coming -= 1;
    }

    pub(crate) fn left(&mut self) {
        self.all -= 1;
    }

    pub(crate) fn begins_to_wait(&mut self) {
        self.idle += 1;
    }

    pub(crate) fn ends_waiting(&mut self) {
        self.idle -= 1;
        #[cfg(test)]
        {
            self.woken += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_piece_of_work_has_a_thread_up_to_the_limit() {
        let mut threads = ThreadCount::new(4);
        assert_eq!([1, 2, 2].map(|work| threads.request(work)), [1, 1, 0]);
        threads.arrived();
        threads.begins_to_wait();
        assert_eq!(threads.request(2), 0, "one is idle, one is coming");
        assert_eq!(threads.request(9), 2);
        assert_eq!(threads.all(), 4);
    }

    #[test]
    fn what_is_refused_is_wanted_again_all_of_it() {
        let mut threads = ThreadCount::new(4);
        assert_eq!(threads.request(3), 3);
        threads.refused(2);
        assert_eq!(threads.all(), 1);
        assert_eq!(threads.request(3), 2);
        assert_eq!(
            [threads.wants_reminder(), threads.wants_reminder()],
            [true, false]
        );
        threads.reminded();
        assert!(threads.wants_reminder());
    }
}
