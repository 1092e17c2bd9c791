//! How changes are told, and how objects are looked for and fetched.

use serde::{Deserialize, Serialize};

choice! {
    /// What is answered to a sync token that is not good.
    BadToken {
        /// 403 with valid-sync-token.
        #[default]
        Forbidden,
        /// 409 with valid-sync-token.
        Conflict,
        /// 412 with valid-sync-token.
        Precondition,
        /// 500.
        Error,
        /// 412 where it looks like a token of the server's own, 500 where it does not.
        ErrorOnForeign,
        /// 207, with everything there is.
        FullList,
    }
}

choice! {
    /// What a client's limit does.
    Limit {
        /// Nothing.
        Ignored,
        /// Pages, with 507 and a token that goes on.
        #[default]
        Obeyed,
        /// Nothing on the first pass; later as it should.
        ObeyedLater,
        /// It cuts the list; the token is the newest, and the rest is lost.
        Lossy,
        /// The first pass is paged; after it the list is cut and the rest is lost.
        LossyLater,
    }
}

choice! {
    /// The form of sync tokens.
    TokenForm {
        /// A URI.
        #[default]
        Uri,
        /// 40 hexadecimal digits.
        Digest,
        /// A number.
        Number,
    }
}

choice! {
    /// How finely a sync token tells times apart.
    Grain {
        /// Each change.
        #[default]
        Exact,
        /// Seconds; what was told in the last one is told again.
        SecondsRepeat,
        /// Seconds; what happens later in the last one is lost.
        SecondsLose,
    }
}

choice! {
    /// What getctag tells.
    Ctag {
        /// Another text after each change.
        #[default]
        Exact,
        /// The second of the last change.
        Seconds,
        /// There is none.
        Absent,
    }
}

switches! {
    /// How changes are told.
    Sync {
        /// Whether there is sync-collection at all.
        supported: bool = true,
        /// What a bad token is answered.
        bad_token: BadToken = BadToken::Forbidden,
        /// More members than these come in pages, with 507.
        page: Option<usize> = None,
        /// What a client's limit does.
        limit: Limit = Limit::Obeyed,
        /// The form of tokens.
        token: TokenForm = TokenForm::Uri,
        /// Their grain.
        grain: Grain = Grain::Exact,
        /// The status of a member that is gone.
        deleted_status: u16 = 404,
        /// Members that are gone are not told.
        no_deletions: bool = false,
        /// What was made and deleted since the token is not told.
        forgets_short_lives: bool = false,
        /// The collection lists itself.
        lists_itself: bool = false,
        /// What getctag tells.
        ctag: Ctag = Ctag::Exact,
        /// The property sync-token is spelled otherwise than the token of a report.
        other_property_token: bool = false,
        /// Who asks when nothing changed gets the token of the beginning.
        zero_token_when_idle: bool = false,
        /// Until then, an instant of iCalendar, no sync token is told: neither as a property nor after a report of changes.
        no_token_until: Option<String> = None,
        /// Changes are remembered for so many days.
        remembered_days: Option<u32> = None,
        /// Who comes with a token from before what is remembered is told nothing of the gap.
        silent_gaps: bool = false,
        /// calendar-data is given in a report of changes.
        gives_data: bool = true,
        /// So long lists do not show a change yet.
        visibility_delay_ms: u64 = 0,
        /// A calendar that is deleted and made again goes on with the old tokens.
        tokens_outlive_calendars: bool = false,
    }
}

choice! {
    /// What multiget says of what is not there.
    Missing {
        /// 404 for that member.
        #[default]
        NotFound,
        /// Nothing.
        Omitted,
        /// The whole report fails with 404.
        WholeFails,
    }
}

choice! {
    /// What a time-range for alarms finds.
    Alarms {
        /// What rings in it.
        #[default]
        Found,
        /// Nothing.
        Missed,
        /// It is refused with 403.
        Refused,
    }
}

choice! {
    /// What a time-range finds.
    TimeRange {
        /// What takes place in it.
        #[default]
        Right,
        /// What begins in it: later occurrences of a series are missed.
        FirstOnly,
        /// The same, but only of series with dates that are taken out or added.
        PlainSeries,
        /// Everything.
        Ignored,
    }
}

choice! {
    /// What is done with a wish to expand series.
    Expand {
        /// It is ignored.
        Ignored,
        /// It is done.
        #[default]
        Done,
        /// 400.
        Refused,
        /// It is done; if some object holds exceptions alone, all of it is refused with 400.
        FailsOnExceptions,
    }
}

switches! {
    /// How objects are looked for and fetched.
    Query {
        /// A filter without a component inside of VCALENDAR finds nothing.
        needs_component: bool = false,
        /// Depth 0, or none, finds nothing.
        strict_depth: bool = false,
        /// What a time-range finds.
        time_range: TimeRange = TimeRange::Right,
        /// Series are followed until then, an instant of iCalendar.
        followed_until: Option<String> = None,
        /// What a time-range for alarms finds.
        alarms: Alarms = Alarms::Found,
        /// A time-range finds tasks.
        tasks: bool = true,
        /// A time-range finds tasks that have no start.
        tasks_without_start: bool = true,
        /// Series of tasks are followed.
        task_series: bool = true,
        /// Series of tasks are expanded.
        expands_tasks: bool = true,
        /// A time-range on VCALENDAR itself is refused with 400.
        no_calendar_range: bool = false,
        /// The filter is ignored.
        ignores_filter: bool = false,
        /// Filters on properties are ignored.
        ignores_text: bool = false,
        /// What is done with a wish to expand series.
        expand: Expand = Expand::Done,
        /// What multiget says of what is not there.
        missing: Missing = Missing::NotFound,
        /// multiget answers only the first so many.
        answered: Option<usize> = None,
        /// multiget for more is refused with 403.
        most: Option<usize> = None,
        /// multiget takes so long.
        delay_ms: Option<u64> = None,
        /// Whether free-busy-query is answered; else 400.
        free_busy: bool = true,
    }
}
