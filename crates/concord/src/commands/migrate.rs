//! `concord migrate`.

use serde_json::json;

use crate::assemble;
use crate::config::Config;
use crate::output::Output;

/// Brings the database's tables to this program's version, as every command does by itself.
pub async fn run(config: &Config, out: Output) -> anyhow::Result<()> {
    let (store, migrated) = assemble::open_store(config).await?;
    let result = json!({ "database": store.kind(), "from": migrated.from, "to": migrated.to });
    store.close().await;
    out.show(&result, |_| match migrated.from == migrated.to {
        true => format!("the {} database is of version {}, which is the newest", store.kind(), migrated.to),
        false => {
            format!("the {} database went from version {} to {}", store.kind(), migrated.from, migrated.to)
        }
    })
}
