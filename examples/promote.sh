#!/bin/sh
# A CI job that promotes: sh promote.sh ARTIFACT AUTHOR FROM TO
#
# It states as ci who made the artifact and how its unit tests came out, asks the gates of
# pipeline.toml, and leaves the signed decision in decision.json. Its exit code is tarl's:
# 0 PASSED, 11 FAILED, 12 INCONCLUSIVE; each of the latter two stops a job.
set -eu
artifact=$1 author=$2 from=$3 to=$4
here=$(dirname "$0")

if sh "$here/unit_tests.sh" "$artifact"; then result=PASSED; else result=FAILED; fi
tarl attest --quiet --file "$artifact" --as ci --type authorship \
    --predicate "{\"authors\": [\"$author\"]}"
tarl attest --quiet --file "$artifact" --as ci --type test-result \
    --predicate "{\"configuration\": [{\"name\": \"unit\"}], \"result\": \"$result\"}"
exec tarl promote "$artifact" --from "$from" --to "$to" --as ci \
    --pipeline "$here/pipeline.toml" --output decision.json
