#!/usr/bin/env bash
# Makes the Python environment of peer.py and held_out.py, bench/duplicates/.venv, pinned by hash. Semblance itself needs none of
# it.
set -euo pipefail
cd "$(dirname "$0")"
python=/usr/bin/python3
"$python" -c 'import venv, ensurepip' 2>/dev/null || {
  echo "setup.sh: install python3-venv first" >&2
  exit 1
}
[[ -x .venv/bin/python ]] || "$python" -m venv .venv
.venv/bin/python -m pip install --quiet --require-hashes --no-deps --requirement requirements.txt
echo "bench/duplicates/.venv is ready"
