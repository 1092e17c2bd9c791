//! Passwords: what is kept of them, and what they must be.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use concord_engine::Engine;

use crate::problem::{Problem, Result};

/// The shortest password.
const SHORTEST: usize = 8;
/// The longest; more only costs time.
const LONGEST: usize = 500;

/// Checks that it can be a password.
pub fn check(field: &str, password: &str) -> Result<()> {
    fault(password).map_or(Ok(()), |why| Err(Problem::invalid(field, why)))
}

/// Why it cannot be a password, if it cannot.
pub fn fault(password: &str) -> Option<String> {
    let length = password.chars().count();
    match length {
        _ if length < SHORTEST => Some(format!("is shorter than {SHORTEST} characters; choose a longer one")),
        _ if length > LONGEST => Some(format!("is longer than {LONGEST} characters")),
        _ => None,
    }
}

/// What is kept of it. Slow on purpose, so it runs beside the requests.
pub async fn hash(engine: &Engine, password: String) -> Result<String> {
    let salt: [u8; 16] = engine.random();
    let made = tokio::task::spawn_blocking(move || {
        Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map(|hash| hash.to_string())
    });
    match made.await {
        Ok(Ok(hash)) => Ok(hash),
        _ => Err(Problem::invalid("password", "cannot be kept; choose another")),
    }
}

/// Whether it is the one that this was made of. Without one, it takes as long and is not: so nobody learns who exists.
pub async fn is_right(password: String, hash: Option<String>) -> bool {
    let known = hash.is_some();
    let compared = tokio::task::spawn_blocking(move || {
        let text = hash.unwrap_or_else(|| NOBODYS.to_owned());
        PasswordHash::new(&text)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    });
    compared.await.unwrap_or(false) && known
}

/// A hash with the usual cost, of something that nobody knows.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_one_is_right() {
        let hash = Argon2::default().hash_password_with_salt(b"correct horse", &[7; 16]).unwrap().to_string();
        assert!(is_right("correct horse".to_owned(), Some(hash.clone())).await);
        assert!(!is_right("wrong horse".to_owned(), Some(hash)).await);
        assert!(!is_right("correct horse".to_owned(), None).await);
        assert!(PasswordHash::new(NOBODYS).is_ok(), "the comparison is made");
    }

    #[test]
    fn a_password_has_a_length() {
        assert!(check("password", "1234567").is_err());
        assert!(check("password", "12345678").is_ok());
        assert!(check("password", &"x".repeat(501)).is_err());
    }
}
