//! Single occurrences, of which each side said something else: what reaches the other side, what is told and what is
//! asked. One line for each way it can come.

use crate::class::Link::*;
use crate::class::{
    ALL, accepts, all_but, check, declines, invited, invites, invites_all, nobody, nothing, off,
    off_on_the_22nd, ours, placed, plain, said_of_all, theirs, usual,
};

#[test]
fn that_an_occurrence_does_not_take_place_is_one_thing() {
    check(
        usual,
        &all_but(&[OnlySends, Restores, AsksAboutEndings, Participates]),
        nothing,
        off,
        "here 10:00, 22 off",
    );
    check(usual, &[OnlySends, Restores, Participates], nothing, off, "there 10:00; put back: 22");
    check(usual, &[AsksAboutEndings], nothing, off, "22: as usual or off, Asked");

    check(usual, &all_but(&[OnlyBringsIn, ReadsOnly]), off, nothing, "there 10:00, 22 off");
    check(usual, &[OnlyBringsIn, ReadsOnly], off, nothing, "");

    check(usual, &ALL, off, off, "");

    check(
        usual,
        &[Usual, KeepsOurs, Later, Restores, AsksAboutEndings],
        off,
        theirs,
        "there 10:00, 22 off; 22: off or 'Theirs', Platform",
    );
    check(
        usual,
        &[KeepsTheirs, OnlyBringsIn, ReadsOnly],
        off,
        theirs,
        "here 10:00, 22 'Theirs'; 22: off or 'Theirs', External",
    );
    check(usual, &[OnlySends, Participates], off, theirs, "there 10:00, 22 off; put back: 22");
    check(usual, &[Asks], off, theirs, "22: off or 'Theirs', Asked");

    check(
        usual,
        &[Usual, KeepsOurs, Later],
        ours,
        off,
        "there 10:00, 22 'Ours'; 22: 'Ours' or off, Platform",
    );
    check(
        usual,
        &[KeepsTheirs, OnlyBringsIn, ReadsOnly],
        ours,
        off,
        "here 10:00, 22 off; 22: 'Ours' or off, External",
    );
    check(usual, &[OnlySends, Restores, Participates], ours, off, "there 10:00, 22 'Ours'; put back: 22");
    check(usual, &[Asks, AsksAboutEndings], ours, off, "22: 'Ours' or off, Asked");
}

#[test]
fn one_that_was_off_takes_place_again() {
    check(off_on_the_22nd, &all_but(&[OnlySends, Participates]), nothing, plain, "here 10:00");
    check(off_on_the_22nd, &[OnlySends, Participates], nothing, plain, "there 10:00, 22 off; put back: 22");

    check(off_on_the_22nd, &all_but(&[OnlyBringsIn, ReadsOnly]), plain, nothing, "there 10:00");
    check(off_on_the_22nd, &[OnlyBringsIn, ReadsOnly], plain, nothing, "");

    check(
        off_on_the_22nd,
        &[Usual, KeepsOurs, Restores, AsksAboutEndings],
        ours,
        theirs,
        "there 10:00, 22 'Ours'; title of 22: 'Ours' or 'Theirs', Platform",
    );
    check(
        off_on_the_22nd,
        &[KeepsTheirs, Later, OnlyBringsIn, ReadsOnly],
        ours,
        theirs,
        "here 10:00, 22 'Theirs'; title of 22: 'Ours' or 'Theirs', External",
    );
    check(
        off_on_the_22nd,
        &[OnlySends, Participates],
        ours,
        theirs,
        "there 10:00, 22 'Ours'; put back: title of 22",
    );
    check(off_on_the_22nd, &[Asks], ours, theirs, "title of 22: 'Ours' or 'Theirs', Asked");

    // Both say that it takes place: what else they say of it does not exclude each other.
    check(off_on_the_22nd, &ALL, plain, plain, "");
    check(
        off_on_the_22nd,
        &all_but(&[OnlySends, OnlyBringsIn, Participates, ReadsOnly]),
        ours,
        placed,
        "here 10:00, 22 'Ours' in Theirs; there 10:00, 22 'Ours' in Theirs",
    );
    check(off_on_the_22nd, &all_but(&[OnlySends, Participates]), plain, theirs, "here 10:00, 22 'Theirs'");
    check(off_on_the_22nd, &[OnlySends, Participates], plain, theirs, "there 10:00; put back: title of 22");
}

