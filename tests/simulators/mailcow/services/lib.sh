# What the roles share. Sourced by bash.

SOCKET=/var/run/mysqld/mysqld.sock

# sql [STATEMENT]: run it (or standard input) in the mail database; rows as tab-separated text.
sql() {
  MYSQL_PWD=$DBPASS mariadb --socket="$SOCKET" --user="$DBUSER" --batch --skip-column-names "$DBNAME" ${1+--execute="$1"}
}

# wait_for WHAT COMMAND...: until the command succeeds; now and then says what is missing. Never gives up, as upstream.
wait_for() {
  local what=$1 tries=0; shift
  until "$@" >/dev/null 2>&1; do
    [ $((tries++ % 8)) -ne 0 ] || echo "Waiting for $what..."
    sleep 0.25
  done
}

database_answers() { sql "SELECT 1"; }
# The web interface makes the tables; this row is the last thing it writes.
tables_are_there() { [ -n "$(sql "SELECT version FROM versions WHERE application = 'db_schema'")" ]; }
redis_answers() ( exec 3<>/dev/tcp/redis/6379 )

# hooks: run what the operator put into data/hooks/<service>.
hooks() {
  local file
  for file in /hooks/*; do
    if [ -x "$file" ] && [ -f "$file" ]; then echo "Running hook $file"; "$file"; fi
  done
}

# side_by_side COMMAND...: run syslog-ng and the command; the end of one, or of the container, ends both.
side_by_side() {
  syslog-ng --foreground --no-caps --cfgfile="/stand-in/syslog-ng-$ROLE.conf" --persist-file=/run/syslog-ng.persist \
    --control=/run/syslog-ng.ctl --pidfile=/run/syslog-ng.pid &
  local logger=$!
  until [ -S /dev/log ]; do
    kill -0 "$logger" 2>/dev/null || exit 1
    sleep 0.05
  done
  "$@" &
  local service=$!
  trap 'kill -TERM "$service" 2>/dev/null; wait "$service"; kill -TERM "$logger" 2>/dev/null; exit 0' TERM INT
  wait -n
  kill -TERM "$service" "$logger" 2>/dev/null
  exit 1
}
