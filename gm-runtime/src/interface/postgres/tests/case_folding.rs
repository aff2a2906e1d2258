//! The folding of a server equals that of the contract.

use super::super::case_folding::ServersCaseFolding;
use super::super::parameter::Parameter;
use super::{rows, session};
use crate::field::fold_case;

#[tokio::test]
async fn each_character_is_folded_as_the_contract_says() {
    let session = session().await;
    let folding = ServersCaseFolding::default();
    folding.find(&session).await.unwrap();
    let folding = folding.get().unwrap();
    let all: Vec<char> = ('\u{1}'..=char::MAX).collect();
    for part in all.chunks(50_000) {
        let characters: Vec<String> = part.iter().map(char::to_string).collect();
        let texts: Vec<&str> = characters.iter().map(String::as_str).collect();
        let folded = rows(
            &session,
            &format!(
                "SELECT array_agg({} ORDER BY place) FROM unnest($1) WITH ORDINALITY AS t (c, place)",
                folding.expression_of("c")
            ),
            vec![Parameter::texts(&texts)],
        )
        .await;
        let folded: Vec<String> = folded[0].get(0);
        for (character, folded) in characters.iter().zip(folded) {
            assert_eq!(folded, fold_case(character), "{character:?}");
        }
    }
}

/// An expression with a stand-in for `İ` restores it everywhere in a text.
#[tokio::test]
async fn texts_are_folded_as_the_contract_says() {
    let session = session().await;
    let folding = ServersCaseFolding::default();
    folding.find(&session).await.unwrap();
    let folded = folding.get().unwrap().expression_of("text");
    let select = format!("SELECT {folded} FROM (SELECT $1 AS text) AS texts");
    for text in [
        "",
        "Straße",
        "ΟΔΟΣ οδος ς",
        "İstanbul ISPARTA ılık ς",
        "ﬁ ſ ẞ ǅ 𐐀 \u{345} ẛ µ",
        "a'b\\c]d^e-f",
        "\u{301}É é",
    ] {
        let folded = rows(&session, &select, vec![Parameter::text(text)]).await;
        assert_eq!(folded[0].get::<_, &str>(0), fold_case(text), "{text:?}");
    }
}
