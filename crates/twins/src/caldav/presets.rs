//! Known servers: many switches at once, as each was found in 2026.
//!
//! The paths are those of the server; what was measured and what was only reported stands in its documentation. A
//! preset is a starting point: every switch can be set afterwards.

use serde_json::{Value, json};

use super::switches::Quirks;

/// The names that [`preset`] knows.
pub const PRESETS: [&str; 15] = [
    "plain",
    "icloud",
    "radicale",
    "xandikos",
    "cyrus",
    "davical",
    "sogo",
    "sabre",
    "nextcloud",
    "baikal",
    "yahoo",
    "ox",
    "zimbra",
    "bedework",
    "stalwart",
];

/// The switches of a server by its name.
pub fn preset(name: &str) -> Option<Quirks> {
    let switches = match name {
        "plain" => json!({}),
        "icloud" => icloud(),
        "radicale" => radicale(),
        "xandikos" => xandikos(),
        "cyrus" => cyrus(),
        "davical" => davical(),
        "sogo" => sogo(),
        "sabre" => sabre(),
        "nextcloud" => nextcloud(),
        "baikal" => baikal(),
        "yahoo" => yahoo(),
        "ox" => ox(),
        "zimbra" => zimbra(),
        "bedework" => bedework(),
        "stalwart" => stalwart(),
        _ => return None,
    };
    Some(serde_json::from_value(switches).expect("a test reads every preset"))
}

fn icloud() -> Value {
    json!({
        "discovery": {
            "root": "/", "principal": "/{number}/principal/", "home": "/{number}/calendars/",
            "wellKnownTarget": "absolute", "homeOnPartition": true, "homeWithPort": true,
            "noPrincipalDepthOne": true, "principalSearch": false, "bareAllprop": true,
            "schedulingCollections": true,
        },
        "signin": {"challenge": "two", "appPasswordsOnly": true, "usernames": "address"},
        "wire": {
            "namespaces": "repeated", "cdata": true, "hrefs": "path", "escapes": "strict", "emptyPropstat": true,
            "server": "AppleHttpServer/78689afb4479", "htmlErrors": true,
        },
        "sync": {"listsItself": true, "visibilityDelayMs": 2000, "limit": "ignored"},
        "query": {"needsComponent": true, "freeBusy": false, "alarms": "missed", "tasks": false},
        "write": {
            "ifMatchStar": "reversed", "putEtag": "sometimes", "uids": "account", "endRequired": 404, "moves": "none",
            "largest": 20_971_520, "refusedComponents": ["VJOURNAL"], "mostAttendees": 300,
        },
        "text": {"reorder": true, "addZones": true},
        "calendars": {
            "nameRequired": true, "appearsAfterMs": 5000, "ignoresColourWords": true, "most": 100,
            "usualComponents": ["VEVENT"],
        },
        "people": {"schedule": "on"},
    })
}

fn radicale() -> Value {
    json!({
        "discovery": {"root": "/", "principal": "/{user}/", "home": "/{user}/"},
        "sync": {"rememberedDays": 30, "tokensOutliveCalendars": true, "limit": "ignored"},
        "query": {"expand": "failsOnExceptions", "expandsTasks": false},
        "write": {
            "ifMatchStar": "fails", "updated": 201, "deleted": 200, "uidStatus": 409, "plainNames": true, "moves": "moveOnly",
            "largest": 10_000_000, "largestStatus": 413, "invalidStatus": 400,
        },
        "text": {"retold": true, "addZones": true, "quoteParams": true},
        "calendars": {"existing": 409, "takesAnyComponent": true},
    })
}

