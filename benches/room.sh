#!/usr/bin/env bash
# Runs the scenarios of the simulated room and writes what came of each, with the
# scenario beside it and the time it took.
#
#   benches/room.sh [BINARY] [OUT] [SCENARIO.toml...]
#                   default: target/release/inphase target/bench/room.md tests/scenarios/b*.toml
#
# Ends with 1 when a scenario fails; all of them are run.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
binary=${1:-$target/release/inphase} out=${2:-$target/bench/room.md}
shift $(($# < 2 ? $# : 2))
scenarios=("$@")
[ ${#scenarios[@]} -gt 0 ] || scenarios=(tests/scenarios/b*.toml)

mkdir -p "$(dirname "$out")"
status=0
for scenario in "${scenarios[@]}"; do
    begun=$(date +%s.%N)
    said=$("$binary" room "$scenario" 2>&1) && code=0 || code=$?
    [ "$code" -eq 0 ] || status=1
    took=$(awk -v a="$begun" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f", b - a }')
    # shellcheck disable=SC2016 # Backticks are Markdown here.
    printf '`inphase room %s`, %s s on this machine%s:\n\n```toml\n%s\n```\n\n```\n%s\n```\n\n' \
        "$scenario" "$took" "$([ "$code" -eq 0 ] || echo ", FAILED")" "$(cat "$scenario")" "$said"
done >"$out.new"
mv "$out.new" "$out"
cat "$out"
exit "$status"
