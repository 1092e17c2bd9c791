//! What lies in `corpus/`, and many spoilt copies of it, sent to every target: the same ones each time, others with another
//! `PROPTEST_RNG_SEED`. libFuzzer looks further (`make fuzz`).
#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

mod spoil;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use concord_fuzz::{TARGETS, Target};
use rand::SeedableRng;
use rand::rngs::StdRng;

/// How many spoilt inputs each target meets.
const ROUNDS: usize = 2_000;
/// Nothing takes longer than this; far below what a person would call a hang, far above a busy machine.
const LONG: Duration = Duration::from_secs(5);

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target)
}

/// The kept inputs of a target, by their names.
fn corpus(target: &Target) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(folder(target.name)).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = files.map(|path| (path.display().to_string(), fs::read(&path).unwrap())).collect();
    all.sort();
    assert!(!all.is_empty(), "{} has no corpus", target.name);
    all
}

#[expect(clippy::disallowed_methods, reason = "that it does not take long is part of the promise")]
fn meet(target: &Target, what: &str, data: &[u8]) {
    let began = Instant::now();
    let met = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (target.meet)(data)));
    if met.is_err() {
        panic!("{}, {what}: {:?}", target.name, String::from_utf8_lossy(data));
    }
    let took = began.elapsed();
    assert!(took < LONG, "{}, {what} took {took:?}: {:?}", target.name, String::from_utf8_lossy(data));
}

#[expect(clippy::disallowed_methods, reason = "the tests' own setting, read in this one place")]
fn seed() -> u64 {
    std::env::var("PROPTEST_RNG_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_121)
}

fn holds(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let corpus = corpus(target);
    for (file, data) in &corpus {
        meet(target, file, data);
    }
    let data: Vec<&[u8]> = corpus.iter().map(|(_, data)| &data[..]).collect();
    let mut dice = StdRng::seed_from_u64(seed());
    for round in 0..ROUNDS {
        meet(
            target,
            &format!("round {round} of seed {}", seed()),
            &spoil::spoilt(&mut dice, &data, target.words),
        );
    }
}

macro_rules! targets {
    ($($name:ident $promise:ident)*) => {
        $(#[test]
        fn $promise() {
            holds(stringify!($name));
        })*

        #[test]
        fn every_target_is_met_and_can_be_looked_at_further() {
            let here = [$(stringify!($name)),*];
            assert_eq!(TARGETS.iter().map(|target| target.name).collect::<Vec<_>>(), here);
            for name in here {
                let file = format!("libfuzzer/targets/{name}.rs");
                assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(file).exists(), "{name}");
            }
            let kept = fs::read_dir(folder("")).unwrap();
            for folder in kept.map(|entry| entry.unwrap().file_name()) {
                assert!(here.contains(&folder.to_str().unwrap()), "{folder:?} is no target's");
            }
        }
    };
}

targets! {
    lines lines_lie_side_by_side_and_come_back_as_they_were
    calendars a_file_keeps_what_nobody_knows_and_reads_as_what_was_asked_for
    rules every_rule_is_refused_or_worked_out_with_bounded_work
    google what_is_not_surely_an_answer_of_google_is_none
    microsoft what_is_not_surely_an_answer_of_microsoft_is_none
    caldav what_is_not_surely_an_answer_of_a_calendar_server_is_none
    notion what_is_not_surely_an_answer_of_notion_is_none
    ics what_is_not_surely_a_feed_is_none
    cursors a_spoilt_place_is_lost_and_never_the_end
    requests se_6_what_is_wrong_is_told_with_its_field_and_changes_nothing
    notices i_31_a_notice_is_heard_only_with_the_secret_of_its_channel
    backups a_spoilt_backup_is_refused
}
