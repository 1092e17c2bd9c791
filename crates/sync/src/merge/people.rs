//! Guests merge as a set, person by person (architecture 2, BM-123); a person's own answer is their own (`rules.md` 4,
//! I-38).

use std::collections::{BTreeMap, BTreeSet};

use concord_model::people::{Address, Answer, Attendee};

use super::Entry;
use super::land::{Landed, Slot, Way, land as land_one};
use crate::conflict::Verdict;

/// Says where guests land: the list by the way of the field, and the person's own answer by its own way.
pub(super) fn land(
    lists: Slot<'_, Vec<Attendee>>,
    entry: Entry<'_>,
    way: Way,
    open: bool,
    judge: impl Fn() -> Verdict,
) -> Landed<Vec<Attendee>> {
    let own = |list: &[Attendee]| answer(list, entry.own);
    let everywhere = own(lists.base_ours).is_some()
        && own(lists.ours).is_some()
        && own(lists.base_theirs).is_some()
        && own(lists.theirs).is_some();
    if !everywhere {
        return land_list(lists, way, &judge);
    }
    let plain = |list: &Vec<Attendee>| answered(list, entry.own, Answer::Awaited);
    let rest = Slot {
        base_ours: &plain(lists.base_ours),
        ours: &plain(lists.ours),
        base_theirs: &plain(lists.base_theirs),
        theirs: &plain(lists.theirs),
    };
    let answers = Slot {
        base_ours: &own(lists.base_ours),
        ours: &own(lists.ours),
        base_theirs: &own(lists.base_theirs),
        theirs: &own(lists.theirs),
    };
    let their_word = way.theirs && !entry.answer_goes;
    let answer_way = Way {
        enter: open && entry.answer_enters,
        write: way.write || entry.answer_goes,
        theirs: their_word,
        ..way
    };
    let rest_landed = land_list(rest, way, &judge);
    let answer_landed = land_one(answers, answer_way, &judge);
    // Either part may have stayed where it was; together they are the list.
    let both = |list: &Option<Vec<Attendee>>, answer: &Option<Option<Answer>>, stays: &Vec<Attendee>| {
        if list.is_none() && answer.is_none() {
            return None;
        }
        let answer = answer.unwrap_or_else(|| own(stays)).unwrap_or_default();
        Some(answered(list.as_ref().unwrap_or(stays), entry.own, answer))
    };
    let (rest_ours, rest_theirs) = rest_landed.base.map_or((None, None), |(o, t)| (Some(o), Some(t)));
    let (own_ours, own_theirs) = answer_landed.base.map_or((None, None), |(o, t)| (Some(o), Some(t)));
    let agreed_ours = both(&rest_ours, &own_ours, lists.base_ours);
    let agreed_theirs = both(&rest_theirs, &own_theirs, lists.base_theirs);
    Landed {
        ours: both(&rest_landed.ours, &answer_landed.ours, lists.ours),
        theirs: both(&rest_landed.theirs, &answer_landed.theirs, lists.theirs),
        base: agreed_ours.zip(agreed_theirs),
        clash: rest_landed.clash.or(answer_landed.clash),
        put_back: rest_landed.put_back || answer_landed.put_back,
    }
}

