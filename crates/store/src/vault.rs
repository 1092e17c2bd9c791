//! The vault: secrets sealed so that a stolen database is worth nothing, and a sealed secret opens only where it lies.
//!
//! Envelope encryption, XChaCha20-Poly1305 twice. Each cell has a random data key; the data key is wrapped under a
//! master key that is not in the database. Both layers are bound to the cell's place (table, column, row, workspace),
//! so a cell that is copied elsewhere does not open; the wrapping is also bound to the master key's id. Rotation wraps
//! the data key anew and leaves the body as it is.
//!
//! ```text
//! version 1 │ key id 4 │ nonce 24 │ wrapped data key 32+16 │ nonce 24 │ body n+16
//! ```
//!
//! This file knows no database.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use concord_model::WorkspaceId;

use crate::chance::Chance;

/// What is kept of a secret that comes back: enough to recognise it, not enough to use it. Such secrets are random and
/// long, so one round of hashing is as good as many.
pub fn hashed(secret: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(secret))
}

/// The form of a cell that is written now.
const VERSION: u8 = 1;
const ID: usize = 4;
const KEY: usize = 32;
const NONCE: usize = 24;
const TAG: usize = 16;
const WRAPPED: usize = KEY + TAG;
/// What stands before the body: all that rotation changes.
const HEAD: usize = 1 + ID + NONCE + WRAPPED;

/// The key that wraps data keys. It cannot be printed; its text form is asked for by name.
pub struct MasterKey(Zeroizing<[u8; KEY]>);

/// The first bytes of a master key's hash: enough to find it by, and nothing to guess it from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub(crate) [u8; ID]);

/// Not a master key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a master key: write \"ck1_\" and 32 bytes in base64url")]
pub struct NotAKey;

/// Why a vault cannot be made, or a cell not be opened. Says nothing of what is in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum VaultError {
    /// There is no master key to seal with.
    #[error("a vault needs at least one master key")]
    NoKey,
    /// Two master keys have the same id: they are the same key, or must be told apart by making a new one.
    #[error("two master keys have the id {0}")]
    SameKey(KeyId),
    /// The cell is sealed under a key that this vault does not hold.
    #[error("the secret is sealed under the master key {0}, which is not here")]
    UnknownKey(KeyId),
    /// The cell is not one, was changed, or lies where it was not put.
    #[error("the secret does not open: it was changed, or it lies where it was not put")]
    Broken,
}

/// Where a cell lies. It opens nowhere else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
    /// The row, by its key.
    pub row: &'a str,
    /// The workspace.
    pub workspace: WorkspaceId,
}

/// The master keys in force. The first one seals; all of them open.
pub struct Vault(Vec<(KeyId, MasterKey)>);

/// A vault with the chance that sealing needs.
pub struct Sealer<'a> {
    vault: &'a Vault,
    chance: &'a mut dyn Chance,
}

impl MasterKey {
    /// A new one from chance that nobody can predict.
    pub fn generate(chance: &mut dyn Chance) -> MasterKey {
        let mut bytes = Zeroizing::new([0; KEY]);
        chance.fill(&mut *bytes);
        MasterKey(bytes)
    }

    /// The name it is found by.
    pub fn id(&self) -> KeyId {
        let hash = Sha256::digest(*self.0);
        KeyId(std::array::from_fn(|i| hash[i]))
    }

    /// The text to keep it as: `ck1_` and base64url.
    pub fn text(&self) -> SecretString {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.encode(*self.0));
        SecretString::from(format!("ck1_{}", *bytes))
    }
}

