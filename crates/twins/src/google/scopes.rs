//! Which scope allows what, as the discovery document says.

/// What a call needs to be allowed to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Power {
    ReadList,
    ReadListEntry,
    AddToList,
    ChangeListEntry,
    ReadCalendar,
    ChangeCalendar,
    ClearCalendar,
    ReadEvents,
    WriteEvents,
    MoveEvents,
    FreeBusy,
    Settings,
    Colors,
    StopChannel,
}

/// What every scope's name begins with.
pub(super) const PREFIX: &str = "https://www.googleapis.com/auth/";

/// The scopes of the calendar, without the prefix, with what the consent page calls them.
pub(super) const SCOPES: &[(&str, &str)] = &[
    ("calendar", "See, edit, share and permanently delete all your calendars"),
    ("calendar.readonly", "See and download any calendar you can access"),
    ("calendar.events", "View and edit events on all your calendars"),
    ("calendar.events.readonly", "View events on all your calendars"),
    ("calendar.events.owned", "See, create, change and delete events on calendars you own"),
    ("calendar.events.owned.readonly", "See the events on calendars you own"),
    ("calendar.events.freebusy", "See the availability on calendars you have access to"),
    ("calendar.events.public.readonly", "See the events on public calendars"),
    ("calendar.calendarlist", "See, add and remove calendars you\u{2019}re subscribed to"),
    ("calendar.calendarlist.readonly", "See the list of calendars you\u{2019}re subscribed to"),
    ("calendar.calendars", "See and change the properties of calendars, and create secondary calendars"),
    ("calendar.calendars.readonly", "See the title, description and time zone of your calendars"),
    ("calendar.app.created", "Make secondary calendars, and see, create, change and delete events on them"),
    ("calendar.freebusy", "View your availability"),
    ("calendar.settings.readonly", "View your Calendar settings"),
];

impl Power {
    /// The scopes that allow it, without the prefix.
    fn scopes(self) -> &'static [&'static str] {
        match self {
            Power::ReadList => {
                &["calendar", "calendar.readonly", "calendar.calendarlist", "calendar.calendarlist.readonly"]
            }
            Power::ReadListEntry => &[
                "calendar",
                "calendar.readonly",
                "calendar.calendarlist",
                "calendar.calendarlist.readonly",
                "calendar.app.created",
            ],
            Power::AddToList => &["calendar", "calendar.calendarlist"],
            Power::ChangeListEntry => &["calendar", "calendar.calendarlist", "calendar.app.created"],
            Power::ReadCalendar => &[
                "calendar",
                "calendar.readonly",
                "calendar.calendars",
                "calendar.calendars.readonly",
                "calendar.app.created",
            ],
            Power::ChangeCalendar => &["calendar", "calendar.calendars", "calendar.app.created"],
            Power::ClearCalendar => &["calendar", "calendar.calendars"],
            Power::ReadEvents => &[
                "calendar",
                "calendar.readonly",
                "calendar.events",
                "calendar.events.readonly",
                "calendar.events.owned",
                "calendar.events.owned.readonly",
                "calendar.events.freebusy",
                "calendar.events.public.readonly",
                "calendar.app.created",
            ],
            Power::WriteEvents => {
                &["calendar", "calendar.events", "calendar.events.owned", "calendar.app.created"]
            }
            Power::MoveEvents => &["calendar", "calendar.events", "calendar.events.owned"],
            Power::FreeBusy => {
                &["calendar", "calendar.readonly", "calendar.freebusy", "calendar.events.freebusy"]
            }
            Power::Settings => &["calendar", "calendar.readonly", "calendar.settings.readonly"],
            Power::Colors => &[
                "calendar",
                "calendar.readonly",
                "calendar.calendarlist",
                "calendar.calendarlist.readonly",
                "calendar.events.owned",
                "calendar.events.owned.readonly",
                "calendar.events.freebusy",
                "calendar.events.public.readonly",
                "calendar.app.created",
            ],
            Power::StopChannel => &[
                "calendar",
                "calendar.readonly",
                "calendar.events",
                "calendar.events.readonly",
                "calendar.events.owned",
                "calendar.events.owned.readonly",
                "calendar.events.freebusy",
                "calendar.events.public.readonly",
                "calendar.calendarlist",
                "calendar.calendarlist.readonly",
                "calendar.settings.readonly",
                "calendar.app.created",
            ],
        }
    }

    /// Those of the granted scopes that allow it, without the prefix.
    pub(super) fn granted<'a>(self, scopes: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
        scopes
            .filter_map(|scope| scope.strip_prefix(PREFIX))
            .filter(|scope| self.scopes().contains(scope))
            .collect()
    }
}
