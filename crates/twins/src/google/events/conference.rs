//! Meetings: asked for with an event, made at once or a little later.

use serde_json::{Value, json};

use crate::chance::BASE32HEX;
use crate::google::Fields;
use crate::google::state::State;

/// Makes the conference that a write asks for. Returns whether it is still pending.
pub(super) fn begin(state: &mut State, before: Option<&Fields>, after: &mut Fields) -> bool {
    let Some(data) = after.get("conferenceData") else {
        after.remove("hangoutLink");
        return false;
    };
    let Some(asked) = data.get("createRequest").cloned() else { return false };
    let request = asked.get("requestId").cloned();
    let made_before = before.and_then(|before| before.get("conferenceData"));
    if let Some(made) = made_before
        && made.get("createRequest").and_then(|made| made.get("requestId")) == request.as_ref()
    {
        // The same request again is ignored.
        let made = made.clone();
        after.insert("conferenceData".into(), made);
        return false;
    }
    let kind = asked.pointer("/conferenceSolutionKey/type").cloned().unwrap_or_else(|| json!("hangoutsMeet"));
    let pending = state.quirks.pending_conference_ms.is_some();
    let status = if pending { "pending" } else { "success" };
    let data = json!({
        "createRequest": {
            "requestId": request,
            "conferenceSolutionKey": {"type": kind},
            "status": {"statusCode": status},
        },
    });
    after.insert("conferenceData".into(), data);
    if !pending {
        let mut letters = || state.core.chance.text(&BASE32HEX[10..], 4);
        let code = format!("{}-{}-{}", &letters()[..3], letters(), &letters()[..3]);
        complete(after, &code);
    }
    pending
}

/// The conference comes about.
pub(super) fn complete(fields: &mut Fields, code: &str) {
    let link = format!("https://meet.google.com/{code}");
    let Some(Value::Object(data)) = fields.get_mut("conferenceData") else { return };
    if let Some(status) = data.get_mut("createRequest").and_then(|request| request.get_mut("status")) {
        *status = json!({"statusCode": "success"});
    }
    data.insert("conferenceId".into(), json!(code));
    data.insert("conferenceSolution".into(), json!({"key": {"type": "hangoutsMeet"}, "name": "Google Meet"}));
    data.insert(
        "entryPoints".into(),
        json!([{"entryPointType": "video", "uri": link, "label": link.trim_start_matches("https://")}]),
    );
    fields.insert("hangoutLink".into(), json!(link));
}
