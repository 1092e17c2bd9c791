//! SQLite's file: shared by processes, and holding no secret.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use concord_store::{Store, channels, grants, meta, rotation};
use secrecy::SecretString;

use crate::accounts::{grant, vault};
use crate::channels::channel;
use crate::world::{Kind, World, at, chance, keeps, one_link, runtime, setting};

/// The URL that a writing process is given.
const WRITER: &str = "CONCORD_TEST_WRITER";

/// One process writes beside another: this test starts itself anew, and is the other one then.
#[test]
fn processes_share_a_file() {
    if let Some(url) = setting(WRITER) {
        return write(&url);
    }
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("concord.db").display());
    let others: Vec<_> = (0..3)
        .map(|_| {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(["--exact", "files::processes_share_a_file", "--nocapture"]).env(WRITER, &url);
            command.spawn().unwrap()
        })
        .collect();
    write(&url);
    for mut other in others {
        assert!(other.wait().unwrap().success());
    }
    runtime().block_on(async {
        let store = Store::open(&url).await.unwrap();
        let mut tx = store.read().await.unwrap();
        assert_eq!(meta::get(&mut tx, "count").await.unwrap().as_deref(), Some("400"));
    });
}

/// Opens and migrates the file, then counts up by a hundred, one transaction each.
fn write(url: &str) {
    runtime().block_on(async {
        let store = Store::open(url).await.unwrap();
        store.migrate().await.unwrap();
        for _ in 0..100 {
            let mut tx = store.begin().await.unwrap();
            let count = meta::get(&mut tx, "count").await.unwrap().unwrap_or_default().parse().unwrap_or(0);
            meta::set(&mut tx, "count", &(count + 1).to_string()).await.unwrap();
            tx.commit().await.unwrap();
            let mut tx = store.read().await.unwrap();
            meta::get(&mut tx, "count").await.unwrap().unwrap();
        }
        store.close().await;
    });
}

/// Returns which forms of a secret are in the files of a folder.
fn traces(folder: &Path, secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    // In base64 only the inner bytes look the same wherever the secret begins.
    let inner = |text: String| text[4..text.len() - 4].to_owned();
    let mut forms = vec![secret.to_owned(), hex.to_uppercase(), hex];
    for skip in 0..3 {
        forms.push(inner(STANDARD.encode(&bytes[skip..])));
        forms.push(inner(URL_SAFE_NO_PAD.encode(&bytes[skip..])));
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let content = std::fs::read(&path).unwrap();
        let here =
            forms.iter().filter(|form| content.windows(form.len()).any(|part| part == form.as_bytes()));
        found.extend(here.map(|form| format!("{form} in {}", path.display())));
    }
    found
}

#[test]
fn bm_084_planted_secrets_are_not_in_the_files() {
    keeps(Kind::File, |world: World| async move {
        let secrets =
            ["tulip-access-token-0123456789", "tulip-refresh-token-987654321", "tulip-notice-secret-5555"];
        let link = one_link(&world).await;
        let (vault, mut chance) = (vault(1), chance(2));
        let mut tx = world.begin().await;
        meta::set(&mut tx, "planted", "daffodil-in-the-clear-0123456789").await.unwrap();
        let account = concord_store::accounts::get(&mut tx, link.workspace, link.account).await.unwrap();
        let secret = grant(secrets[0], Some(secrets[1]));
        let mut sealer = vault.with(&mut chance);
        grants::seal_grant(&mut tx, &mut sealer, &account, &secret, Some(at(1)), &[], None).await.unwrap();
        channels::insert(&mut tx, &mut sealer, &channel(1, &link), &SecretString::from(secrets[2]))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        rotation::rotate(&world.store, &crate::accounts::vault(1), &mut crate::world::chance(3), 9)
            .await
            .unwrap();

        let wal = world.folder().join("concord.db-wal");
        assert!(std::fs::metadata(wal).unwrap().len() > 0, "the log is searched, too");
        for round in 0..2 {
            for secret in secrets {
                assert_eq!(traces(world.folder(), secret), [""; 0], "round {round}");
            }
            assert!(
                !traces(world.folder(), "daffodil-in-the-clear-0123456789").is_empty(),
                "the search finds things"
            );
            world.store.close().await;
        }
    });
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    keeps(Kind::File, |world: World| async move {
        for entry in std::fs::read_dir(world.folder()).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.path());
        }
    });
}
