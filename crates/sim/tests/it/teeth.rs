//! Whether it bites: every mistake that can be made on purpose has a name, and a kept world that shows it. That one is
//! found among fresh worlds is for `make teeth`.
#![expect(clippy::unwrap_used, reason = "in a test, a failure is the message")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use concord_sim::figures::{ELSEWHERE, POINTS, RARER};
use concord_sim::kept::Kept;
use concord_sim::run::Keep;
use concord_sim::teeth::{NOTICED, TEETH, Tooth};

/// What the macro of that name is told in the code of Concord, each once.
fn named(call: &str) -> Vec<String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut named = Vec::new();
    let mut folders: Vec<_> =
        ["sync", "store", "engine", "providers"].map(|c| crates.join(c).join("src")).into();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(path).unwrap();
            let names = source.split(call).skip(1).filter_map(|rest| rest.split('"').next());
            named.extend(names.map(str::to_owned));
        }
    }
    named
}

#[test]
fn every_defect_in_the_code_is_looked_for() {
    let in_code = named("defect!(\"");
    let in_code: BTreeSet<&str> = in_code.iter().map(String::as_str).collect();
    let looked_for: BTreeSet<&str> = TEETH.iter().map(|tooth| tooth.defect).collect();
    assert_eq!(in_code, looked_for);
    assert_eq!(looked_for.len(), TEETH.len());
}

#[test]
fn every_point_in_the_code_is_waited_for() {
    let in_code = named("point!(\"");
    let waited_for: BTreeSet<&str> = POINTS.into_iter().chain(RARER).chain(ELSEWHERE).collect();
    assert_eq!(in_code.iter().map(String::as_str).collect::<BTreeSet<_>>(), waited_for);
}

/// What is wrong with the kept world of a defect.
fn fault(tooth: &Tooth) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds/teeth").join(tooth.file());
    if NOTICED.iter().any(|(defect, _)| *defect == tooth.defect) {
        return path
            .exists()
            .then(|| format!("\"{}\" has a kept world: no test has to stand in for it", tooth.defect));
    }
    let kept = match Kept::read(&path) {
        Ok(kept) => kept,
        Err(error) => return Some(error),
    };
    let (bitten, _) = tooth.live(&kept.plan, &kept.steps);
    if !bitten.violation.as_ref().is_some_and(|seen| tooth.shows_in(seen)) {
        return Some(format!("\"{}\" is not seen: {:?}", tooth.defect, bitten.violation));
    }
    let clean = kept.replay(Keep::default()).violation;
    clean.map(|violation| format!("\"{}\" is seen where it is not: {violation:?}", tooth.defect))
}

#[test]
fn every_defect_is_caught_in_its_kept_world() {
    let next = AtomicUsize::new(0);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let faults: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores)
            .map(|_| {
                scope.spawn(|| {
                    let take = || TEETH.get(next.fetch_add(1, Ordering::Relaxed));
                    std::iter::from_fn(take).filter_map(fault).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "`make teeth` looks for another world:\n{}", faults.join("\n"));
}
