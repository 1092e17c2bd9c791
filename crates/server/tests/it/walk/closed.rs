//! Nothing is ever open: who may not know of a thing is told that there is none, by every way of naming it.

use concord_store::api_keys::Scope;
use concord_store::users::Role;
use concord_store::workspaces::{self, Workspace};
use serde_json::{Value, json};

use super::{Description, Operation, Place, Things, all_there_is, furnished};
use crate::world::{Answer, Who, World};

/// The administrator of another workspace.
async fn stranger(world: &World) -> Who {
    let engine = &world.app.engine;
    let workspace = engine.id();
    let mut tx = engine.store.begin().await.unwrap();
    let elsewhere = Workspace { id: workspace, name: "Elsewhere".to_owned(), created_at: engine.now() };
    workspaces::add(&mut tx, &elsewhere).await.unwrap();
    tx.commit().await.unwrap();
    world.user_in(workspace, "Stranger", Role::Admin, Scope::Admin).await
}

#[tokio::test]
async fn bm_118_every_operation_is_closed() {
    let world = World::new().await;
    let description = Description::read();
    let (mia, things) = furnished(&world).await;
    let ada = world.user("Ada", Role::Admin).await;
    let others = [
        ("another workspace's administrator", stranger(&world).await),
        ("another provider", world.user("Bob", Role::Provider).await),
        ("a client", world.user("Cleo", Role::Client).await),
    ];
    let reader = world.user_in(world.workspace, "Reader", Role::Admin, Scope::Read).await;
    let before = all_there_is(&world, &description, &ada).await;
    let mut faults = Vec::new();
    for operation in &description.operations {
        nobody(&world, &description, operation, &things, &mut faults).await;
        for (name, who) in &others {
            foreign(&world, &description, operation, &things, (name, who), &mut faults).await;
        }
        ranks(&world, &description, operation, &things, &others, &mut faults).await;
        reads_only(&world, &description, operation, &things, &reader, &mut faults).await;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(all_there_is(&world, &description, &ada).await, before, "what was refused changed nothing");
    // Last, so that it is sure that all of this names something.
    for operation in
        description.operations.iter().filter(|o| o.method == "GET" && !o.is_stream() && !o.is_open())
    {
        for who in [&mia, &ada] {
            let answer = operation.ask(&world, Some(who), &operation.address(&things, &[]), None).await;
            assert_eq!(answer.status, 200, "{operation}: {}", answer.json);
        }
    }
}

async fn nobody(
    world: &World,
    description: &Description,
    operation: &Operation,
    things: &Things,
    faults: &mut Vec<String>,
) {
    let body = description.sample(operation, things, &[]);
    let answer = operation.ask(world, None, &operation.address(things, &[]), body).await;
    let refused = answer.status == 401 && answer.json["code"] == "unauthenticated";
    if refused == operation.is_open() {
        faults.push(format!("{operation}: nobody got {} {}", answer.status, answer.json));
    }
}

/// Everything by which it can be asked about something, one after the other, by somebody who may not know of it.
async fn foreign(
    world: &World,
    description: &Description,
    operation: &Operation,
    things: &Things,
    (name, who): (&str, &Who),
    faults: &mut Vec<String>,
) {
    for (place, id) in operation.ids(description) {
        let (in_query, in_body): (&[&str], &[&str]) = match place {
            Place::Path => (&[], &[]),
            Place::Query => (&[&id], &[]),
            Place::Body => (&[], &[&id]),
        };
        let body = description.sample(operation, things, in_body);
        let answer = operation.ask(world, Some(who), &operation.address(things, in_query), body).await;
        if !is_hidden(&answer, place, &id) {
            faults.push(format!(
                "{operation}: {name} with a foreign {id} got {} {}",
                answer.status, answer.json
            ));
        }
    }
}

fn is_hidden(answer: &Answer, place: Place, id: &str) -> bool {
    let names_it = answer.json["field"] == *id;
    let empty = answer.json["items"] == json!([]) && answer.json["total"].as_i64().unwrap_or(0) == 0;
    match answer.status.as_u16() {
        404 => true,
        // Told alike whether there is such a thing or not.
        422 | 403 => place == Place::Body && names_it,
        200 => place == Place::Query && empty,
        _ => false,
    }
}

/// What is for some roles only is refused to those below.
async fn ranks(
    world: &World,
    description: &Description,
    operation: &Operation,
    things: &Things,
    others: &[(&str, Who)],
    faults: &mut Vec<String>,
) {
    let below: &[(&str, Who)] = match &operation.json["x-access"] {
        Value::Null => return,
        access if access == "admin" => &others[1..],
        access if access == "provider" => &others[2..],
        other => panic!("{operation}: x-access is {other}, which this walk does not know"),
    };
    for (name, who) in below {
        let body = description.sample(operation, things, &[]);
        let answer = operation.ask(world, Some(who), &operation.address(things, &[]), body).await;
        if answer.status != 403 {
            faults.push(format!("{operation}: {name} got {} {}", answer.status, answer.json));
        }
    }
}

/// A key that may only read changes nothing.
async fn reads_only(
    world: &World,
    description: &Description,
    operation: &Operation,
    things: &Things,
    reader: &Who,
    faults: &mut Vec<String>,
) {
    if operation.method == "GET" || operation.is_open() {
        return;
    }
    let body = description.sample(operation, things, &[]);
    let answer = operation.ask(world, Some(reader), &operation.address(things, &[]), body).await;
    if answer.status != 403 {
        faults.push(format!("{operation}: a key for reading got {} {}", answer.status, answer.json));
    }
}
