//! Lists, and how they go on.

use serde::Serialize;
use utoipa::ToSchema;

/// A list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Items<T> {
    /// What is in it.
    pub items: Vec<T>,
    /// How it goes on: give this as `cursor`. Missing on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> From<Vec<T>> for Items<T> {
    fn from(items: Vec<T>) -> Self {
        Items { items, next: None }
    }
}
