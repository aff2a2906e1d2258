//! The foreign keys of tables in SQLite: created, compared, and added by a rebuild.

use gm_runtime::interface::SqlDialect;
use gm_runtime::{GeneralManager, Gm, GmBuilder};

use crate::Folder;
use crate::shell::{all, run_on};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "shelves")]
struct Shelf {
    #[field(id)]
    id: i64,
    /// The shelf above it.
    #[field(references = Shelf, on_delete = set_null)]
    above_id: Option<i64>,
    #[field(references = Volume)]
    first_id: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "volumes")]
struct Volume {
    #[field(id)]
    id: i64,
    #[field(references = Shelf, on_delete = cascade)]
    shelf_id: i64,
}

fn builder(folder: &Folder) -> GmBuilder {
    folder.builder().manager::<Shelf>().manager::<Volume>()
}

const KEYS: &str =
    "SELECT m.name || '.' || k.\"from\" || ' -> ' || k.\"table\" || '.' || k.\"to\" || ' ' || k.on_delete
    FROM sqlite_schema AS m, pragma_foreign_key_list(m.name) AS k WHERE m.type = 'table' ORDER BY 1";

const DECLARED: [&str; 3] = [
    "shelves.above_id -> shelves.id SET NULL",
    "shelves.first_id -> volumes.id NO ACTION",
    "volumes.shelf_id -> shelves.id CASCADE",
];

/// Tables that refer to each other and to themselves need no order.
#[tokio::test]
async fn created_tables_have_the_foreign_keys_and_their_indexes() {
    let folder = Folder::new();
    builder(&folder).build().await.unwrap().close().await;
    let other = folder.other();
    assert_eq!(all(&other, KEYS), DECLARED);
    let indexed = "SELECT m.tbl_name || '.' || i.name FROM sqlite_schema AS m, pragma_index_info(m.name) AS i
        WHERE m.type = 'index' ORDER BY 1";
    assert_eq!(
        all(&other, indexed),
        ["shelves.above_id", "shelves.first_id", "volumes.shelf_id"]
    );
    assert_eq!(builder(&folder).schema_changes().unwrap(), "");
}

/// What the database enforces for other programs, too.
#[tokio::test]
async fn another_program_is_refused() {
    let folder = Folder::new();
    let gm = builder(&folder).build().await.unwrap();
    let shelf = Shelf::create(ShelfCreate {}).exec(&gm).await.unwrap();
    Volume::create(VolumeCreate { shelf_id: shelf.id })
        .exec(&gm)
        .await
        .unwrap();
    let other = folder.other();
    other.pragma_update(None, "foreign_keys", true).unwrap();
    let orphan = other.execute("INSERT INTO volumes (shelf_id) VALUES (9)", []);
    assert!(orphan.unwrap_err().to_string().contains("FOREIGN KEY"));
    assert_eq!(other.execute("DELETE FROM shelves", []).unwrap(), 1);
    assert_eq!(Volume::count(&gm).await.unwrap(), 0);
}

/// Without the target, there is no foreign key.
#[tokio::test]
async fn a_reference_to_a_manager_that_the_handle_lacks_is_none() {
    let folder = Folder::new();
    let gm = folder.builder().manager::<Volume>().build().await.unwrap();
    Volume::create(VolumeCreate { shelf_id: 9 })
        .exec(&gm)
        .await
        .unwrap();
    assert_eq!(all(&folder.other(), KEYS), [""; 0]);
}

const BARE: &str =
    "CREATE TABLE shelves (id INTEGER PRIMARY KEY AUTOINCREMENT, above_id INTEGER, first_id INTEGER);
    CREATE TABLE volumes (id INTEGER PRIMARY KEY AUTOINCREMENT, shelf_id INTEGER NOT NULL);
    INSERT INTO shelves (above_id) VALUES (NULL), (1);
    INSERT INTO volumes (shelf_id) VALUES (1), (2);";

#[tokio::test]
async fn a_table_without_foreign_keys_is_accepted_and_gets_them_by_the_printed_sql() {
    let folder = Folder::new();
    folder.other().execute_batch(BARE).unwrap();
    let gm = builder(&folder).build().await.unwrap();
    Volume::create(VolumeCreate { shelf_id: 9 })
        .exec(&gm)
        .await
        .unwrap();
    gm.close().await;
    let sql = builder(&folder).schema_changes().unwrap();
    assert!(sql.contains("the column `shelf_id` has no foreign key"), "{sql}");
    assert!(
        sql.contains("no index begins with the column `shelf_id`"),
        "{sql}"
    );

    // A row that refers to no row stays, and so does its table.
    let other = folder.other();
    let errors = run_on(&other, &sql);
    assert!(!errors.is_empty(), "{sql}");
    assert_eq!(all(&other, "SELECT 'n' || count(*) FROM volumes"), ["n3"]);
    other
        .execute("DELETE FROM volumes WHERE shelf_id = 9", [])
        .unwrap();

    let sql = builder(&folder).schema_changes().unwrap();
    assert_eq!(run_on(&other, &sql), [""; 0], "{sql}");
    assert_eq!(all(&other, KEYS), DECLARED);
    assert_eq!(all(&other, "SELECT 'n' || count(*) FROM volumes"), ["n2"]);
    assert_eq!(builder(&folder).schema_changes().unwrap(), "");
}

