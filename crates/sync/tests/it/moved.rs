//! A series is moved on one side while something is done to an occurrence of it on the other. One line for each way it
//! can come.

use crate::class::Link::*;
use crate::class::{
    all_but, check, moved, moved_and_another, moved_and_off, moved_and_ours, moved_and_theirs, moved_later,
    named_on_the_22nd, nothing, off, off_on_the_22nd, ours, plain, shortened, theirs, usual,
};

#[test]
fn what_they_changed_of_an_occurrence_moves_along_when_we_move_the_series() {
    check(
        usual,
        &all_but(&[OnlySends, OnlyBringsIn, Participates, ReadsOnly]),
        moved,
        theirs,
        "here 11:00, 22 'Theirs'; there 11:00, 22 'Theirs'",
    );
    check(usual, &[OnlySends, Participates], moved, theirs, "there 11:00; put back: title of 22");
    check(usual, &[OnlyBringsIn, ReadsOnly], moved, theirs, "");

    check(
        usual,
        &[Usual, Asks, KeepsOurs, KeepsTheirs, Later],
        moved,
        off,
        "here 11:00, 22 off; there 11:00, 22 off",
    );
    check(usual, &[OnlySends, Restores, Participates], moved, off, "there 11:00; put back: 22");
    check(usual, &[OnlyBringsIn, ReadsOnly], moved, off, "");
    check(usual, &[AsksAboutEndings], moved, off, "there 11:00; 22: as usual or off, Platform");

    check(
        usual,
        &all_but(&[OnlySends, OnlyBringsIn, Participates, ReadsOnly]),
        moved_and_ours,
        theirs,
        "there 11:00, 22 'Ours'; 22: as usual or 'Theirs', Platform",
    );
    check(usual, &[OnlySends, Participates], moved_and_ours, theirs, "there 11:00, 22 'Ours'; put back: 22");
    check(usual, &[OnlyBringsIn, ReadsOnly], moved_and_ours, theirs, "");

    check(usual, &all_but(&[OnlyBringsIn, ReadsOnly]), moved_and_theirs, theirs, "there 11:00, 22 'Theirs'");
    check(usual, &[OnlyBringsIn, ReadsOnly], moved_and_theirs, theirs, "");

    check(
        usual,
        &all_but(&[OnlySends, OnlyBringsIn, Participates, ReadsOnly]),
        moved_and_off,
        theirs,
        "there 11:00, 22 off; 22: as usual or 'Theirs', Platform",
    );
    check(usual, &[OnlySends, Participates], moved_and_off, theirs, "there 11:00, 22 off; put back: 22");
    check(usual, &[OnlyBringsIn, ReadsOnly], moved_and_off, theirs, "");

    check(
        usual,
        &all_but(&[OnlySends, OnlyBringsIn, Participates, ReadsOnly]),
        moved_and_ours,
        off,
        "there 11:00, 22 'Ours'; 22: as usual or off, Platform",
    );
    check(usual, &[OnlySends, Participates], moved_and_ours, off, "there 11:00, 22 'Ours'; put back: 22");
    check(usual, &[OnlyBringsIn, ReadsOnly], moved_and_ours, off, "");

    check(
        usual,
        &all_but(&[OnlySends, OnlyBringsIn, Participates, ReadsOnly]),
        shortened,
        theirs,
        "there 11:00; 22: as usual or 'Theirs', Platform",
    );
    check(usual, &[OnlySends, Participates], shortened, theirs, "there 11:00; put back: 22");
    check(usual, &[OnlyBringsIn, ReadsOnly], shortened, theirs, "");
}

