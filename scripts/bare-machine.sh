# A fresh Debian in a folder, for the scripts that prove what needs no more than Node: sourced by them.
# Needs root, debootstrap and unshare. `make_bare_machine SUITE` sets `machine`; KEEP=1 keeps the folder.

step() { printf '\n== %s\n' "$*"; }

require_for_bare_machine() {
  [[ $(id -u) == 0 ]] || { echo 'Expected to run as root: making a root folder and entering it need it.' >&2; exit 1; }
  local tool
  for tool in debootstrap unshare node npm "$@"; do
    command -v "$tool" >/dev/null || { echo "Expected $tool to be installed." >&2; exit 1; }
  done
}

remove_bare_machine() {
  if [[ -n ${KEEP:-} ]]; then echo "kept $machine"; else rm -rf --one-file-system "$machine"; fi
}

# Packages come from wherever this machine takes them.
make_bare_machine() {
  local suite=$1 mirror
  machine=$(mktemp -d "${TMPDIR:-/var/tmp}/bare-machine.XXXXXX")
  trap remove_bare_machine EXIT
  step "Debian $suite, minimal"
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' |
    awk -v suite="$suite" '$2 == suite { print $1; exit }')
  debootstrap --variant=minbase "$suite" "$machine" ${mirror:+"$mirror"} >"$machine.log" 2>&1 ||
    { cat "$machine.log" >&2; exit 1; }
  rm -f "$machine.log"
}

give_node() {
  install -D -m 755 "$(readlink -f "$(command -v node)")" "$machine/usr/local/bin/node"
}

# A mount namespace of its own: /proc in there vanishes with the command, however it ends.
inside_bare_machine() {
  local folder=$1 command=$2
  shift 2
  unshare --mount --propagation private sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$machine" \
    /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin CI=true \
    "$@" bash -c "cd '$folder' && $command" </dev/null
}
