//! Writes whose answers get lost, alone and in a batch.

use super::*;

#[tokio::test]
async fn a_write_without_an_answer_is_unknown_and_one_that_was_not_sent_is_not() {
    let write = || create(single("x"));
    assert!(matches!(World::new([("POST events", Nothing)]).write(write()).await, Err(Answer::Unknown(_))));
    assert!(matches!(World::new([("POST events", NotSent)]).write(write()).await, Err(Answer::Transient(_))));
    assert!(matches!(
        World::new([("POST events", Raw(200, "<html>"))]).write(write()).await,
        Err(Answer::Unknown(_))
    ));
    assert!(matches!(
        World::new([("POST events", Raw(502, "<html>"))]).write(write()).await,
        Err(Answer::Unknown(_))
    ));
}

#[tokio::test]
async fn in_a_batch_each_part_has_its_own_fate() {
    let world = World::new([
        ("DELETE a", Raw(204, "")),
        ("DELETE b", Nothing),
        ("DELETE c", refused(412, "conditionNotMet")),
        ("DELETE d", refused(409, "conflict")),
        ("DELETE e", refused(403, "rateLimitExceeded")),
    ]);
    let writes = ["a", "b", "c", "d", "e"].map(delete);
    let answers = world.write_all(&writes).await;
    assert_eq!(world.trips(), 1);
    assert_eq!(answers[0], Ok(Written::Gone));
    assert!(matches!(answers[1], Err(Answer::Unknown(_))));
    assert_eq!(answers[2], Err(Answer::Stale));
    assert!(matches!(answers[3], Err(Answer::Transient(_))));
    assert_eq!(answers[4], Err(Answer::RetryAfter { at: None, long: false }));
}

#[tokio::test]
async fn more_than_fifty_go_in_several_batches() {
    let ids: Vec<String> = (0..120).map(|n| format!("x{n}")).collect();
    let script: Vec<(&'static str, Reply)> =
        ids.iter().map(|id| (&*Box::leak(format!("DELETE {id}").into_boxed_str()), Raw(204, ""))).collect();
    let world = World::new(script);
    let writes: Vec<Write> = ids.iter().map(|id| delete(id)).collect();
    assert!(world.write_all(&writes).await.iter().all(|answer| *answer == Ok(Written::Gone)));
    assert_eq!(world.trips(), 3);
}

/// Refuses every batch as a whole.
struct Outer(u16, &'static str, Mutex<usize>);

#[async_trait]
impl Http for Outer {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        *self.2.lock().unwrap() += 1;
        Ok(Response::builder().status(self.0).body(Bytes::from(self.1)).unwrap())
    }
}

#[tokio::test]
async fn a_batch_that_is_refused_as_a_whole_stops_the_rest() {
    let check = async |status, body, trips, expected: fn(&Answer) -> bool| {
        let door = Arc::new(Outer(status, body, Mutex::new(0)));
        let google = Google::new(Settings::new("c", SecretString::from("s")), door.clone());
        let writes: Vec<Write> = (0..60).map(|n| delete(&format!("x{n}"))).collect();
        let answers = google.write(&access(), &calendar(), &writes, Mail::Nobody).await;
        assert_eq!((answers.len(), *door.2.lock().unwrap()), (60, trips), "{status}");
        for answer in answers {
            let answer = answer.unwrap_err();
            assert!(expected(&answer), "{status}: {answer:?}");
        }
    };
    check(401, "", 1, |a| *a == Answer::SignInExpired).await;
    check(429, "", 1, |a| matches!(a, Answer::RetryAfter { .. })).await;
    check(400, "{\"error\":{\"code\":400}}", 2, |a| matches!(a, Answer::Transient(_))).await;
    check(503, "<html>", 2, |a| matches!(a, Answer::Unknown(_))).await;
    check(200, "--b\r\nnot what it seems", 2, |a| matches!(a, Answer::Unknown(_))).await;
}

/// Seed 861 of the simulator: a stop that a proxy answered with a page was taken for done, and the channel stayed.
#[tokio::test]
async fn i_32_a_page_from_in_between_is_no_answer_to_what_has_nothing_to_say() {
    let page = "<!DOCTYPE html><html><body>Please accept our terms.</body></html>";
    let door = Arc::new(Outer(200, page, Mutex::new(0)));
    let google = Google::new(Settings::new("c", SecretString::from("s")), door);
    let channel = Channel { id: "c1".to_owned(), resource: "r1".to_owned(), ends_at: Timestamp::MAX };
    assert!(matches!(google.unwatch(&access(), &channel).await, Err(Answer::Transient(_))));
}