#[test]
fn what_we_changed_of_an_occurrence_moves_along_when_they_move_the_series() {
    check(
        usual,
        &all_but(&[OnlySends, OnlyBringsIn, Participates, ReadsOnly]),
        ours,
        moved,
        "here 11:00, 22 'Ours'; there 11:00, 22 'Ours'",
    );
    check(usual, &[OnlySends, Participates], ours, moved, "there 10:00, 22 'Ours'; put back: time");
    check(usual, &[OnlyBringsIn, ReadsOnly], ours, moved, "here 11:00, 22 'Ours'");

    check(
        usual,
        &all_but(&[OnlySends, OnlyBringsIn, Participates, ReadsOnly]),
        off,
        moved,
        "here 11:00, 22 off; there 11:00, 22 off",
    );
    check(usual, &[OnlySends, Participates], off, moved, "there 10:00, 22 off; put back: time");
    check(usual, &[OnlyBringsIn, ReadsOnly], off, moved, "here 11:00, 22 off");

    check(
        usual,
        &all_but(&[OnlySends, Participates]),
        ours,
        moved_and_theirs,
        "here 11:00, 22 'Theirs'; 22: 'Ours' or as usual, External",
    );
    check(
        usual,
        &[OnlySends, Participates],
        ours,
        moved_and_theirs,
        "there 10:00, 22 'Ours'; put back: time; put back: 22",
    );

    check(usual, &all_but(&[OnlySends, Participates]), ours, moved_and_ours, "here 11:00, 22 'Ours'");
    check(usual, &[OnlySends, Participates], ours, moved_and_ours, "there 10:00, 22 'Ours'; put back: time");

    check(
        usual,
        &all_but(&[OnlySends, Restores, AsksAboutEndings, Participates]),
        ours,
        moved_and_off,
        "here 11:00, 22 off; 22: 'Ours' or as usual, External",
    );
    check(
        usual,
        &[OnlySends, Participates],
        ours,
        moved_and_off,
        "there 10:00, 22 'Ours'; put back: time; put back: 22",
    );
    check(
        usual,
        &[Restores],
        ours,
        moved_and_off,
        "here 11:00; there 11:00; 22: 'Ours' or as usual, External; put back: 22",
    );
    check(
        usual,
        &[AsksAboutEndings],
        ours,
        moved_and_off,
        "here 11:00; 22: 'Ours' or as usual, External; 22: as usual or off, Asked",
    );

    check(
        usual,
        &all_but(&[OnlySends, Participates]),
        off,
        moved_and_theirs,
        "here 11:00, 22 'Theirs'; 22: off or as usual, External",
    );
    check(
        usual,
        &[OnlySends, Participates],
        off,
        moved_and_theirs,
        "there 10:00, 22 off; put back: time; put back: 22",
    );

    check(
        usual,
        &all_but(&[OnlySends, Participates]),
        ours,
        shortened,
        "here 11:00; 22: 'Ours' or as usual, External",
    );
    check(usual, &[OnlySends, Participates], ours, shortened, "there 10:00, 22 'Ours'; put back: time");
}

#[test]
fn a_series_that_both_moved_is_one_series_again_before_its_occurrences_are() {
    check(
        usual,
        &[Usual, KeepsOurs, Restores, AsksAboutEndings],
        moved_and_ours,
        moved_later,
        "there 11:00, 22 'Ours'; time: time or time, Platform",
    );
    check(
        usual,
        &[KeepsTheirs, Later],
        moved_and_ours,
        moved_later,
        "here 12:00, 22 'Ours'; there 12:00, 22 'Ours'; time: time or time, External",
    );
    check(
        usual,
        &[OnlySends, Participates],
        moved_and_ours,
        moved_later,
        "there 11:00, 22 'Ours'; put back: time",
    );
    check(
        usual,
        &[OnlyBringsIn, ReadsOnly],
        moved_and_ours,
        moved_later,
        "here 12:00, 22 'Ours'; time: time or time, External",
    );
    check(usual, &[Asks], moved_and_ours, moved_later, "time: time or time, Asked");

    check(
        usual,
        &all_but(&[OnlySends, OnlyBringsIn, Participates, ReadsOnly]),
        moved_and_ours,
        moved_and_another,
        "here 11:00, 22 'Ours', 23 'Theirs'; there 11:00, 22 'Ours', 23 'Theirs'",
    );
    check(
        usual,
        &[OnlySends, Participates],
        moved_and_ours,
        moved_and_another,
        "there 11:00, 22 'Ours'; put back: title of 23",
    );
    check(
        usual,
        &[OnlyBringsIn, ReadsOnly],
        moved_and_ours,
        moved_and_another,
        "here 11:00, 22 'Ours', 23 'Theirs'",
    );

    check(
        usual,
        &[Usual, KeepsOurs, Restores, AsksAboutEndings],
        moved_and_off,
        moved_later,
        "there 11:00, 22 off; time: time or time, Platform",
    );
    check(
        usual,
        &[KeepsTheirs, Later],
        moved_and_off,
        moved_later,
        "here 12:00, 22 off; there 12:00, 22 off; time: time or time, External",
    );
    check(
        usual,
        &[OnlySends, Participates],
        moved_and_off,
        moved_later,
        "there 11:00, 22 off; put back: time",
    );
    check(
        usual,
        &[OnlyBringsIn, ReadsOnly],
        moved_and_off,
        moved_later,
        "here 12:00, 22 off; time: time or time, External",
    );
    check(usual, &[Asks], moved_and_off, moved_later, "time: time or time, Asked");
}