/// Guests one by one. Where both sides changed one guest, and not alike, the whole list is one clash: who is invited
/// is one decision.
fn land_list(
    lists: Slot<'_, Vec<Attendee>>,
    way: Way,
    judge: &impl Fn() -> Verdict,
) -> Landed<Vec<Attendee>> {
    let index = |list: &Vec<Attendee>| -> BTreeMap<Address, Attendee> {
        list.iter().map(|a| (a.address.clone(), a.clone())).collect()
    };
    let (base_ours, ours) = (index(lists.base_ours), index(lists.ours));
    let (base_theirs, theirs) = (index(lists.base_theirs), index(lists.theirs));
    let all: BTreeSet<&Address> =
        [&base_ours, &ours, &base_theirs, &theirs].into_iter().flat_map(BTreeMap::keys).collect();
    let mut after = [ours.clone(), theirs.clone(), base_ours.clone(), base_theirs.clone()];
    let mut put_back = false;
    for address in all {
        let slot = Slot {
            base_ours: &base_ours.get(address),
            ours: &ours.get(address),
            base_theirs: &base_theirs.get(address),
            theirs: &theirs.get(address),
        };
        let landed = land_one(slot, way, || Verdict::Asked);
        if landed.clash.is_some() {
            return land_one(lists, way, judge);
        }
        put_back |= landed.put_back;
        let (agreed_ours, agreed_theirs) = landed.base.unzip();
        for (list, guest) in after.iter_mut().zip([landed.ours, landed.theirs, agreed_ours, agreed_theirs]) {
            match guest {
                Some(Some(guest)) => list.insert(address.clone(), guest.clone()),
                Some(None) => list.remove(address),
                None => None,
            };
        }
    }
    let list = |all: BTreeMap<Address, Attendee>, was: &Vec<Attendee>| {
        Some(all.into_values().collect::<Vec<_>>()).filter(|list| list != was)
    };
    let [after_ours, after_theirs, agreed_ours, agreed_theirs] = after;
    let agreed_ours: Vec<Attendee> = agreed_ours.into_values().collect();
    let agreed_theirs: Vec<Attendee> = agreed_theirs.into_values().collect();
    Landed {
        ours: list(after_ours, lists.ours),
        theirs: list(after_theirs, lists.theirs),
        base: Some((agreed_ours, agreed_theirs))
            .filter(|b| (&b.0, &b.1) != (lists.base_ours, lists.base_theirs)),
        clash: None,
        put_back,
    }
}

/// The person's own answer, if they are among the guests.
pub(super) fn answer(list: &[Attendee], own: &[Address]) -> Option<Answer> {
    list.iter().find(|a| own.contains(&a.address)).map(|a| a.answer)
}

/// The list with the person's own answer.
pub(super) fn answered(list: &[Attendee], own: &[Address], answer: Answer) -> Vec<Attendee> {
    let mut list = list.to_vec();
    for guest in list.iter_mut().filter(|a| own.contains(&a.address)) {
        guest.answer = answer;
    }
    list
}

#[cfg(test)]
mod tests {
    use concord_model::FieldSet;

    use super::*;

    /// "lee+ kim? me-": who is on the list, and what they answered.
    fn list(text: &str) -> Vec<Attendee> {
        let mut all: Vec<Attendee> = text
            .split_whitespace()
            .map(|word| {
                let name = word.trim_end_matches(['+', '-', '?']);
                let answer = match word.chars().last() {
                    Some('+') => Answer::Accepted,
                    Some('-') => Answer::Declined,
                    Some('?') => Answer::Tentative,
                    _ => Answer::Awaited,
                };
                Attendee { address: name.into(), name: String::new(), answer, role: Default::default() }
            })
            .collect();
        all.sort_by(|a, b| a.address.cmp(&b.address));
        all
    }

    fn told(list: &[Attendee]) -> String {
        let one = |guest: &Attendee| {
            let answer = match guest.answer {
                Answer::Accepted => "+",
                Answer::Declined => "-",
                Answer::Tentative => "?",
                Answer::Awaited => "",
            };
            format!("{}{answer}", guest.address.as_str())
        };
        list.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    fn entry(own: &[Address]) -> Entry<'_> {
        Entry {
            fields: FieldSet::ALL,
            writable: FieldSet::ALL,
            theirs: FieldSet::NONE,
            puts_back: true,
            own,
            answer_enters: true,
            answer_goes: true,
        }
    }

    const OPEN: Way = Way { enter: true, write: true, theirs: false, put_back: true };

