//! Bad input of any kind is told with its field, and changes nothing (SE-6).

use axum::body::Body;
use concord_store::users::Role;
use http::Request;
use serde_json::{Value, json};

use super::{Description, Operation, Things, all_there_is, furnished, kind};
use crate::world::{Answer, Who, World};

#[tokio::test]
async fn se_6_bad_input_is_told_and_changes_nothing() {
    let world = World::new().await;
    let description = Description::read();
    let (_, things) = furnished(&world).await;
    let ada = world.user("Ada", Role::Admin).await;
    let before = all_there_is(&world, &description, &ada).await;
    let mut faults = Vec::new();
    for operation in &description.operations {
        let Some(schema) = description.body(operation) else { continue };
        let sample = description.sample(operation, &things, &[]).unwrap();
        let mut check = async |what: &str, kind: &str, body: String, status: u16, field: Option<&str>| {
            let answer = send(&world, &ada, operation, &things, kind, body).await;
            let named = answer.json["field"].as_str().unwrap_or_default();
            let told = field.is_none_or(|field| named == field);
            let is_problem = answer.headers["content-type"] == "application/problem+json";
            if answer.status != status || !told || !is_problem {
                faults.push(format!("{operation}: {what}: {} {}", answer.status, answer.json));
            }
        };
        let json_kind = "application/json";
        check("broken JSON", json_kind, "{\"a\": ".to_owned(), 400, None).await;
        check("nothing at all", json_kind, String::new(), 400, None).await;
        check("a list", json_kind, "[]".to_owned(), 422, None).await;
        check("null", json_kind, "null".to_owned(), 422, None).await;
        check("another type", "text/plain", sample.to_string(), 415, None).await;
        let long = format!("{{\"a\": \"{}\"}}", "x".repeat(10_000_000));
        check("ten megabytes", json_kind, long, 413, None).await;
        let unknown = with(&sample, "walked", json!(1)).to_string();
        check("a field that there is not", json_kind, unknown, 422, Some("walked")).await;
        for (name, property) in schema["properties"].as_object().unwrap() {
            let wrong = match kind(property).as_str() {
                "string" | "array" => vec![json!(5)],
                "object" => vec![json!(5), json!([])],
                "integer" | "number" | "boolean" => vec![json!("wrong")],
                _ => continue,
            };
            for wrong in wrong {
                let what = format!("{name} is {wrong}");
                check(&what, json_kind, with(&sample, name, wrong).to_string(), 422, Some(name)).await;
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(all_there_is(&world, &description, &ada).await, before, "what was refused changed nothing");
}

fn with(body: &Value, name: &str, value: Value) -> Value {
    let mut body = body.clone();
    body[name] = value;
    body
}

async fn send(
    world: &World,
    who: &Who,
    operation: &Operation,
    things: &Things,
    kind: &str,
    body: String,
) -> Answer {
    let request = Request::builder()
        .method(operation.method.as_str())
        .uri(format!("/api/v1{}", operation.address(things, &[])))
        .header("authorization", format!("Bearer {}", who.key))
        .header("content-type", kind);
    world.send(request.body(Body::from(body)).unwrap()).await
}
