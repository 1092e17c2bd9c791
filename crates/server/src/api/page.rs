//! Lists, and how they go on.

use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::{Problem, Result};

/// How many there are on a numbered page unless said, and at most.
const USUAL: u32 = 50;
const MOST: u32 = 200;

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

/// A numbered page of a list, and how many there are in all.
#[derive(Serialize, ToSchema)]
pub(crate) struct Counted<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// How many there are in all.
    pub total: i64,
}

/// How many, and after how many.
pub(crate) fn span(limit: Option<u32>, offset: Option<u32>) -> Result<(u32, u32)> {
    match limit {
        None => Ok((USUAL, offset.unwrap_or(0))),
        Some(limit @ 1..=MOST) => Ok((limit, offset.unwrap_or(0))),
        Some(_) => Err(Problem::invalid("limit", format!("is not between 1 and {MOST}"))),
    }
}
