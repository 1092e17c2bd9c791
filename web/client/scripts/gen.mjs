// Writes src/schema.ts from the description of the API. Paths lose the prefix that the client adds again (`/api/v1`), and
// operations their names, which are unique only within a resource and which nothing here uses.
import { readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const source = new URL(process.argv[2] ?? "../../../openapi.json", import.meta.url);
const prefix = "/api/v1";
const api = JSON.parse(readFileSync(source, "utf8"));
api.paths = Object.fromEntries(
  Object.entries(api.paths).map(([path, operations]) => {
    for (const operation of Object.values(operations)) delete operation.operationId;
    return [path.startsWith(prefix) ? path.slice(prefix.length) : path, operations];
  }),
);
writeFileSync(new URL("../src/schema.ts", import.meta.url), astToString(await openapiTS(api, { defaultNonNullable: false })));
