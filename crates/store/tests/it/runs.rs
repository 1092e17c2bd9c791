//! Runs, and what they tell.

use concord_model::ExternalId;
use concord_store::Error;
use concord_store::links::{self, Lease};
use concord_store::runs::{self, Filter, Level, Line, Run, RunKind, RunStatus};

use crate::leases::settled;
use crate::world::{ELSEWHERE, HERE, World, at, event, one_link, run_id};

fn line(n: i64) -> Line {
    Line {
        level: if n % 2 == 0 { Level::Note } else { Level::Error },
        at: at(n),
        text: format!("line {n}"),
        code: (n % 3 == 0).then(|| "refused".to_owned()),
        event: (n % 5 == 0).then(|| event(1, "").id),
        external_id: (n % 7 == 0).then(|| ExternalId::from("x")),
    }
}

pub(crate) async fn runs_come_back_with_their_lines(world: World) {
    let link = one_link(&world).await;
    let mut tx = world.begin().await;
    let begun = Run::new(run_id(1), HERE, link.id, RunKind::Push, at(1));
    runs::start(&mut tx, &begun, &link.lease()).await.unwrap();
    assert!(runs::get(&mut tx, HERE, begun.id).await.unwrap() == (begun.clone(), vec![]));
    let lines: Vec<Line> = (0..123).map(line).collect();
    runs::line(&mut tx, begun.id, &lines[0]).await.unwrap();
    runs::lines(&mut tx, begun.id, &lines[1..]).await.unwrap();
    runs::lines(&mut tx, begun.id, &[]).await.unwrap();
    let ended = Run {
        kind: RunKind::Full,
        completed_at: Some(at(9)),
        status: RunStatus::Partial,
        pushed: 1,
        pulled: 2,
        deleted: 3,
        conflicts: 4,
        api_calls: 5,
        summary: "much was done".into(),
        metadata: serde_json::json!({ "pages": 3 }),
        ..begun
    };
    runs::finish(&mut tx, &ended).await.unwrap();
    assert!(runs::get(&mut tx, HERE, ended.id).await.unwrap() == (ended.clone(), lines));
    assert!(matches!(runs::get(&mut tx, ELSEWHERE, ended.id).await, Err(Error::NotFound)));
    assert!(matches!(runs::finish(&mut tx, &Run { id: run_id(2), ..ended }).await, Err(Error::NotFound)));
}

pub(crate) async fn runs_are_filtered_and_paged(world: World) {
    let link = one_link(&world).await;
    let mut tx = world.begin().await;
    for n in 0..12 {
        let run = Run::new(run_id(n), HERE, link.id, RunKind::Pull, at(n as i64 / 2));
        runs::start(&mut tx, &run, &link.lease()).await.unwrap();
        if n % 4 == 0 {
            runs::finish(&mut tx, &Run { status: RunStatus::Failed, ..run }).await.unwrap();
        }
    }
    let mut listed = async |filter: &Filter, offset, limit| {
        let runs = runs::list(&mut tx, HERE, filter, offset, limit).await.unwrap();
        runs.into_iter().map(|run| run.id).collect::<Vec<_>>()
    };
    let all: Vec<_> = (0..12).rev().map(run_id).collect();
    let mut pages = Vec::new();
    for page in 0..3 {
        pages.extend(listed(&Filter::default(), page * 5, 5).await);
    }
    assert_eq!(pages, all, "the latest first");
    let failed = Filter { status: Some(RunStatus::Failed), ..Filter::default() };
    assert_eq!(listed(&failed, 0, 9).await, [run_id(8), run_id(4), run_id(0)]);
    let middle = Filter { from: Some(at(2)), to: Some(at(3)), link: Some(link.id), ..Filter::default() };
    assert_eq!(listed(&middle, 0, 9).await, [run_id(5), run_id(4)]);
    let other = Filter { link: Some(concord_model::LinkId(crate::world::id(1))), ..Filter::default() };
    assert_eq!(listed(&other, 0, 9).await, []);
    assert!(runs::list(&mut tx, ELSEWHERE, &Filter::default(), 0, 9).await.unwrap().is_empty());
}

pub(crate) async fn abandoned_runs_are_closed(world: World) {
    let link = one_link(&world).await;
    let mut tx = world.begin().await;
    let mut begin = async |n: u128, lease: &Lease| {
        let run = Run::new(run_id(n), HERE, link.id, RunKind::Pull, at(0));
        runs::start(&mut tx, &run, lease).await.unwrap();
    };
    begin(1, &Lease { link: link.id, epoch: 0 }).await;
    let held = links::claim_this(&mut tx, link.id, at(0), at(60), "node").await.unwrap().unwrap();
    runs::start(&mut tx, &Run::new(run_id(2), HERE, link.id, RunKind::Pull, at(0)), &held.lease())
        .await
        .unwrap();
    assert_eq!(runs::abandoned(&mut tx, at(59)).await.unwrap(), 1, "only the one of the lease before");
    let (closed, _) = runs::get(&mut tx, HERE, run_id(1)).await.unwrap();
    assert_eq!((closed.status, closed.completed_at), (RunStatus::Failed, Some(at(59))));
    assert_eq!(runs::get(&mut tx, HERE, run_id(2)).await.unwrap().0.status, RunStatus::Running);
    links::settle(&mut tx, &held.lease(), &settled(None)).await.unwrap();
    assert_eq!(runs::abandoned(&mut tx, at(60)).await.unwrap(), 1);
}
