// Holds CycloneDX documents to the official schema with @cyclonedx/cyclonedx-library and ajv.
//
// usage: node validate.mjs NODE_MODULES
// Each line on stdin is {"spec": "1.6", "document": TEXT}; each line on stdout is what is wrong, as
// JSON, or null.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { Spec, Validation } = createRequire(`${process.argv[2]}/`)("@cyclonedx/cyclonedx-library");
const validators = {};

for await (const line of createInterface({ input: process.stdin })) {
  const { spec, document } = JSON.parse(line);
  validators[spec] ??= new Validation.JsonStrictValidator(Spec.Version[`v1dot${spec.split(".")[1]}`]);
  const found = await validators[spec].validate(document);
  console.log(JSON.stringify(found));
}
