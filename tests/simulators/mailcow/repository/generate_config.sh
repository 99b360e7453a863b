#!/usr/bin/env bash
# Asks for what is not in the environment and writes mailcow.conf. Run it in the folder of this repository.

if [ ! -L "$PWD/.env" ]; then
  echo "Please run this script from the installation directory."
  exit 1
fi
if [ "$(basename "$(readlink -f "$PWD/.env")")" != mailcow.conf ]; then
  echo "The .env symlink does not point to a mailcow.conf file."
  exit 1
fi

source _modules/scripts/core.sh
source _modules/scripts/ipv6_controller.sh
set -o pipefail

get_installed_tools
get_docker_version
if [[ $docker_version -lt 24 ]]; then
  echo "Cannot find Docker with a Version higher or equals 24.0.0"
  exit 1
fi

keep_branch=n
if [[ $1 == "--dev" || $1 == "-d" ]]; then keep_branch=y; fi

random() { LC_ALL=C tr -dc A-Za-z0-9 < /dev/urandom 2>/dev/null | head -c "$1"; }

confirm_overwrite() {
  local response
  [ -f mailcow.conf ] || return 0
  read -r -p "A config file exists and will be overwritten, are you sure you want to continue? [y/N] " response
  [[ $response =~ ^([yY]|[yY][eE][sS])$ ]] || exit 1
  mv mailcow.conf mailcow.conf_backup
  chmod 600 mailcow.conf_backup
}

