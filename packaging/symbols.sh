#!/usr/bin/env bash
# The newest glibc that programs and libraries ask for, against the oldest that we promise.
#
#   packaging/symbols.sh FILE|DIRECTORY ...
#
# Prints one line. Exits 1, and names each file that asks for more, when that is newer than
# $GLIBC (default: the one of Debian 12).
set -euo pipefail
GLIBC=${GLIBC:-2.36}

newest=0 bad=0 files=0
while IFS= read -r -d '' file; do
    [ "$(head -c 4 "$file" | tr -d '\0')" = $'\x7fELF' ] || continue
    files=$((files + 1))
    needs=$({ readelf -W --dyn-syms "$file" 2>/dev/null | grep -o '@GLIBC_[0-9.]*' || true; } | sed 's/.*_//' | sort -Vu | tail -1)
    [ -n "$needs" ] || continue
    newest=$(printf '%s\n' "$newest" "$needs" | sort -V | tail -1)
    if [ "$(printf '%s\n' "$GLIBC" "$needs" | sort -V | tail -1)" != "$GLIBC" ]; then
        echo "$file needs glibc $needs." >&2
        bad=1
    fi
done < <(find "$@" -type f -print0)
[ $files -gt 0 ] || { echo "There is no program in: $*" >&2; exit 1; }
if [ $bad -ne 0 ]; then
    echo "Build on Debian 12, or promise less: GLIBC=$newest make appimage" >&2
    exit 1
fi
echo "glibc: $newest is needed by $files programs and libraries, $GLIBC is promised"
