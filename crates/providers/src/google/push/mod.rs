//! How one write becomes calls, and many writes go out together.
//!
//! Google keeps a series as a master and exceptions, each with a version of its own, so one write can need several
//! calls, one after the other. Each write is a small machine ([`Job`]) that is told answers and says which calls come
//! next; the calls of all jobs that stand at the same point share a batch.
//!
//! ```text
//!   look ──▶ write the event ──▶ list its exceptions ──▶ find occurrences ──▶ bring them to what they shall be
//!   (guests, restored, moved)    (it has some, or moved)  (no version known)    (each on its own version)
//! ```
//!
//! Every step is left out where it is not needed; a single event takes one call. What fails after a first success has
//! unknown outcome: the engine reads and decides anew. What was changed there by others meanwhile is found by version
//! or by content, and is neither overwritten nor reported as agreed.

mod job;
mod update;
mod want;

use concord_model::{Field, FieldSet};

use super::answers;
use super::calls::Heard;
use super::pull::Desk;
use crate::answer::Answer;
use crate::provider::{Mail, Write, Written};
use job::Job;

/// The fields that can be written at all.
pub(super) const WRITABLE: FieldSet = FieldSet::ALL
    .without(Field::Conference)
    .without(Field::Organiser)
    .without(Field::Attachments)
    .without(Field::Original);
/// The most steps of one write; only a listing of many pages comes near.
const MOST_STEPS: usize = 200;

/// Carries out writes. One answer for each, in order.
pub(super) async fn write(desk: &Desk<'_>, writes: &[Write], mail: Mail) -> Vec<Result<Written, Answer>> {
    let now = desk.line.access.now;
    let mut jobs: Vec<Job<'_>> =
        writes.iter().map(|write| Job::new(desk.calls, desk.calendar, write, mail, now)).collect();
    let mut results: Vec<Option<Result<(), Answer>>> = vec![None; jobs.len()];
    let mut heard: Vec<Vec<Result<Heard, Answer>>> = vec![Vec::new(); jobs.len()];
    let mut wait: Option<Answer> = None;
    for step in 0.. {
        let mut calls = Vec::new();
        let mut shares = Vec::new();
        for (place, job) in jobs.iter_mut().enumerate() {
            if results[place].is_some() {
                continue;
            }
            match (job.step(std::mem::take(&mut heard[place])), &wait) {
                (Err(answer), _) => results[place] = Some(Err(answer)),
                (Ok(next), _) if next.is_empty() => results[place] = Some(Ok(())),
                // Whoever is asked to wait waits, with all that was begun beside it (I-33).
                (Ok(_), Some(wait)) => results[place] = Some(Err(job.cut_off(wait))),
                (Ok(_), None) if step == MOST_STEPS => {
                    results[place] = Some(Err(Answer::Unknown("a write took too many steps".to_owned())));
                }
                (Ok(next), None) => {
                    shares.push((place, next.len()));
                    calls.extend(next);
                }
            }
        }
        if calls.is_empty() {
            break;
        }
        let answers = desk.line.ask_all(&calls).await;
        let asked_to_wait = |answer: &Result<Heard, Answer>| match answer {
            Err(wait @ Answer::RetryAfter { .. }) => Some(wait.clone()),
            _ => None,
        };
        wait = wait.or_else(|| answers.iter().find_map(asked_to_wait));
        let mut answers = answers.into_iter();
        for (place, share) in shares {
            heard[place] = answers.by_ref().take(share).collect();
        }
    }
    let mut sent = Vec::new();
    for (result, job) in results.iter().zip(&mut jobs) {
        if matches!(result, Some(Ok(()))) {
            sent.extend(job.sent_mut());
        }
    }
    let lent = desk.lend_zone(sent).await;
    let told = results.into_iter().zip(jobs).map(|(result, mut job)| {
        result.unwrap_or(Ok(()))?;
        if job.sent_mut().any(|sent| sent.needs_zone()) {
            // It was written; only what came of it cannot be read.
            lent.as_ref().map_err(|_| answers::unreadable(true))?;
        }
        Ok(job.written())
    });
    told.collect()
}