    #[track_caller]
    fn check(base: &str, ours: &str, theirs: &str, way: Way, with: fn(&mut Entry<'_>), expected: &str) {
        let own = ["me".into()];
        let mut entry = entry(&own);
        with(&mut entry);
        let (base, ours, theirs) = (list(base), list(ours), list(theirs));
        let slot = Slot { base_ours: &base, ours: &ours, base_theirs: &base, theirs: &theirs };
        let landed = land(slot, entry, way, true, || Verdict::Asked);
        let mut said = Vec::new();
        said.extend(landed.ours.map(|list| format!("here {}", told(&list))));
        said.extend(landed.theirs.map(|list| format!("there {}", told(&list))));
        said.extend(landed.base.map(|(ours, theirs)| {
            assert_eq!(ours, theirs, "both halves of what is then agreed on");
            format!("agreed {}", told(&ours))
        }));
        said.extend(landed.clash.map(|_| "clash".to_owned()));
        said.extend(landed.put_back.then(|| "put back".to_owned()));
        assert_eq!(said.join(", "), expected);
    }

    #[test]
    fn bm_123_guests_merge_one_by_one() {
        check("lee", "lee", "lee", OPEN, |_| {}, "");
        check(
            "lee",
            "kim lee",
            "lee pat",
            OPEN,
            |_| {},
            "here kim lee pat, there kim lee pat, agreed kim lee pat",
        );
        check("kim lee", "lee", "kim lee+", OPEN, |_| {}, "here lee+, there lee+, agreed lee+");
        check("lee", "lee", "lee+", OPEN, |_| {}, "here lee+, agreed lee+");
        check("lee", "lee+", "lee", OPEN, |_| {}, "there lee+, agreed lee+");
        check("lee", "lee+", "lee+", OPEN, |_| {}, "agreed lee+");
        check("lee kim", "lee+ kim", "lee- kim+", OPEN, |_| {}, "clash");
        let shut = Way { enter: false, ..OPEN };
        check("lee", "lee", "lee pat", shut, |_| {}, "there lee, put back");
        check("lee", "kim lee", "lee", shut, |_| {}, "there kim lee, agreed kim lee");
        check("lee", "kim lee", "lee", Way { write: false, ..OPEN }, |_| {}, "");
    }

    #[test]
    fn i_38_ones_own_answer_goes_its_own_way() {
        // Where the list may neither come in nor go, the answer may.
        let guest = Way { enter: false, write: false, theirs: true, put_back: true };
        check("lee me", "lee me", "lee me+", guest, |_| {}, "here lee me+, agreed lee me+");
        check("lee me", "lee me+", "lee me", guest, |_| {}, "there lee me+, agreed lee me+");
        check("lee me", "lee me", "lee+ me+", guest, |_| {}, "here lee me+, agreed lee me+");
        check("lee me", "lee me+", "lee me-", guest, |_| {}, "clash");
        check(
            "lee me",
            "lee me+",
            "lee me-",
            guest,
            |e| e.answer_goes = false,
            "here lee me-, agreed lee me-, clash",
        );
        check("lee me", "lee me", "lee me+", guest, |e| e.answer_enters = false, "there lee me, put back");
        check("lee me", "lee me+", "lee me", guest, |e| e.answer_goes = false, "");
        // Of an organiser all of it goes together.
        check(
            "lee me",
            "kim lee me+",
            "lee+ me",
            OPEN,
            |_| {},
            "here kim lee+ me+, there kim lee+ me+, agreed kim lee+ me+",
        );
        // Who is not on all four lists has no answer to go by itself.
        check("lee", "lee me", "lee", guest, |_| {}, "");
        check("lee me", "lee", "lee me+", guest, |_| {}, "");
    }

    #[test]
    fn an_answer_is_that_of_any_of_ones_addresses() {
        let own = ["me".into(), "i".into()];
        assert_eq!(answer(&list("lee+ i-"), &own), Some(Answer::Declined));
        assert_eq!(answer(&list("lee+"), &own), None);
        assert_eq!(told(&answered(&list("lee+ i- me"), &own, Answer::Tentative)), "i? lee+ me?");
    }
}
