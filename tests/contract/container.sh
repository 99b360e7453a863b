# Runs inside the container: `servers` starts database and Redis, `fresh` empties them, `restart` starts the service anew.
set -euo pipefail

servers() {
  mkdir -p /run/mysqld /srv/database
  chown mysql: /run/mysqld /srv/database
  mariadb-install-db --no-defaults --datadir=/srv/database --user=mysql --auth-root-authentication-method=normal --skip-test-db >/tmp/install.log
  mariadbd --no-defaults --user=mysql --datadir=/srv/database --socket="$DBHOST" --skip-networking \
    --character-set-server=utf8mb4 --collation-server=utf8mb4_general_ci --innodb-flush-log-at-trx-commit=0 >/tmp/database.log 2>&1 &
  redis-server --bind 127.0.0.1 --requirepass "$REDISPASS" --save "" >/tmp/redis.log 2>&1 &
  until mariadb --socket="$DBHOST" -e "SELECT 1" >/dev/null 2>&1; do sleep 0.1; done
}

stop_services() {
  for file in /tmp/service-*.pid; do
    [ -e "$file" ] || continue
    kill "$(cat "$file")" 2>/dev/null || true
    rm -f "$file"
  done
}

start_service() {
  python3 -m standin_api serve --port "$@" >>/tmp/service.log 2>&1 &
  echo $! >"/tmp/service-$1.pid"
}

restart() {
  stop_services
  python3 -m standin_api init
  start_service 9002 --auth-port 9001
  DBHOST=/nowhere start_service 9003
  REDISPORT=1 start_service 9004
}

empty() {
  mariadb --socket="$DBHOST" -e "DROP DATABASE IF EXISTS mailcow; CREATE DATABASE mailcow CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
    GRANT ALL ON mailcow.* TO '$DBUSER'@localhost IDENTIFIED BY '$DBPASS'"
  redis-cli --no-auth-warning -a "$REDISPASS" flushall >/dev/null
}

case "$1" in
  servers) servers ;;
  fresh) stop_services; empty; restart ;;
  restart) restart ;;
esac
