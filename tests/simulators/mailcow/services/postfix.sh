# The parts of Postfix' configuration that are written at each start. Sourced by bash.

conf=/opt/postfix/conf

# lookup NAME QUERY: a MySQL map.
lookup() {
  printf '# Written at each start\nuser = %s\npassword = %s\nhosts = unix:/var/run/mysqld/mysqld.sock\ndbname = %s\nquery = %s\n' \
    "$DBUSER" "$DBPASS" "$DBNAME" "$2" | install -m 640 -o root -g postfix /dev/stdin "$conf/sql/mysql_$1.cf"
}

tables_answer() { postmap -q db_schema "mysql:$conf/sql/mysql_schema.cf"; }

lookups() {
  lookup schema "SELECT version FROM versions WHERE application = '%s'"
  lookup virtual_domains_maps "SELECT domain FROM domain WHERE domain = '%s' AND active = '1' AND backupmx = '0'
    UNION SELECT alias_domain FROM alias_domain WHERE alias_domain = '%s' AND active = '1'"
  lookup virtual_relay_domain_maps "SELECT domain FROM domain WHERE domain = '%s' AND active = '1' AND backupmx = '1'"
  lookup relay_recipient_maps "SELECT '%s' FROM domain WHERE domain = '%d' AND backupmx = '1' AND relay_all_recipients = '1'
    UNION SELECT goto FROM alias WHERE address = '%s' AND active = '1'"
  lookup virtual_mailbox_maps "SELECT CONCAT(JSON_UNQUOTE(JSON_VALUE(attributes, '$.mailbox_format')), mailbox_path_prefix, '%d/%u/')
    FROM mailbox WHERE username = '%s' AND active IN ('1', '2')"
  lookup virtual_alias_maps "SELECT goto FROM alias WHERE address = '%s' AND active IN ('1', '2')"
  lookup virtual_spamalias_maps "SELECT goto FROM spamalias WHERE address = '%s' AND (validity >= UNIX_TIMESTAMP() OR permanent != 0)"
  lookup virtual_resource_maps "SELECT 'null@localhost' FROM mailbox WHERE kind REGEXP 'location|thing|group' AND username = '%s'"
  lookup virtual_alias_domain_maps "SELECT username FROM mailbox JOIN alias_domain
    ON username = CONCAT('%u', '@', target_domain)
    WHERE alias_domain = '%d' AND alias_domain.active = '1' AND mailbox.active IN ('1', '2')"
  lookup recipient_canonical_maps "SELECT new_dest FROM recipient_maps WHERE old_dest = '%s' AND active = '1'"
  lookup transport_maps "SELECT CONCAT('smtp_via_transport_maps:', nexthop) FROM transports WHERE destination = '%s' AND active = '1'"
  lookup sasl_passwd_maps_transport_maps "SELECT CONCAT_WS(':', username, password) FROM transports
    WHERE nexthop = '%s' AND active = '1' AND username != '' LIMIT 1"
  lookup tls_policy_override_maps "SELECT CONCAT(policy, ' ', parameters) FROM tls_policy_override WHERE dest = '%s' AND active = '1'"
  lookup tls_enforce_in_policy "SELECT 'reject_plaintext_session' FROM mailbox JOIN alias ON mailbox.username = alias.goto
    WHERE JSON_UNQUOTE(JSON_VALUE(attributes, '$.tls_enforce_in')) = '1' AND mailbox.active = '1'
    AND (address = '%s' OR address IN (SELECT CONCAT('%u', '@', target_domain) FROM alias_domain WHERE alias_domain = '%d')) LIMIT 1"
  relay_lookups
  sender_lookup
}

