//! Unique fields, and fields with an index.

use gm_runtime::error::FieldError;
use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::raw::Request;

use crate::Folder;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "books")]
#[permission(read = public, create = public, update = public)]
#[remote_api(resource = "books", allow_filter, allow_create, allow_update)]
#[remote_manager(base_url = "http://books.test")]
pub(crate) struct Book {
    #[field(id)]
    pub(crate) id: i64,
    #[field(unique)]
    pub(crate) title: String,
    #[field(unique, column = "isbn_13")]
    pub(crate) isbn: Option<String>,
    #[field(index, default)]
    pub(crate) year: i32,
}

fn book(title: &str) -> BookCreate {
    BookCreate { title: title.into() }
}

/// The field error of a conflict, on the owner and on a consumer.
fn taken() -> [FieldError; 1] {
    [FieldError::new("title", "another row has this value already")]
}

async fn the_second_of_two_equal_values_is_refused(gm: &Gm) {
    let first = Book::create(book("A")).isbn("1").exec(gm).await.unwrap();
    let refused = Book::create(book("A")).exec(gm).await.unwrap_err();
    assert!(
        matches!(
            refused,
            Error::Conflict {
                manager: "Book",
                field: Some("title"),
                ..
            }
        ),
        "{refused}"
    );
    assert_eq!(
        refused.to_string(),
        "`Book`.`title`: another row has this value already"
    );
    assert_eq!(refused.field_errors(), taken());
    // The column has another name than the field.
    let second = Book::create(book("B")).exec(gm).await.unwrap();
    let refused = second.update().isbn("1").exec(gm).await.unwrap_err();
    assert!(
        matches!(
            refused,
            Error::Conflict {
                field: Some("isbn"),
                ..
            }
        ),
        "{refused}"
    );
    assert_eq!(Book::get(gm, second.id).await.unwrap(), second);
    let missing = Book::by_id(99).update().title("A").exec(gm).await;
    assert!(missing.unwrap_err().is_not_found());
    // A row may keep its own value. Any number of rows may have null, or the same value of a non-unique index.
    first.update().title("A").year(1).exec(gm).await.unwrap();
    Book::create(book("C")).year(1).exec(gm).await.unwrap();
    assert_eq!(Book::filter(|b| b.isbn.is_null(true)).count(gm).await.unwrap(), 2);
    // If several values are taken, each by another row, the first field of the struct is named.
    let both = Book::create(book("B")).isbn("1").exec(gm).await.unwrap_err();
    assert_eq!(both.field_errors(), taken());
    let both = Book::filter(|b| b.title.eq("C")).one(gm).await.unwrap();
    let both = both.update().isbn("1").title("B").exec(gm).await.unwrap_err();
    assert_eq!(both.field_errors(), taken());
    // A value of a deleted row may be used again.
    first.update().title("D").exec(gm).await.unwrap();
    Book::create(book("A")).exec(gm).await.unwrap();
}

/// The id is the last field of the struct, and the first column of the table.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "copies")]
struct Copy {
    #[field(unique)]
    shelf: i32,
    #[field(unique)]
    place: Option<i32>,
    #[field(id)]
    code: String,
}

async fn one_of_several_taken_values_is_named(gm: &Gm) {
    let create = |code: &str, shelf, place: Option<i32>| {
        let copy = CopyCreate {
            code: code.into(),
            shelf,
        };
        Copy::create(copy).place(place).exec(gm)
    };
    create("a", 1, Some(1)).await.unwrap();
    create("b", 2, None).await.unwrap();
    for (code, shelf, place, named) in [
        ("a", 1, Some(1), "code"),
        ("b", 3, Some(1), "code"),
        ("c", 2, Some(1), "shelf"),
        ("c", 3, Some(1), "place"),
    ] {
        let refused = create(code, shelf, place).await.unwrap_err();
        assert!(
            matches!(refused, Error::Conflict { field: Some(field), .. } if field == named),
            "{code} {shelf} {place:?}: {refused}"
        );
    }
    let both = Copy::by_id("b")
        .update()
        .place(1)
        .shelf(1)
        .exec(gm)
        .await
        .unwrap_err();
    assert!(
        matches!(
            both,
            Error::Conflict {
                field: Some("shelf"),
                ..
            }
        ),
        "{both}"
    );
    // A row does not conflict with itself.
    let own = Copy::by_id("b")
        .update()
        .place(1)
        .shelf(2)
        .exec(gm)
        .await
        .unwrap_err();
    assert!(
        matches!(
            own,
            Error::Conflict {
                field: Some("place"),
                ..
            }
        ),
        "{own}"
    );
}

#[tokio::test]
async fn in_a_file() {
    let folder = Folder::new();
    let builder = folder.builder().manager::<Book>().manager::<Copy>();
    let gm = builder.build().await.unwrap();
    the_second_of_two_equal_values_is_refused(&gm).await;
    one_of_several_taken_values_is_named(&gm).await;
}

#[tokio::test]
async fn in_memory() {
    let builder = Gm::builder().in_memory::<Book>().in_memory::<Copy>();
    let gm = builder.build().await.unwrap();
    the_second_of_two_equal_values_is_refused(&gm).await;
    one_of_several_taken_values_is_named(&gm).await;
}

