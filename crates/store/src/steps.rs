//! The steps of a transaction, for whoever watches a store: the simulator, which gives turns, breaks things and crashes
//! workers at them. In production nobody watches, and a step is one look at an empty field.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::error::Error;

/// A point in the life of a transaction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Step {
    /// Before it begins to read. Nothing is held yet.
    Read,
    /// Before it begins to write. Nothing is held yet.
    Begin,
    /// Before it is committed, while it is held: who is asked here must answer at once. An error undoes all of it.
    Commit,
    /// After it was committed. An error is an answer that was lost: it has happened all the same.
    Committed,
}

/// Whether it goes on.
pub type Passing<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// Someone who is asked at every step of every transaction.
pub trait Steps: Send + Sync {
    /// Says whether it goes on. What is dropped while it waits here is a crash at this step.
    fn pass(&self, step: Step) -> Passing<'_>;
}

/// Who watches, if anybody does.
#[derive(Clone, Default)]
pub(crate) struct Watch(Option<Arc<dyn Steps>>);

impl Watch {
    pub(crate) fn by(steps: Arc<dyn Steps>) -> Watch {
        Watch(Some(steps))
    }

    pub(crate) async fn pass(&self, step: Step) -> Result<(), Error> {
        match &self.0 {
            None => Ok(()),
            Some(steps) => steps.pass(step).await,
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "watched" } else { "unwatched" })
    }
}
