//! Keeps the maps true: who may know whom, what every file says first, which names are no names.
//!
//! The rules are those of ARCHITECTURE.md and CONTRIBUTING.md. Where one stands in the way of something better, change
//! it here and there, in the same commit.
#![expect(clippy::unwrap_used, reason = "in a test, a failure is the message")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use toml::Table;

/// Whom each crate may know. An arrow that is not here is a decision that somebody should take knowingly.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("points", &[]),
    ("ical", &["model"]),
    ("sync", &["model", "points"]),
    ("providers", &["model", "ical", "points"]),
    ("store", &["model", "points"]),
    ("engine", &["model", "sync", "providers", "store", "points"]),
    ("net", &["providers", "engine"]),
    ("mail", &["model", "ical", "engine", "store"]),
    ("twins", &["model"]),
    ("server", &["model", "ical", "engine", "store", "providers", "sync"]),
    ("fuzz", &["model", "ical", "providers", "store", "engine", "server"]),
    ("sim", &["model", "ical", "sync", "providers", "store", "engine", "net", "twins", "server", "points"]),
    ("concord", &["model", "ical", "sync", "providers", "store", "engine", "mail", "net", "twins", "server"]),
];

/// Crates that compute and do nothing else: that they cannot is in their manifests.
const PURE: &[&str] = &["model", "ical", "sync"];

/// What a crate needs to do more than compute.
const IMPURE: &[&str] =
    &["tokio", "tokio-util", "sqlx", "reqwest", "axum", "hyper", "tower", "rand", "getrandom"];

/// Names that say of what kind a thing is, and not which thing.
const NO_NAMES: &[&str] = &[
    "common", "helper", "helpers", "manager", "managers", "misc", "service", "services", "types", "util",
    "utils",
];

#[test]
fn crates_know_only_whom_they_may() {
    let allowed: BTreeMap<_, _> = MAY_KNOW.iter().copied().collect();
    let mut faults = Vec::new();
    for (folder, manifest) in manifests() {
        let Some(may) = allowed.get(folder.as_str()) else {
            faults.push(format!("crates/{folder} is new: say in this file whom it may know"));
            continue;
        };
        for name in dependencies(&manifest, &["dependencies", "build-dependencies"]) {
            match name.strip_prefix("concord-") {
                Some(other) if !may.contains(&other) => {
                    faults.push(format!("{folder} knows {other}, and may not"));
                }
                _ => {}
            }
        }
    }
    none(&faults);
}

#[test]
fn pure_crates_cannot_do_anything() {
    let mut faults = Vec::new();
    for (folder, manifest) in manifests().into_iter().filter(|(folder, _)| PURE.contains(&folder.as_str())) {
        let all = dependencies(&manifest, &["dependencies", "dev-dependencies", "build-dependencies"]);
        faults.extend(
            IMPURE.iter().filter(|name| all.contains(**name)).map(|name| format!("{folder} has {name}")),
        );
    }
    none(&faults);
}

/// What the simulator can break on purpose cannot be broken in the program: nobody but the simulator switches it on, and
/// the program does not know the simulator.
#[test]
fn only_the_simulator_makes_mistakes_on_purpose() {
    let mut faults = Vec::new();
    for (folder, manifest) in manifests().into_iter().filter(|(folder, _)| folder != "sim") {
        let switches_on =
            manifest.get("features").is_some_and(|all| format!("{all:?}").contains("concord-points"));
        let plain = Table::from_iter([("workspace".to_owned(), toml::Value::from(true))]);
        let asks = ["dependencies", "dev-dependencies", "build-dependencies"].into_iter().any(|section| {
            let table = manifest.get(section).and_then(|table| table.get("concord-points"));
            table.is_some_and(|asked| asked.as_table() != Some(&plain))
        });
        if switches_on || asks {
            faults.push(format!("{folder} asks for more of concord-points than its name"));
        }
        if dependencies(&manifest, &["dependencies", "build-dependencies"]).contains("concord-sim") {
            faults.push(format!("{folder} knows the simulator"));
        }
    }
    let root: Table = read(&root().join("Cargo.toml")).parse().unwrap();
    let asked = root["workspace"]["dependencies"]["concord-points"].as_table().unwrap();
    if asked.keys().ne(["path"]) {
        faults.push("the workspace asks for more of concord-points than its name".to_owned());
    }
    none(&faults);
}

/// What is the same for all providers names none of them: another one is another folder of `providers`.
#[test]
fn only_who_speaks_with_a_provider_names_it() {
    const BLIND: &[&str] = &["model", "sync", "engine", "store", "server", "ical", "net"];
    const NAMES: &[&str] = &["google", "microsoft", "outlook", "notion", "icloud", "apple", "caldav"];
    let mut faults = Vec::new();
    for path in sources() {
        let place = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        if !BLIND.iter().any(|folder| place.starts_with(&format!("crates/{folder}/src/"))) {
            continue;
        }
        let text = read(&path);
        // An example in the description of the API is one; tests name whom they like.
        let code = text.split("#[cfg(test)]").next().unwrap();
        let code = code.lines().filter(|line| !line.contains("example = ") && !line.trim().starts_with("//"));
        for line in code {
            let lower = line.to_lowercase();
            let named = NAMES.iter().find(|name| lower.contains(&format!("\"{name}\"")));
            faults.extend(named.map(|name| format!("{place} names {name}: {}", line.trim())));
        }
    }
    none(&faults);
}

