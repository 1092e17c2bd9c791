//! Examples as Notion sends them, and the laws of the conversion.

use concord_model::link::Columns;
use concord_model::{EventId, LinkId, Mark, Moment, Span, Zone};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const TABLE: &str = "11111111-1111-4111-8111-111111111111";
/// Our connection.
const US: &str = "33333333-3333-4333-8333-333333333333";

fn now() -> Timestamp {
    "2026-11-20T10:00:00Z".parse().unwrap()
}

fn seen() -> Seen {
    Seen { now: now(), ahead: SignedDuration::ZERO }
}

/// A table like those that are made by us.
fn table() -> Table {
    let column = |id: &str, name: &str, kind: &str, options: &[&str]| wire::Column {
        id: id.to_owned(),
        name: name.to_owned(),
        kind: kind.to_owned(),
        options: options.iter().map(|name| (*name).to_owned()).collect(),
    };
    Table {
        id: TABLE.to_owned(),
        title: "Calendar".to_owned(),
        in_trash: false,
        columns: vec![
            column("title", "Name", "title", &[]),
            column("da", "Date", "date", &[]),
            column("lo", "Location", "rich_text", &[]),
            column("de", "Description", "rich_text", &[]),
            column("li", "Meeting link", "url", &[]),
            column("st", "Event status", "select", &["Confirmed", "Tentative", "Cancelled"]),
            column("no", "Concord", "rich_text", &[]),
        ],
    }
}

fn layout() -> Layout {
    Layout::of_table(&Columns::default(), &table()).unwrap()
}

/// What Notion makes of cells that were written: a page.
fn kept(cells: &Map<String, Value>) -> Page {
    let mut properties = Map::new();
    for column in table().columns {
        let written = cells.get(&column.id).map(|cell| cell[&column.kind].clone());
        let mut value = written.unwrap_or(match column.kind.as_str() {
            "title" | "rich_text" => json!([]),
            _ => Value::Null,
        });
        for piece in value.as_array_mut().into_iter().flatten() {
            piece["plain_text"] = piece["text"]["content"].clone();
        }
        properties.insert(
            column.name,
            json!({ "id": column.id, "type": column.kind, column.kind.as_str(): value }),
        );
    }
    Page::read(&json!({
        "object": "page",
        "id": "22222222-2222-4222-8222-222222222222",
        "created_time": "2026-11-20T09:59:00.000Z",
        "last_edited_time": "2026-11-20T09:59:00.000Z",
        "created_by": { "object": "user", "id": US },
        "parent": { "type": "data_source_id", "data_source_id": TABLE },
        "properties": properties,
    }))
    .unwrap()
}

fn note_on(span: &Span) -> Note {
    Note {
        name: note::name([3; 16]),
        mark: Mark { event: EventId(Uuid::from_u128(1)), link: LinkId(Uuid::from_u128(2)) },
        written_at: now(),
        page: None,
        zones: time::Zones::of(span),
        uid: "event-1@concord.test".to_owned(),
    }
}

fn made(view: &View) -> Page {
    let note = note_on(&view.time.span);
    kept(&new_cells(&layout(), &table(), view, WRITABLE, ("no", &note)).unwrap())
}

fn berlin(start: &str, end: &str) -> Span {
    let moment = |wall: &str| Moment::new(wall.parse().unwrap(), Zone::new("Europe/Berlin").unwrap());
    Span::timed(moment(start), moment(end)).unwrap()
}

#[test]
fn a_page_of_ours_tells_its_names() {
    let page = made(&View::new(berlin("2026-11-24T10:00:00", "2026-11-24T11:00:00"), "Coaching"));
    let item = item(&page, &told(&layout(), &page, Some(US)), seen());
    assert_eq!(item.uid.as_deref(), Some("event-1@concord.test"));
    assert_eq!(item.made_as, Some(note::name([3; 16])));
    assert_eq!(item.mark, Some(note_on(&berlin("2026-11-24T10:00:00", "2026-11-24T11:00:00")).mark));
}

#[test]
fn a_copy_that_somebody_made_is_not_ours_and_keeps_its_zone() {
    let view = View::new(berlin("2026-11-24T10:00:00", "2026-11-24T11:00:00"), "Coaching");
    let copy = Page { created_by: Some("a-person".to_owned()), ..made(&view) };
    let told = told(&layout(), &copy, Some(US));
    let item = item(&copy, &told, seen());
    let of = note_on(&berlin("2026-11-24T10:00:00", "2026-11-24T11:00:00")).mark.event;
    assert_eq!((item.made_as, item.mark, item.copied_from), (None, None, Some(of)));
    assert_eq!(item.uid.as_deref().and_then(page_of), Some(copy.id.as_str()));
    assert_eq!(told.view, Ok(view));
}

