//! Typed errors of the client.

use std::time::Duration;

use gm_runtime::Error;
use gm_runtime::client::Method;
use gm_runtime::error::TransportErrorKind;

use crate::managers::{RemoteProject, RemoteProjectCreate};
use crate::server::{Answer, Server, json, rows, with_headers};

async fn get(server: &Server) -> Error {
    RemoteProject::get(&server.gm().await, 42).await.unwrap_err()
}

fn decode(error: &Error) -> &gm_runtime::error::DecodeError {
    match error {
        Error::Decode(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn all_parts_of_an_envelope_are_read() {
    let server = Server::start(|_, _| {
        json(
            404,
            r#"{"error": "Resource not found.", "error_code": "not_found",
                "metadata": {"protocol_version": "v1", "request_id": "theirs"},
                "details": {"id": "expected an id that exists"}}"#,
        )
    });
    let error = get(&server).await;
    assert!(error.is_not_found());
    let remote = error.remote().unwrap();
    assert_eq!((remote.status(), remote.error_code()), (404, Some("not_found")));
    assert_eq!(remote.request_id(), Some("theirs"));
    assert_eq!(remote.details().unwrap()["id"], "expected an id that exists");
    assert_eq!(remote.method(), Method::Get);
    assert_eq!(remote.url(), format!("{}/internal/gm/projects/42", server.url()));
    let text = error.to_string();
    for part in ["GET", "/internal/gm/projects/42", "404", "not_found", "theirs"] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn a_message_escapes_control_characters() {
    let server = Server::start(|_, _| {
        json(
            409,
            "{\"error\": \"Conflict.\", \"error_code\": \"conflict\", \"metadata\": {},
              \"details\": {\"name\": \"\u{9b}2J\u{7f}\u{202e}eno\u{2028}\"}}",
        )
    });
    let error = get(&server).await;
    let text = error.to_string();
    assert!(
        !text.contains(['\u{9b}', '\u{7f}', '\u{202e}', '\u{2028}']),
        "{text:?}"
    );
    assert!(text.contains(r"\u{202e}eno"), "{text}");
    // The details themselves are not escaped.
    assert_eq!(
        error.remote().unwrap().details().unwrap()["name"],
        "\u{9b}2J\u{7f}\u{202e}eno\u{2028}"
    );
}

#[tokio::test]
async fn without_an_envelope_the_status_decides() {
    let page = "<html><body>nothing here</body></html>";
    let server = Server::start(move |_, _| with_headers(404, "content-type: text/html\r\n", page));
    let error = get(&server).await;
    assert!(error.is_not_found());
    let remote = error.remote().unwrap();
    assert_eq!((remote.error_code(), remote.details()), (None, None));
    // Without an envelope the id is the one of the request.
    let sent = server.requests()[0].header("x-request-id").unwrap().to_owned();
    assert_eq!(remote.request_id(), Some(sent.as_str()));
    assert!(error.to_string().contains("base_path"), "{error}");
}

#[tokio::test]
async fn a_refusal_says_what_to_check() {
    for (status, part) in [(404, "gm.services()"), (405, "allow_")] {
        let server = Server::start(move |_, _| json(status, "{}"));
        let error = get(&server).await.to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn the_owners_field_errors_are_part_of_the_message() {
    for (status, body, words) in [
        (
            400,
            r#"{"error_code": "invalid_request",
                "details": {"field": "page_size", "message": "expected an integer from 1 to 50"}}"#,
            "400 invalid_request, `page_size`: expected an integer from 1 to 50 [request id",
        ),
        (
            400,
            r#"{"error_code": "validation_error", "details": {"field": "name", "message": "too long", "errors": [
                {"field": "name", "message": "too long"}, {"message": "no \u202eeno"}]}}"#,
            r"400 validation_error, `name`: too long; no \u{202e}eno [request id",
        ),
        (
            409,
            r#"{"error_code": "conflict", "details": {"field": "name", "message": "another row has this value"}}"#,
            "409 conflict, `name`: another row has this value [request id",
        ),
        (
            403,
            r#"{"error_code": "permission_denied", "details": {"field": "price", "message": "this caller may not write the field"}}"#,
            "403 permission_denied, `price`: this caller may not write the field [request id",
        ),
        // Without a field error the message has general advice.
        (
            400,
            r#"{"error_code": "invalid_request", "details": {"name": ["unknown"]}}"#,
            r#"compare the struct with the owner's fields, and `protocol_version` ({"name":["unknown"]}) [request id"#,
        ),
    ] {
        let server = Server::start(move |_, _| json(status, body));
        let text = get(&server).await.to_string();
        assert!(text.contains(words), "{text}");
    }
    let long = "x".repeat(2_000);
    let server = Server::start(move |_, _| json(400, &format!(r#"{{"details": {{"message": "{long}"}}}}"#)));
    assert!(get(&server).await.to_string().len() < 1_000);
}

#[tokio::test]
async fn each_status_has_the_meaning_of_the_contract() {
    for (status, code, is) in [
        (400, "validation_error", "invalid"),
        (401, "authentication_required", "denied"),
        (403, "permission_denied", "denied"),
        (409, "conflict", "conflict"),
        (418, "a_code_of_tomorrow", "nothing"),
        (500, "internal_error", "nothing"),
    ] {
        let server = Server::start(move |_, _| json(status, &format!(r#"{{"error_code": "{code}"}}"#)));
        let error = get(&server).await;
        let remote = error.remote().unwrap();
        assert_eq!((remote.status(), remote.error_code()), (status, Some(code)));
        assert_eq!(error.is_invalid(), is == "invalid");
        assert_eq!(error.is_permission_denied(), is == "denied");
        assert_eq!(error.is_conflict(), is == "conflict");
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn retry_after_is_part_of_the_error() {
    let server = Server::start(|_, _| with_headers(429, "Retry-After: 60\r\n", ""));
    let error = get(&server).await;
    assert!(error.is_retryable());
    assert_eq!(
        error.remote().unwrap().retry_after(),
        Some(Duration::from_secs(60))
    );
}

#[tokio::test]
async fn an_update_with_the_row_of_another_id_is_an_error() {
    let server = Server::start(|_, _| rows(r#"[{"id": 43, "name": "a", "status": "b"}]"#));
    let update = RemoteProject::by_id(42).update().status("c");
    let error = update.exec(&server.gm().await).await.unwrap_err();
    assert!(decode(&error).message().contains("another id"), "{error}");
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_decode_error_says_what_was_expected() {
    let complete = r#"{"id": 42, "name": "a", "status": "b"}"#;
    for (body, part) in [
        ("".to_owned(), "ends too early"),
        (r#"{"items": [{"id": 42, "na"#.to_owned(), "ends too early"),
        ("<html>".to_owned(), "not JSON"),
        ("[]".to_owned(), "a list `items`"),
        (r#"{"metadata": {}}"#.to_owned(), "a list `items`"),
        (r#"{"items": null}"#.to_owned(), "a list `items`"),
        (r#"{"items": [5]}"#.to_owned(), "a list `items`"),
        (r#"{"items": []}"#.to_owned(), "expected one row"),
        (
            format!(r#"{{"items": [{complete}, {complete}]}}"#),
            "expected one row",
        ),
        (
            format!(r#"{{"items": [{complete}], "metadata": {{"protocol_version": "v2"}}}}"#),
            "protocol version",
        ),
        (
            r#"{"items": [{"id": 43, "name": "a", "status": "b"}]}"#.to_owned(),
            "another id",
        ),
        (format!(r#"{{"items": [{complete}]}} x"#), "not JSON"),
    ] {
        let sent = body.clone();
        let server = Server::start(move |_, _| json(200, &sent));
        let error = get(&server).await;
        assert!(decode(&error).message().contains(part), "{body}: {error}");
        assert!(!error.is_retryable());
    }
}

/// The whole response must be UTF-8, however it is split into chunks.
#[tokio::test]
async fn invalid_utf8_is_a_decode_error() {
    let in_chunks = |chunks: &[&[u8]]| {
        let mut bytes = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
        for chunk in chunks {
            bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes
    };
    let begin = b"{\"items\": [{\"id\": 42, \"status\": \"b\", \"name\": \"\xc3" as &[u8];
    let end = b"0\r\n\r\n";
    let whole = [in_chunks(&[begin, b"\xbc\"}]}"]), end.to_vec()].concat();
    let server = Server::start(move |_, _| Answer::Bytes(whole.clone()));
    let project = RemoteProject::get(&server.gm().await, 42).await.unwrap();
    assert_eq!(project.name, "ü");
    for (bytes, part) in [
        ([in_chunks(&[begin]), end.to_vec()].concat(), "ends too early"),
        (
            [in_chunks(&[begin, b"\"}]}"]), end.to_vec()].concat(),
            "not UTF-8",
        ),
        // Ignored values must be UTF-8, too.
        (
            [
                in_chunks(&[b"{\"ignored\": \"\xff\", \"items\": []}"]),
                end.to_vec(),
            ]
            .concat(),
            "not UTF-8",
        ),
    ] {
        let server = Server::start(move |_, _| Answer::Bytes(bytes.clone()));
        let error = get(&server).await;
        assert!(decode(&error).message().contains(part), "{error}");
    }
}

#[tokio::test]
async fn a_decode_error_names_the_field() {
    for (row, field, part) in [
        (r#"{"id": 42, "status": "b"}"#, "name", "missing"),
        (r#"{"id": 42, "name": null, "status": "b"}"#, "name", "Option"),
        (r#"{"id": 42, "name": 5, "status": "b"}"#, "name", "expected text"),
        (
            r#"{"id": "42", "name": "a", "status": "b"}"#,
            "id",
            "expected an integer",
        ),
        (r#"{"name": "a", "status": "b"}"#, "id", "missing"),
    ] {
        let server = Server::start(move |_, _| rows(&format!("[{row}]")));
        let error = get(&server).await;
        let decode = decode(&error);
        assert_eq!((decode.manager(), decode.field()), ("RemoteProject", Some(field)));
        assert!(decode.message().contains(part), "{error}");
    }
}

#[tokio::test]
async fn unknown_keys_are_ignored_and_the_last_repeated_key_wins() {
    let server = Server::start(|_, _| {
        json(
            200,
            r#"{"new": [{"deep": 1}], "items": [], "items": [{"name": "first", "extra": {"a": [1]}, "id": 42,
                "name": "last", "status": "b"}], "metadata": {"protocol_version": null, "more": 1}}"#,
        )
    });
    let project = RemoteProject::get(&server.gm().await, 42).await.unwrap();
    assert_eq!(project.name, "last");
}

#[tokio::test]
async fn a_created_row_that_the_caller_may_not_read_is_an_error_without_a_retry() {
    let server = Server::start(|_, _| json(201, r#"{"items": [], "metadata": {}}"#));
    let draft = RemoteProject::create(RemoteProjectCreate {
        name: "a".to_owned(),
        status: "b".to_owned(),
    });
    let error = draft.exec(&server.gm().await).await.unwrap_err();
    assert!(matches!(error, Error::CreatedUnreadable { .. }), "{error:?}");
    assert!(!error.is_retryable());
    assert_eq!(server.requests().len(), 1);
}

/// The response to a delete has no row, but is checked like any other.
#[tokio::test]
async fn an_invalid_response_to_a_delete_is_an_error() {
    for (status, body) in [
        (200, "<html>welcome</html>"),
        (200, ""),
        (204, ""),
        (200, "{}"),
        (200, "[]"),
        (200, r#"{"items": null}"#),
        (202, r#"{"status": "accepted"}"#),
        (200, r#"{"items": [], "metadata": {"protocol_version": "v2"}}"#),
        (
            200,
            r#"{"items": [{"id": 2, "name": "a", "status": "b"}], "metadata": {}}"#,
        ),
    ] {
        let server = Server::start(move |_, _| json(status, body));
        let gm = server.gm().await;
        let error = RemoteProject::by_id(1).delete(&gm).await.unwrap_err();
        assert!(matches!(error, Error::Decode(_)), "{body}: {error:?}");
        assert!(error.to_string().contains("is not known"), "{body}: {error}");
        assert!(!error.is_retryable());
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn connection_refused() {
    // The socket is bound but does not listen, so that no other process uses the port.
    let held = tokio::net::TcpSocket::new_v4().unwrap();
    held.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = held.local_addr().unwrap();
    let gm = gm_runtime::Gm::builder()
        .base_url("http://owner.test", format!("http://{address}"))
        // With keys, the query that finds out what the owner supports would be refused first.
        .idempotent_writes(false)
        .build()
        .await
        .unwrap();
    let error = RemoteProject::by_id(1).delete(&gm).await.unwrap_err();
    let Error::Transport(transport) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(transport.kind(), TransportErrorKind::Connect);
    assert!(transport.is_unsent() && error.is_retryable());
    assert_eq!(transport.method(), Some(Method::Delete));
}

#[tokio::test]
async fn a_connection_that_closes_before_the_response() {
    let server = Server::start(|_, _| Answer::Last(Vec::new()));
    let delete = RemoteProject::by_id(42);
    let error = delete.delete(&server.gm().await).await.unwrap_err();
    let text = error.to_string();
    // awc's own error says that there was no connection, which is wrong.
    assert!(
        text.ends_with(
            "the connection was closed before the response was complete; whether the owner carried the write out is \
             not known"
        ),
        "{text}"
    );
}

#[tokio::test]
async fn a_response_that_is_not_http() {
    let server = Server::start(|_, _| Answer::Last(b"220 smtp ready\r\n\r\n".to_vec()));
    let error = get(&server).await;
    let Error::Transport(transport) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(transport.kind(), TransportErrorKind::Malformed);
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn an_id_without_a_url_is_refused_without_a_request() {
    use crate::managers::RemotePage;
    let server = Server::start(|_, _| rows("[]"));
    let gm = server.gm().await;
    let long = "x".repeat(9000);
    for id in [
        "",
        "query",
        ".",
        "..",
        "x/../y",
        "../things/1",
        "x/.",
        "/y",
        "x\\..\\y",
        long.as_str(),
    ] {
        let error = RemotePage::get(&gm, id).await.unwrap_err();
        assert!(
            matches!(&error, Error::Invalid { errors, .. } if errors[0].field() == Some("slug")),
            "{id}: {error:?}"
        );
        assert!(RemotePage::by_id(id).delete(&gm).await.unwrap_err().is_invalid());
        assert!(
            RemotePage::by_id(id)
                .update()
                .title("t")
                .exec(&gm)
                .await
                .unwrap_err()
                .is_invalid()
        );
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn other_ids_are_one_segment_of_the_url() {
    use crate::managers::RemotePage;
    for (id, segment) in [
        ("a/b", "a%2Fb"),
        ("é ?#", "%C3%A9%20%3F%23"),
        ("%2e", "%252e"),
        ("...", "..."),
        ("Query", "Query"),
    ] {
        let server =
            Server::start(move |_, _| rows(&serde_json::json!([{"slug": id, "title": "t"}]).to_string()));
        let page = RemotePage::get(&server.gm().await, id).await.unwrap();
        assert_eq!(page.slug, id);
        assert_eq!(server.requests()[0].path, format!("/gm/pages/{segment}"));
    }
}

/// The owner's log contains no request that a proxy answered.
#[tokio::test]
async fn the_error_for_a_proxys_response_points_to_the_proxy() {
    let page = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";
    for (status, part) in [
        (502, "a proxy in front of the owner could not reach it"),
        (503, "a proxy in front of the owner could not reach it"),
        (504, "a proxy in front of the owner could not reach it"),
        (500, "not from an owner"),
    ] {
        let server = Server::start(move |_, _| with_headers(status, "content-type: text/html\r\n", page));
        let text = get(&server).await.to_string();
        assert!(
            text.contains(part) && !text.contains("look for the request id"),
            "{text}"
        );
    }
    let own =
        r#"{"error": "x", "error_code": "internal_error", "metadata": {"request_id": "r"}, "details": null}"#;
    let server = Server::start(move |_, _| json(500, own));
    let text = get(&server).await.to_string();
    assert!(text.contains("look for the request id in its log"), "{text}");
}

/// The owner's struct has changed since the consumer was built.
#[tokio::test]
async fn a_value_of_another_type_says_that_the_structs_differ() {
    for (name, found) in [
        ("5", "expected text, got 5;"),
        ("2.5", "expected text, got 2.5;"),
        ("true", "expected text, got a boolean;"),
        ("[1]", "expected text, got a list;"),
        ("{}", "expected text, got an object;"),
    ] {
        let row = format!(r#"[{{"id": 1, "name": {name}, "status": "x"}}]"#);
        let server = Server::start(move |_, _| rows(&row));
        let error = RemoteProject::query().all(&server.gm().await).await.unwrap_err();
        assert_eq!(decode(&error).field(), Some("name"));
        let text = error.to_string();
        assert!(
            text.contains(found) && text.contains("declares another type for the field than this struct"),
            "{text}"
        );
    }
    let server = Server::start(|_, _| rows(r#"[{"id": "7", "name": "x", "status": "x"}]"#));
    let error = RemoteProject::query().all(&server.gm().await).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("`id`: expected an integer") && text.contains("got text;"),
        "{text}"
    );
}
