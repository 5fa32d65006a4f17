#!/usr/bin/env bash
# Makes the Python environment of peers.py, bench/search/.venv, pinned by hash. Semblance itself needs none of it. hnswlib has
# no wheel: it is built, with g++ and Python's headers.
set -euo pipefail
cd "$(dirname "$0")"
python=/usr/bin/python3
"$python" -c 'import venv, ensurepip' 2>/dev/null || {
  echo "setup_peers.sh: install python3-venv and python3-dev first" >&2
  exit 1
}
[[ -x .venv/bin/python ]] || "$python" -m venv .venv
.venv/bin/python -m pip install --quiet --require-hashes --requirement requirements.txt
echo "bench/search/.venv is ready"
