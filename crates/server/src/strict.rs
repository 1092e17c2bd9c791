//! JSON read into values, strictly and with the place of what is wrong: `attendees[0].email`. An object is an object:
//! elsewhere serde takes a list for the fields in their order, which nobody means.

use std::fmt;

use serde::de::value::StringDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

/// Reads a value.
pub(crate) fn read<T: DeserializeOwned>(value: Value) -> Result<T, Fault> {
    T::deserialize(Strict(value))
}

/// What is wrong, and where.
#[derive(Debug)]
pub(crate) struct Fault {
    /// The path to it; empty for the whole.
    pub(crate) place: String,
    pub(crate) says: String,
}

impl Fault {
    fn of_field(field: &str, says: String) -> Fault {
        Fault { place: field.to_owned(), says }
    }

    /// The same, seen from further out.
    fn within(self, outer: String) -> Fault {
        let stroke = if self.place.is_empty() || self.place.starts_with('[') { "" } else { "." };
        Fault { place: format!("{outer}{stroke}{}", self.place), ..self }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.says)
    }
}

impl std::error::Error for Fault {}

impl Error for Fault {
    fn custom<T: fmt::Display>(says: T) -> Fault {
        Fault { place: String::new(), says: says.to_string() }
    }

    fn missing_field(field: &'static str) -> Fault {
        Fault::of_field(field, "is missing".to_owned())
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Fault {
        Fault::of_field(field, format!("is not known here; there are {}", known.join(", ")))
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Fault {
        Fault::custom(format!("is not one of {}", known.join(", ")))
    }
}

struct Strict(Value);

impl<'de> Deserializer<'de> for Strict {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(bool) => visitor.visit_bool(bool),
            Value::String(text) => visitor.visit_string(text),
            Value::Array(list) => visitor.visit_seq(Items(list.into_iter().enumerate())),
            Value::Object(map) => visitor.visit_map(Fields::of(map)),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Array(_) => Err(Fault::custom("is a list where an object is meant; write {…}")),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.0 {
            Value::String(word) => {
                let word: StringDeserializer<Fault> = word.into_deserializer();
                visitor.visit_enum(word)
            }
            _ => Err(Fault::custom(format!("is not one of {}", words.join(", ")))),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

struct Items(std::iter::Enumerate<std::vec::IntoIter<Value>>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some((place, value)) = self.0.next() else { return Ok(None) };
        seed.deserialize(Strict(value)).map(Some).map_err(|fault| fault.within(format!("[{place}]")))
    }
}

struct Fields {
    left: serde_json::map::IntoIter,
    now: (String, Value),
}

impl Fields {
    fn of(map: Map<String, Value>) -> Fields {
        Fields { left: map.into_iter(), now: (String::new(), Value::Null) }
    }
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let Some((key, value)) = self.left.next() else { return Ok(None) };
        let name: StringDeserializer<Fault> = key.clone().into_deserializer();
        self.now = (key, value);
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (key, value) = std::mem::take(&mut self.now);
        seed.deserialize(Strict(value)).map_err(|fault| fault.within(key))
    }
}
