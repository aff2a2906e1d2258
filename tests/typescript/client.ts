// A client whose types are generated from the document of the conformance service.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

declare const process: { argv: string[] };

const [, , baseUrl = "", token = ""] = process.argv;
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

function check(holds: boolean, what: string): asserts holds {
    if (!holds) {
        throw new Error(what);
    }
}

const page = await client.POST("/internal/gm/projects/query", {
    body: { filters: { name__icontains: "a", id__in: [1, 2, 3] }, ordering: ["-name"], page_size: 2, count: true },
});
check(page.data !== undefined, "a query is answered");
const rows: components["schemas"]["Project"][] = page.data.items;
check(rows.length === 2 && rows.every((row) => row.name.length > 0), "two rows of a page");
check((page.data.total_count ?? 0) >= rows.length, "the total");
check(page.data.metadata.page_size === 2, "the size of the page");

const created = await client.POST("/internal/gm/work-items", {
    body: { title: "From TypeScript", amount: "12.50", due: null, __metadata__: { history_comment: "a test" } },
});
check(created.response.status === 201 && created.data !== undefined, "a create");
const item = created.data.items[0];
check(item !== undefined && item.amount === "12.50" && item.due === null, "the row of a create");

const path = { id: item.id };
const updated = await client.PATCH("/internal/gm/work-items/{id}", { params: { path }, body: { done: true } });
check(updated.data?.items[0]?.done === true, "an update");
const removed = await client.DELETE("/internal/gm/work-items/{id}", { params: { path } });
check(removed.data?.items.length === 0, "a delete");

const missing = await client.GET("/internal/gm/work-items/{id}", { params: { path } });
check(missing.error !== undefined && missing.error.error_code === "not_found", "a row that is gone");

const refused = await client.POST("/internal/gm/projects", {
    // @ts-expect-error a required field is missing
    body: { name: "Without a status" },
});
check(refused.error?.error_code === "validation_error", "a create without a required field");

// Names that do not exist, which TypeScript finds in values of a given type.
type Filters = components["schemas"]["ProjectFilters"];
// @ts-expect-error there is no such lookup
export const filters: Filters = { name__year: 2024 };
// @ts-expect-error there is no such field
export const changes: components["schemas"]["ProjectUpdate"] = { titel: "a" };

// Mistakes that the types find. They are not run.
export const mistakes = () => [
    // @ts-expect-error a list is of the field's type
    client.POST("/internal/gm/projects/query", { body: { filters: { id__in: ["1"] } } }),
    // @ts-expect-error there is no such field to order by
    client.POST("/internal/gm/projects/query", { body: { ordering: "titel" } }),
    // @ts-expect-error the resource has no creates
    client.POST("/internal/gm/read-only-things", { body: { name: "a" } }),
];

const event: components["schemas"]["Event"] = {
    protocol_version: "v1",
    base_path: "/internal/gm",
    resource_name: "projects",
    action: "update",
    identification: { id: 42 },
};
check(event.identification?.id === 42, "an event");
console.log("The client works.");
