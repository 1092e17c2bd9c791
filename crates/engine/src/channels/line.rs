//! The way to a link's provider, for calls about its channel.

use concord_providers::{Access, Answer, Provider};
use concord_store::accounts::{self, Account, AccountState};
use concord_store::links::Link;
use jiff::Timestamp;

use crate::Engine;
use crate::error::Result;
use crate::tokens;

/// The way to a link's provider: its account, opened for one call after the other.
pub(super) struct Line<'e> {
    engine: &'e Engine,
    pub(super) provider: &'e dyn Provider,
    account: Account,
    /// The version of the grant that was opened last, and when.
    used: (i64, Timestamp),
    refused: Option<i64>,
}

impl<'e> Line<'e> {
    pub(super) async fn to(engine: &'e Engine, link: &Link) -> Result<Line<'e>> {
        let provider = &**engine.provider(&link.provider)?;
        let mut tx = engine.store.read().await?;
        let account = accounts::get(&mut tx, link.workspace, link.account).await?;
        Ok(Line { engine, provider, account, used: (0, engine.now()), refused: None })
    }

    /// A sign-in that is good for a call, or why there is none.
    pub(super) async fn access(&mut self) -> Result<Result<Access, Answer>> {
        if self.account.state != AccountState::Active {
            return Ok(Err(Answer::Transient("the account has to be connected again".to_owned())));
        }
        match tokens::access(self.engine, self.provider, &self.account, self.refused).await {
            Ok((access, version)) => {
                self.used = (version, access.now);
                Ok(Ok(access))
            }
            Err(none) => {
                self.used.1 = self.engine.now();
                Ok(Err(none.answer()?))
            }
        }
    }

    /// Whether a call that was answered so is worth another try: once, with a sign-in that is renewed.
    pub(super) fn again<T>(&mut self, answer: &Result<T, Answer>) -> bool {
        let again = matches!(answer, Err(Answer::SignInExpired)) && self.refused.is_none();
        if again {
            self.refused = Some(self.used.0);
        }
        again
    }

    /// Keeps what an answer says of the account.
    pub(super) async fn told<T>(&self, answer: &Result<T, Answer>) -> Result<()> {
        if let Err(answer) = answer {
            tokens::told(self.engine, &self.account, self.used, answer).await?;
        }
        Ok(())
    }
}

/// Calls the provider: once more with a renewed sign-in where the first was not accepted. A macro, for what the call
/// borrows of its caller is more than a closure that is awaited can say.
macro_rules! call {
    ($line:ident . $method:ident ( $($argument:expr),* )) => {{
        let answer = loop {
            let answer = match $line.access().await? {
                Ok(access) => $line.provider.$method(&access, $($argument),*).await,
                Err(answer) => Err(answer),
            };
            if !$line.again(&answer) {
                break answer;
            }
        };
        $line.told(&answer).await?;
        answer
    }};
}
pub(super) use call;
