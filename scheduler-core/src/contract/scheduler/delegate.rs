//! A macro that implements [`Scheduler`](crate::Scheduler) by forwarding every call.

/// Implements `Scheduler` by forwarding every call to the one that `$inner` returns.
macro_rules! delegate_scheduler {
    ([$($generics:tt)*] $pointer:ty => $inner:path) => {
        const _: () = {
            use std::{sync::Arc, time::Duration};

            use $crate::{
                BackfillHandle, BoxFuture, EventFilter, EventStream, FailureWatch, FirstState, Job,
                JobHandle, JobId, Listener, ListenerId, Metrics, Result, Schedule, ScheduleControl,
                ScheduleHandle, ScheduleId, ScheduleInfo, Scheduler, Shutdown, ShutdownReport, State,
                job::{CancelMode, CancelStatus, JobInfo, JobResult},
                queue::{QueueHandle, QueueInfo, control::QueueControl},
            };

            #[async_trait::async_trait]
            impl<$($generics)*> Scheduler for $pointer {
                async fn start_in(&self, first: FirstState) -> Result<()> {
                    $inner(self).start_in(first).await
                }

                async fn start(&self) -> Result<()> {
                    $inner(self).start().await
                }

                async fn start_paused(&self) -> Result<()> {
                    $inner(self).start_paused().await
                }

                async fn shutdown(&self, how: Shutdown) -> Result<Arc<ShutdownReport>> {
                    $inner(self).shutdown(how).await
                }

                async fn stopped(&self) -> Result<Arc<ShutdownReport>> {
                    $inner(self).stopped().await
                }

                async fn wait_idle(&self) -> Result<()> {
                    $inner(self).wait_idle().await
                }

                async fn submit(&self, job: Job) -> Result<JobHandle> {
                    $inner(self).submit(job).await
                }

                fn watch_failures(&self) -> FailureWatch {
                    $inner(self).watch_failures()
                }

                fn sleep(
                    &self,
                    duration: Duration,
                ) -> BoxFuture<'static, ()> {
                    $inner(self).sleep(duration)
                }

                fn backend(&self) -> &str {
                    $inner(self).backend()
                }

                fn state(&self) -> State {
                    $inner(self).state()
                }

                fn pause(&self) -> Result<()> {
                    $inner(self).pause()
                }

                fn resume(&self) -> Result<()> {
                    $inner(self).resume()
                }

                fn request_shutdown(&self, how: Shutdown) -> Result<()> {
                    $inner(self).request_shutdown(how)
                }

                fn try_submit(&self, job: Job) -> Result<JobHandle> {
                    $inner(self).try_submit(job)
                }

                fn post(&self, job: Job) -> Result<JobId> {
                    $inner(self).post(job)
                }

                fn cancel(&self, job: JobId, mode: CancelMode) -> CancelStatus {
                    $inner(self).cancel(job, mode)
                }

                fn add_all(&self, schedules: Vec<Schedule>) -> Result<Vec<ScheduleHandle>> {
                    $inner(self).add_all(schedules)
                }

                fn schedule_control(&self) -> Arc<dyn ScheduleControl> {
                    $inner(self).schedule_control()
                }

                fn queue_control(&self) -> Arc<dyn QueueControl> {
                    $inner(self).queue_control()
                }

                fn queue(&self, name: &str) -> QueueHandle {
                    $inner(self).queue(name)
                }

                fn queues(&self) -> Vec<QueueInfo> {
                    $inner(self).queues()
                }

                fn schedule(&self, id: &ScheduleId) -> ScheduleHandle {
                    $inner(self).schedule(id)
                }

                fn schedules(&self) -> Vec<ScheduleInfo> {
                    $inner(self).schedules()
                }

                fn backfills(&self) -> Vec<BackfillHandle> {
                    $inner(self).backfills()
                }

                fn jobs(&self) -> Vec<JobInfo> {
                    $inner(self).jobs()
                }

                fn handle(&self, id: JobId) -> Option<JobHandle> {
                    $inner(self).handle(id)
                }

                #[cfg(feature = "store")]
                fn durable(&self) -> Option<$crate::store::Durable> {
                    $inner(self).durable()
                }

                fn result(&self, id: JobId) -> Result<JobResult> {
                    $inner(self).result(id)
                }

                fn subscribe(&self, filter: EventFilter) -> EventStream {
                    $inner(self).subscribe(filter)
                }

                fn add_listener(&self, filter: EventFilter, listener: Arc<dyn Listener>) -> ListenerId {
                    $inner(self).add_listener(filter, listener)
                }

                fn remove_listener(&self, id: ListenerId) -> bool {
                    $inner(self).remove_listener(id)
                }

                fn metrics(&self) -> Metrics {
                    $inner(self).metrics()
                }
            }
        };
    };
}

pub(crate) use delegate_scheduler;
