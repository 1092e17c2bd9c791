//! One component under change: its nodes, of which lines are set, dropped and added.

use std::collections::BTreeSet;

use crate::component::{Component, Line, Node, Tree};
use crate::lines::{self, Content};

/// A component under change.
#[derive(Clone)]
pub(super) struct Edit<'a> {
    pub(super) tree: &'a Tree,
    component: Component,
    touched: bool,
}

impl<'a> Edit<'a> {
    pub(super) fn of(tree: &'a Tree, component: &Component) -> Edit<'a> {
        Edit { tree, component: component.clone(), touched: false }
    }

    pub(super) fn is_touched(&self) -> bool {
        self.touched
    }

    pub(super) fn done(self) -> Component {
        self.component
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.contents().any(|(_, line)| line.is(name))
    }

    /// The value of the first line of that name, as written.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        self.contents().find(|(_, line)| line.is(name)).map(|(_, line)| line.value().to_owned())
    }

    pub(super) fn contents(&self) -> impl Iterator<Item = (usize, Content<'_>)> {
        self.tree.contents(&self.component)
    }

    /// Gives the first line of that name another value; adds the line where there is none.
    pub(super) fn set_value(&mut self, name: &str, value: &str) {
        self.set(name, &[], value);
    }

    /// Gives the first line of that name another value and other parameters (dropped where `None`, the rest as it
    /// was); adds the line where there is none.
    pub(super) fn set(&mut self, name: &str, params: &[(&str, Option<&str>)], value: &str) {
        let found =
            self.contents().find(|(_, line)| line.is(name)).map(|(at, line)| (at, line.with(params, value)));
        match found {
            Some((at, text)) => self.replace(at, text),
            None => {
                let params: Vec<(&str, &str)> =
                    params.iter().filter_map(|(n, v)| Some((*n, (*v)?))).collect();
                self.add(name, [lines::line(name, &params, value)]);
            }
        }
    }

    /// Puts a line in the place of another.
    pub(super) fn replace(&mut self, at: usize, text: String) {
        if let Some(Node::Line(line)) = self.component.nodes.get_mut(at) {
            *line = Line::Written(text);
            self.touched = true;
        }
    }

    /// Adds lines: after the last one of that name, or else after the last of all.
    pub(super) fn add(&mut self, name: &str, texts: impl IntoIterator<Item = String>) {
        let after = self.contents().filter(|(_, line)| line.is(name)).last().map(|(at, _)| at);
        self.add_after(after, texts);
    }

    /// Adds lines after that node, or else after the last line.
    pub(super) fn add_after(&mut self, node: Option<usize>, texts: impl IntoIterator<Item = String>) {
        let is_component = |node: &Node| matches!(node, Node::Component(_));
        let first_part = || self.component.nodes.iter().position(is_component);
        let at = node.map(|at| at + 1).or_else(first_part).unwrap_or(self.component.nodes.len());
        let before = self.component.nodes.len();
        let lines = texts.into_iter().map(|text| Node::Line(Line::Written(text)));
        self.component.nodes.splice(at..at, lines);
        self.touched |= self.component.nodes.len() > before;
    }

    /// Adds a component: after the others, or before them where one has no end and would swallow it.
    pub(super) fn add_part(&mut self, part: Node) {
        let open = self.component.parts().any(|(_, part)| !part.is_whole());
        let first = self.component.parts().next().map(|(at, _)| at).filter(|_| open);
        self.component.nodes.insert(first.unwrap_or(self.component.nodes.len()), part);
        self.touched = true;
    }

    /// Drops the lines that are not to be kept, each with the broken lines that follow it: they are the rest of a
    /// value with raw line breaks in it.
    pub(super) fn drop_lines(&mut self, mut goes: impl FnMut(&Content<'_>) -> bool) {
        let tree = self.tree;
        let mut after_dropped = false;
        let before = self.component.nodes.len();
        self.component.nodes.retain(|node| {
            let Node::Line(line) = node else {
                after_dropped = false;
                return true;
            };
            if let Some(content) = Content::parse(tree.text(line)) {
                after_dropped = goes(&content);
            }
            !after_dropped
        });
        self.touched |= self.component.nodes.len() < before;
    }

    /// Drops the nodes at those places.
    pub(super) fn drop_at(&mut self, places: &BTreeSet<usize>) {
        let mut at = 0;
        self.component.nodes.retain(|_| {
            at += 1;
            !places.contains(&(at - 1))
        });
        self.touched |= !places.is_empty();
    }

    /// Drops the lines of those names.
    pub(super) fn drop(&mut self, names: &[&str]) {
        self.drop_lines(|line| names.iter().any(|name| line.is(name)));
    }

    /// Drops the components that are not to be kept.
    pub(super) fn drop_parts(&mut self, mut goes: impl FnMut(&Component) -> bool) {
        let before = self.component.nodes.len();
        self.component.nodes.retain(|node| !matches!(node, Node::Component(part) if goes(part)));
        self.touched |= self.component.nodes.len() < before;
    }
}
