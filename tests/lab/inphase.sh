#!/usr/bin/env bash
# Plays the release binary on the lab's four speakers and prints the figures.
#
#   tests/lab/inphase.sh [--slow N] [--steady S] [--faults] [--devices clean.json] [--format FLOAT_LE] …
#
# Default: slow time 10, 150 s steady on clean.json. INPHASE names another binary; any option
# of run.py may follow. The program gets config, state and runtime directories of its own.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
exec python3 "$here/run.py" inphase --slow 10 --steady 150 "$@"
