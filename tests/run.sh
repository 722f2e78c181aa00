#!/usr/bin/env bash
# Builds crier and runs all its tests; the last lines and the exit status are ctest's.
#
#   bash tests/run.sh                  # the preset debug, in build/debug
#   CRIER_PRESET=asan bash tests/run.sh
#
# Does its own set-up on Debian 12 (.ci/setup); CRIER_SKIP_SETUP=1 leaves that out.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${CRIER_PRESET:-debug}
say() { printf '\n== %s\n' "$*"; }

say "Set-up: the packages that crier is built and tested with"
bash .ci/setup

say "Configure: preset $preset, in build/$preset"
cmake --preset "$preset"

say "Build"
cmake --build --preset "$preset"

say "Test"
exec ctest --test-dir "build/$preset" --output-on-failure -j2
