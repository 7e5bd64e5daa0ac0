#!/bin/sh
# collect.sh ROOT TARGET: copies what the processes need of a build in ROOT, beside node_modules.
set -e
root=$1
target=$2
mkdir -p "$target/dist" "$target/prisma" "$target/deploy/docker"
cp -R "$root/dist/processes" "$root/dist/workflow-bundle.js" "$root/dist/code-version.json" "$target/dist/"
for optional in web workflow-bundle-traced.js; do
  [ ! -e "$root/dist/$optional" ] || cp -R "$root/dist/$optional" "$target/dist/"
done
cp -R "$root/prisma/migrations" "$target/prisma/"
for file in entry.sh entry.mjs healthy.mjs; do
  cp "$root/deploy/docker/$file" "$target/deploy/docker/"
done
cp "$root/package.json" "$root/LICENSE" "$target/"
# Programs that only a developer's machine runs.
rm -f "$target/dist/processes/stack.js" "$target/dist/processes/start.js"
