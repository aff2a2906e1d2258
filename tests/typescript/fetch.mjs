// Writes the document that a caller gets into a file.
import { writeFile } from "node:fs/promises";

const [url, token, file] = process.argv.slice(2);
const response = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
if (response.status !== 200) {
    throw new Error(`${url}: ${response.status}`);
}
await writeFile(file, await response.text());
