# The parts of Dovecot's configuration that are written at each start. Sourced by bash.

# place FILE MODE OWNER: standard input, not readable by others for a moment.
place() { install -m "$2" -o "${3%:*}" -g "${3#*:}" /dev/stdin "$1"; }

connection() { echo "connect = \"host=$SOCKET dbname=$DBNAME user=$DBUSER password=$DBPASS\""; }

lookups() {
  { connection; quota_map storage bytes; quota_map messages messages; } \
    | place /etc/dovecot/sql/dovecot-dict-sql-quota.conf 640 root:dovecot
  local moment
  for moment in before after; do
    { connection; sieve_maps "sieve_$moment"; } | place "/etc/dovecot/sql/dovecot-dict-sql-sieve_$moment.conf" 640 root:dovecot
  done
  { connection; users; } | place /etc/dovecot/sql/dovecot-dict-sql-userdb.conf 640 root:root
}

quota_map() {
  cat <<CONF
map {
  pattern = priv/quota/$1
  table = quota2
  username_field = username
  value_field = $2
}
CONF
}

sieve_maps() {
  cat <<CONF
map {
  pattern = priv/sieve/name/\$script_name
  table = $1
  username_field = username
  value_field = id
  fields {
    script_name = \$script_name
  }
}
map {
  pattern = priv/sieve/data/\$id
  table = $1
  username_field = username
  value_field = script_data
  fields {
    id = \$id
  }
}
CONF
}

users() {
  local receives="(active = '1' OR active = '2')"
  cat <<CONF
driver = mysql
user_query = SELECT CONCAT(JSON_UNQUOTE(JSON_VALUE(attributes, '$.mailbox_format')), mailbox_path_prefix, \
  '%d/%n/${MAILDIR_SUB:-}:VOLATILEDIR=/var/volatile/%u:INDEX=/var/vmail_index/%u') AS mail, \
  5000 AS uid, 5000 AS gid, CONCAT('*:bytes=', quota) AS quota_rule FROM mailbox WHERE username = '%u' AND $receives
iterate_query = SELECT username FROM mailbox WHERE $receives
CONF
}

plugin_lists() {
  local common="quota acl zlib mail_crypt mail_crypt_acl notify listescape"
  echo -n "$common mail_log lazy_expunge" | place /etc/dovecot/mail_plugins 644 root:root
  echo -n "$common mail_log imap_quota imap_acl imap_zlib imap_sieve" | place /etc/dovecot/mail_plugins_imap 644 root:root
  echo -n "$common sieve" | place /etc/dovecot/mail_plugins_lmtp 644 root:root
  echo -n "${ACL_ANYONE:-disallow}" | place /etc/dovecot/acl_anyone 644 root:root
}

# invented LENGTH: random letters and digits.
invented() { tr -dc 'a-z0-9' < /dev/urandom | head -c "$1" || true; }

master_user() {
  local name=${DOVECOT_MASTER_USER:-} password=${DOVECOT_MASTER_PASS:-}
  if [ -z "$name" ] || [ -z "$password" ]; then name=$(invented 16); password=$(invented 24); fi
  echo "$name@mailcow.local:{SHA1}$(echo -n "$password" | sha1sum | cut -d' ' -f1)::::::" \
    | place /etc/dovecot/dovecot-master.passwd 644 root:root
  echo "$name@mailcow.local::5000:5000::::" | place /etc/dovecot/dovecot-master.userdb 644 root:root
  echo "$name@mailcow.local:$password" | place /etc/sogo/sieve.creds 644 root:root
  printf 'remote %s.248 {\n  disable_plaintext_auth = no\n}\n' "$IPV4_NETWORK" | place /etc/dovecot/sogo_trusted_ip.conf 644 root:root
}

# The keys that all mail is encrypted with. Missing keys are made anew, as upstream does: mail stored under other keys is lost then.
mail_keys() {
  if [ ! -s /mail_crypt/ecprivkey.pem ] || [ ! -s /mail_crypt/ecpubkey.pem ]; then
    openssl ecparam -name prime256v1 -genkey | openssl pkey -out /mail_crypt/ecprivkey.pem
    openssl pkey -in /mail_crypt/ecprivkey.pem -pubout -out /mail_crypt/ecpubkey.pem
  fi
  chown 401 /mail_crypt/ecprivkey.pem /mail_crypt/ecpubkey.pem
}

sieve_scripts() {
  local moment
  for moment in before after; do
    cp "/etc/dovecot/global_sieve_$moment" "/var/vmail/sieve/global_sieve_$moment.sieve"
  done
}

# An identity of this installation: its name and its encryption key.
identify() {
  local digest
  digest=$({ echo "$MAILCOW_HOSTNAME"; cat /mail_crypt/ecpubkey.pem; } | sha256sum | cut -d' ' -f1)
  sql "REPLACE INTO versions (application, version) VALUES ('GUID', '$digest')"
}
