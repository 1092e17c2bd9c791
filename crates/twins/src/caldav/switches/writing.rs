//! How objects are stored, what becomes of their text, how calendars are made, and whom invitations reach.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

choice! {
    /// What `If-Match: *` means.
    Star {
        /// That there is something.
        #[default]
        Right,
        /// The contrary: it fails on what is there, and creates what is not.
        Reversed,
        /// It fails on what is there and on what is not.
        Fails,
        /// Nothing.
        Ignored,
    }
}

choice! {
    /// Whether PUT answers with an ETag.
    PutEtag {
        /// Always.
        #[default]
        Always,
        /// If the text was stored as it came.
        IfUnchanged,
        /// Never.
        Never,
        /// Every other time, by chance.
        Sometimes,
        /// Always, but that of the text before.
        Stale,
    }
}

choice! {
    /// Where an ETag comes from.
    EtagOf {
        /// The text: the same text has the same.
        #[default]
        Text,
        /// A counter: each write has another.
        Count,
    }
}

choice! {
    /// How an ETag is spelled.
    EtagForm {
        /// In quotes.
        #[default]
        Quoted,
        /// Without quotes.
        Bare,
        /// Weak in the answer to PUT, strong elsewhere.
        WeakOnPut,
        /// Percent-encoded in the answer to PUT.
        EncodedOnPut,
        /// Not listed at all.
        Unlisted,
        /// With `-gzip` in the answer to GET.
        Gzip,
    }
}

choice! {
    /// Within what a UID may be there once.
    Uids {
        /// A calendar.
        #[default]
        Calendar,
        /// All calendars of an account.
        Account,
        /// Nothing: it may be there as often as one likes.
        Free,
    }
}

choice! {
    /// The name of the precondition that a second object of one UID fails.
    UidFault {
        /// CalDAV's.
        #[default]
        NoUidConflict,
        /// That of scheduling.
        UniqueSchedulingObjectResource,
        /// None.
        Bare,
    }
}

choice! {
    /// What may be moved and copied.
    Moves {
        /// Both.
        #[default]
        Both,
        /// Nothing is copied.
        MoveOnly,
        /// Nothing.
        None,
    }
}

choice! {
    /// Under which name a new object is stored.
    Filed {
        /// The one that it was sent under.
        #[default]
        AsAsked,
        /// Another one, which the answer tells.
        ToldAnew,
        /// Another one, which only a listing tells.
        SilentlyAnew,
    }
}

switches! {
    /// How objects are stored.
    Write {
        /// What `If-Match: *` means.
        if_match_star: Star = Star::Right,
        /// `If-None-Match: *` overwrites.
        ignores_if_none_match: bool = false,
        /// DELETE does not look at If-Match.
        ignores_if_match_on_delete: bool = false,
        /// PUT with an If-Match creates what is not there.
        creates_on_stale_if_match: bool = false,
        /// An update without If-Match is refused with 409, and so is a stale one.
        requires_if_match: bool = false,
        /// The status of deleting what is not there.
        delete_missing: u16 = 404,
        /// The status of an update.
        updated: u16 = 204,
        /// The status of a deletion.
        deleted: u16 = 204,
        /// Whether PUT answers with an ETag.
        put_etag: PutEtag = PutEtag::Always,
        /// PUT with `Prefer: return=representation` is answered with 200 and what is stored.
        representation: bool = false,
        /// Where ETags come from.
        etag_of: EtagOf = EtagOf::Text,
        /// How they are spelled.
        etag_form: EtagForm = EtagForm::Quoted,
        /// Within what a UID may be there once.
        uids: Uids = Uids::Calendar,
        /// The status of the refusal.
        uid_status: u16 = 403,
        /// Its precondition.
        uid_fault: UidFault = UidFault::NoUidConflict,
        /// The UID of an object may change.
        uid_may_change: bool = false,
        /// An event without DTEND or DURATION is refused, with this status.
        end_required: Option<u16> = None,
        /// The largest object.
        largest: Option<usize> = None,
        /// The status of the refusal.
        largest_status: u16 = 403,
        /// The earliest and the latest instant of an object, as dates of iCalendar in UTC.
        dates: Option<(String, String)> = None,
        /// So many objects fill a calendar; more are refused with 507.
        most: Option<usize> = None,
        /// The most attendees of an object.
        most_attendees: Option<usize> = None,
        /// Names with `:` or `;` are refused with 400.
        plain_names: bool = false,
        /// The status that a text is refused with which is no calendar.
        invalid_status: u16 = 403,
        /// Properties that make a server refuse the text with 400.
        refused_properties: BTreeSet<String> = BTreeSet::new(),
        /// The components that are refused in every calendar.
        refused_components: BTreeSet<String> = BTreeSet::new(),
        /// METHOD may be stored.
        allows_method: bool = false,
        /// What may be moved and copied.
        moves: Moves = Moves::Both,
        /// Under which name a new object is stored.
        filed: Filed = Filed::AsAsked,
        /// What was deleted lies in a bin: whoever makes its UID anew is refused with this status.
        trash_status: Option<u16> = None,
        /// A missing parent is answered so.
        no_parent: u16 = 409,
        /// PUT of `Content-Type` other than text/calendar is refused with 415.
        type_required: bool = false,
    }
}

