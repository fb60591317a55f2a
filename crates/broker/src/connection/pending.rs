//! Requests that were started and wait for their answers, in the order in which they came.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::future::{BoxFuture, Either, Ready, ready};
use futures::stream::{FuturesOrdered, Stream};

use super::Answer;

/// The queue. Later requests make progress while the first waits; one that nothing woke is not looked at again, so that
/// what a request costs does not depend on how many wait behind it.
#[derive(Default)]
pub(crate) struct Pending(FuturesOrdered<Either<Ready<Answer>, BoxFuture<'static, Answer>>>);

impl Pending {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// An answer that is known, behind others that are not.
    pub(crate) fn push_known(&mut self, answer: Answer) {
        self.0.push_back(Either::Left(ready(answer)));
    }

    /// An answer that will be known.
    pub(crate) fn push(&mut self, answer: BoxFuture<'static, Answer>) {
        self.0.push_back(Either::Right(answer));
    }

    /// Forgets all of them.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The answer to the oldest request, once it is known.
    pub(crate) fn poll_first(&mut self, ctx: &mut Context<'_>) -> Poll<Answer> {
        match Pin::new(&mut self.0).poll_next(ctx) {
            Poll::Ready(Some(answer)) => Poll::Ready(answer),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}
