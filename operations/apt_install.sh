# Install packages: wait for whoever holds apt's locks, complete what a killed run left half configured, then install and hold.
# Usage: sh -s -- "packages to install" "packages to hold"
set -eu
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C.UTF-8
PATIENCE_SECONDS=900
LISTS_ARE_FRESH_MINUTES=60
FETCHED=/var/lib/sams/package-lists-fetched

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

fetch_lists() { apt update && mkdir -p "${FETCHED%/*}" && touch "$FETCHED"; }

lists_are_fresh() {
  [ -n "$(find "$FETCHED" -mmin -$LISTS_ARE_FRESH_MINUTES 2>/dev/null)" ] && [ -z "$(find /etc/apt/sources.list /etc/apt/sources.list.d -newer "$FETCHED" 2>/dev/null)" ]
}

waiting dpkg --configure -a
if [ -n "$1" ]; then
  apt --fix-broken install
  lists_are_fresh || fetch_lists
  # An archive may drop a version that a fetched list still names: then once more with new lists.
  # shellcheck disable=SC2086 # a list of package names
  apt install $1 || { fetch_lists && apt install $1; }
fi
if [ -n "$2" ]; then
  # shellcheck disable=SC2086
  apt-mark hold $2 >/dev/null
fi
