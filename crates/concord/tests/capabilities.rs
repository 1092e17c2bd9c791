//! Keeps the documents honest: a test that they name exists, and so does a file.
//!
//! `docs/capabilities.md` says for each promise where it is kept and which tests show it, `docs/rules.md` the same for
//! each rule. The index of tests by number, at the end of the former, is made from the sources, and so is the last column of
//! `docs/museum.md`: `make gen` writes them.
#![expect(clippy::unwrap_used, reason = "in a test, a failure is the message")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect_file;

/// The column of tests, by its head.
const TESTS: &str = "shown by";
/// Between these two, the index is made.
const INDEX: [&str; 2] = ["<!-- index: made from the names of tests -->", "<!-- end of index -->"];
/// How the exhibits of the bug museum are numbered: from 1 to this.
const EXHIBITS: u32 = 175;
/// What an exhibit can wait for that has no test yet: parts that are not built.
const WAITS_FOR: &[&str] = &["CalDAV", "feeds", "mail", "free and busy times", "alerts"];
/// Beginnings of names that carry a number: a capability, an invariant, an exhibit of the bug museum, a trap of Google's (of calendar
/// servers: `caldav_trap`, of Microsoft's: `microsoft_trap`, of Notion's: `notion_trap`).
const NUMBERED: &[&str] =
    &["ac", "ap", "be", "bm", "cf", "db", "ev", "i", "mo", "op", "pr", "pv", "se", "sy", "trap", "ui", "wh"];

#[test]
fn every_test_that_a_promise_names_exists() {
    let functions = functions();
    let mut faults = Vec::new();
    let mut cells = 0;
    for cell in cells_of_tests(&read("docs/capabilities.md")) {
        let tests: Vec<&str> = quoted(&cell).collect();
        if tests.is_empty() {
            faults.push(format!("capabilities.md names no test in \"{cell}\""));
        }
        cells += 1;
        let gone = tests.iter().filter(|test| !functions.contains(**test));
        faults.extend(gone.map(|test| format!("capabilities.md names {test}, and there is no such test")));
    }
    for tests in shown_by(&read("docs/rules.md")) {
        let gone = quoted(&tests).filter(|test| !functions.contains(*test));
        faults.extend(gone.map(|test| format!("rules.md names {test}, and there is no such test")));
    }
    assert!(cells > 50, "the tables of capabilities.md are not where this test looks for them");
    none(&faults);
}

#[test]
fn what_is_kept_is_not_said_to_be_missing() {
    let text = read("docs/capabilities.md");
    let (kept, rest) = text.split_once("## Not yet").unwrap();
    let (missing, _) = rest.split_once("## Tests by number").unwrap();
    let numbers = |text: &str| -> BTreeSet<String> {
        // A part of what a row of missing things names may be there.
        let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
        let whole = rows.filter(|cell| !cell.ends_with("in part"));
        whole.flat_map(|cell| cell.split(", ").flat_map(one_to_another)).collect()
    };
    let (kept, missing) = (numbers(kept), numbers(missing));
    assert!(
        kept.contains("UI-8") && missing.contains("MO-2"),
        "the tables are not where this test looks for them"
    );
    none(
        &kept
            .intersection(&missing)
            .map(|number| format!("{number} is kept and missing"))
            .collect::<Vec<_>>(),
    );
}

/// The numbers in "MO-1 to MO-4", or the only one.
fn one_to_another(cell: &str) -> Vec<String> {
    let number = |text: &str| {
        text.split_once('-').and_then(|(kind, n)| Some((kind.to_owned(), n.parse::<u32>().ok()?)))
    };
    let (first, last) = cell.split_once(" to ").unwrap_or((cell, cell));
    match (number(first), number(last)) {
        (Some((kind, first)), Some((_, last))) => (first..=last).map(|n| format!("{kind}-{n}")).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn every_file_that_a_document_names_exists() {
    let mut faults = Vec::new();
    for document in documents() {
        let text = read(&document);
        let roots = ["crates/", "docs/", "scripts/", "bench/", "web/"];
        let named = quoted(&text).filter(|word| roots.iter().any(|root| word.starts_with(root)));
        let plain =
            named.filter(|word| word.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c)));
        let gone = plain.filter(|path| !root().join(path).exists());
        faults.extend(gone.map(|path| format!("{document} names {path}")));
        let folder = Path::new(&document).parent().unwrap();
        let gone = linked(&text).filter(|path| !root().join(folder).join(path).exists());
        faults.extend(gone.map(|path| format!("{document} links to {path}")));
    }
    none(&faults);
}

