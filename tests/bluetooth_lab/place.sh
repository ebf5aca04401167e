# Where the built machine is; sourced by build.sh and run.sh.
lab=${BLUETOOTH_LAB:-${XDG_CACHE_HOME:-$HOME/.cache}/inphase/bluetooth-lab}
