//! Tables that `build` creates, for several managers and several services.

use gm_runtime::GeneralManager;
use gm_tests::log;

use crate::Folder;
use crate::other_tools::Event;
use crate::unique::{Book, BookCreate};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "BOOKS")]
struct Title {
    #[field(id)]
    id: i64,
    title: String,
    pages: Option<i32>,
}

#[tokio::test]
async fn two_managers_of_one_table_create_the_columns_of_both() {
    let folder = Folder::new();
    let builder = folder.builder().manager::<Book>().manager::<Title>();
    let gm = builder.build().await.unwrap();
    assert_eq!(Title::query().count(&gm).await.unwrap(), 0);
    let columns: i64 = folder
        .other()
        .query_row("SELECT count(*) FROM pragma_table_info('books')", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(columns, 5);
    Book::create(BookCreate { title: "A".into() })
        .exec(&gm)
        .await
        .unwrap();
    // A title alone has no year. That is no error for a struct without `allow_create`.
    let title = Title::create(TitleCreate { title: "B".into() });
    assert!(title.exec(&gm).await.is_err());
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "shelves")]
struct Shelf {
    #[field(id)]
    id: i64,
    room: String,
    books: i32,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "shelves")]
struct ShelfSign {
    #[field(id)]
    id: i64,
    room: String,
}

#[tokio::test]
async fn an_unfilled_column_is_a_warning_unless_another_manager_fills_it() {
    log::keep();
    let folder = Folder::new();
    let builder = folder.builder().manager::<Shelf>().manager::<ShelfSign>();
    builder.build().await.unwrap().close().await;
    let warned = || log::lines(&["WARN", "`ShelfSign`", "`books`", "every create fails"]);
    assert_eq!(warned(), [""; 0]);
    let alone = folder.builder().manager::<ShelfSign>().build().await.unwrap();
    assert_eq!(warned().len(), 1);
    alone.close().await;
}

#[tokio::test]
async fn services_that_start_at_once_create_the_tables_once() {
    let folder = Folder::new();
    let build = || folder.builder().manager::<Book>().manager::<Event>().build();
    let (first, second, third) = tokio::join!(build(), build(), build());
    for gm in [first, second, third] {
        Book::query().count(&gm.unwrap()).await.unwrap();
    }
}
