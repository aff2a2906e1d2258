// Validates an OpenAPI document by the official schema of its version, which the package ships.
import { readFile } from "node:fs/promises";
import { Validator } from "@seriousme/openapi-schema-validator";

const document = JSON.parse(await readFile(process.argv[2], "utf8"));
const validator = new Validator();
const result = await validator.validate(structuredClone(document));
if (!result.valid || validator.version !== "3.1") {
    console.error(`The document is not valid (OpenAPI ${validator.version}):`, JSON.stringify(result.errors, null, 2));
    process.exit(1);
}
// The official schema must be able to refuse a document.
document.paths = { "without-a-slash": {} };
if ((await new Validator().validate(document)).valid) {
    console.error("The validator accepts a document with a wrong path.");
    process.exit(1);
}
console.log("The document is valid by the official schema of OpenAPI 3.1.");
