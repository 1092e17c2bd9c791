#!/bin/bash
# `concord pair` as a peer of the side-by-side benchmark of calendar synchronisers (see bench/README.md).
# CONCORD names the program; without it, this workspace's is built by the profile `fast`.
# usage: concord.sh install CACHE | configure CACHE STATE A_URL B_URL RULE | sync CACHE STATE
set -eu
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
program="${CONCORD:-${CARGO_TARGET_DIR:-$root/target}/fast/concord}"
case "$1" in
install)
  [ -n "${CONCORD:-}" ] || cargo build -q --manifest-path "$root/Cargo.toml" --profile fast -p concord
  "$program" version ;;
configure) # both sides are connected and tried out; nothing is read of the events
  rule=ask; [ "$6" = a ] && rule=a
  printf '%s\n' "$4" "$5" --state "$3/concord" --policy "$rule" > "$3/arguments"
  mapfile -t arguments < "$3/arguments"
  "$program" pair "${arguments[@]}" --check ;;
sync)
  mapfile -t arguments < "$3/arguments"
  exec "$program" pair "${arguments[@]}" ;;
esac
