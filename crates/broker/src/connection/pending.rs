//! Requests that were started and wait for their answers, in the order in which they came.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use futures::future::BoxFuture;

use super::Answer;

/// The queue. Each wake-up polls all that wait: there are few (`IN_FLIGHT_MAX`), and nothing is allocated for them.
#[derive(Default)]
pub(crate) struct Pending(VecDeque<Slot>);

enum Slot {
    Waits(BoxFuture<'static, Answer>),
    Has(Answer),
}

impl Pending {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// An answer that is known, behind others that are not.
    pub(crate) fn push_known(&mut self, answer: Answer) {
        self.0.push_back(Slot::Has(answer));
    }

    /// An answer that will be known.
    pub(crate) fn push(&mut self, answer: BoxFuture<'static, Answer>) {
        self.0.push_back(Slot::Waits(answer));
    }

    /// Forgets all of them.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The answer to the oldest request, once it is known. Later ones make progress meanwhile.
    pub(crate) fn poll_first(&mut self, ctx: &mut Context<'_>) -> Poll<Answer> {
        for slot in &mut self.0 {
            if let Slot::Waits(answer) = slot
                && let Poll::Ready(answer) = answer.as_mut().poll(ctx)
            {
                *slot = Slot::Has(answer);
            }
        }
        match self.0.pop_front() {
            Some(Slot::Has(answer)) => Poll::Ready(answer),
            Some(waits) => {
                self.0.push_front(waits);
                Poll::Pending
            }
            None => Poll::Pending,
        }
    }
}