# The relay host of a sender: its mailbox' own, else its domain's.
relay_of() {
  cat <<SQL
COALESCE((SELECT relayhosts.$1 FROM relayhosts JOIN mailbox ON JSON_UNQUOTE(JSON_VALUE(attributes, '$.relayhost')) = relayhosts.id
      WHERE relayhosts.active = '1' AND mailbox.username IN (SELECT goto FROM alias WHERE address = '%s' AND active = '1')),
    (SELECT relayhosts.$1 FROM relayhosts JOIN domain ON domain.relayhost = relayhosts.id WHERE relayhosts.active = '1'
      AND domain.domain IN (SELECT '%d' UNION SELECT target_domain FROM alias_domain WHERE alias_domain = '%d') LIMIT 1))
SQL
}

relay_lookups() {
  lookup sender_dependent_default_transport_maps "SELECT CONCAT(IF(EXISTS(SELECT 1 FROM alias JOIN mailbox ON username = goto
    WHERE address = '%s' AND mailbox.active = '1' AND JSON_UNQUOTE(JSON_VALUE(attributes, '$.tls_enforce_out')) = '1'),
    'smtp_enforced_tls:', 'smtp:'), IFNULL($(relay_of hostname), ''))"
  lookup sasl_passwd_maps_sender_dependent "SELECT CONCAT_WS(':', username, password) FROM relayhosts
    WHERE id = $(relay_of id) AND active = '1' AND username != ''"
}

# Who may send as an address: the owners of the alias (else of the catch-all), extra permissions, the mailbox behind an alias domain.
sender_lookup() {
  lookup virtual_sender_acl "SELECT goto FROM alias WHERE id = COALESCE(
      (SELECT id FROM alias WHERE address = '%s' AND active IN ('1', '2') AND sender_allowed = '1'),
      (SELECT id FROM alias WHERE address = '@%d' AND active IN ('1', '2') AND sender_allowed = '1'))
    AND active = '1' AND (domain IN (SELECT domain FROM domain WHERE domain = '%d' AND active = '1')
      OR domain IN (SELECT alias_domain FROM alias_domain WHERE alias_domain = '%d' AND active = '1'))
    UNION SELECT logged_in_as FROM sender_acl WHERE send_as IN ('%s', '@%d', '*')
      OR send_as IN (SELECT CONCAT('@', target_domain) FROM alias_domain WHERE alias_domain = '%d')
      OR send_as IN (SELECT CONCAT('%u', '@', target_domain) FROM alias_domain WHERE alias_domain = '%d')
    UNION SELECT username FROM mailbox JOIN alias_domain ON username = CONCAT('%u', '@', target_domain)
      WHERE alias_domain = '%d' AND alias_domain.active = '1' AND mailbox.active IN ('1', '2')"
}

# Files that the configuration names and that may not be there yet.
lists() {
  local file
  printf 'null: /dev/null\nwatchdog: /dev/null\nham: /dev/null\nspam: /dev/null\n' > /etc/aliases
  postalias hash:/etc/aliases
  : > "$conf/sni.map"; postmap -F "hash:$conf/sni.map"
  for file in custom_transport.pcre custom_postscreen_whitelist.cidr dns_blocklists.cf; do
    [ -f "$conf/$file" ] || echo "# This file can be edited." > "$conf/$file"
  done
  chown root:postfix "$conf/custom_transport.pcre"; chmod 640 "$conf/custom_transport.pcre"
}

# Everything after the mark in main.cf is made anew: block lists, then the operator's extra.cf, whose first line is always myhostname.
overrides() {
  sed -i '/Overrides/q' "$conf/main.cf"
  { echo; grep -v '^#' "$conf/dns_blocklists.cf" || true; printf '\n# User Overrides\n'; } >> "$conf/main.cf"
  : >> "$conf/extra.cf"
  sed -i '/\$myhostname/! { /myhostname/d }' "$conf/extra.cf"
  echo -e "myhostname = $MAILCOW_HOSTNAME\n$(cat "$conf/extra.cf")" > "$conf/extra.cf"
  cat "$conf/extra.cf" >> "$conf/main.cf"
}
