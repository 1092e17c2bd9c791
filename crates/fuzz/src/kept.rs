//! What was kept outside the database: backups, and keys on paper.

use std::io::Cursor;

use concord_model::{OccurrenceKey, Zone};
use concord_store::backup;
use concord_store::vault::MasterKey;

pub(crate) const WORDS: &[&str] = &[
    "{\"backup\":\"concord\",",
    "\"format\":1,",
    "\"format\":4294967295,",
    "\"schema\":1,",
    "\"schema\":-1,",
    "\"tables\":",
    "\"rows\":",
    "{\"table\":\"users\",\"columns\":[\"id\"]}\n",
    "[{\"b\":\"AAEC\"},\"Alice\",1,null]\n",
    "{\"end\":{\"tables\":0,\"rows\":0},\"sha256\":\"\"}\n",
    "\n",
    "null",
    "18446744073709551615",
    "-9223372036854775808",
    "1e308",
    "ck1_",
];

/// A file is a backup only if it is one to the last byte; whatever else comes is refused without a panic.
pub(crate) fn backups(data: &[u8]) {
    if let Ok(found) = backup::check(&mut Cursor::new(data)) {
        let rows = data.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"[")).count();
        assert_eq!(found.count(), rows as u64, "rows that are not there");
        // One bit elsewhere, and it is none any more.
        for at in [0, data.len() / 3, data.len() / 2, data.len().saturating_sub(9)] {
            let mut spoilt = data.to_vec();
            spoilt[at] ^= 1;
            assert!(backup::check(&mut Cursor::new(spoilt)).is_err(), "byte {at} does not matter");
        }
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = (
            text.parse::<MasterKey>().is_ok(),
            text.parse::<OccurrenceKey>().is_ok(),
            Zone::new(text).is_ok(),
        );
    }
}