# A name from the environment is taken as it is; only a typed one is looked at.
ask_hostname() {
  local dots response
  [ -z "$MAILCOW_HOSTNAME" ] || return 0
  read -r -p "Mail server hostname (FQDN): " -e MAILCOW_HOSTNAME
  dots=${MAILCOW_HOSTNAME//[^.]/}
  if [ ${#dots} -lt 1 ] || [[ $MAILCOW_HOSTNAME == *. ]]; then
    echo "MAILCOW_HOSTNAME ($MAILCOW_HOSTNAME) is not a FQDN!"
    exit 1
  elif [ ${#dots} -eq 1 ]; then
    read -r -p "The name has no subdomain. Do you want to proceed anyway? [y/N] " response
    [[ $response =~ ^[yY] ]] || exit 1
  fi
}

ask_time_zone() {
  local detected
  detected=$(cat /etc/timezone 2>/dev/null || readlink /etc/localtime | sed -n 's|^.*zoneinfo/||p')
  while [ -z "$MAILCOW_TZ" ]; do
    read -r -p "Timezone [$detected]: " -e MAILCOW_TZ || [ -n "$detected" ] || exit 1
    MAILCOW_TZ=${MAILCOW_TZ:-$detected}
  done
}

ask_clamd() {
  local response
  [ -z "$SKIP_CLAMD" ] || return 0
  SKIP_CLAMD=n
  if [ "$(awk '/MemTotal/ {print $2}' /proc/meminfo)" -le 2621440 ]; then
    read -r -p "Little memory. Do you want to disable ClamAV now? [Y/n] " response
    [[ $response =~ ^[nN] ]] || SKIP_CLAMD=y
  fi
}

choose_branch() {
  local number
  if [ $keep_branch = y ]; then
    echo "Not checking out a different branch!"
    MAILCOW_BRANCH=$(git rev-parse --short "$(git rev-parse '@{upstream}')")
    return
  fi
  if [ -z "$MAILCOW_BRANCH" ]; then
    read -r -p "Choose the branch with its number: master [1], nightly [2], legacy [3] " number
    case $number in 3) MAILCOW_BRANCH=legacy ;; 2) MAILCOW_BRANCH=nightly ;; *) MAILCOW_BRANCH=master ;; esac
  fi
  git fetch --all
  git checkout -f "$MAILCOW_BRANCH"
}

configuration() {
  cat <<CONF
# Web interface. The first administrator is "admin", its password "moohoo".
MAILCOW_HOSTNAME=$MAILCOW_HOSTNAME
MAILCOW_PASS_SCHEME=BLF-CRYPT

# Database
DBNAME=mailcow
DBUSER=mailcow
# Long random strings of letters and digits
DBPASS=${MAILCOW_DBPASS:-$(random 28)}
DBROOT=${MAILCOW_DBROOT:-$(random 28)}

# Redis
REDISPASS=${MAILCOW_REDISPASS:-$(random 28)}

# HTTP and HTTPS. The port also changes inside the container.
HTTP_PORT=80
HTTP_BIND=

HTTPS_PORT=443
HTTPS_BIND=

# Redirect HTTP connections to HTTPS - y/n
HTTP_REDIRECT=y

# Other ports; also as address:port
SMTP_PORT=25
SMTPS_PORT=465
SUBMISSION_PORT=587
IMAP_PORT=143
IMAPS_PORT=993
POP_PORT=110
POPS_PORT=995
SIEVE_PORT=4190
DOVEADM_PORT=127.0.0.1:19991
SQL_PORT=127.0.0.1:13306
REDIS_PORT=127.0.0.1:7654

# Time zone
TZ=$MAILCOW_TZ

# Names volumes, network and containers
COMPOSE_PROJECT_NAME=mailcowdockerized

# native (plugin) or standalone
DOCKER_COMPOSE_VERSION=$COMPOSE_VERSION

# allow or disallow sharing with "anyone"
ACL_ANYONE=disallow

# Deleted mailboxes are kept so many minutes
MAILDIR_GC_TIME=7200

# Further names of the certificate
ADDITIONAL_SAN=
AUTODISCOVER_SAN=y
ADDITIONAL_SERVER_NAMES=

# Certificates
SKIP_LETS_ENCRYPT=n
ACME_DNS_CHALLENGE=n
ACME_DNS_PROVIDER=dns_xxx
ACME_ACCOUNT_EMAIL=me@example.com
ENABLE_SSL_SNI=n
SKIP_IP_CHECK=n
SKIP_HTTP_VERIFICATION=n

# Parts that can be left out - y/n
SKIP_UNBOUND_HEALTHCHECK=n
SKIP_CLAMD=$SKIP_CLAMD
SKIP_OLEFY=n
SKIP_SOGO=n
SKIP_FTS=n
FTS_HEAP=128
FTS_PROCS=1
ALLOW_ADMIN_EMAIL_LOGIN=n

# Watchdog
USE_WATCHDOG=y
#WATCHDOG_NOTIFY_EMAIL=
#WATCHDOG_NOTIFY_WEBHOOK=
#WATCHDOG_NOTIFY_WEBHOOK_BODY=
WATCHDOG_NOTIFY_BAN=n
WATCHDOG_NOTIFY_START=y
#WATCHDOG_SUBJECT=
WATCHDOG_EXTERNAL_CHECKS=n
WATCHDOG_VERBOSE=n

# Lines kept of each log
LOG_LINES=9999

# Internal networks
IPV4_NETWORK=172.22.1
IPV6_NETWORK=fd4d:6169:6c63:6f77::/64
#SNAT_TO_SOURCE=
#SNAT6_TO_SOURCE=

# Keys of the API: letters, digits and "-"; API_ALLOW_FROM is a comma separated list of addresses
#API_KEY=
#API_KEY_READ_ONLY=
#API_ALLOW_FROM=172.22.1.1,127.0.0.1

# Folder of the mail below the home of a mailbox
MAILDIR_SUB=Maildir

# Webmail
SOGO_EXPIRE_SESSION=480
SOGO_URL_ENCRYPTION_KEY=$(random 16)

# Both or none
DOVECOT_MASTER_USER=
DOVECOT_MASTER_PASS=

WEBAUTHN_ONLY_TRUSTED_VENDORS=n
SPAMHAUS_DQS_KEY=

# IPv6 of the containers; a change needs "down" and "up"
ENABLE_IPV6=$IPV6_BOOL

# Keep the databases unreachable from neighbours - n means they are
DISABLE_NETFILTER_ISOLATION_RULE=n
CONF
}

certificate() {
  mkdir -p data/assets/ssl
  echo "Generating snake-oil certificate..."
  openssl req -x509 -newkey rsa:2048 -keyout data/assets/ssl-example/key.pem -out data/assets/ssl-example/cert.pem -days 365 \
    -subj "/C=DE/O=mailcow/OU=mailcow/CN=$MAILCOW_HOSTNAME" -sha256 -nodes 2>/dev/null
  echo "Copying snake-oil certificate..."
  cp -n -d data/assets/ssl-example/*.pem data/assets/ssl/
}

# What the web interface shows as its version: on master the newest tag of the clone, else a short hash.
version_file() {
  local version commit date branch=$MAILCOW_BRANCH
  version=$(git rev-parse --short HEAD)
  [ "$branch" != master ] || version=$(git describe --tags "$(git rev-list --tags --max-count=1)")
  if [ $keep_branch = y ]; then commit=$(git rev-parse "$branch"); branch=$(git rev-parse --abbrev-ref HEAD)
  else commit=$(git rev-parse --verify --quiet "origin/$branch"); fi
  date=$(git log -1 --format=%ci '@{upstream}' 2>/dev/null) || { commit=; date=; }
  cat <<PHP
<?php
  \$MAILCOW_GIT_VERSION="$version";
  \$MAILCOW_LAST_GIT_VERSION="";
  \$MAILCOW_GIT_OWNER="mailcow";
  \$MAILCOW_GIT_REPO="mailcow-dockerized";
  \$MAILCOW_GIT_URL="$(git remote get-url origin)";
  \$MAILCOW_GIT_COMMIT="$commit";
  \$MAILCOW_GIT_COMMIT_DATE="$date";
  \$MAILCOW_BRANCH="$branch";
  \$MAILCOW_UPDATEDAT=$(date +%s);
?>
PHP
}

confirm_overwrite
echo "Press enter to confirm the detected value '[value]' where applicable or enter a custom value."
ask_hostname
ask_time_zone
ask_clamd
choose_branch
configure_ipv6
rspamd_password="worker-controller-password.inc"
(cd data/conf/rspamd/override.d && { [ -f "$rspamd_password" ] || echo '# Placeholder' > "$rspamd_password"; })
configuration > mailcow.conf
chmod 600 mailcow.conf
certificate
version_file > data/web/inc/app_info.inc.php
