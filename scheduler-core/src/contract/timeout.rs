//! Timeouts: races a future against a sleep.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use crate::{BoxFuture, Error, Result};

/// Returns the result of `wait`, or `Timeout` if `end`, the sleep of `limit`, completes first.
pub(crate) async fn within<T>(
    limit: Duration,
    end: BoxFuture<'static, ()>,
    wait: impl Future<Output = Result<T>>,
) -> Result<T> {
    let answer = first_of(wait, end).await;
    answer.unwrap_or(Err(Error::Timeout(limit)))
}

/// Returns the result of `call`, or `None` if `limit` completes first.
pub(crate) async fn first_of<T>(call: impl Future<Output = T>, limit: impl Future) -> Option<T> {
    let mut call = pin!(call);
    let mut limit = pin!(limit);
    poll_fn(|cx| match call.as_mut().poll(cx) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending => limit.as_mut().poll(cx).map(|_| None),
    })
    .await
}