impl FromStr for MasterKey {
    type Err = NotAKey;
    fn from_str(text: &str) -> Result<MasterKey, NotAKey> {
        let text = text.trim().strip_prefix("ck1_").ok_or(NotAKey)?;
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAKey)?);
        let bytes: [u8; KEY] = bytes.as_slice().try_into().map_err(|_| NotAKey)?;
        Ok(MasterKey(Zeroizing::new(bytes)))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Vault {
    /// A vault with these keys. The first one is the current one, the others only open.
    pub fn new(keys: Vec<MasterKey>) -> Result<Vault, VaultError> {
        let mut held: Vec<(KeyId, MasterKey)> = Vec::with_capacity(keys.len());
        for key in keys {
            let id = key.id();
            if held.iter().any(|(other, _)| *other == id) {
                return Err(VaultError::SameKey(id));
            }
            held.push((id, key));
        }
        if held.is_empty() { Err(VaultError::NoKey) } else { Ok(Vault(held)) }
    }

    /// The key that seals.
    pub fn current(&self) -> KeyId {
        self.0.first().expect("a vault has a key: see `new`").0
    }

    /// This vault with that chance.
    pub fn with<'a>(&'a self, chance: &'a mut dyn Chance) -> Sealer<'a> {
        Sealer { vault: self, chance }
    }

    /// Seals a secret for its place.
    pub fn seal(&self, place: &Place<'_>, secret: &SecretString, chance: &mut dyn Chance) -> Vec<u8> {
        let secret = secret.expose_secret().as_bytes();
        let mut data_key = Zeroizing::new([0; KEY]);
        chance.fill(&mut *data_key);
        let mut cell = Vec::with_capacity(HEAD + NONCE + secret.len() + TAG);
        self.wrap(&mut cell, place, &data_key, chance);
        let nonce = nonce(chance);
        cell.extend_from_slice(&nonce);
        cell.extend(encrypt(&data_key, &nonce, secret, &bound(place, None)));
        cell
    }

    /// Opens a cell that lies there.
    pub fn open(&self, place: &Place<'_>, cell: &[u8]) -> Result<SecretString, VaultError> {
        let data_key = self.unwrap(place, cell)?;
        let body = cell.get(HEAD..).ok_or(VaultError::Broken)?;
        let (nonce, body) = body.split_first_chunk().ok_or(VaultError::Broken)?;
        let plain = Zeroizing::new(decrypt(&data_key, nonce, body, &bound(place, None))?);
        let plain = std::str::from_utf8(&plain).map_err(|_| VaultError::Broken)?;
        Ok(SecretString::from(plain))
    }

    /// Wraps a cell's data key under the current master key; `None` when it is already. The body stays as it is.
    pub fn rewrap(
        &self,
        place: &Place<'_>,
        cell: &[u8],
        chance: &mut dyn Chance,
    ) -> Result<Option<Vec<u8>>, VaultError> {
        if key_id(cell)? == self.current() {
            return Ok(None);
        }
        let data_key = self.unwrap(place, cell)?;
        let mut anew = Vec::with_capacity(cell.len());
        self.wrap(&mut anew, place, &data_key, chance);
        anew.extend_from_slice(&cell[HEAD..]);
        Ok(Some(anew))
    }

    /// Writes the head of a cell.
    fn wrap(&self, cell: &mut Vec<u8>, place: &Place<'_>, data_key: &[u8; KEY], chance: &mut dyn Chance) {
        let (id, master) = self.0.first().expect("a vault has a key: see `new`");
        let nonce = nonce(chance);
        cell.push(VERSION);
        cell.extend_from_slice(&id.0);
        cell.extend_from_slice(&nonce);
        cell.extend(encrypt(&master.0, &nonce, data_key, &bound(place, Some(*id))));
    }

    /// Reads the data key from the head of a cell.
    fn unwrap(&self, place: &Place<'_>, cell: &[u8]) -> Result<Zeroizing<[u8; KEY]>, VaultError> {
        let id = key_id(cell)?;
        let (_, master) = self.0.iter().find(|(held, _)| *held == id).ok_or(VaultError::UnknownKey(id))?;
        let head = cell.get(1 + ID..HEAD).ok_or(VaultError::Broken)?;
        let (nonce, wrapped) = head.split_first_chunk().ok_or(VaultError::Broken)?;
        let plain = Zeroizing::new(decrypt(&master.0, nonce, wrapped, &bound(place, Some(id)))?);
        let key: [u8; KEY] = plain.as_slice().try_into().map_err(|_| VaultError::Broken)?;
        Ok(Zeroizing::new(key))
    }
}

impl Sealer<'_> {
    /// Seals a secret for its place.
    pub fn seal(&mut self, place: &Place<'_>, secret: &SecretString) -> Vec<u8> {
        self.vault.seal(place, secret, self.chance)
    }

    /// The vault.
    pub fn vault(&self) -> &Vault {
        self.vault
    }
}

/// The id of the master key that a cell is sealed under.
pub fn key_id(cell: &[u8]) -> Result<KeyId, VaultError> {
    match cell.split_first() {
        Some((&VERSION, rest)) => rest.first_chunk().map(|id| KeyId(*id)).ok_or(VaultError::Broken),
        _ => Err(VaultError::Broken),
    }
}

fn nonce(chance: &mut dyn Chance) -> [u8; NONCE] {
    let mut bytes = [0; NONCE];
    chance.fill(&mut bytes);
    bytes
}

/// What a layer is bound to, each part with its length before it, so that no two places read the same.
fn bound(place: &Place<'_>, key: Option<KeyId>) -> Vec<u8> {
    let workspace: Uuid = place.workspace.0;
    let key = key.map(|id| id.0.to_vec()).unwrap_or_default();
    let parts: [&[u8]; 5] =
        [&key, place.table.as_bytes(), place.column.as_bytes(), place.row.as_bytes(), workspace.as_bytes()];
    let mut out = vec![VERSION];
    for part in parts {
        out.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(part);
    }
    out
}

fn encrypt(key: &[u8; KEY], nonce: &[u8; NONCE], msg: &[u8], aad: &[u8]) -> Vec<u8> {
    XChaCha20Poly1305::new(key.into())
        .encrypt(&XNonce::from(*nonce), Payload { msg, aad })
        .expect("it fails only for messages of more than 256 GB")
}

