//! How values lie in columns: one table of conversions for both databases.
//!
//! Every value is stored as one of few raw types that both drivers know (`i64`, `bool`, text, bytes, UUID). Instants
//! are microseconds since 1970.

use concord_model::people::Address;
use concord_model::{
    AccountId, CalendarId, ChannelId, ClientId, ConflictId, Cursor, EventId, ExternalId, Generation, LinkId,
    MappingId, Mark, OccurrenceKey, ProviderId, Rev, RunId, UserId, WorkspaceId, Zone,
};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::{Decode, Encode, Postgres, Sqlite, Type};
use uuid::Uuid;

use crate::form;
pub(crate) use crate::form::{Form, FormOf};

/// What both drivers can read and write.
pub(crate) trait Raw:
    Send
    + 'static
    + Type<Sqlite>
    + Type<Postgres>
    + for<'q> Encode<'q, Sqlite>
    + for<'q> Encode<'q, Postgres>
    + for<'r> Decode<'r, Sqlite>
    + for<'r> Decode<'r, Postgres>
{
}

impl<T> Raw for T where
    T: Send
        + 'static
        + Type<Sqlite>
        + Type<Postgres>
        + for<'q> Encode<'q, Sqlite>
        + for<'q> Encode<'q, Postgres>
        + for<'r> Decode<'r, Sqlite>
        + for<'r> Decode<'r, Postgres>
{
}

/// A value that can be given to a statement.
pub(crate) trait Bind {
    type Raw: Raw;
    fn raw(&self) -> Self::Raw;
}

/// A value that can be read from a row. The complaint must not repeat the content.
pub(crate) trait Column: Sized {
    type Raw: Raw;
    fn of(raw: Self::Raw) -> Result<Self, String>;
}

impl<T: Bind> Bind for Option<T>
where
    Option<T::Raw>: Raw,
{
    type Raw = Option<T::Raw>;
    fn raw(&self) -> Self::Raw {
        self.as_ref().map(Bind::raw)
    }
}

impl<T: Column> Column for Option<T>
where
    Option<T::Raw>: Raw,
{
    type Raw = Option<T::Raw>;
    fn of(raw: Self::Raw) -> Result<Self, String> {
        raw.map(T::of).transpose()
    }
}

impl<T: Bind + ?Sized> Bind for &T {
    type Raw = T::Raw;
    fn raw(&self) -> Self::Raw {
        (**self).raw()
    }
}

macro_rules! plain {
    ($($type:ty)*) => {$(
        impl Bind for $type {
            type Raw = $type;
            fn raw(&self) -> $type {
                self.clone()
            }
        }
        impl Column for $type {
            type Raw = $type;
            fn of(raw: $type) -> Result<$type, String> {
                Ok(raw)
            }
        }
    )*};
}

plain! { i64 bool Uuid Vec<u8> }

impl Bind for str {
    type Raw = String;
    /// Postgres has no NUL in texts, and one odd event must not stop its calendar: it is kept as U+FFFD, on both.
    fn raw(&self) -> String {
        self.replace('\0', "\u{FFFD}")
    }
}

impl Bind for String {
    type Raw = String;
    fn raw(&self) -> String {
        self.as_str().raw()
    }
}

impl Column for String {
    type Raw = String;
    fn of(raw: String) -> Result<String, String> {
        Ok(raw)
    }
}

impl Bind for [u8] {
    type Raw = Vec<u8>;
    fn raw(&self) -> Vec<u8> {
        self.to_vec()
    }
}

macro_rules! wrapped {
    ($($type:ident($raw:ty))*) => {$(
        impl Bind for $type {
            type Raw = $raw;
            fn raw(&self) -> $raw {
                self.0.raw()
            }
        }
        impl Column for $type {
            type Raw = $raw;
            fn of(raw: $raw) -> Result<$type, String> {
                Ok($type(raw))
            }
        }
    )*};
}

wrapped! {
    WorkspaceId(Uuid) UserId(Uuid) ClientId(Uuid) EventId(Uuid) AccountId(Uuid) LinkId(Uuid) MappingId(Uuid)
    RunId(Uuid) ConflictId(Uuid) ChannelId(Uuid)
    ExternalId(String) CalendarId(String) Cursor(String) ProviderId(String)
    Rev(i64)
}

macro_rules! texts {
    ($($type:ident, $what:literal;)*) => {$(
        impl Bind for $type {
            type Raw = String;
            fn raw(&self) -> String {
                self.to_string()
            }
        }
        impl Column for $type {
            type Raw = String;
            fn of(raw: String) -> Result<$type, String> {
                raw.parse().map_err(|_| concat!("the text is not ", $what).to_owned())
            }
        }
    )*};
}

texts! {
    Mark, "a mark";
    OccurrenceKey, "the name of an occurrence";
    Zone, "a zone that is known here";
}

impl Bind for Address {
    type Raw = String;
    fn raw(&self) -> String {
        self.as_str().raw()
    }
}

impl Column for Address {
    type Raw = String;
    fn of(raw: String) -> Result<Address, String> {
        Ok(Address::from(raw))
    }
}

impl Bind for Generation {
    type Raw = i64;
    fn raw(&self) -> i64 {
        i64::from(self.0)
    }
}

impl Column for Generation {
    type Raw = i64;
    fn of(raw: i64) -> Result<Generation, String> {
        u32::try_from(raw).map(Generation).map_err(|_| "the number is not a generation".to_owned())
    }
}

impl Bind for Timestamp {
    type Raw = i64;
    fn raw(&self) -> i64 {
        self.as_microsecond()
    }
}

impl Column for Timestamp {
    type Raw = i64;
    fn of(raw: i64) -> Result<Timestamp, String> {
        Timestamp::from_microsecond(raw).map_err(|_| "the number is not an instant".to_owned())
    }
}

impl<T: Serialize> Bind for Form<T> {
    type Raw = String;
    fn raw(&self) -> String {
        form::write(&self.0)
    }
}

impl<T: Serialize + ?Sized> Bind for FormOf<'_, T> {
    type Raw = String;
    fn raw(&self) -> String {
        form::write(self.0)
    }
}

impl<T: DeserializeOwned> Column for Form<T> {
    type Raw = String;
    fn of(raw: String) -> Result<Form<T>, String> {
        form::read(&raw).map(Form)
    }
}

/// Declares an enum whose variants are kept as words.
macro_rules! words {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$note:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $name { $($(#[$note])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$variant,)*];

            /// The word it is kept as.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::column::UnknownWord;
            fn from_str(s: &str) -> Result<$name, $crate::column::UnknownWord> {
                match s { $($word => Ok($name::$variant),)* _ => Err($crate::column::UnknownWord) }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<$name, D::Error> {
                let word = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(d)?;
                word.parse().map_err(serde::de::Error::custom)
            }
        }

        impl $crate::column::Bind for $name {
            type Raw = String;
            fn raw(&self) -> String {
                self.as_str().to_owned()
            }
        }

        impl $crate::column::Column for $name {
            type Raw = String;
            fn of(raw: String) -> Result<$name, String> {
                raw.parse().map_err(|e: $crate::column::UnknownWord| e.to_string())
            }
        }
    };
}
pub(crate) use words;

/// A word that is not among those that are known here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the word is not among those that are known here")]
pub struct UnknownWord;

/// Gives a type with personal data a `Debug` that shows its id and nothing else.
macro_rules! quiet {
    ($($name:ident)*) => {$(
        impl std::fmt::Debug for $name {
            /// Personal: only the id is printed.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({} …)"), self.id)
            }
        }
    )*};
}
pub(crate) use quiet;
