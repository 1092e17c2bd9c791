//! How many calls are under way at one server: as many as make it faster.
//!
//! A server that works in parallel answers four as fast as one; one that does a thing at a time answers four in four
//! times the time, and nothing is gained but a queue. So the times of answers decide, as they do for packets in a
//! network: while a round of calls is answered about as fast as the fastest call ever was, twice as many go out; once
//! answers take longer, one more at a time; where they take twice as long, more of them only wait, and fewer go out.
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
const MOST: usize = 64;
/// Answers this much slower than the fastest are as fast: what a burst of calls costs each of them.
const EVEN: Duration = Duration::from_millis(4);

/// Something to do that takes a call or more.
pub(super) type Job<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The pace of one server.
#[derive(Debug)]
pub(super) struct Pace(Mutex<State>);

#[derive(Debug, Clone, Copy)]
struct State {
    width: usize,
    most: usize,
    /// The fastest answer so far.
    best: Option<Duration>,
    /// Answers since the number last changed, and how long they took together: it takes a round of them to see what the
    /// change did.
    seen: usize,
    sum: Duration,
    /// Whether more has helped so far, so that the number doubles with each round.
    rising: bool,
}

impl State {
    fn starting(width: usize, most: usize) -> State {
        State { width, most, best: None, seen: 0, sum: Duration::ZERO, rising: true }
    }
}

impl Pace {
    /// A pace that begins with so many calls at a time.
    pub(super) fn starting(first: usize) -> Pace {
        let most = if first == 1 { 1 } else { MOST };
        Pace(Mutex::new(State::starting(first.clamp(1, MOST), most)))
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
            state.sum += took;
            if state.seen < state.width {
                return;
            }
            let mean = state.sum / u32::try_from(state.seen).unwrap_or(u32::MAX);
            (state.seen, state.sum) = (0, Duration::ZERO);
            let slack = mean.saturating_sub(EVEN);
            if slack <= best + best / 3 {
                state.width = if state.rising { state.width * 2 } else { state.width + 1 }.min(state.most);
            } else if slack > best * 2 {
                // Half of the time of an answer and more is spent in a queue: nothing is gained by it.
                state.width = (state.width * 3 / 4).max(1);
                state.rising = false;
            } else {
                state.rising = false;
            }
        });
    }

    /// The server has asked for a pause: afterwards it is called one by one, to begin with.
    pub(super) fn asked_to_wait(&self) {
        self.state(|state| *state = State { rising: false, ..State::starting(1, state.most) });
    }

    /// The server had trouble while several calls were under way: perhaps they were in each other's way there, as they
    /// are where a store has one lock. From now on it is called one by one.
    pub(super) fn had_trouble(&self) {
        self.state(|state| *state = State::starting(1, 1));
    }

    fn state<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Carries out jobs, as many at a time as the pace allows. One result for each, in order. Once a result says
    /// something of all that follow, the rest is not begun and gets that.
    pub(super) async fn together<T: Clone>(
        &self,
        jobs: Vec<Job<'_, T>>,
        of_the_rest: impl Fn(&T) -> Option<T>,
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
            stop = stop.or_else(|| of_the_rest(&result));
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

    /// A server that is so far away, and works for so long on each of the calls that it answers at once.
    fn settled(away_ms: u64, works_ms: u64, at_once: usize) -> usize {
        let pace = Pace::starting(FIRST);
        for _ in 0..200 {
            let width = pace.width();
            for n in 0..width {
                let rounds = (n / at_once + 1) as u64;
                pace.took(Duration::from_millis(away_ms + works_ms * rounds));
            }
        }
        pace.width()
    }

    #[test]
    fn a_server_that_works_in_parallel_gets_more_and_one_that_queues_gets_less() {
        assert_eq!(settled(0, 10, MOST), MOST);
        assert!((1..=3).contains(&settled(0, 35, 1)), "{}", settled(0, 35, 1));
    }

    #[test]
    fn a_server_far_away_gets_as_many_as_it_can_work_on_while_the_first_answer_travels() {
        assert!((32..=MOST).contains(&settled(50, 1, 1)), "{}", settled(50, 1, 1));
    }

    #[test]
    fn the_number_doubles_while_that_helps() {
        let pace = Pace::starting(FIRST);
        for _ in 0..FIRST + 2 * FIRST {
            pace.took(Duration::from_millis(50));
        }
        assert_eq!(pace.width(), 4 * FIRST);
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
        let results = pace.together(jobs.collect(), |_| None).await;
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
        let results = Pace::starting(FIRST)
            .together(jobs.collect(), |result| result.is_err().then_some(Err("not begun")))
            .await;
        assert_eq!((results.len(), results[0], results[49]), (50, Err("stop"), Err("not begun")));
        assert!(*begun.lock().unwrap() <= FIRST);
    }
}
