//! What twins show to people: small pages that say what stands behind them.

use http::StatusCode;

use crate::message::Reply;

const STYLE: &str = "<style>body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f1f3f4;color:#202124}\
                     main{max-width:30rem;margin:4rem auto;padding:2rem;background:#fff;border-radius:.75rem}\
                     h1{margin-top:0;font-weight:500}fieldset{border:1px solid #dadce0;border-radius:.5rem;\
                     margin:1rem 0}label{display:block;margin:.5rem 0}small{color:#5f6368}button{font:inherit;\
                     padding:.5rem 1.25rem;border:1px solid #747775;border-radius:1.25rem;background:#fff;\
                     cursor:pointer}button.yes{background:#0b57d0;border-color:#0b57d0;color:#fff}</style>";

/// A page of that title; the body is markup.
pub(crate) fn page(status: StatusCode, title: &str, body: &str) -> Reply {
    Reply::html(
        status,
        format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title>{STYLE}</head>\
             <body><main>{body}</main></body></html>",
            escape(title)
        ),
    )
}

/// A text in markup.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
