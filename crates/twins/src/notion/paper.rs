//! A page as a person sees it, at the address that the API tells.

use http::StatusCode;

use super::state::{State, normal};
use super::values::text;
use crate::message::{Call, Reply};

/// Whether a path is that of a page.
pub(super) fn is_page(path: &str) -> bool {
    path.starts_with("/p/")
}

/// Answers `GET /p/…`.
pub(super) fn answer(state: &State, call: &Call) -> Reply {
    let id = call.path.strip_prefix("/p/").and_then(normal);
    let page = id.as_ref().and_then(|id| state.pages.get(id)).filter(|page| !state.is_gone(page));
    let table = id.as_ref().and_then(|id| state.databases.get(id));
    let (title, lines) = match (page, table) {
        (Some(page), _) => {
            let title = page.values.get("title").map(text::read).unwrap_or_default();
            let viewer = state.person("alice");
            let cells = super::values::row(state, &viewer, page, &[]);
            let cells = cells.as_object().cloned().unwrap_or_default();
            let line = |(name, cell): (String, serde_json::Value)| {
                let kind = cell["type"].as_str().unwrap_or_default();
                let said = match kind {
                    "title" | "rich_text" => text::read(&cell[kind]),
                    kind => cell[kind].to_string(),
                };
                format!("<dt>{}</dt><dd>{}</dd>", escape(&name), escape(&said))
            };
            (title, cells.into_iter().map(line).collect::<String>())
        }
        (None, Some(table)) => (text::read(&table.title), String::new()),
        (None, None) => {
            return Reply::html(StatusCode::NOT_FOUND, "<h1>This page could not be found.</h1>".into());
        }
    };
    let title = escape(&title);
    let body = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}: Notion twin</title></head>\
         <body><h1>{title}</h1><dl>{lines}</dl></body></html>"
    );
    Reply::html(StatusCode::OK, body)
}

/// A text as HTML shows it.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