#[test]
fn every_crate_is_named_after_its_folder_and_says_what_it_is() {
    let mut faults = Vec::new();
    for (folder, manifest) in manifests() {
        let package = manifest["package"].as_table().unwrap();
        let name = package["name"].as_str().unwrap();
        if name.strip_prefix("concord-").unwrap_or(name) != folder {
            faults.push(format!("crates/{folder} is called {name}"));
        }
        if package.get("description").and_then(|text| text.as_str()).is_none_or(str::is_empty) {
            faults.push(format!("crates/{folder} has no description"));
        }
        if manifest.get("lints").is_none() {
            faults.push(format!("crates/{folder} does not take the workspace's lints"));
        }
    }
    none(&faults);
}

#[test]
fn every_module_says_what_it_is() {
    let silent = |path: &PathBuf| !read(path).trim_start().starts_with("//!");
    none(
        &sources()
            .into_iter()
            .filter(silent)
            .map(|path| format!("{} has no header", shown(&path)))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn every_file_has_a_name() {
    let kind = |path: &PathBuf| NO_NAMES.contains(&path.file_stem().unwrap().to_str().unwrap());
    let files = sources().into_iter().filter(kind);
    let folders: BTreeSet<_> =
        sources().iter().map(|path| path.parent().unwrap().to_owned()).filter(kind).collect();
    none(
        &files
            .chain(folders)
            .map(|path| format!("{} says of what kind it is", shown(&path)))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file does not find itself.
    let marks = [["#[ig", "nore"], ["to", "do!("], ["unimple", "mented!("], ["// TO", "DO"], ["FIX", "ME"]]
        .map(|m| m.concat());
    let mut faults = Vec::new();
    for path in sources() {
        for (number, line) in read(&path).lines().enumerate() {
            let found = marks.iter().filter(|mark| line.contains(mark.as_str()));
            faults.extend(found.map(|mark| format!("{}:{} has {mark}", shown(&path), number + 1)));
        }
    }
    none(&faults);
}

#[test]
fn the_map_names_what_is_there() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap_or_default();
    let gone = |path: &String| ![root(), root().join("crates")].iter().any(|base| base.join(path).exists());
    let faults = paths_in(&map).into_iter().filter(gone).map(|path| format!("ARCHITECTURE.md names {path}"));
    none(&faults.collect::<Vec<_>>());
}

#[test]
fn a_path_is_known_by_its_form() {
    let check = |text: &str, expected: &[&str]| assert_eq!(paths_in(text), expected, "{text}");
    check(
        "see `crates/net`, and `sync/src/{lens,merge}`.",
        &["crates/net", "sync/src/lens", "sync/src/merge"],
    );
    check(
        "`engine/run/push.rs` and `gone/away.rs`, `docs/`",
        &["engine/run/push.rs", "gone/away.rs", "docs/"],
    );
    check("`GET /api/x`, `/_twin/faults`, `text/calendar`, `model`, `https://a/b.rs`, `a/…`", &[]);
}

/// The paths that stand in backticks: whatever ends like a file or folder, or begins with a folder that is there.
fn paths_in(markdown: &str) -> Vec<String> {
    let quoted = markdown.split('`').skip(1).step_by(2);
    let plain = |word: &&str| {
        word.contains('/') && word.chars().all(|c| c.is_ascii_alphanumeric() || "/._-{},".contains(c))
    };
    let path = |word: &String| {
        let first = word.split('/').next().unwrap();
        let file =
            [".rs", ".md", ".toml", ".json", ".sql", ".ts", ".tsx"].iter().any(|end| word.ends_with(end));
        let there = [root(), root().join("crates")].iter().any(|base| base.join(first).is_dir());
        !first.is_empty() && (file || word.ends_with('/') || there)
    };
    quoted.filter(plain).flat_map(spelled_out).filter(path).collect()
}

/// `a/{b,c}` names two paths.
fn spelled_out(word: &str) -> Vec<String> {
    match word.split_once('{').and_then(|(head, rest)| Some((head, rest.split_once('}')?))) {
        Some((head, (names, tail))) => names.split(',').map(|name| format!("{head}{name}{tail}")).collect(),
        None => vec![word.to_owned()],
    }
}

#[track_caller]
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Every crate's folder name and manifest.
fn manifests() -> Vec<(String, Table)> {
    let folders = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let crates = folders.filter(|path| path.join("Cargo.toml").exists());
    let manifest = |path: PathBuf| {
        let folder = path.file_name().unwrap().to_str().unwrap().to_owned();
        (folder, read(&path.join("Cargo.toml")).parse().unwrap())
    };
    let found: Vec<_> = crates.map(manifest).collect();
    assert!(found.len() >= 9, "the crates are not where this test looks for them");
    found
}

fn dependencies<'a>(manifest: &'a Table, sections: &[&str]) -> BTreeSet<&'a str> {
    let tables = sections.iter().filter_map(|section| manifest.get(*section)?.as_table());
    tables.flat_map(|table| table.keys().map(String::as_str)).collect()
}

/// All Rust files of all crates.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("crates")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && !name.starts_with('.') && !["target", "node_modules"].contains(&name) {
                folders.push(path);
            } else if name.ends_with(".rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
