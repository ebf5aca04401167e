#!/usr/bin/env bash
# Runs inphase and every peer that is installed on the same simulated speakers, side by side in
# slow time, and writes a Markdown table with the scenario beside the figures.
#
#   benches/peers.sh [PEER...]      default: inphase zita pipewire pulse snapcast alsaloop naive
#
#   SLOW=10        slow-time factor: everything takes that many times longer, and the machine's
#                  own freezes weigh that much less
#   STEADY=60      seconds of the steady window; FROM=15 where it begins
#   DEVICES=clean.json
#   FAULTS=1       then stall one speaker and take one away
#   OUT=target/bench/peers.md
set -euo pipefail
cd "$(dirname "$0")/.."

slow=${SLOW:-10} from=${FROM:-15} steady=${STEADY:-60} devices=${DEVICES:-clean.json}
out=${OUT:-${CARGO_TARGET_DIR:-target}/bench/peers.md}
export LAB_BUILD=${LAB_BUILD:-$PWD/${CARGO_TARGET_DIR:-target}/lab}
results=$(dirname "$out")/peers
peers=("$@")
[ ${#peers[@]} -gt 0 ] || peers=(inphase zita pipewire pulse snapcast alsaloop naive)
faults=()
[ -z "${FAULTS:-}" ] || faults=(--faults)

mkdir -p "$results"
rm -f "$results"/*.json "$results"/*.txt
make -s -C tests/lab OUT="$LAB_BUILD"
# Once, before the runs share it.
python3 tests/lab/marks.py

pids=()
cleanup() {
    # Each run ends its own processes.
    for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done
    wait
    exit 1
}
trap cleanup INT TERM

echo "Measuring ${peers[*]}: about $(((from + steady + 10 + ${FAULTS:+75}+0) * slow / 60 + 1)) minutes."
for i in "${!peers[@]}"; do
    peer=${peers[$i]}
    setsid python3 tests/lab/run.py "$peer" --slow "$slow" --from "$from" --steady "$steady" --devices "$devices" \
        --instance "$i" --json "$results/$peer.json" "${faults[@]}" >"$results/$peer.txt" 2>&1 &
    pids+=($!)
done
for i in "${!peers[@]}"; do
    wait "${pids[$i]}" || echo "${peers[$i]}: $(tail -1 "$results/${peers[$i]}.txt")"
done

python3 benches/peers_table.py "$results" "${peers[@]}" >"$out"
cat "$out"
echo
echo "Written to $out; all figures of each run are in $results."
