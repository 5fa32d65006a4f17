#!/usr/bin/env bash
# Makes the two Python environments of the baselines, which are only used to compare: bench/baseline/.venv/origins
# (Debian's torch, torchvision, scikit-learn and Pillow) and bench/baseline/.venv/careful (requirements.txt, pinned by
# hash). Semblance itself needs none of this. Can be run again: what is there is not made twice.
set -euo pipefail
cd "$(dirname "$0")"

fail() {
  echo "setup.sh: $1" >&2
  exit 1
}

readonly python=/usr/bin/python3
readonly packages=(python3 python3-venv python3-torch python3-torchvision python3-sklearn python3-pil)

install_missing_packages() {
  local missing=() package
  for package in "${packages[@]}"; do
    [[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" == installed ]] || missing+=("$package")
  done
  ((${#missing[@]} == 0)) && return
  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "Debian packages are missing (${missing[*]}): install them, or run as root."
    as_root=(sudo)
  fi
  echo "Installing Debian packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq || fail "apt-get could not fetch the package lists."
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" ||
    fail "apt-get could not install ${missing[*]}."
}

# The origins' libraries are Debian's own, so their environment holds nothing but sees the system's.
make_origins() {
  [[ -x .venv/origins/bin/python ]] || "$python" -m venv --system-site-packages --without-pip .venv/origins
  .venv/origins/bin/python -c 'import PIL, sklearn, torch, torchvision' ||
    fail "Debian's Python packages are installed but cannot be imported."
}

# Kept apart from the system's packages: Debian's torch was built for an older numpy than this one.
make_careful() {
  local stamp
  stamp="$(sha256sum requirements.txt)"
  if [[ "$(cat .venv/careful/installed 2>/dev/null)" == "$stamp" ]]; then return; fi
  "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' ||
    fail "requirements.txt is pinned for Python 3.11 (Debian 12), and $python is another version."
  rm -rf .venv/careful
  "$python" -m venv .venv/careful
  .venv/careful/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --no-deps \
    --require-hashes -r requirements.txt || fail "the pinned wheels of requirements.txt could not be installed."
  .venv/careful/bin/python -c 'import cv2, numpy, onnxruntime, PIL' ||
    fail "the wheels of requirements.txt are installed but cannot be imported."
  echo "$stamp" >.venv/careful/installed
}

command -v apt-get >/dev/null || fail "needs Debian 12: the origins' baseline runs on its packages of torch and torchvision."
install_missing_packages
make_origins
make_careful
echo "Baselines are ready: $PWD/.venv/origins and $PWD/.venv/careful"