#[test]
fn an_occurrence_that_both_changed_is_judged_field_by_field() {
    check(
        usual,
        &[Usual, KeepsOurs, Restores, AsksAboutEndings],
        ours,
        theirs,
        "there 10:00, 22 'Ours'; title of 22: 'Ours' or 'Theirs', Platform",
    );
    check(
        usual,
        &[KeepsTheirs, Later, OnlyBringsIn, ReadsOnly],
        ours,
        theirs,
        "here 10:00, 22 'Theirs'; title of 22: 'Ours' or 'Theirs', External",
    );
    check(usual, &[OnlySends, Participates], ours, theirs, "there 10:00, 22 'Ours'; put back: title of 22");
    check(usual, &[Asks], ours, theirs, "title of 22: 'Ours' or 'Theirs', Asked");

    check(usual, &ALL, ours, ours, "");

    check(
        usual,
        &all_but(&[OnlySends, OnlyBringsIn, Participates, ReadsOnly]),
        ours,
        placed,
        "here 10:00, 22 'Ours' in Theirs; there 10:00, 22 'Ours' in Theirs",
    );
    check(usual, &[OnlySends, Participates], ours, placed, "there 10:00, 22 'Ours'; put back: place of 22");
    check(usual, &[OnlyBringsIn, ReadsOnly], ours, placed, "here 10:00, 22 'Ours' in Theirs");

    check(
        usual,
        &all_but(&[OnlySends, OnlyBringsIn, Participates, ReadsOnly]),
        said_of_all,
        theirs,
        "here 10:00, 22 'Theirs'; there 10:00, 22 'Theirs'",
    );
    check(usual, &[OnlySends, Participates], said_of_all, theirs, "there 10:00; put back: title of 22");
    check(usual, &[OnlyBringsIn, ReadsOnly], said_of_all, theirs, "here 10:00, 22 'Theirs'");

    check(usual, &all_but(&[OnlySends, Participates]), ours, said_of_all, "here 10:00");
    check(usual, &[OnlySends, Participates], ours, said_of_all, "there 10:00, 22 'Ours'; put back: title");
}

#[test]
fn ones_own_answer_for_an_occurrence_is_ones_own_and_the_guests_are_not() {
    check(invited, &all_but(&[OnlySends]), nothing, accepts, "here 10:00, 22 with lee and me+");
    check(invited, &[OnlySends], nothing, accepts, "there 10:00; put back: guests of 22");

    check(
        invited,
        &all_but(&[OnlyBringsIn, ReadsOnly]),
        accepts,
        nothing,
        "there 10:00, 22 with lee and me+",
    );
    check(invited, &[OnlyBringsIn, ReadsOnly], accepts, nothing, "");

    check(invited, &ALL, accepts, accepts, "");

    check(
        invited,
        &[Usual, KeepsOurs, Restores, AsksAboutEndings, Participates],
        declines,
        accepts,
        "there 10:00, 22 with lee and me-; guests of 22: with lee and me- or with lee and me+, Platform",
    );
    check(
        invited,
        &[KeepsTheirs, Later, OnlyBringsIn, ReadsOnly],
        declines,
        accepts,
        "here 10:00, 22 with lee and me+; guests of 22: with lee and me- or with lee and me+, External",
    );
    check(invited, &[Asks], declines, accepts, "guests of 22: with lee and me- or with lee and me+, Asked");
    check(
        invited,
        &[OnlySends],
        declines,
        accepts,
        "there 10:00, 22 with lee and me-; put back: guests of 22",
    );

    check(
        invited,
        &all_but(&[OnlySends, Participates]),
        nothing,
        invites,
        "here 10:00, 22 with kim and lee and me",
    );
    check(invited, &[OnlySends, Participates], nothing, invites, "there 10:00; put back: guests of 22");

    check(
        invited,
        &all_but(&[OnlySends, OnlyBringsIn, ReadsOnly]),
        invites,
        accepts,
        "here 10:00, 22 with kim and lee and me+; there 10:00, 22 with kim and lee and me+",
    );
    check(invited, &[OnlyBringsIn, ReadsOnly], invites, accepts, "here 10:00, 22 with kim and lee and me+");
    check(
        invited,
        &[OnlySends],
        invites,
        accepts,
        "there 10:00, 22 with kim and lee and me; put back: guests of 22",
    );

    check(invited, &all_but(&[OnlySends, Participates]), nothing, invites_all, "here 10:00");
    check(invited, &[OnlySends], nothing, invites_all, "there 10:00; put back: guests");
    check(invited, &[Participates], nothing, invites_all, "here 10:00; there 10:00; put back: guests");

    check(
        invited,
        &[Usual, KeepsOurs, Restores, AsksAboutEndings],
        nobody,
        accepts,
        "there 10:00, 22 with ; guests of 22: with  or with lee and me+, Platform",
    );
    check(
        invited,
        &[KeepsTheirs, Later, OnlyBringsIn, ReadsOnly],
        nobody,
        accepts,
        "here 10:00, 22 with lee and me+; guests of 22: with  or with lee and me+, External",
    );
    check(
        invited,
        &[OnlySends, Participates],
        nobody,
        accepts,
        "there 10:00, 22 with ; put back: guests of 22",
    );
    check(invited, &[Asks], nobody, accepts, "guests of 22: with  or with lee and me+, Asked");

    check(
        invited,
        &[Usual, KeepsOurs, Restores, AsksAboutEndings],
        accepts,
        nobody,
        "there 10:00, 22 with lee and me+; guests of 22: with lee and me+ or with , Platform",
    );
    check(
        invited,
        &[KeepsTheirs, Later, OnlyBringsIn, ReadsOnly],
        accepts,
        nobody,
        "here 10:00, 22 with ; guests of 22: with lee and me+ or with , External",
    );
    check(
        invited,
        &[OnlySends, Participates],
        accepts,
        nobody,
        "there 10:00, 22 with lee and me+; put back: guests of 22",
    );
    check(invited, &[Asks], accepts, nobody, "guests of 22: with lee and me+ or with , Asked");
}
