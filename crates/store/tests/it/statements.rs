//! Every statement of the crate, read from its sources: a text that begins with a verb of SQL.

use std::path::Path;

/// Returns the statements of all sources, marks and all.
pub(crate) fn all() -> Vec<&'static str> {
    let mut found = Vec::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found
}

fn read(folder: &Path, found: &mut Vec<&'static str>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") && !for_one_database(&path) {
            let source = std::fs::read_to_string(&path).unwrap();
            found.extend(
                texts(&source).into_iter().filter(|text| is_statement(text)).map(|text| &*text.leak()),
            );
        }
    }
}

/// What asks a database about itself does so in its own words.
fn for_one_database(path: &Path) -> bool {
    path.ends_with("db.rs") || path.ends_with("backup/tables.rs")
}

fn is_statement(text: &str) -> bool {
    ["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM "].iter().any(|verb| text.starts_with(verb))
}

/// Returns the plain texts in a source; comments are skipped, for they may hold quotation marks.
fn texts(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = source;
    loop {
        let next = ["//", "\"", "'\"'"].iter().filter_map(|sign| Some((rest.find(sign)?, *sign))).min();
        match next {
            None => return found,
            Some((place, "//")) => rest = rest[place..].split_once('\n').map_or("", |(_, behind)| behind),
            Some((place, "\"")) => {
                let (text, behind) = text(&rest[place + 1..]);
                found.push(text);
                rest = behind;
            }
            Some((place, quoted)) => rest = &rest[place + quoted.len()..],
        }
    }
}

/// Reads a text up to its quotation mark.
fn text(source: &str) -> (String, &str) {
    let mut text = String::new();
    let mut chars = source.char_indices();
    while let Some((place, c)) = chars.next() {
        match c {
            '"' => return (text, &source[place + 1..]),
            '\\' => match chars.next() {
                Some((_, '\\')) => text.push('\\'),
                Some((_, '"')) => text.push('"'),
                _ => text.push('?'),
            },
            c => text.push(c),
        }
    }
    (text, "")
}

#[test]
fn statements_are_found_in_sources() {
    let source = "// \"SELECT 0\"\nlet quote = '\"'; tx.sql(\"SELECT 1 ESCAPE '\\\\'\"); f(\"no\"); tx.sql(\n\"UPDATE x\")";
    let found: Vec<_> = texts(source).into_iter().filter(|text| is_statement(text)).collect();
    assert_eq!(found, ["SELECT 1 ESCAPE '\\'", "UPDATE x"]);
}

#[test]
fn no_source_escapes_the_search() {
    // One for each function that asks the database; there are more functions than this, and it never shrinks by much.
    assert!(all().len() > 100, "only {} statements were found", all().len());
}
