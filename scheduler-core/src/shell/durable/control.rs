//! [`Control`]: the scheduler's side of [`Durable`](crate::store::Durable).

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use async_trait::async_trait;

use super::{StoreShell, gone, lock, wall};
use crate::{
    Operation, Result,
    base::panic::caught,
    contract::timeout::first_of,
    engine::desk,
    registry::TaskRegistry,
    shell::{shared::Shared, sleep::sleep},
    store::{
        Begin, Decide, DurableControl, Look, Page, Picture, StoreError, StoreTime, StoredId, Write,
        Written,
    },
    sync::signal::Signal,
    trigger::Trigger,
};

/// How long a caller waits between two looks for the end of a job that runs on another node.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// The control of every [`Durable`](crate::store::Durable) of a scheduler. It does not keep the scheduler alive.
pub(crate) struct Control {
    shared: Weak<Shared>,
    tasks: Arc<TaskRegistry>,
}

impl Control {
    pub(crate) fn of(shared: &Arc<Shared>) -> Option<Self> {
        let store = shared.store.as_ref()?;
        Some(Self {
            shared: Arc::downgrade(shared),
            tasks: store.stored.tasks.clone(),
        })
    }

    fn shared(&self) -> Result<Arc<Shared>> {
        let shared = self.shared.upgrade().ok_or_else(gone)?;
        shared.permit(Operation::Durable)?;
        Ok(shared)
    }
}

fn store_of(shared: &Shared) -> Result<&StoreShell> {
    shared.store.as_deref().ok_or_else(gone)
}

#[async_trait]
impl DurableControl for Control {
    fn tasks(&self) -> &TaskRegistry {
        &self.tasks
    }

    fn now(&self) -> StoreTime {
        let Some(shared) = self.shared.upgrade() else {
            return StoreTime::from_micros(0);
        };
        let now = shared.runtime.now();
        let desk = shared.store.as_ref().and_then(|store| {
            let desk = store.desk();
            desk.as_ref()
                .map(|desk| desk.store_time(shared.nanos(&now)))
        });
        desk.unwrap_or_else(|| wall(&now))
    }

    fn next_id(&self) -> StoredId {
        match self.shared.upgrade() {
            Some(shared) => match &shared.store {
                Some(store) => store.next_id(&shared),
                None => StoredId::from_bytes([0; 16]),
            },
            None => StoredId::from_bytes([0; 16]),
        }
    }

    async fn write(&self, write: Write) -> Result<Written> {
        let shared = self.shared()?;
        store_of(&shared)?.write(&shared, write).await
    }

    async fn look(&self, mut look: Look) -> Result<Page> {
        let shared = self.shared()?;
        let store = store_of(&shared)?;
        if store.stored.simulated_time {
            look.now = Some(wall(&shared.runtime.now()));
        }
        let place = Arc::new((std::sync::Mutex::new(None), Signal::new()));
        let answer = place.clone();
        let source = store.stored.store.clone().into_inner();
        let work = Box::new(move || {
            let page = caught(|| source.connect().and_then(|mut session| session.look(&look)));
            let page = page.unwrap_or_else(|message| {
                Err(StoreError::Broken(Arc::new(std::io::Error::other(message))))
            });
            *lock(&answer.0) = Some(page);
            answer.1.notify();
        });
        shared
            .spawn_blocking(work)
            .map_err(|refused| shared.spawn_error(refused))?;
        let limit = store.stored.patience;
        let looked = first_of(
            place.1.until(|| lock(&place.0).take()),
            sleep(&shared, limit),
        )
        .await;
        Ok(looked.unwrap_or(Err(StoreError::TimedOut { limit }))?)
    }

    fn begin(&self, trigger: Arc<dyn Trigger>, from: StoreTime, after: Option<StoreTime>) -> Begin {
        desk::begin(trigger, from, after)
    }

    fn resumed(&self, picture: &Picture, from: Option<StoreTime>) -> Decide {
        desk::resumed(picture, from)
    }

    async fn pause_between_looks(&self) {
        let Some(shared) = self.shared.upgrade() else {
            return;
        };
        let Ok(store) = store_of(&shared) else { return };
        let before = store.rounds();
        let changed = store
            .changed
            .until(|| (store.rounds() != before).then_some(()));
        first_of(changed, sleep(&shared, BETWEEN_LOOKS)).await;
    }
}
