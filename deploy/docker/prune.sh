#!/bin/sh
# prune.sh NODE_MODULES: removes what is only used while building, or on other platforms.
set -e
modules=$1
core=$modules/@temporalio/core-bridge
case $(uname -m) in
  x86_64 | amd64) own=x86_64-unknown-linux-gnu ;;
  aarch64 | arm64) own=aarch64-unknown-linux-gnu ;;
  *) echo "Temporal's core is not built for $(uname -m)." >&2 && exit 1 ;;
esac
find "$core/releases" -mindepth 1 -maxdepth 1 ! -name "$own" -exec rm -rf {} +
rm -rf "$core/sdk-core"
# The processes are bundled: of Prisma they contain what they use.
for package in prisma @prisma @electric-sql effect @visx elkjs @types typescript @typescript react react-dom @redocly; do
  rm -rf "${modules:?}/$package"
done
find "$modules" \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -type f -delete
