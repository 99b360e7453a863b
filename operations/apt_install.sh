# Install packages: wait for whoever holds apt's locks, complete what a killed run left half configured, then install and hold.
# Usage: sh -s -- "packages to install" "packages to hold"
set -eu
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C.UTF-8
PATIENCE_SECONDS=900

waiting() {
  started=$(date +%s)
  until said=$("$@" 2>&1 </dev/null); do
    case $said in
      *"ould not get lock"*|*"nable to acquire the dpkg frontend lock"*|*"is locked by another process"*|*"nable to lock"*)
        if [ $(($(date +%s) - started)) -gt $PATIENCE_SECONDS ]; then
          echo "apt is busy: expected its lock within $PATIENCE_SECONDS s. Seen: $said. Next: see what runs with 'ps ax | grep -e apt -e dpkg', then run again." >&2
          return 1
        fi
        sleep 3 ;;
      *) printf '%s\n' "$said" | tail -n 25 >&2; return 1 ;;
    esac
  done
}

apt() { waiting apt-get -q -y -o DPkg::Lock::Timeout=$PATIENCE_SECONDS -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o APT::Install-Recommends=false "$@"; }

waiting dpkg --configure -a
if [ -n "$1" ]; then
  apt --fix-broken install
  apt update
  # shellcheck disable=SC2086 # a list of package names
  apt install $1
fi
if [ -n "$2" ]; then
  # shellcheck disable=SC2086
  apt-mark hold $2 >/dev/null
fi
