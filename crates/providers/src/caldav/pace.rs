//! How many calls are under way at one server: as many as make it faster.
//!
//! A server that works in parallel answers four as fast as one; one that does a thing at a time answers four in four
//! times the time, and nothing is gained but a queue. So the times of answers decide, as they do for packets in a
//! network: the share of an answer's time that was spent waiting, times the number of calls under way, is the length of
//! the queue at the server. While that is short, one more call goes out; when it grows, one fewer.
//!
//! Times come from the door ([`crate::http::Took`]). Where they do not, the number stays what it was at the start.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

/// How many calls go out at first.
pub(super) const FIRST: usize = 4;
/// How many there are at most.
const MOST: usize = 8;
/// A queue shorter than so many calls makes room for another one.
const SHORT: u128 = 1;
/// A queue longer than that is too long.
const LONG: u128 = 2;

/// Something to do that takes a call or more.
pub(super) type Job<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The pace of one server.
#[derive(Debug)]
pub(super) struct Pace(Mutex<State>);

#[derive(Debug, Clone, Copy)]
struct State {
    width: usize,
    most: usize,
    /// The fastest answer so far, and how many were slower since.
    best: Option<Duration>,
    /// Answers since the number last changed: it takes a round of them to see what the change did.
    seen: usize,
}

impl Pace {
    /// A pace that begins with so many calls at a time.
    pub(super) fn starting(first: usize) -> Pace {
        let most = if first == 1 { 1 } else { MOST };
        Pace(Mutex::new(State { width: first.clamp(1, MOST), most, best: None, seen: 0 }))
    }

    /// How many calls may be under way.
    pub(super) fn width(&self) -> usize {
        self.state(|state| state.width)
    }

    /// Takes in how long an answer took.
    pub(super) fn took(&self, took: Duration) {
        self.state(|state| {
            let took = took.max(Duration::from_micros(1));
            let best = state.best.map_or(took, |best| best.min(took));
            state.best = Some(best);
            state.seen += 1;
            if state.seen < state.width {
                return;
            }
            state.seen = 0;
            // Of the calls under way, so many were waiting.
            let waiting = state.width as u128 * (took - best).as_micros() / took.as_micros();
            if waiting < SHORT {
                state.width = (state.width + 1).min(state.most);
            } else if waiting >= LONG {
                state.width = (state.width - 1).max(1);
            }
        });
    }

    /// The server has asked for a pause: afterwards it is called one by one, to begin with.
    pub(super) fn asked_to_wait(&self) {
        self.state(|state| *state = State { width: 1, best: None, seen: 0, most: state.most });
    }

    /// The server had trouble while several calls were under way: perhaps they were in each other's way there, as they
    /// are where a store has one lock. From now on it is called one by one.
    pub(super) fn had_trouble(&self) {
        self.state(|state| *state = State { width: 1, best: None, seen: 0, most: 1 });
    }

    fn state<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Carries out jobs, as many at a time as the pace allows. One result for each, in order. Once a result says that
    /// it holds for all that follow, the rest is not begun and gets the same.
    pub(super) async fn together<T: Clone>(
        &self,
        jobs: Vec<Job<'_, T>>,
        holds_for_all: impl Fn(&T) -> bool,
    ) -> Vec<T> {
        let mut waiting = jobs.into_iter().enumerate();
        let mut under_way = FuturesUnordered::new();
        let mut results: Vec<Option<T>> = Vec::new();
        let mut stop: Option<T> = None;
        loop {
            while stop.is_none() && under_way.len() < self.width() {
                let Some((place, job)) = waiting.next() else { break };
                results.resize_with(place + 1, || None);
                under_way.push(async move { (place, job.await) });
            }
            let Some((place, result)) = under_way.next().await else { break };
            if holds_for_all(&result) {
                stop.get_or_insert_with(|| result.clone());
            }
            results[place] = Some(result);
        }
        let rest = waiting.map(|_| stop.clone());
        let all: Vec<Option<T>> = results.into_iter().chain(rest).collect();
        all.into_iter()
            .map(|result| result.expect("each job was carried out, or stopped by another"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that answers so many calls at once, each in ten milliseconds.
    fn settled(at_once: usize) -> usize {
        let pace = Pace::starting(FIRST);
        pace.took(Duration::from_millis(10));
        for _ in 0..200 {
            let rounds = pace.width().div_ceil(at_once) as u32;
            pace.took(Duration::from_millis(10) * rounds);
        }
        pace.width()
    }

    #[test]
    fn a_server_that_works_in_parallel_gets_more_and_one_that_queues_gets_less() {
        assert_eq!(settled(16), MOST);
        assert!((1..=3).contains(&settled(1)), "{}", settled(1));
    }

    #[test]
    fn a_server_that_had_trouble_is_called_one_by_one_from_then_on() {
        let pace = Pace::starting(FIRST);
        pace.had_trouble();
        for _ in 0..50 {
            pace.took(Duration::from_millis(10));
        }
        assert_eq!(pace.width(), 1);
        let pace = Pace::starting(FIRST);
        pace.asked_to_wait();
        assert_eq!(pace.width(), 1);
        for _ in 0..50 {
            pace.took(Duration::from_millis(10));
        }
        assert!(pace.width() > 1);
    }

    #[test]
    fn without_times_the_number_stays() {
        assert_eq!(Pace::starting(FIRST).width(), FIRST);
    }

    #[tokio::test]
    async fn never_more_than_the_pace_are_under_way_and_answers_stay_in_order() {
        let (pace, under_way) = (Pace::starting(FIRST), Mutex::new((0usize, 0usize)));
        let jobs = (0..50).map(|n| -> Job<'_, usize> {
            let under_way = &under_way;
            Box::pin(async move {
                {
                    let mut now = under_way.lock().unwrap();
                    now.0 += 1;
                    now.1 = now.1.max(now.0);
                }
                for _ in 0..n % 7 {
                    tokio::task::yield_now().await;
                }
                under_way.lock().unwrap().0 -= 1;
                n
            })
        });
        let results = pace.together(jobs.collect(), |_| false).await;
        assert_eq!(results, (0..50).collect::<Vec<_>>());
        assert_eq!(under_way.lock().unwrap().1, FIRST);
    }

    #[tokio::test]
    async fn what_holds_for_all_ends_the_rest() {
        let begun = Mutex::new(0);
        let jobs = (0..50).map(|n| -> Job<'_, Result<usize, &str>> {
            let begun = &begun;
            Box::pin(async move {
                *begun.lock().unwrap() += 1;
                if n == 0 { Err("stop") } else { Ok(n) }
            })
        });
        let results = Pace::starting(FIRST).together(jobs.collect(), Result::is_err).await;
        assert_eq!((results.len(), results[49]), (50, Err("stop")));
        assert!(*begun.lock().unwrap() <= FIRST);
    }
}