#[test]
fn what_an_occurrence_had_moves_along_with_the_series() {
    check(named_on_the_22nd, &all_but(&[OnlyBringsIn, ReadsOnly]), moved, nothing, "there 11:00, 22 'Own'");
    check(named_on_the_22nd, &[OnlyBringsIn, ReadsOnly], moved, nothing, "");

    check(named_on_the_22nd, &all_but(&[OnlySends, Participates]), nothing, moved, "here 11:00, 22 'Own'");
    check(
        named_on_the_22nd,
        &[OnlySends, Participates],
        nothing,
        moved,
        "there 10:00, 22 'Own'; put back: time",
    );

    check(
        named_on_the_22nd,
        &all_but(&[OnlySends, OnlyBringsIn, Participates, ReadsOnly]),
        moved,
        theirs,
        "there 11:00, 22 'Own'; 22: as usual or 'Theirs', Platform",
    );
    check(
        named_on_the_22nd,
        &[OnlySends, Participates],
        moved,
        theirs,
        "there 11:00, 22 'Own'; put back: 22",
    );
    check(named_on_the_22nd, &[OnlyBringsIn, ReadsOnly], moved, theirs, "");

    check(
        named_on_the_22nd,
        &all_but(&[OnlySends, Participates]),
        theirs,
        moved,
        "here 11:00, 22 'Own'; 22: 'Theirs' or as usual, External",
    );
    check(
        named_on_the_22nd,
        &[OnlySends, Participates],
        theirs,
        moved,
        "there 10:00, 22 'Theirs'; put back: time; put back: 22; put back: title of 22",
    );

    check(
        named_on_the_22nd,
        &all_but(&[OnlySends, OnlyBringsIn, Participates, ReadsOnly]),
        moved,
        off,
        "there 11:00, 22 'Own'; 22: as usual or off, Platform",
    );
    check(named_on_the_22nd, &[OnlySends, Participates], moved, off, "there 11:00, 22 'Own'; put back: 22");
    check(named_on_the_22nd, &[OnlyBringsIn, ReadsOnly], moved, off, "");

    check(
        named_on_the_22nd,
        &all_but(&[OnlySends, OnlyBringsIn, Participates, ReadsOnly]),
        moved,
        plain,
        "here 11:00; there 11:00",
    );
    check(named_on_the_22nd, &[OnlySends, Participates], moved, plain, "there 11:00, 22 'Own'; put back: 22");
    check(named_on_the_22nd, &[OnlyBringsIn, ReadsOnly], moved, plain, "");

    check(
        named_on_the_22nd,
        &all_but(&[OnlySends, OnlyBringsIn, Participates, ReadsOnly]),
        plain,
        moved,
        "here 11:00; there 11:00",
    );
    check(named_on_the_22nd, &[OnlySends, Participates], plain, moved, "there 10:00; put back: time");
    check(
        named_on_the_22nd,
        &[OnlyBringsIn, ReadsOnly],
        plain,
        moved,
        "here 11:00, 22 'Own'; 22: as usual or as usual, External",
    );

    check(
        named_on_the_22nd,
        &[Usual, KeepsOurs, Restores, AsksAboutEndings],
        ours,
        theirs,
        "there 10:00, 22 'Ours'; title of 22: 'Ours' or 'Theirs', Platform",
    );
    check(
        named_on_the_22nd,
        &[KeepsTheirs, Later, OnlyBringsIn, ReadsOnly],
        ours,
        theirs,
        "here 10:00, 22 'Theirs'; title of 22: 'Ours' or 'Theirs', External",
    );
    check(
        named_on_the_22nd,
        &[OnlySends, Participates],
        ours,
        theirs,
        "there 10:00, 22 'Ours'; put back: title of 22",
    );
    check(named_on_the_22nd, &[Asks], ours, theirs, "title of 22: 'Ours' or 'Theirs', Asked");
}

#[test]
fn one_that_was_off_takes_place_again_where_the_series_is_then() {
    check(
        off_on_the_22nd,
        &all_but(&[OnlySends, OnlyBringsIn, Participates, ReadsOnly]),
        moved,
        plain,
        "here 11:00; there 11:00",
    );
    check(off_on_the_22nd, &[OnlySends, Participates], moved, plain, "there 11:00, 22 off; put back: 22");
    check(off_on_the_22nd, &[OnlyBringsIn, ReadsOnly], moved, plain, "");

    check(
        off_on_the_22nd,
        &all_but(&[OnlySends, OnlyBringsIn, Participates, ReadsOnly]),
        plain,
        moved,
        "here 11:00; there 11:00",
    );
    check(off_on_the_22nd, &[OnlySends, Participates], plain, moved, "there 10:00; put back: time");
    check(
        off_on_the_22nd,
        &[OnlyBringsIn, ReadsOnly],
        plain,
        moved,
        "here 11:00, 22 off; 22: as usual or as usual, External",
    );

    check(
        off_on_the_22nd,
        &all_but(&[OnlySends, OnlyBringsIn, Participates, ReadsOnly]),
        moved_and_ours,
        plain,
        "there 11:00, 22 'Ours'; 22: as usual or as usual, Platform",
    );
    check(
        off_on_the_22nd,
        &[OnlySends, Participates],
        moved_and_ours,
        plain,
        "there 11:00, 22 'Ours'; put back: 22",
    );
    check(off_on_the_22nd, &[OnlyBringsIn, ReadsOnly], moved_and_ours, plain, "");

    check(
        off_on_the_22nd,
        &all_but(&[OnlySends, Participates]),
        plain,
        moved_and_theirs,
        "here 11:00, 22 'Theirs'; 22: as usual or as usual, External",
    );
    check(
        off_on_the_22nd,
        &[OnlySends, Participates],
        plain,
        moved_and_theirs,
        "there 10:00; put back: time; put back: title of 22",
    );
}