#[tokio::test]
async fn another_action_is_a_warning() {
    let folder = Folder::new();
    builder(&folder).build().await.unwrap().close().await;
    let other = folder.other();
    other
        .execute_batch(
            "DROP TABLE volumes;
             CREATE TABLE volumes (id INTEGER PRIMARY KEY AUTOINCREMENT, shelf_id INTEGER NOT NULL REFERENCES shelves);
             CREATE INDEX v ON volumes (shelf_id)",
        )
        .unwrap();
    let sql = builder(&folder).schema_changes().unwrap();
    assert!(
        sql.starts_with("-- `Volume`.`shelf_id` in the table `volumes`: the foreign key of the column `shelf_id` is ON DELETE NO ACTION"),
        "{sql}"
    );
    assert!(sql.lines().all(|line| line.starts_with("--")), "{sql}");
    // The framework cascades all the same.
    let gm = builder(&folder).build().await.unwrap();
    let shelf = Shelf::create(ShelfCreate {}).exec(&gm).await.unwrap();
    Volume::create(VolumeCreate { shelf_id: shelf.id })
        .exec(&gm)
        .await
        .unwrap();
    shelf.delete(&gm).await.unwrap();
    assert_eq!(Volume::count(&gm).await.unwrap(), 0);
}

#[test]
fn the_schema_of_each_dialect_has_them() {
    let builder = || Gm::builder().manager::<Shelf>().manager::<Volume>();
    let postgres = builder().schema(SqlDialect::Postgres).unwrap();
    let (tables, keys) = postgres.split_at(postgres.find("ALTER TABLE").unwrap());
    assert!(tables.contains("CREATE TABLE \"volumes\""), "{postgres}");
    assert_eq!(
        keys,
        "ALTER TABLE \"shelves\" ADD FOREIGN KEY (\"above_id\") REFERENCES \"shelves\" (\"id\") ON DELETE SET NULL;\n\
         ALTER TABLE \"shelves\" ADD FOREIGN KEY (\"first_id\") REFERENCES \"volumes\" (\"id\");\n\
         ALTER TABLE \"volumes\" ADD FOREIGN KEY (\"shelf_id\") REFERENCES \"shelves\" (\"id\") ON DELETE CASCADE;\n"
    );
    let sqlite = builder().schema(SqlDialect::Sqlite).unwrap();
    assert!(
        sqlite.contains("\"shelf_id\" INTEGER NOT NULL REFERENCES \"shelves\" (\"id\") ON DELETE CASCADE"),
        "{sqlite}"
    );
}

/// The public and the internal struct of one table.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "volumes")]
struct OtherVolume {
    #[field(id)]
    id: i64,
    #[field(references = Shelf)]
    shelf_id: i64,
}

#[tokio::test]
async fn structs_of_one_table_declare_one_action() {
    let folder = Folder::new();
    let builder = builder(&folder).manager::<OtherVolume>();
    let error = builder.build().await.unwrap_err().to_string();
    assert!(
        error.contains(
            "`Volume`.`shelf_id` references `shelves`.`id` with `on_delete = cascade`, `OtherVolume`.`shelf_id` references \
             `shelves`.`id` with `on_delete = restrict`, and both are the column `shelf_id` of the table `volumes`"
        ),
        "{error}"
    );
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "racks")]
struct Rack {
    #[field(id)]
    code: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "boxes")]
struct Crate {
    #[field(id)]
    id: i64,
    #[field(references = Rack, on_delete = cascade)]
    rack_id: String,
}

/// SQLite would accept the foreign key, and refuse each write.
#[tokio::test]
async fn a_reference_to_a_view_has_no_foreign_key() {
    let folder = Folder::new();
    let view = "CREATE TABLE places (code TEXT NOT NULL PRIMARY KEY);
        CREATE VIEW racks AS SELECT * FROM places;
        CREATE TRIGGER creation INSTEAD OF INSERT ON racks BEGIN INSERT INTO places VALUES (NEW.code); END;
        CREATE TRIGGER change INSTEAD OF UPDATE ON racks BEGIN SELECT 1; END;
        CREATE TRIGGER deletion INSTEAD OF DELETE ON racks BEGIN DELETE FROM places WHERE code = OLD.code; END;
        INSERT INTO places VALUES ('a')";
    folder.other().execute_batch(view).unwrap();
    let builder = || folder.builder().manager::<Rack>().manager::<Crate>();
    let gm = builder().build().await.unwrap();
    assert_eq!(all(&folder.other(), KEYS), [] as [&str; 0]);
    assert_eq!(builder().schema_changes().unwrap(), "");
    for rack_id in ["a", "z"] {
        let new = CrateCreate {
            rack_id: rack_id.into(),
        };
        Crate::create(new).exec(&gm).await.unwrap();
    }
    // A deletion does what the struct says.
    Rack::by_id("a").delete(&gm).await.unwrap();
    assert_eq!(Crate::query().one(&gm).await.unwrap().rack_id, "z");
}