fn decrypt(key: &[u8; KEY], nonce: &[u8; NONCE], msg: &[u8], aad: &[u8]) -> Result<Vec<u8>, VaultError> {
    XChaCha20Poly1305::new(key.into())
        .decrypt(&XNonce::from(*nonce), Payload { msg, aad })
        .map_err(|_| VaultError::Broken)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Bytes that never repeat, so that every key and nonce is another.
    fn chance(seed: u64) -> impl FnMut(&mut [u8]) + Send {
        let mut n = seed;
        move |bytes: &mut [u8]| {
            for byte in bytes {
                n = n.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                *byte = n.to_be_bytes()[0];
            }
        }
    }

    fn vault(seeds: &[u64]) -> Vault {
        Vault::new(seeds.iter().map(|seed| MasterKey::generate(&mut chance(*seed))).collect()).unwrap()
    }

    fn place<'a>(parts: &'a [String; 3], workspace: u128) -> Place<'a> {
        let workspace = WorkspaceId(Uuid::from_u128(workspace));
        Place { table: &parts[0], column: &parts[1], row: &parts[2], workspace }
    }

    fn parts() -> impl Strategy<Value = [String; 3]> {
        ["[a-c]{0,3}", "[a-c]{0,3}", "[a-c]{0,3}"]
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_there(secret in ".{0,80}", parts in parts(), seed in any::<u64>()) {
            let vault = vault(&[1]);
            let cell = vault.seal(&place(&parts, 7), &SecretString::from(secret.as_str()), &mut chance(seed));
            let opened = vault.open(&place(&parts, 7), &cell).unwrap();
            prop_assert_eq!(opened.expose_secret(), secret);
        }

        #[test]
        fn nothing_opens_elsewhere(here in parts(), there in parts(), walls in 7_u128..9) {
            prop_assume!(here != there || walls != 7);
            let vault = vault(&[1, 2]);
            let cell = vault.seal(&place(&here, 7), &SecretString::from("secret"), &mut chance(3));
            prop_assert_eq!(vault.open(&place(&there, walls), &cell).err(), Some(VaultError::Broken));
            // Nor does rotation carry it there.
            let turned = vault_of_two().rewrap(&place(&there, walls), &cell, &mut chance(4));
            prop_assert_eq!(turned.err(), Some(VaultError::Broken));
        }

        #[test]
        fn a_changed_cell_does_not_open(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
            let (vault, parts) = (vault(&[1]), Default::default());
            let mut cell = vault.seal(&place(&parts, 7), &SecretString::from("secret"), &mut chance(3));
            let at = at.index(cell.len());
            cell[at] ^= 1 << bit;
            prop_assert!(vault.open(&place(&parts, 7), &cell).is_err());
            cell.truncate(at);
            prop_assert!(vault.open(&place(&parts, 7), &cell).is_err());
        }
    }

    /// Sealing with key 2, opening with both.
    fn vault_of_two() -> Vault {
        vault(&[2, 1])
    }

    #[test]
    fn rotation_changes_the_key_and_not_the_body() {
        let parts = Default::default();
        let place = place(&parts, 7);
        let old = vault(&[1]).seal(&place, &SecretString::from("secret"), &mut chance(3));
        let new = vault_of_two().rewrap(&place, &old, &mut chance(4)).unwrap().expect("it was under key 1");
        assert_eq!(key_id(&new), Ok(vault(&[2]).current()));
        assert_eq!((&new[HEAD..], new[..HEAD] == old[..HEAD]), (&old[HEAD..], false));
        assert_eq!(vault(&[2]).open(&place, &new).unwrap().expose_secret(), "secret");
        assert_eq!(vault_of_two().rewrap(&place, &new, &mut chance(4)), Ok(None));
        let gone = vault(&[2]).open(&place, &old).err();
        assert_eq!(gone, Some(VaultError::UnknownKey(vault(&[1]).current())));
    }

    #[test]
    fn a_key_is_written_and_read() {
        let key = MasterKey::generate(&mut chance(1));
        let text = key.text();
        assert!(text.expose_secret().starts_with("ck1_") && text.expose_secret().len() == 4 + 43);
        let again: MasterKey = format!(" {}\n", text.expose_secret()).parse().unwrap();
        assert_eq!(again.id(), key.id());
        for wrong in ["", "ck1_", "ck1_AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(wrong.parse::<MasterKey>().err(), Some(NotAKey), "{wrong}");
        }
    }

    #[test]
    fn a_vault_needs_keys_that_can_be_told_apart() {
        let key = || MasterKey::generate(&mut chance(1));
        assert_eq!(Vault::new(vec![]).err(), Some(VaultError::NoKey));
        assert_eq!(Vault::new(vec![key(), key()]).err(), Some(VaultError::SameKey(key().id())));
    }
}
