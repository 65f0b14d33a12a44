#!/bin/sh
# What promote.sh runs as the unit tests of an artifact: here it must not be empty.
test -s "$1"
