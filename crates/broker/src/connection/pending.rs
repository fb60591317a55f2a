//! Requests that were started and wait for their answers, in the order in which they came.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use futures::future::{self, BoxFuture, Either, Ready};
use futures::stream::{FuturesOrdered, Stream};

use super::Answer;

/// The queue. Later requests make progress while the first waits; one that nothing woke is not looked at again, so that
/// what a request costs does not depend on how many wait behind it.
#[derive(Default)]
pub(crate) struct Pending {
    queue: FuturesOrdered<Either<Ready<Answer>, Noted>>,
    /// What the answers take that are known and wait for others.
    known_bytes: Arc<AtomicUsize>,
}

/// An answer that says what it takes once it is known.
struct Noted {
    answer: BoxFuture<'static, Answer>,
    known_bytes: Arc<AtomicUsize>,
}

impl Future for Noted {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Answer> {
        let answer = ready!(self.answer.as_mut().poll(ctx));
        self.known_bytes.fetch_add(answer.memory_bytes(), Ordering::Relaxed);
        Poll::Ready(answer)
    }
}

impl Pending {
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    /// What the answers take in memory that are known and wait for others.
    pub(crate) fn known_bytes(&self) -> usize {
        self.known_bytes.load(Ordering::Relaxed)
    }

    /// An answer that is known, behind others that are not.
    pub(crate) fn push_known(&mut self, answer: Answer) {
        self.known_bytes.fetch_add(answer.memory_bytes(), Ordering::Relaxed);
        self.queue.push_back(Either::Left(future::ready(answer)));
    }

    /// An answer that will be known.
    pub(crate) fn push(&mut self, answer: BoxFuture<'static, Answer>) {
        let known_bytes = Arc::clone(&self.known_bytes);
        self.queue.push_back(Either::Right(Noted { answer, known_bytes }));
    }

    /// Forgets all of them.
    pub(crate) fn clear(&mut self) {
        self.queue.clear();
        self.known_bytes.store(0, Ordering::Relaxed);
    }

    /// The answer to the oldest request, once it is known.
    pub(crate) fn poll_first(&mut self, ctx: &mut Context<'_>) -> Poll<Answer> {
        match Pin::new(&mut self.queue).poll_next(ctx) {
            Poll::Ready(Some(answer)) => {
                self.known_bytes.fetch_sub(answer.memory_bytes(), Ordering::Relaxed);
                Poll::Ready(answer)
            }
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}
