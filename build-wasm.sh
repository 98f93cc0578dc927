#!/usr/bin/env bash
# Compiles wasm/ to build/wasm/. Quick when nothing has changed.
set -euo pipefail
cd "$(dirname "$0")"
PATH="$PWD/node_modules/.bin:$PATH"
exec node scripts/build-wasm.ts "$@"
