//! What an adapter calls the things it makes: the same for the same copy, for ever, so that making it twice makes one
//! (I-05).

use concord_model::{EventId, Generation, LinkId, OccurrenceKey};
use sha2::{Digest, Sha256};

/// Returns 128 bits that belong to this copy alone; `family` keeps one provider's apart from another's.
pub(crate) fn of_copy(
    family: &str,
    event: EventId,
    link: LinkId,
    generation: Generation,
    part: Option<OccurrenceKey>,
) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(family);
    hash.update(event.0.as_bytes());
    hash.update(link.0.as_bytes());
    hash.update(generation.0.to_be_bytes());
    if let Some(part) = part {
        hash.update(part.to_string());
    }
    let mut name = [0; 16];
    name.copy_from_slice(&hash.finalize()[..16]);
    name
}