fn xandikos() -> Value {
    json!({
        "discovery": {
            "root": "/", "principal": "/{user}/", "home": "/{user}/calendars/", "wellKnownStatus": 302,
            "addresses": false, "principalSearch": false, "schedulingCollections": true,
        },
        "wire": {"colonsLosePath": true, "contentTypeRequired": true, "missingAs207": true},
        "sync": {"forgetsShortLives": true, "badToken": "errorOnForeign", "limit": "lossy", "token": "digest", "givesData": false},
        "query": {"strictDepth": true},
        "write": {"uidStatus": 412, "uidMayChange": true, "moves": "both"},
        "text": {"reorder": true},
        "calendars": {"existing": 403},
        "people": {"scheduleTags": true, "claims": true},
        "load": {"lockMs": 20},
    })
}

fn cyrus() -> Value {
    json!({
        "discovery": {
            "root": "/dav/", "principal": "/dav/principals/user/{user}/", "home": "/dav/calendars/user/{user}/",
            "wellKnownTarget": "absolute", "schedulingCollections": true, "principalSearch": false,
        },
        "signin": {"anonymous": true},
        "wire": {"contentTypeRequired": true},
        "query": {"followedUntil": "20380119T000000Z", "alarms": "refused", "noCalendarRange": true},
        "write": {
            "uids": "account", "uidFault": "uniqueSchedulingObjectResource", "endRequired": 403, "representation": true,
            "dates": ["19010101T000000Z", "20380119T000000Z"],
        },
        "text": {"reorder": true, "splitCategories": true, "trimTexts": true, "quoteParams": true},
        "calendars": {"existing": 403, "remakeFailsMs": 1000},
        "people": {"schedule": "on", "organizerWithoutEtag": true, "scheduleTags": true, "strictGuests": true},
    })
}

fn davical() -> Value {
    json!({
        "discovery": {
            "root": "/caldav.php/", "principal": "/caldav.php/{user}/", "home": "/caldav.php/{user}/",
            "wellKnownTarget": "absolute", "schedulingCollections": true,
        },
        "wire": {"percentsVanish": true},
        "sync": {"badToken": "fullList", "token": "number", "givesData": false, "limit": "ignored"},
        "query": {"missing": "omitted", "timeRange": "plainSeries", "alarms": "missed", "tasksWithoutStart": false},
        "write": {"uids": "free", "uidMayChange": true, "invalidStatus": 412, "noParent": 405},
        "calendars": {"takesAnyComponent": true},
        "people": {"schedule": "on", "organizerWithoutEtag": true},
    })
}

fn sogo() -> Value {
    json!({
        "discovery": {
            "root": "/SOGo/dav/", "principal": "/SOGo/dav/{user}/", "home": "/SOGo/dav/{user}/Calendar/",
            "wellKnown": "page", "siblings": true, "schedulingCollections": true, "principalSearch": false,
        },
        "sync": {
            "badToken": "fullList", "token": "number", "grain": "secondsRepeat", "ctag": "seconds",
            "otherPropertyToken": true, "givesData": false, "limit": "ignored",
        },
        "query": {
            "needsComponent": true, "timeRange": "plainSeries", "expand": "ignored", "alarms": "missed", "ignoresText": true,
            "freeBusy": false,
        },
        "write": {
            "ifMatchStar": "ignored", "ignoresIfNoneMatch": true, "ignoresIfMatchOnDelete": true, "createsOnStaleIfMatch": true,
            "etagOf": "count", "uidStatus": 409, "uidFault": "bare", "invalidStatus": 404, "uidMayChange": true,
            "refusedComponents": ["VJOURNAL"],
        },
        "text": {"addClass": true, "addZones": true},
        "calendars": {"ignoresComponents": true, "ignoresColourWords": true},
        "people": {"schedule": "always"},
    })
}

fn sabre() -> Value {
    json!({
        "discovery": {"root": "/", "principal": "/principals/{user}/", "home": "/calendars/{user}/"},
        "wire": {"escapes": "lower"},
        "sync": {"supported": false},
        "query": {"missing": "wholeFails", "noCalendarRange": true},
        "write": {"deleteMissing": 412, "uids": "free", "uidMayChange": true, "invalidStatus": 415},
        "calendars": {"takesAnyComponent": false},
    })
}

