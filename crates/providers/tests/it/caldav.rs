//! CalDAV: the contract on real servers, and on twins with the manners of others.

mod costs;
mod places;
mod server;
mod switches;
mod traps;
mod twin;
mod world;

/// The contract on a real server.
macro_rules! on {
    ($module:ident, $kind:ident) => {
        mod $module {
            use super::world::{Kind, World};

            crate::contract::contract!(World::new(Kind::$kind).await);
        }
    };
}

on!(radicale, Radicale);
on!(xandikos, Xandikos);

/// The contract on the twin with the manners of a server, without those that only a person notices. SabreDAV tells what
/// changed where its store can.
macro_rules! like {
    ($($module:ident: $quirks:tt,)*) => {$(
        mod $module {
            use serde_json::json;

            use super::twin::World;

            fn preset() -> &'static str {
                stringify!($module).trim_start_matches("like_")
            }

            crate::contract::contract!(World::like(preset(), json!($quirks)).await);
        }
    )*};
}

like! {
    like_plain: {},
    like_icloud: {"sync": {"visibilityDelayMs": 0}, "write": {"putEtag": "always"}},
    like_cyrus: {},
    like_davical: {},
    like_nextcloud: {},
    like_sabre: {"sync": {"supported": true}},
    like_baikal: {},
    like_stalwart: {},
    like_sogo: {},
}
