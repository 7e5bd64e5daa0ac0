#!/bin/sh
# entry.sh PROGRAM …: starts entry.mjs in this process. A worker has Node's arguments of `npm run worker`, which are read only at the start.
[ "$1" != worker ] || arguments=--max-semi-space-size=8
exec node $arguments deploy/docker/entry.mjs "$@"