choice! {
    /// How stored lines are folded.
    Fold {
        /// At 75 octets.
        #[default]
        Standard,
        /// At 60.
        Narrow,
        /// Not at all.
        Never,
    }
}

switches! {
    /// What becomes of the text of an object. Without any of these it is kept byte by byte.
    Rewriting {
        /// The object is told again, if only in other folds.
        retold: bool = false,
        /// Properties come in another order.
        reorder: bool = false,
        /// How lines are folded.
        fold: Fold = Fold::Standard,
        /// Lines end in LF alone.
        bare_line_ends: bool = false,
        /// Zones that are named and not described are added.
        add_zones: bool = false,
        /// `CLASS:PUBLIC` is added where there is none.
        add_class: bool = false,
        /// LAST-MODIFIED is set.
        add_stamps: bool = false,
        /// One CATEGORIES for each category.
        split_categories: bool = false,
        /// Blanks at the ends of texts go.
        trim_texts: bool = false,
        /// Parameters in another order, and names in quotes.
        quote_params: bool = false,
        /// Properties that are dropped.
        drops: BTreeSet<String> = BTreeSet::new(),
    }
}

impl Rewriting {
    /// Whether a text is told again at all.
    pub fn is_any(&self) -> bool {
        *self != Rewriting { fold: self.fold, ..Rewriting::default() } || self.fold != Fold::Standard
    }
}

choice! {
    /// How calendars can be made.
    Make {
        /// By MKCALENDAR and by an extended MKCOL.
        #[default]
        Both,
        /// By MKCALENDAR.
        Mkcalendar,
        /// By an extended MKCOL.
        Mkcol,
        /// Not at all.
        Refused,
    }
}

switches! {
    /// How calendars are made and changed.
    Calendars {
        /// How they can be made.
        make: Make = Make::Both,
        /// The status where there is one already.
        existing: u16 = 405,
        /// One without a name is refused with 400.
        name_required: bool = false,
        /// Shorter names are refused with 403.
        shortest_name: usize = 0,
        /// It appears so much later in lists.
        appears_after_ms: u64 = 0,
        /// What one is for that is made without saying it; nothing stands for everything.
        usual_components: BTreeSet<String> = BTreeSet::new(),
        /// It takes every component, whatever was asked for.
        ignores_components: bool = false,
        /// Components are stored in a calendar that is not for them.
        takes_any_component: bool = false,
        /// So many an hour, then 429.
        per_hour: Option<u32> = None,
        /// So many in all, then 403.
        most: Option<usize> = None,
        /// Whether they can be deleted.
        deletable: bool = true,
        /// One that is made again within so many milliseconds of its deletion fails with 500.
        remake_fails_ms: u64 = 0,
        /// The name of a deleted one can not be used again.
        burnt_names: bool = false,
        /// Colours that are words are ignored.
        ignores_colour_words: bool = false,
        /// Whether properties can be changed.
        properties: bool = true,
    }
}

choice! {
    /// What happens to invitations in what is stored.
    Schedule {
        /// Nothing: the server does not know of them.
        #[default]
        Off,
        /// They are sent, unless SCHEDULE-AGENT says that the client does it.
        On,
        /// They are sent whatever SCHEDULE-AGENT says.
        Always,
    }
}

choice! {
    /// How much others see of what is private.
    Private {
        /// All of it.
        #[default]
        Shown,
        /// When somebody is busy.
        Stub,
        /// Nothing, where the text would be.
        Empty,
        /// It is not listed.
        Hidden,
    }
}

switches! {
    /// Invitations, and what others may see.
    People {
        /// What happens to invitations.
        schedule: Schedule = Schedule::Off,
        /// The server says that it knows of invitations, whether it does or not.
        claims: bool = false,
        /// An organizer's PUT is answered without an ETag.
        organizer_without_etag: bool = false,
        /// There are schedule tags.
        schedule_tags: bool = false,
        /// Who is invited may change nothing but their own answer; else 403.
        strict_guests: bool = false,
        /// How much others see of what is private.
        private: Private = Private::Shown,
    }
}
