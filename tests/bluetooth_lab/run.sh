#!/usr/bin/env bash
# Runs one command inside the test machine and ends with its status.
#
#   tests/bluetooth_lab/run.sh [--simulated-time] [--work DIR] [--out DIR] [--memory SIZE] [--timeout S] -- COMMAND...
#
# Inside, --work is /work (read-only), this directory is /lab (read-only), --out is /out;
# everything else is forgotten. With --simulated-time the machine's clock stands still
# while anything computes and jumps while all wait, so that no figure depends on how busy
# this computer is. A machine that hangs gives status 124, one that dies 125.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/place.sh"
usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2; }
work=$here out= memory=1500M limit=600 clock=
while [ $# -gt 0 ]; do
  case $1 in
    --work) work=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --memory) memory=$2; shift 2 ;;
    --timeout) limit=$2; shift 2 ;;
    --simulated-time) clock=time-travel=inf-cpu; shift ;;
    --) shift; break ;;
    *) usage ;;
  esac
done
[ $# -gt 0 ] || usage
[ -x "$lab/linux" ] || { echo "The Bluetooth lab is not built. Run $here/build.sh." >&2; exit 125; }

[ -z "$out" ] || mkdir -p "$out"
control=$(mktemp -d)
trap 'rm -rf "$control"' EXIT
[ -n "$out" ] || { out=$control/out; mkdir "$out"; }
work=$(realpath "$work") out=$(realpath "$out")
case $lab$here$work$out$control in *[[:space:]]*) echo "The Bluetooth lab needs paths without spaces." >&2; exit 2 ;; esac
for name in LAB_SNOOP LAB_DEBUG RUST_LOG RUST_BACKTRACE; do
  [ -z "${!name:-}" ] || printf 'export %s=%q\n' "$name" "${!name}" >>"$control/command"
done
{ printf '%q ' "$@"; echo; } >>"$control/command"
: >"$control/stdout"; : >"$control/stderr"
tail -f --pid=$$ -n +1 "$control/stdout" & follow=($!)
tail -f --pid=$$ -n +1 "$control/stderr" >&2 & follow+=($!)

# rseq: glibc's restartable sequences and user mode Linux's process stubs do not mix.
# jent: harvests timing jitter, of which simulated time has none, so it would spin for ever.
# aloop: two virtual cables, Wired1 and Wired2, as wired speakers that can be recorded.
GLIBC_TUNABLES=glibc.pthread.rseq=0 timeout -k 10 "$limit" "$lab/linux" \
  mem="$memory" root=/dev/root rootfstype=hostfs rootflags="$lab/root" ro init=/init quiet \
  con=null con0=null,fd:1 con1=null initcall_blacklist=jent_mod_init $clock \
  snd_aloop.enable=1,1 snd_aloop.id=Wired1,Wired2 snd_aloop.pcm_substreams=1,1 \
  "share_lab=$here" "share_work=$work" "share_out=$out" "share_control=$control" \
  </dev/null >"$control/kernel.log" 2>&1 &
machine=$!
trap 'kill "$machine" 2>/dev/null; rm -rf "$control"; exit 143' TERM INT
code=0
wait "$machine" 2>/dev/null || code=$?
sleep 0.2 # the last words
kill "${follow[@]}" 2>/dev/null || true
wait "${follow[@]}" 2>/dev/null || true
if [ -s "$control/status" ]; then exit "$(cat "$control/status")"; fi
if [ "$code" = 124 ]; then echo "The test machine was stopped after $limit s. In simulated time, a program that runs round without sleeping stops the clock." >&2; exit 124; fi
tail -30 "$control/kernel.log" >&2
echo "The test machine died." >&2
exit 125
