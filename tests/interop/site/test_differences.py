"""What the guide says that the package does otherwise: asked of a Python owner, request by request."""

import json
import os
import unittest
from http.client import HTTPConnection
from urllib.parse import urlsplit

OWNER = urlsplit(os.environ["PROJECTS_URL"]).netloc


class Answer:
    def __init__(self, method: str, path: str, body: object = None, **headers: str) -> None:
        connection = HTTPConnection(OWNER, timeout=60)
        headers = {"Content-Type": "application/json"} | {name.replace("_", "-"): text for name, text in headers.items()}
        sent = None if body is None else json.dumps(body)
        connection.request(method, f"/internal/gm/{path}", sent, headers)
        response = connection.getresponse()
        self.status = response.status
        self.headers = response.headers
        text = response.read()
        self.json = json.loads(text) if response.headers.get_content_type() == "application/json" else {}
        connection.close()

    @property
    def items(self) -> list[dict]:
        return self.json["items"]


def create(**values: object) -> Answer:
    return Answer("POST", "projects", {"name": "N", "status": "differs"} | values)


def query(resource: str = "projects", **body: object) -> Answer:
    return Answer("POST", f"{resource}/query", body)


class Differences(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.project = create(name="AÉ").items[0]
        work = {"title": "t", "amount": "1.5", "count": 12, "starts_at": "2024-01-31T12:30:00.123456Z"}
        cls.item = Answer("POST", "work-items", work).items[0]

    def found(self, filters: dict, resource: str = "projects") -> bool:
        own = self.project if resource == "projects" else self.item
        return [row["id"] for row in query(resource, filters={"id": own["id"]} | filters).items] == [own["id"]]

    def test_json_types(self) -> None:
        self.assertEqual(create(name=5).items[0]["name"], "5")
        item = Answer("POST", "work-items", {"title": "t", "amount": "1", "count": 7.9})
        self.assertEqual(item.items[0]["count"], 7)

    def test_microseconds(self) -> None:
        self.assertEqual(self.item["starts_at"], "2024-01-31T12:30:00.123Z")

    def test_case(self) -> None:
        self.assertTrue(self.found({"name__contains": "aÉ"}))
        self.assertFalse(self.found({"name__icontains": "é"}))

    def test_text_lookups(self) -> None:
        self.assertTrue(self.found({"count__contains": 1}, "work-items"))

    def test_null_in(self) -> None:
        self.assertFalse(self.found({"note__in": [None]}, "work-items"))

    def test_regex(self) -> None:
        self.assertTrue(self.found({"name__regex": "^A"}))

    def test_no_pk_alias(self) -> None:
        self.assertTrue(self.found({"pk": self.project["id"]}))

    def test_objects(self) -> None:
        self.assertGreater(query(filters=[]).json["total_count"], 0)
        self.assertEqual(query(ordering={}).status, 200)

    def test_operation_and_count(self) -> None:
        self.assertEqual(query(operation="search").status, 200)
        self.assertIn("total_count", query(count=False).json)

    def test_cursor(self) -> None:
        first = query(page_size=1)
        self.assertNotIn("next_cursor", first.json["metadata"])
        self.assertEqual(query(page_size=1, cursor="W1tdLDFd").items, first.items)

    def test_paging_and_never_5xx(self) -> None:
        self.assertEqual(query(page=2**62).status, 500)

    def test_id_syntax(self) -> None:
        self.assertEqual(Answer("GET", f"projects/+{self.project['id']}").status, 200)

    def test_id_assigned(self) -> None:
        self.assertEqual(create(id=7_000_000).items[0]["id"], 7_000_000)
        answer = Answer("PATCH", f"projects/{self.project['id']}", {"id": 8_000_000, "status": "twice"})
        self.assertEqual(answer.items[0]["id"], self.project["id"])
        self.assertEqual(Answer("GET", "projects/8000000").status, 200)

    def test_nul(self) -> None:
        self.assertEqual(create(name="a\0b").items[0]["name"], "a\0b")

    def test_content_type(self) -> None:
        self.assertEqual(Answer("POST", "projects/query", {}, Content_Type="text/plain").status, 200)

    def test_details(self) -> None:
        refused = create(name="x" * 201)
        self.assertEqual((refused.status, refused.json.get("details")), (400, None))

    def test_allow_header(self) -> None:
        refused = Answer("DELETE", "read-only-things/1")
        self.assertEqual((refused.status, refused.headers["Allow"]), (405, None))

    def test_request_id(self) -> None:
        long = "x" * 300
        self.assertEqual(Answer("POST", "projects/query", {}, X_Request_ID=long).headers["X-Request-ID"], long)