#[test]
fn a_row_without_a_date_is_no_event_unless_it_was_one() {
    let mut cells = Map::new();
    let bare = kept(&cells);
    assert!(!told(&layout(), &bare, Some(US)).is_event());
    cells.insert("no".to_owned(), note_cell(&note_on(&berlin("2026-11-24T10:00:00", "2026-11-24T11:00:00"))));
    let ours = kept(&cells);
    let told = told(&layout(), &ours, Some(US));
    assert!(told.is_event() && told.view.is_err());
    assert!(matches!(item(&ours, &told, seen()).state, State::Odd(_)));
}

#[test]
fn a_version_is_what_a_page_says_and_not_when_it_was_edited() {
    let view = View::new(berlin("2026-11-24T10:00:00", "2026-11-24T11:00:00"), "Coaching");
    let page = made(&view);
    let version = |page: &Page| told(&layout(), page, Some(US)).version;
    let later = Page { edited: Some(now()), ..page.clone() };
    assert_eq!(version(&later), version(&page));
    let other = made(&View { title: "Other".to_owned(), ..view });
    assert_ne!(version(&other), version(&page));
}

#[test]
fn only_what_differs_is_written() {
    let before = View::new(berlin("2026-11-24T10:00:00", "2026-11-24T11:00:00"), "Coaching");
    let after = View { location: "Studio".to_owned(), ..before.clone() };
    let cells = cells(&layout(), Some(&table()), Some(&before), &after, WRITABLE).unwrap();
    assert_eq!(cells.keys().collect::<Vec<_>>(), ["lo"]);
}

fn spans() -> impl Strategy<Value = Span> {
    let zone = proptest::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]);
    (any::<bool>(), 0i64..2_000_000_000, 0i64..500_000, zone).prop_map(|(days, from, length, zone)| {
        let zone = Zone::new(zone).unwrap();
        let at = |seconds| Moment::at(Timestamp::from_second(seconds).unwrap(), zone.clone());
        match days {
            false => Span::timed(at(from), at(from + length)).unwrap(),
            true => {
                let first = at(from).wall().date();
                Span::days(first, first + jiff::ToSpan::days(1 + length / 86_400)).unwrap()
            }
        }
    })
}

fn views() -> impl Strategy<Value = View> {
    let status = proptest::sample::select(vec![Status::Confirmed, Status::Tentative, Status::Cancelled]);
    let text = "[a-zA-Z0-9 <>&*_\n\u{1F600}äß]{0,200}";
    (spans(), ".{0,40}", text, text, "(https://[a-z]{1,10}\\.example/[a-z0-9?=]{0,20})?", status).prop_map(
        |(span, title, location, description, conference, status)| {
            let mut view = View::new(span, concord_model::text::line(&title));
            view.location = concord_model::text::line(&location);
            view.description = concord_model::text::normal(&description);
            view.conference = conference;
            view.status = status;
            view
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was_meant(view in views()) {
        prop_assert_eq!(told(&layout(), &made(&view), Some(US)).view, Ok(view));
    }

    #[test]
    fn a_change_makes_of_one_view_the_other(before in views(), after in views()) {
        let (page, table) = (made(&before), table());
        let mut all = new_cells(&layout(), &table, &before, WRITABLE, ("no", &note_on(&before.time.span))).unwrap();
        all.extend(cells(&layout(), Some(&table), Some(&before), &after, WRITABLE).unwrap());
        let known = note_of(&layout(), &page).unwrap();
        all.insert("no".to_owned(), note_cell(&known.at(&after.time.span)));
        prop_assert_eq!(told(&layout(), &kept(&all), Some(US)).view, Ok(after));
    }

    #[test]
    fn whatever_is_in_a_page_is_read_without_a_panic(value in ".{0,30}", number in any::<i64>(), day in any::<i32>()) {
        for odd in [json!(value), json!(number), json!([value]), json!({"start": value}), json!({"start": day.to_string()}), json!([{"plain_text": number}])] {
            let mut page = made(&View::new(berlin("2026-11-24T10:00:00", "2026-11-24T11:00:00"), "Coaching"));
            page.cells.values_mut().for_each(|cell| cell.value = odd.clone());
            drop(told(&layout(), &page, Some(US)));
        }
    }
}
