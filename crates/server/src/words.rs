//! Closed sets of words, for the description of the API: who reads it knows all that can be said. Those that are enums of
//! the program are read from them, so that the two cannot differ.

use concord_model::link::{
    DeletionPolicy, Direction as ModelDirection, Keep, Policy, RuleField as ModelRuleField, Way,
};
use concord_model::people;
use concord_model::privacy::{
    ClientNames as ModelClientNames, Detail as ModelDetail, PrivateEvents as ModelPrivateEvents,
};
use concord_model::{privacy, view};
use concord_store::{alerts, api_keys, changes, conflicts, invitations, runs, users};
use serde::de::{DeserializeOwned, Deserializer, Visitor, value::Error};
use serde::forward_to_deserialize_any;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

macro_rules! closed {
    ($($(#[doc = $doc:literal])* $name:ident: $words:expr;)*) => {$(
        $(#[doc = $doc])*
        pub(crate) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                described(concat!($($doc,)*).trim(), $words)
            }
        }

        impl ToSchema for $name {}
    )*};
}

closed! {
    /// Whether it takes place.
    EventStatus: of::<view::Status>();
    /// Whether it takes up its time.
    Availability: of::<view::Availability>();
    /// Who may see it.
    Privacy: of::<privacy::Privacy>();
    /// One of the eleven of the palette.
    Colour: of::<view::Colour>();
    /// How one is reminded.
    ReminderBy: of::<view::ReminderBy>();
    /// What somebody answered who is invited.
    AttendeeAnswer: of::<people::Answer>();
    /// As what somebody is invited.
    AttendeeRole: of::<people::Role>();
    /// Where it was made.
    Origin: ["platform", "link", "mail"];
    /// How an event stands in a calendar.
    SyncStatus: ["synced", "pending", "error", "conflict", "off"];
    /// How an event stands in a calendar, where it may never have been.
    WhyState: ["synced", "pending", "error", "conflict", "absent"];

    /// What a letter says.
    LetterSays: invitations::Says::ALL;
    /// How a letter stands.
    LetterState: invitations::LetterState::ALL;
    /// What became of a letter that came in.
    MailTaken: [
        "noted", "old", "other_time", "not_theirs", "unknown", "invited", "renewed", "ended", "no_address",
        "not_organiser", "elsewhere", "own", "removed", "too_many", "unfit", "ignored",
    ];

    /// What a user may do.
    UserRole: users::Role::ALL;
    /// What an API key may do.
    KeyScope: api_keys::Scope::ALL;
    /// What changed.
    ChangeKind: changes::Kind::ALL;

    /// How a calendar stands with notices.
    ChannelStatus: ["open", "opening", "polled", "silent", "refused"];
    /// How calendars stand with notices, the worst of them.
    WebhookStatus: ["open", "opening", "polled", "silent", "refused", "none"];
    /// What a test came to.
    TestResult: ["passed", "failed", "untested"];
    /// What an alert is about.
    AlertKind: alerts::AlertKind::ALL;
    /// How bad it is.
    AlertSeverity: alerts::Severity::ALL;
    /// How an alert ended.
    AlertResolvedBy: ["recovery", "person"];

    /// How one signs in.
    SignInWay: ["oauth", "password", "token", "address"];
    /// Whether an account can be used, or has to be connected again.
    AccountState: ["active", "revoked"];
    /// Whether a calendar is kept in sync.
    LinkState: ["active", "paused", "stopped", "braked"];
    /// Which way changes go.
    Direction: of::<ModelDirection>();
    /// How much of an event is shown there.
    Detail: of::<ModelDetail>();
    /// What becomes of private events.
    PrivateEvents: of::<ModelPrivateEvents>();
    /// How clients are named.
    ClientNames: of::<ModelClientNames>();
    /// Who stands where both sides changed the same.
    ConflictPolicy: of::<Policy>();
    /// What becomes of an event that was deleted there.
    DeletedPolicy: of::<DeletionPolicy>();
    /// What a rule looks at.
    RuleField: of::<ModelRuleField>();
    /// What a rule keeps.
    RuleKeep: of::<Keep>();

    /// What a column of a table holds.
    ColumnHolds: ["time", "end", "clock", "location", "description", "conference", "status"];
    /// Which way changes of a column go.
    ColumnWay: of::<Way>();
    /// What became of a column.
    ColumnNow: ["renamed", "gone", "other_kind"];

    /// Why a run was made.
    RunKind: runs::RunKind::ALL;
    /// How a run stands, or ended.
    RunStatus: runs::RunStatus::ALL;
    /// How something was taken back.
    TakenBackHow: ["changed", "restored", "removed"];
    /// How grave a sentence is.
    LineLevel: ["info", "error"];
    /// How a change waits.
    WaitingState: ["pending", "error"];
    /// What became of the wish to sync.
    Begun: ["running", "queued", "resting"];

    /// What kind of difference it is.
    ConflictKind: conflicts::ConflictKind::ALL;
    /// Whether a conflict waits.
    ConflictState: ["open", "answered", "resolved"];
    /// Who stands, as a person says it.
    ConflictChoice: ["keep_local", "keep_external", "keep_latest", "merge", "keep_both"];
    /// Which conflicts are asked for.
    ConflictsAsked: ["open", "resolved"];
    /// Who stands in one field.
    FieldChoice: ["local", "external", "latest"];
    /// How a conflict was decided.
    ConflictResolution: conflicts::Resolution::ALL;
}

fn described<W: ToString>(says: &str, words: impl IntoIterator<Item = W>) -> RefOr<Schema> {
    let words = words.into_iter().map(|word| word.to_string());
    let set = ObjectBuilder::new().schema_type(Type::String).description(Some(says)).enum_values(Some(words));
    Schema::from(set).into()
}

/// The words of an enum, as serde reads them.
fn of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut words: &'static [&'static str] = &[];
    let _ = T::deserialize(Asking(&mut words));
    words
}

/// Lets an enum tell its words when it is about to be read.
struct Asking<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Asking<'_> {
    type Error = Error;

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = words;
        Err(serde::de::Error::custom("only asked"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(serde::de::Error::custom("no enum"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enum_tells_its_words() {
        assert_eq!(of::<view::Availability>(), ["busy", "free"]);
        assert_eq!(of::<Policy>(), ["last_write_wins", "keep_platform", "keep_external", "ask"]);
    }
}
