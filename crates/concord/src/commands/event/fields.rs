//! An event's fields as flags.

use clap::Args;
use concord_engine::edit::Scope;
use concord_model::event::Booking;
use concord_model::people::{Address, Attendee};
use concord_model::privacy::Privacy;
use concord_model::view::{
    Attachment, Availability, Colour, Field, Override, Patch, Reminder, Reminders, Status, Value, View,
};
use concord_model::{ClientId, Event, UserId, Zone};

use crate::assemble::Program;
use crate::commands::when::{self, When};
use crate::commands::words::{self, choice};
use crate::pick;
use crate::refusal::usage;

/// A colour, or none of its own.
type Tint = Option<Colour>;

/// What kind of booking it is unless somebody says.
const USUAL: &str = "one_on_one";

/// What an event is, besides when. An empty text takes a field away.
#[derive(Args, Clone, Debug, Default)]
pub struct Fields {
    /// What it is called
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Where it is
    #[arg(long, value_name = "TEXT")]
    location: Option<String>,
    /// What there is to say about it
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// The link to join it by
    #[arg(long, value_name = "URL")]
    conference: Option<String>,
    /// How it repeats: 'FREQ=WEEKLY;COUNT=10', or a line of iCalendar; may be given several times ('' for not at all)
    #[arg(long = "rule", value_name = "RULE")]
    rules: Option<Vec<String>>,
    /// Whether it will happen
    #[arg(long, value_parser = choice(words::STATUS))]
    status: Option<Status>,
    /// It takes time
    #[arg(long, conflicts_with = "free")]
    busy: bool,
    /// It takes no time
    #[arg(long)]
    free: bool,
    /// It is private
    #[arg(long, conflicts_with = "privacy")]
    private: bool,
    /// How private it is
    #[arg(long, value_parser = choice(words::PRIVACY))]
    privacy: Option<Privacy>,
    /// Its colour
    #[arg(long, value_parser = choice(words::COLOUR))]
    colour: Option<Tint>,
    /// Minutes before the start to remind at (10:email for a mail); may be given several times; none for not at all
    #[arg(long = "reminder", value_name = "MINUTES", value_parser = words::reminder)]
    reminders: Option<Vec<Option<Reminder>>>,
    /// The mail address of a guest; may be given several times ('' for nobody)
    #[arg(long = "guest", value_name = "MAIL")]
    guests: Option<Vec<String>>,
    /// The address of a file; may be given several times ('' for none)
    #[arg(long = "attachment", value_name = "URL")]
    attachments: Option<Vec<String>>,
    /// What kind of booking it is: one_on_one, group_class, assessment or your own word ('' for no booking)
    #[arg(long = "type", value_name = "TYPE", help_heading = "Booking")]
    session_type: Option<String>,
    /// Who books: name, address or id; may be given several times ('' for nobody)
    #[arg(long = "client", value_name = "CLIENT", help_heading = "Booking")]
    clients: Option<Vec<String>>,
    /// Another user whose calendars it reaches; may be given several times ('' for nobody)
    #[arg(long = "participant", value_name = "USER", help_heading = "Booking")]
    participants: Option<Vec<String>>,
    /// Notes of the platform
    #[arg(long, value_name = "TEXT", help_heading = "Booking")]
    notes: Option<String>,
    /// A word to find it by; may be given several times ('' for none)
    #[arg(long = "tag", value_name = "WORD", help_heading = "Booking")]
    tags: Option<Vec<String>>,
    /// The platform's own id for it
    #[arg(long, value_name = "ID", help_heading = "Booking")]
    external_ref: Option<String>,
}

/// What was given, with people found.
pub struct Read<'a> {
    given: &'a Fields,
    clients: Option<Vec<ClientId>>,
    participants: Option<Vec<UserId>>,
}

impl Fields {
    /// Finds the people that are named.
    pub async fn read(&self, program: &Program) -> anyhow::Result<Read<'_>> {
        let mut clients = None;
        if let Some(names) = &self.clients {
            let found: &mut Vec<ClientId> = clients.insert(Vec::new());
            for name in names.iter().filter(|name| !name.is_empty()) {
                found.push(pick::client(program, name).await?.id);
            }
        }
        let mut participants = None;
        if let Some(names) = &self.participants {
            let found: &mut Vec<UserId> = participants.insert(Vec::new());
            for name in names.iter().filter(|name| !name.is_empty()) {
                found.push(pick::user(program, name).await?.id);
            }
        }
        Ok(Read { given: self, clients, participants })
    }

    fn privacy(&self) -> Option<Privacy> {
        if self.private { Some(Privacy::Private) } else { self.privacy }
    }

    fn availability(&self) -> Option<Availability> {
        match (self.busy, self.free) {
            (true, _) => Some(Availability::Busy),
            (_, true) => Some(Availability::Free),
            _ => None,
        }
    }

    /// The values of all fields but time.
    fn values(&self) -> anyhow::Result<Vec<Value>> {
        let mut values = Vec::new();
        values.extend(self.title.clone().map(Value::Title));
        values.extend(self.location.clone().map(Value::Location));
        values.extend(self.description.clone().map(Value::Description));
        if let Some(url) = &self.conference {
            values.push(Value::Conference(web_address("--conference", url)?));
        }
        values.extend(self.status.map(Value::Status));
        values.extend(self.availability().map(Value::Availability));
        values.extend(self.privacy().map(Value::Privacy));
        values.extend(self.colour.map(Value::Colour));
        if let Some(reminders) = &self.reminders {
            values.push(Value::Reminders(Reminders::Own(reminders.iter().copied().flatten().collect())));
        }
        if let Some(guests) = &self.guests {
            let mut attendees = Vec::new();
            for guest in guests.iter().filter(|guest| !guest.is_empty()) {
                if !guest.contains('@') {
                    return Err(usage(format!("--guest: \"{guest}\" is not a mail address")));
                }
                let address = Address::from(guest.as_str());
                attendees.push(Attendee {
                    address,
                    name: String::new(),
                    answer: Default::default(),
                    role: Default::default(),
                });
            }
            values.push(Value::Attendees(attendees));
        }
        if let Some(urls) = &self.attachments {
            let mut attachments = Vec::new();
            for url in urls.iter().filter(|url| !url.is_empty()) {
                attachments.push(Attachment { url: web_address("--attachment", url)?, title: String::new() });
            }
            values.push(Value::Attachments(attachments));
        }
        Ok(values)
    }
}