#[test]
fn the_index_is_made_from_the_names_of_tests() {
    let text = read("docs/capabilities.md");
    let [begin, end] = INDEX;
    let (before, rest) = text.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    let made = format!("{before}{begin}\n\n{}\n{end}{after}", made_index(&functions()));
    let (old, new): (BTreeSet<_>, BTreeSet<_>) = (text.lines().collect(), made.lines().collect());
    for line in new.symmetric_difference(&old) {
        println!("differs: {line}");
    }
    expect_file!["../../../docs/capabilities.md"].assert_eq(&made);
}

#[test]
fn every_exhibit_of_the_museum_has_a_test_or_waits_for_a_part() {
    let text = read("docs/museum.md");
    let tests = by_number(&functions());
    let mut faults = Vec::new();
    let mut shown = BTreeSet::new();
    let mut made = String::new();
    for line in text.lines() {
        let Some((number, before, here)) = exhibit(line) else {
            made += line;
            made.push('\n');
            continue;
        };
        if !shown.insert(number) {
            faults.push(format!("museum.md shows BM-{number:03} twice"));
        }
        let here = match tests.get(&("bm".to_owned(), number)) {
            Some((_, tests)) => tests.join("<br>"),
            None => {
                if !here.strip_prefix("waits for ").is_some_and(|part| WAITS_FOR.contains(&part)) {
                    faults.push(format!("BM-{number:03} has no test, and waits for no part that is to come"));
                }
                here.to_owned()
            }
        };
        writeln!(made, "{before}| {here} |").unwrap();
    }
    faults
        .extend((1..=EXHIBITS).filter(|n| !shown.contains(n)).map(|n| format!("museum.md lacks BM-{n:03}")));
    none(&faults);
    // What has a test and is said to wait differs here, too.
    expect_file!["../../../docs/museum.md"].assert_eq(&made);
}

/// An exhibit's row: its number, all before the last cell, and that cell.
fn exhibit(line: &str) -> Option<(u32, &str, &str)> {
    let number = line.strip_prefix("| BM-")?.split(' ').next()?.parse().ok()?;
    let (before, here) = line.strip_suffix(" |")?.rsplit_once("| ")?;
    Some((number, before, here))
}

#[test]
fn numbers_are_read_from_names() {
    let check = |name: &str, expected: &[&str]| assert_eq!(numbers(name), expected, "{name}");
    check("bm_021_a_failed_fetch", &["BM-021"]);
    check("bm_049_and_050_until", &["BM-049", "BM-050"]);
    check("bm_132_to_136_any_text", &["BM-132", "BM-133", "BM-134", "BM-135", "BM-136"]);
    check("bm_152_153_every_rule", &["BM-152", "BM-153"]);
    check("ac_4_what_leaves", &["AC-4"]);
    check("trap_03_the_id", &["trap 3"]);
    check("caldav_trap_03_calendars", &["CalDAV trap 3"]);
    check("notion_trap_03_a_second", &["Notion trap 3"]);
    check("microsoft_trap_18_a_conflict", &["Microsoft trap 18"]);
    check("microsoft_bm_1_is_no_trap", &[]);
    check("i_42_a_megabyte", &["I-42"]);
    check("i_am_no_number", &[]);
    check("an_event", &[]);
}