#[tokio::test]
async fn the_index_serves_queries() {
    let folder = Folder::new();
    let _gm = folder.builder().manager::<Book>().build().await.unwrap();
    let plan: String = folder
        .other()
        .query_row(
            "EXPLAIN QUERY PLAN SELECT * FROM books WHERE year = 1",
            [],
            |row| row.get(3),
        )
        .unwrap();
    assert!(plan.contains("USING INDEX"), "{plan}");
}

#[tokio::test]
async fn a_conflict_names_the_field() {
    let folder = Folder::new();
    let service = Running::start(folder.builder().expose::<Book>()).await.unwrap();
    let mut statuses = Vec::new();
    for body in [r#"{"title": "A"}"#, r#"{"title": "B"}"#, r#"{"title": "A"}"#] {
        let request = Request::new("POST", "/gm/books").json(body);
        statuses.push(request.send(service.address).await.unwrap().status);
    }
    assert_eq!(statuses, [201, 201, 409]);
    let request = Request::new("PATCH", "/gm/books/2").json(r#"{"title": "A"}"#);
    let refused = request.send(service.address).await.unwrap();
    assert_eq!(refused.status, 409);
    let refused: serde_json::Value = serde_json::from_slice(&refused.body).unwrap();
    assert_eq!(refused["error_code"], "conflict");
    let details = refused["details"].to_string();
    assert!(
        details.contains(r#""title""#) && details.contains("another row has this value already"),
        "{details}"
    );
    let consumer = Gm::builder().base_url("http://books.test", format!("http://{}", service.address));
    let consumer = consumer.build().await.unwrap();
    let again = RemoteBookCreate { title: "A".into() };
    let refused = RemoteBook::create(again).exec(&consumer).await.unwrap_err();
    assert!(refused.is_conflict() && !refused.is_invalid(), "{refused}");
    assert_eq!(refused.field_errors(), taken());
    service.stop().await.unwrap();
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "seats")]
struct Seat {
    #[field(id)]
    id: String,
    #[field(unique)]
    number: i64,
}

fn seat(id: &str, number: i64) -> SeatCreate {
    SeatCreate {
        id: id.into(),
        number,
    }
}

/// A create whose id or number is taken is refused, and the row that has it is still there.
async fn a_taken_value_keeps_its_row(gm: &Gm) {
    Seat::create(seat("a", 1)).exec(gm).await.unwrap();
    for taken in [seat("a", 2), seat("b", 1)] {
        let refused = Seat::create(taken).exec(gm).await;
        assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
    }
    let rows = Seat::query().all(gm).await.unwrap();
    assert_eq!(
        rows.iter()
            .map(|seat| (seat.id.as_str(), seat.number))
            .collect::<Vec<_>>(),
        [("a", 1)]
    );
}

/// By such a constraint, SQLite deletes the row that has the value.
#[tokio::test]
async fn a_table_that_replaces_rows_is_refused_and_rebuilt() {
    let id = "id TEXT NOT NULL PRIMARY KEY";
    let number = "number INTEGER NOT NULL UNIQUE";
    for columns in [
        format!("{id} ON CONFLICT REPLACE, {number}"),
        format!("{id}, {number} ON CONFLICT Replace"),
        format!("{id} ON /* taken */ CONFLICT REPLACE, {number} on conflict replace"),
        format!("id TEXT NOT NULL, {number}, CONSTRAINT key PRIMARY KEY (\"ID\") ON CONFLICT REPLACE"),
        format!("id TEXT UNIQUE ON CONFLICT REPLACE NOT NULL, {number}"),
        format!(
            "{id}, number INTEGER NOT NULL, UNIQUE ([number] DESC) ON CONFLICT REPLACE, UNIQUE (id, number)"
        ),
    ] {
        for options in ["", "STRICT", "WITHOUT ROWID"] {
            if options == "WITHOUT ROWID" && columns.starts_with("id TEXT UNIQUE") {
                continue;
            }
            let folder = Folder::new();
            let table = format!("CREATE TABLE seats ({columns}) {options}");
            folder.other().execute_batch(&table).unwrap();
            let refused = folder.builder().manager::<Seat>().build().await;
            let refused = refused.err().unwrap_or_else(|| panic!("{table}")).to_string();
            assert!(refused.contains("ON CONFLICT REPLACE"), "{refused}");
            let sql = folder.builder().manager::<Seat>().schema_changes().unwrap();
            folder.other().execute_batch(&sql).unwrap();
            a_taken_value_keeps_its_row(&folder.builder().manager::<Seat>().build().await.unwrap()).await;
        }
    }
}

/// Other conflict clauses lose no row, and neither does one of several columns.
#[tokio::test]
async fn other_conflict_clauses_are_conflicts() {
    for clause in ["ABORT", "FAIL", "IGNORE", "ROLLBACK"] {
        let folder = Folder::new();
        let table = format!(
            "CREATE TABLE seats (id TEXT NOT NULL ON CONFLICT REPLACE PRIMARY KEY ON CONFLICT {clause},
                 number INTEGER NOT NULL UNIQUE ON CONFLICT {clause}, UNIQUE (id, number) ON CONFLICT REPLACE)"
        );
        folder.other().execute_batch(&table).unwrap();
        a_taken_value_keeps_its_row(&folder.builder().manager::<Seat>().build().await.unwrap()).await;
    }
}