fn nextcloud() -> Value {
    json!({
        "discovery": {
            "root": "/remote.php/dav/", "principal": "/remote.php/dav/principals/users/{user}/",
            "home": "/remote.php/dav/calendars/{user}/", "schedulingCollections": true,
            "principalSearch": false,
        },
        "signin": {"badLogins": 10},
        "wire": {"escapes": "lower"},
        "sync": {"limit": "lossyLater", "rememberedDays": 60, "silentGaps": true},
        "query": {
            "noCalendarRange": true, "followedUntil": "20380101T000000Z", "taskSeries": false, "expandsTasks": false,
        },
        "write": {"putEtag": "ifUnchanged", "trashStatus": 400, "invalidStatus": 415},
        "calendars": {"perHour": 10, "most": 30, "burntNames": true},
        "people": {"schedule": "on", "private": "stub"},
    })
}

fn baikal() -> Value {
    json!({
        "discovery": {
            "root": "/dav.php/", "principal": "/dav.php/principals/{user}/", "home": "/dav.php/calendars/{user}/",
            "principalSearch": false, "schedulingCollections": true,
        },
        "sync": {"limit": "obeyedLater"},
        "calendars": {"usualComponents": ["VEVENT", "VTODO"]},
        "wire": {"escapes": "lower"},
        "query": {
            "noCalendarRange": true, "followedUntil": "20380101T000000Z", "taskSeries": false, "expandsTasks": false,
        },
        "write": {"putEtag": "ifUnchanged", "uids": "free", "invalidStatus": 415},
        "people": {"schedule": "on"},
    })
}

fn yahoo() -> Value {
    json!({
        "discovery": {
            "root": "/", "principal": "/principals/users/{user}/", "home": "/dav/{user}/Calendar/",
        },
        "signin": {"challenge": "none", "appPasswordsOnly": true},
        "sync": {"supported": false},
        "write": {"ifMatchStar": "reversed", "refusedProperties": ["RELATED-TO"]},
    })
}

fn ox() -> Value {
    json!({
        "discovery": {"root": "/", "principal": "/principals/users/{user}/", "home": "/caldav/{user}/"},
        "sync": {"badToken": "fullList"},
        "query": {"ignoresFilter": true},
        "write": {"requiresIfMatch": true, "putEtag": "stale", "etagOf": "count"},
        "people": {"schedule": "on", "strictGuests": true},
        "load": {"perMinute": 300},
    })
}

fn zimbra() -> Value {
    json!({
        "discovery": {"root": "/dav/", "principal": "/principals/users/{user}/", "home": "/dav/{user}/"},
        "write": {"ignoresIfNoneMatch": true, "ifMatchStar": "fails", "etagOf": "count"},
        "text": {"reorder": true, "drops": ["RELATED-TO"]},
        "people": {"schedule": "on"},
    })
}

fn bedework() -> Value {
    json!({
        "discovery": {
            "root": "/ucaldav/", "principal": "/ucaldav/principals/users/{user}/", "home": "/ucaldav/user/{user}/",
        },
        "sync": {"grain": "secondsLose", "noDeletions": true},
        "write": {"etagForm": "encodedOnPut", "etagOf": "count"},
    })
}

fn stalwart() -> Value {
    json!({
        "discovery": {"root": "/dav/", "principal": "/dav/pal/{user}/", "home": "/dav/cal/{user}/"},
        "wire": {"escapes": "strict"},
        "sync": {"badToken": "fullList", "page": 2000},
        "people": {"schedule": "on"},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_can_be_read() {
        for name in PRESETS {
            assert!(preset(name).is_some(), "{name}");
        }
        assert_eq!(preset("plain"), Some(Quirks::default()));
        assert_eq!(preset("nobody"), None);
    }
}