fn web_address(flag: &str, text: &str) -> anyhow::Result<String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https" | "tel" | "sip") => Ok(text.to_owned()),
        _ => Err(usage(format!(
            "{flag}: \"{text}\" is not a web address; write it whole, such as https://meet.example.org/x"
        ))),
    }
}

impl Read<'_> {
    /// The content of a new event.
    pub fn new_content(&self, when: &When, home: &Zone) -> anyhow::Result<View> {
        let given = self.given;
        if given.title.as_deref().unwrap_or_default().trim().is_empty() {
            return Err(usage("--title: say what it is called"));
        }
        let span = when.span(None, home)?;
        let (timing, removed) = when::timing(span, given.rules.as_deref(), None)?;
        let mut content = View::new(timing, "");
        for value in given.values()? {
            content.set(value);
        }
        content.overrides.extend(removed.into_iter().map(|key| (key, Override::Cancelled)));
        Ok(content)
    }

    /// What is new about an event, an occurrence of it, or all from one on.
    pub fn patch(&self, when: &When, event: &Event, scope: Scope, home: &Zone) -> anyhow::Result<Patch> {
        let given = self.given;
        let mut patch: Patch = given.values()?.into_iter().map(|value| (value.field(), value)).collect();
        if given.title.as_deref().is_some_and(|title| title.trim().is_empty()) {
            return Err(usage("--title: an event has a name; leave the flag out to keep it"));
        }
        if !when.is_given() && given.rules.is_none() {
            return Ok(patch);
        }
        let series = &event.content.time;
        let before = match scope {
            Scope::All => series.clone(),
            Scope::This(key) | Scope::Following(key) => {
                let one = event.content.occurrence(key);
                let one =
                    one.ok_or_else(|| usage(format!("--occurrence: the series has no occurrence {key}")))?;
                let mut timing = one.time;
                if matches!(scope, Scope::Following(_)) {
                    timing.recurrence.clone_from(&series.recurrence);
                }
                timing
            }
        };
        if matches!(scope, Scope::This(_)) && given.rules.is_some() {
            return Err(usage(
                "--rule: a single occurrence does not repeat; add --following, or leave out --occurrence",
            ));
        }
        let span = if when.is_given() { when.span(Some(&before.span), home)? } else { before.span.clone() };
        let (timing, removed) = when::timing(span, given.rules.as_deref(), Some(&before))?;
        if !removed.is_empty() {
            return Err(usage(
                "--rule: to cancel single occurrences, use concord event remove ID --occurrence KEY",
            ));
        }
        patch.insert(Field::Time, Value::Time(timing));
        Ok(patch)
    }

    /// What the platform knows of it, where that was given.
    pub fn booking(&self, before: Option<&Booking>) -> Option<Booking> {
        let given = self.given;
        let old = before.cloned().unwrap_or_default();
        let mut booking = old.clone();
        if let Some(clients) = &self.clients {
            booking.clients.clone_from(clients);
        }
        if let Some(participants) = &self.participants {
            booking.participants.clone_from(participants);
        }
        if let Some(notes) = &given.notes {
            booking.notes.clone_from(notes);
        }
        if let Some(tags) = &given.tags {
            booking.tags = tags.iter().filter(|tag| !tag.is_empty()).cloned().collect();
        }
        if let Some(name) = &given.external_ref {
            booking.external_ref = Some(name.clone()).filter(|name| !name.is_empty());
        }
        match given.session_type.as_deref() {
            Some("") => booking.session_type = None,
            Some(word) => booking.session_type = Some(word.to_owned()),
            // Who is booked for has booked something.
            None if !booking.clients.is_empty() && before.is_none() => {
                booking.session_type = Some(USUAL.to_owned());
            }
            None => {}
        }
        (booking != old).then_some(booking)
    }
}