/// The numbers that a name begins with.
fn numbers(name: &str) -> Vec<String> {
    // Google's traps are the older ones, and bear no name before their number.
    let of_others = [("caldav_", "CalDAV "), ("microsoft_", "Microsoft "), ("notion_", "Notion ")];
    let other = of_others.into_iter().find_map(|(prefix, of)| {
        name.strip_prefix(prefix).filter(|rest| rest.starts_with("trap_")).map(|rest| (of, rest))
    });
    let (of, name) = other.unwrap_or(("", name));
    let mut words = name.split('_').peekable();
    let Some(kind) = words.next().filter(|kind| NUMBERED.contains(kind)) else { return Vec::new() };
    let mut found: Vec<u32> = Vec::new();
    let mut through = false;
    while let Some(word) = words.next() {
        let next_is_number = words.peek().is_some_and(|word| word.parse::<u32>().is_ok());
        match word.parse::<u32>() {
            Ok(number) if through => {
                found.extend(found.last().map_or(number, |last| last + 1)..=number);
                through = false;
            }
            Ok(number) => found.push(number),
            Err(_) if word == "to" && next_is_number => through = true,
            Err(_) if word == "and" && next_is_number => {}
            Err(_) => break,
        }
    }
    let written = |number: u32| match kind {
        "bm" => format!("BM-{number:03}"),
        "i" => format!("I-{number:02}"),
        "trap" => format!("{of}trap {number}"),
        kind => format!("{}-{number}", kind.to_uppercase()),
    };
    found.into_iter().map(written).collect()
}

/// A table of all numbers that tests carry in their names. The museum has its own.
fn made_index(functions: &BTreeSet<String>) -> String {
    let mut text = String::from("| number | tests |\n| --- | --- |\n");
    for ((kind, _), (number, tests)) in by_number(functions) {
        if kind != "bm" {
            writeln!(text, "| {number} | {} |", tests.join("<br>")).unwrap();
        }
    }
    text
}

/// The tests of each number, in backticks, by its kind and count.
fn by_number(functions: &BTreeSet<String>) -> BTreeMap<(String, u32), (String, Vec<String>)> {
    let mut index: BTreeMap<(String, u32), (String, Vec<String>)> = BTreeMap::new();
    for name in functions {
        for number in numbers(name) {
            let (kind, count) = number.rsplit_once(['-', ' ']).unwrap();
            let key = (kind.to_lowercase(), count.parse().unwrap());
            index.entry(key).or_insert_with(|| (number, Vec::new())).1.push(format!("`{name}`"));
        }
    }
    index
}

/// The cells under the head of tests, in all tables.
fn cells_of_tests(markdown: &str) -> Vec<String> {
    let mut column = None;
    let mut cells = Vec::new();
    for line in markdown.lines() {
        let row: Vec<&str> = match line.strip_prefix('|').and_then(|rest| rest.strip_suffix('|')) {
            Some(row) => row.split('|').map(str::trim).collect(),
            None => {
                column = None;
                continue;
            }
        };
        match column {
            None => column = Some(row.iter().position(|head| *head == TESTS)),
            Some(Some(at)) if !row[0].starts_with("---") => {
                cells.extend(row.get(at).map(ToString::to_string));
            }
            Some(_) => {}
        }
    }
    cells
}

/// What follows "Shown by", up to the end of its paragraph.
fn shown_by(markdown: &str) -> Vec<String> {
    let paragraphs = markdown.split("\n\n");
    paragraphs.filter_map(|paragraph| Some(paragraph.split_once("Shown by")?.1.to_owned())).collect()
}

/// The words in backticks.
fn quoted(markdown: &str) -> impl Iterator<Item = &str> {
    markdown.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// Where links of this project lead.
fn linked(markdown: &str) -> impl Iterator<Item = &str> {
    let targets = markdown.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains(':') && !target.starts_with('#'))
}

fn documents() -> Vec<String> {
    let guides = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().file_name());
    let guides = guides.map(|name| format!("docs/{}", name.to_str().unwrap()));
    let mut all: Vec<String> = guides.filter(|name| name.ends_with(".md")).collect();
    all.extend(["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"].map(str::to_owned));
    all.sort();
    all
}

/// Every function of every crate: a test of a shared suite is one, too.
fn functions() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root().join("crates")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && !name.starts_with('.') && name != "target" {
                folders.push(path);
            } else if name.ends_with(".rs") {
                let source = fs::read_to_string(&path).unwrap();
                found.extend(source.lines().filter_map(function).map(str::to_owned));
            }
        }
    }
    assert!(found.len() > 1_000, "the sources are not where this test looks for them");
    found
}

/// The function that a line declares.
fn function(line: &str) -> Option<&str> {
    let (before, rest) = line.split_once("fn ")?;
    let words = ["pub", "pub(crate)", "pub(super)", "async", "const"];
    let name = rest.split(['(', '<']).next()?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (is_name && before.split_whitespace().all(|word| words.contains(&word))).then_some(name)
}

#[track_caller]
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}
