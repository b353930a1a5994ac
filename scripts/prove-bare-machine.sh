#!/usr/bin/env bash
# Proves that a fresh Debian with only Node and npm is enough: makes one with debootstrap, clones the last
# commit into it, and runs `npm run reproduce` and `npm test` there. Needs root, debootstrap and unshare.
#
#   scripts/prove-bare-machine.sh [bookworm]        KEEP=1 keeps the folder
#
# Packages come from wherever this machine takes them: its package mirror, proxy, certificates and npm
# registry are asked for at run time and handed over.
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/bare-machine.sh
source "$project/scripts/bare-machine.sh"
suite=${1:-bookworm}
require_for_bare_machine git
make_bare_machine "$suite"

step 'the network as this machine has it'
apt-config dump Acquire >"$machine/etc/apt/apt.conf.d/99network"
cp -L /etc/resolv.conf /etc/hosts "$machine/etc/"
certificates=/etc/ssl/certs/ca-certificates.crt
network=("npm_config_registry=$(npm config get registry 2>/dev/null)")
if [[ -f $certificates ]]; then
  install -D -m 644 "$certificates" "$machine$certificates"
  network+=("NODE_EXTRA_CA_CERTS=$certificates" "npm_config_cafile=$certificates")
fi
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
  [[ -n ${!name:-} ]] && network+=("$name=${!name}")
done

step 'Node and npm, nothing else'
give_node
mkdir -p "$machine/usr/local/lib/node_modules"
cp -rL "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" "$machine/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$machine/usr/local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$machine/usr/local/bin/npx"
git clone --quiet --no-hardlinks "$project" "$machine/root/robust-features"

inside() { inside_bare_machine /root/robust-features "$1" "${network[@]}"; }

inside 'node --version && npm --version'
for tool in c++ gcc make ninja cmake python3 git sudo; do
  inside "! command -v $tool" || { echo "Expected a bare machine, found $tool on it." >&2; exit 1; }
done

step 'npm run reproduce -- --scale smoke'
inside 'npm run reproduce -- --scale smoke'
step 'npm test'
inside 'npm test'
step 'set-up again'
again=$(inside 'node scripts/setup/main.mjs --for tests' 2>&1)
[[ -z $again ]] || { printf 'Expected nothing to do, got:\n%s\n' "$again" >&2; exit 1; }
step "proved: a bare Debian $suite with Node and npm runs the project"
