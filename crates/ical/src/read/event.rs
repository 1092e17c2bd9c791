//! One VEVENT as a view: its own words, without its series.

use concord_model::view::Timing;
use concord_model::{Span, View};

use super::{Clock, Trouble, alarms, fields, times};
use crate::component::{Component, Tree};
use crate::lines::Content;

/// The content lines of a component, by property.
pub(crate) struct Lines<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) component: &'a Component,
    all: Vec<Content<'a>>,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(tree: &'a Tree, component: &'a Component) -> Lines<'a> {
        Lines { tree, component, all: tree.contents(component).map(|(_, line)| line).collect() }
    }

    pub(crate) fn first(&self, name: &str) -> Option<&Content<'a>> {
        self.all.iter().find(|line| line.is(name))
    }

    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &Content<'a>> {
        self.all.iter().filter(move |line| line.is(name))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Content<'a>> {
        self.all.iter()
    }
}

/// Reads a component. `series` is the span of the series that it is an occurrence of, if it is one.
pub(crate) fn view(
    lines: &Lines<'_>,
    clock: &Clock<'_>,
    series: Option<&Span>,
    odd: &mut Vec<Trouble>,
) -> Result<View, Trouble> {
    if !lines.component.is_whole() {
        return Err(Trouble::NotWhole);
    }
    let span = times::span(lines, clock, series, odd)?;
    let mut view = View::new(Timing::from(span), "");
    fields::read(lines, &mut view);
    view.reminders = alarms::reminders(lines.tree, lines.component);
    view.normalise();
    Ok(view)
}
