#!/usr/bin/env bash
# Proves that the package, as npm would publish it with this platform's prebuilds, is enough on a bare machine: makes a
# Debian with debootstrap that has Node and nothing to build with, installs the tarball into a project there, and trains,
# attacks and evaluates networks of both kinds. Needs root, debootstrap, unshare and `npm run build:prebuilds`.
#
#   scripts/prove-installed-package.sh [bookworm]        KEEP=1 keeps the folder
#
# `npm install --ignore-scripts` runs on this machine, into a folder of the bare one: the bare one has no npm and no
# network. What it installs has no scripts and nothing to build.
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/bare-machine.sh
source "$project/scripts/bare-machine.sh"
suite=${1:-bookworm}
require_for_bare_machine
cd "$project"
[[ -d prebuilds && -d dist ]] || { echo 'Expected prebuilds/ and dist/, which npm run build:prebuilds makes.' >&2; exit 1; }
make_bare_machine "$suite"

step 'npm pack'
npm pack --silent --pack-destination "$machine/root" >/dev/null
tarball=$(basename "$machine"/root/robust-features-*.tgz)
echo "$tarball $(stat --format %s "$machine/root/$tarball") bytes"
tar -tzf "$machine/root/$tarball" | grep -E '^package/(prebuilds|licenses)/'

step "npm install --ignore-scripts $tarball"
application=$machine/root/application
mkdir "$application"
echo '{ "name": "application", "version": "1.0.0", "private": true }' >"$application/package.json"
(cd "$application" && npm install --ignore-scripts --no-audit --no-fund "../$tarball")
cp scripts/installed-package/* "$application/"

step 'a machine with Node alone'
give_node
inside() { inside_bare_machine /root/application "$1"; }
inside 'node --version; cat /etc/debian_version'
for tool in cc c++ gcc g++ clang make ninja cmake python3 node-gyp npm git; do
  inside "! command -v $tool" || { echo "Expected a bare machine, found $tool on it." >&2; exit 1; }
done
if find "$machine" -xdev \( -name 'libopenblas*' -o -name 'libdnnl*' -o -name 'libgomp*' -o -name 'libblas*' \) -print | grep .; then
  echo 'Expected a bare machine, found these libraries on it.' >&2
  exit 1
fi
echo 'no compiler, make, CMake, Python, npm; no OpenBLAS, oneDNN, libgomp'

step 'what the addons need'
for addon in $(cd "$application" && find node_modules/robust-features/prebuilds -name "*.node" | sort); do
  echo "$addon $(stat --format %s "$application/$addon") bytes"
  inside "ldd $addon" || true
done

step 'import'
inside 'node by-import.mjs'
step 'require'
inside 'node by-require.cjs'
step 'robust-features doctor'
inside 'node node_modules/robust-features/dist/cli/main.js doctor' | tee "$machine/doctor.txt"
for addon in addon 'layered networks'; do
  grep -q "^$addon .*prebuild: " "$machine/doctor.txt" || { echo "Expected a prebuild to be loaded as $addon." >&2; exit 1; }
done
grep -q '^self-test *passed' "$machine/doctor.txt"
step "proved: on a bare Debian $suite the installed package trains, attacks and evaluates"
