-- Tables of the stand-in. Names, columns, keys and defaults are those of Mailcow's database (mark 19022026_1220) as far
-- as the API, Postfix and Dovecot use them; what only the groupware or the web pages need is left out.
CREATE TABLE IF NOT EXISTS versions (
  application VARCHAR(255) NOT NULL PRIMARY KEY,
  version VARCHAR(100) NOT NULL,
  created DATETIME NOT NULL DEFAULT NOW());

CREATE TABLE IF NOT EXISTS admin (
  username VARCHAR(255) NOT NULL PRIMARY KEY,
  password VARCHAR(255) NOT NULL,
  superadmin TINYINT(1) NOT NULL DEFAULT 0,
  created DATETIME NOT NULL DEFAULT NOW(),
  modified DATETIME ON UPDATE NOW(),
  active TINYINT(1) NOT NULL DEFAULT 1,
  attributes JSON);

CREATE TABLE IF NOT EXISTS domain_admins (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  username VARCHAR(255) NOT NULL,
  domain VARCHAR(255) NOT NULL,
  created DATETIME NOT NULL DEFAULT NOW(),
  active TINYINT(1) NOT NULL DEFAULT 1,
  KEY username (username));

CREATE TABLE IF NOT EXISTS da_acl (
  username VARCHAR(255) NOT NULL PRIMARY KEY,
  syncjobs TINYINT(1) NOT NULL DEFAULT 1,
  quarantine TINYINT(1) NOT NULL DEFAULT 1,
  login_as TINYINT(1) NOT NULL DEFAULT 1,
  sogo_access TINYINT(1) NOT NULL DEFAULT 1,
  app_passwds TINYINT(1) NOT NULL DEFAULT 1,
  bcc_maps TINYINT(1) NOT NULL DEFAULT 1,
  pushover TINYINT(1) NOT NULL DEFAULT 0,
  filters TINYINT(1) NOT NULL DEFAULT 1,
  ratelimit TINYINT(1) NOT NULL DEFAULT 1,
  spam_policy TINYINT(1) NOT NULL DEFAULT 1,
  extend_sender_acl TINYINT(1) NOT NULL DEFAULT 0,
  unlimited_quota TINYINT(1) NOT NULL DEFAULT 0,
  protocol_access TINYINT(1) NOT NULL DEFAULT 1,
  smtp_ip_access TINYINT(1) NOT NULL DEFAULT 1,
  alias_domains TINYINT(1) NOT NULL DEFAULT 0,
  mailbox_relayhost TINYINT(1) NOT NULL DEFAULT 1,
  domain_relayhost TINYINT(1) NOT NULL DEFAULT 1,
  domain_desc TINYINT(1) NOT NULL DEFAULT 0);

CREATE TABLE IF NOT EXISTS da_sso (
  username VARCHAR(255) NOT NULL,
  token VARCHAR(255) NOT NULL,
  created DATETIME NOT NULL DEFAULT NOW(),
  PRIMARY KEY (token, created));

CREATE TABLE IF NOT EXISTS api (
  api_key VARCHAR(255) NOT NULL PRIMARY KEY,
  allow_from VARCHAR(512) NOT NULL,
  skip_ip_check TINYINT(1) NOT NULL DEFAULT 0,
  created DATETIME NOT NULL DEFAULT NOW(),
  modified DATETIME ON UPDATE NOW(),
  access ENUM('ro', 'rw') NOT NULL DEFAULT 'rw',
  active TINYINT(1) NOT NULL DEFAULT 1);

CREATE TABLE IF NOT EXISTS templates (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  template VARCHAR(255) NOT NULL,
  type VARCHAR(255) NOT NULL,
  attributes JSON,
  created DATETIME NOT NULL DEFAULT NOW(),
  modified DATETIME ON UPDATE CURRENT_TIMESTAMP);

CREATE TABLE IF NOT EXISTS domain (
  domain VARCHAR(255) NOT NULL PRIMARY KEY,
  description VARCHAR(255),
  aliases INT(10) NOT NULL DEFAULT 0,
  mailboxes INT(10) NOT NULL DEFAULT 0,
  defquota BIGINT(20) NOT NULL DEFAULT 3072,
  maxquota BIGINT(20) NOT NULL DEFAULT 102400,
  quota BIGINT(20) NOT NULL DEFAULT 102400,
  relayhost VARCHAR(255) NOT NULL DEFAULT '0',
  backupmx TINYINT(1) NOT NULL DEFAULT 0,
  gal TINYINT(1) NOT NULL DEFAULT 1,
  relay_all_recipients TINYINT(1) NOT NULL DEFAULT 0,
  relay_unknown_only TINYINT(1) NOT NULL DEFAULT 0,
  created DATETIME NOT NULL DEFAULT NOW(),
  modified DATETIME ON UPDATE CURRENT_TIMESTAMP,
  active TINYINT(1) NOT NULL DEFAULT 1);

CREATE TABLE IF NOT EXISTS tags_domain (
  tag_name VARCHAR(255) NOT NULL,
  domain VARCHAR(255) NOT NULL,
  UNIQUE KEY tag_name (tag_name, domain),
  CONSTRAINT fk_tags_domain FOREIGN KEY (domain) REFERENCES domain (domain) ON DELETE CASCADE);

CREATE TABLE IF NOT EXISTS domain_wide_footer (
  domain VARCHAR(255) NOT NULL PRIMARY KEY,
  html LONGTEXT,
  plain LONGTEXT,
  mbox_exclude JSON NOT NULL DEFAULT ('[]'),
  alias_domain_exclude JSON NOT NULL DEFAULT ('[]'),
  skip_replies TINYINT(1) NOT NULL DEFAULT 0);

CREATE TABLE IF NOT EXISTS alias_domain (
  alias_domain VARCHAR(255) NOT NULL PRIMARY KEY,
  target_domain VARCHAR(255) NOT NULL,
  created DATETIME NOT NULL DEFAULT NOW(),
  modified DATETIME ON UPDATE CURRENT_TIMESTAMP,
  active TINYINT(1) NOT NULL DEFAULT 1,
  KEY active (active),
  KEY target_domain (target_domain));

CREATE TABLE IF NOT EXISTS mta_sts (
  id BIGINT NOT NULL,
  domain VARCHAR(255) NOT NULL PRIMARY KEY,
  version VARCHAR(255) NOT NULL,
  mode VARCHAR(255) NOT NULL,
  mx VARCHAR(255) NOT NULL,
  max_age VARCHAR(255) NOT NULL,
  active TINYINT(1) NOT NULL DEFAULT 1);

CREATE TABLE IF NOT EXISTS mailbox (
  username VARCHAR(255) NOT NULL PRIMARY KEY,
  password VARCHAR(255) NOT NULL,
  name VARCHAR(255),
  description VARCHAR(255),
  mailbox_path_prefix VARCHAR(150) DEFAULT '/var/vmail/',
  quota BIGINT(20) NOT NULL DEFAULT 102400,
  local_part VARCHAR(255) NOT NULL,
  domain VARCHAR(255) NOT NULL,
  attributes JSON,
  custom_attributes JSON NOT NULL DEFAULT ('{}'),
  kind VARCHAR(100) NOT NULL DEFAULT '',
  multiple_bookings INT NOT NULL DEFAULT -1,
  authsource ENUM('mailcow', 'keycloak', 'generic-oidc', 'ldap') DEFAULT 'mailcow',
  created DATETIME NOT NULL DEFAULT NOW(),
  modified DATETIME ON UPDATE CURRENT_TIMESTAMP,
  active TINYINT(1) NOT NULL DEFAULT 1,
  KEY domain (domain),
  KEY kind (kind));

CREATE TABLE IF NOT EXISTS tags_mailbox (
  tag_name VARCHAR(255) NOT NULL,
  username VARCHAR(255) NOT NULL,
  UNIQUE KEY tag_name (tag_name, username),
  CONSTRAINT fk_tags_mailbox FOREIGN KEY (username) REFERENCES mailbox (username) ON DELETE CASCADE);

CREATE TABLE IF NOT EXISTS user_acl (
  username VARCHAR(255) NOT NULL PRIMARY KEY,
  spam_alias TINYINT(1) NOT NULL DEFAULT 1,
  tls_policy TINYINT(1) NOT NULL DEFAULT 1,
  spam_score TINYINT(1) NOT NULL DEFAULT 1,
  spam_policy TINYINT(1) NOT NULL DEFAULT 1,
  delimiter_action TINYINT(1) NOT NULL DEFAULT 1,
  syncjobs TINYINT(1) NOT NULL DEFAULT 0,
  eas_reset TINYINT(1) NOT NULL DEFAULT 1,
  sogo_profile_reset TINYINT(1) NOT NULL DEFAULT 0,
  pushover TINYINT(1) NOT NULL DEFAULT 1,
  quarantine TINYINT(1) NOT NULL DEFAULT 1,
  quarantine_attachments TINYINT(1) NOT NULL DEFAULT 1,
  quarantine_notification TINYINT(1) NOT NULL DEFAULT 1,
  quarantine_category TINYINT(1) NOT NULL DEFAULT 1,
  app_passwds TINYINT(1) NOT NULL DEFAULT 1,
  pw_reset TINYINT(1) NOT NULL DEFAULT 1,
  CONSTRAINT fk_username FOREIGN KEY (username) REFERENCES mailbox (username) ON DELETE CASCADE);

CREATE TABLE IF NOT EXISTS app_passwd (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(255) NOT NULL,
  mailbox VARCHAR(255) NOT NULL,
  domain VARCHAR(255) NOT NULL,
  password VARCHAR(255) NOT NULL,
  created DATETIME NOT NULL DEFAULT NOW(),
  modified DATETIME ON UPDATE CURRENT_TIMESTAMP,
  imap_access TINYINT(1) NOT NULL DEFAULT 1,
  smtp_access TINYINT(1) NOT NULL DEFAULT 1,
  dav_access TINYINT(1) NOT NULL DEFAULT 1,
  eas_access TINYINT(1) NOT NULL DEFAULT 1,
  pop3_access TINYINT(1) NOT NULL DEFAULT 1,
  sieve_access TINYINT(1) NOT NULL DEFAULT 1,
  active TINYINT(1) NOT NULL DEFAULT 1,
  KEY mailbox (mailbox),
  KEY domain (domain),
  CONSTRAINT fk_username_app_passwd FOREIGN KEY (mailbox) REFERENCES mailbox (username) ON DELETE CASCADE);

CREATE TABLE IF NOT EXISTS sieve_filters (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  username VARCHAR(255) NOT NULL,
  script_desc VARCHAR(255) NOT NULL,
  script_name ENUM('active', 'inactive'),
  script_data TEXT NOT NULL,
  filter_type ENUM('postfilter', 'prefilter'),
  created DATETIME NOT NULL DEFAULT NOW(),
  modified DATETIME ON UPDATE CURRENT_TIMESTAMP,
  KEY username (username),
  CONSTRAINT fk_username_sieve_global_before FOREIGN KEY (username) REFERENCES mailbox (username) ON DELETE CASCADE);

CREATE TABLE IF NOT EXISTS alias (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  address VARCHAR(255) NOT NULL,
  goto TEXT NOT NULL,
  domain VARCHAR(255) NOT NULL,
  created DATETIME NOT NULL DEFAULT NOW(),
  modified DATETIME ON UPDATE CURRENT_TIMESTAMP,
  private_comment TEXT,
  public_comment TEXT,
  sogo_visible TINYINT(1) NOT NULL DEFAULT 1,
  internal TINYINT(1) NOT NULL DEFAULT 0,
  sender_allowed TINYINT(1) NOT NULL DEFAULT 1,
  active TINYINT(1) NOT NULL DEFAULT 1,
  UNIQUE KEY address (address),
  KEY domain (domain));

CREATE TABLE IF NOT EXISTS spamalias (
  address VARCHAR(255) NOT NULL PRIMARY KEY,
  goto TEXT NOT NULL,
  description TEXT NOT NULL,
  created DATETIME NOT NULL DEFAULT NOW(),
  modified DATETIME ON UPDATE CURRENT_TIMESTAMP,
  validity INT(11),
  permanent TINYINT(1) NOT NULL DEFAULT 0);

CREATE TABLE IF NOT EXISTS sender_acl (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  logged_in_as VARCHAR(255) NOT NULL,
  send_as VARCHAR(255) NOT NULL,
  external TINYINT(1) NOT NULL DEFAULT 0);

CREATE TABLE IF NOT EXISTS quota2 (
  username VARCHAR(255) NOT NULL PRIMARY KEY,
  bytes BIGINT(20) NOT NULL DEFAULT 0,
  messages BIGINT(20) NOT NULL DEFAULT 0);

CREATE TABLE IF NOT EXISTS quota2replica (
  username VARCHAR(255) NOT NULL PRIMARY KEY,
  bytes BIGINT(20) NOT NULL DEFAULT 0,
  messages BIGINT(20) NOT NULL DEFAULT 0);

CREATE TABLE IF NOT EXISTS sasl_log (
  service VARCHAR(32) NOT NULL DEFAULT '',
  app_password INT,
  username VARCHAR(255) NOT NULL,
  real_rip VARCHAR(64) NOT NULL,
  `datetime` DATETIME NOT NULL DEFAULT NOW(),
  PRIMARY KEY (service, real_rip, username),
  KEY username (username));

CREATE TABLE IF NOT EXISTS filterconf (
  object VARCHAR(255) NOT NULL DEFAULT '',
  `option` VARCHAR(50) NOT NULL DEFAULT '',
  value VARCHAR(100) NOT NULL DEFAULT '',
  created DATETIME NOT NULL DEFAULT NOW(),
  modified DATETIME ON UPDATE CURRENT_TIMESTAMP,
  prefid INT(11) NOT NULL AUTO_INCREMENT PRIMARY KEY,
  KEY object (object));

CREATE TABLE IF NOT EXISTS pushover (
  username VARCHAR(255) NOT NULL PRIMARY KEY,
  `key` VARCHAR(255) NOT NULL,
  token VARCHAR(255) NOT NULL,
  attributes JSON,
  title TEXT,
  text TEXT,
  senders TEXT,
  senders_regex TEXT,
  active TINYINT(1) NOT NULL DEFAULT 1);

CREATE TABLE IF NOT EXISTS imapsync (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user2 VARCHAR(255) NOT NULL,
  host1 VARCHAR(255) NOT NULL,
  user1 VARCHAR(255) NOT NULL,
  password1 VARCHAR(255) NOT NULL,
  active TINYINT(1) NOT NULL DEFAULT 0);

CREATE TABLE IF NOT EXISTS bcc_maps (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  local_dest VARCHAR(255) NOT NULL,
  bcc_dest VARCHAR(255) NOT NULL,
  domain VARCHAR(255) NOT NULL,
  type ENUM('sender', 'rcpt'),
  created DATETIME NOT NULL DEFAULT NOW(),
  modified DATETIME ON UPDATE CURRENT_TIMESTAMP,
  active TINYINT(1) NOT NULL DEFAULT 0,
  KEY local_dest (local_dest));

CREATE TABLE IF NOT EXISTS recipient_maps (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  old_dest VARCHAR(255) NOT NULL,
  new_dest VARCHAR(255) NOT NULL,
  created DATETIME NOT NULL DEFAULT NOW(),
  modified DATETIME ON UPDATE CURRENT_TIMESTAMP,
  active TINYINT(1) NOT NULL DEFAULT 0,
  KEY local_dest (old_dest));

CREATE TABLE IF NOT EXISTS tls_policy_override (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  dest VARCHAR(255) NOT NULL,
  policy ENUM('none', 'may', 'encrypt', 'dane', 'dane-only', 'fingerprint', 'verify', 'secure') NOT NULL,
  parameters VARCHAR(255) DEFAULT '',
  created DATETIME NOT NULL DEFAULT NOW(),
  modified DATETIME ON UPDATE CURRENT_TIMESTAMP,
  active TINYINT(1) NOT NULL DEFAULT 1,
  UNIQUE KEY dest (dest));

CREATE TABLE IF NOT EXISTS relayhosts (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  hostname VARCHAR(255) NOT NULL,
  username VARCHAR(255) NOT NULL,
  password VARCHAR(255) NOT NULL,
  active TINYINT(1) NOT NULL DEFAULT 1,
  KEY hostname (hostname));

CREATE TABLE IF NOT EXISTS transports (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  destination VARCHAR(255) NOT NULL,
  nexthop VARCHAR(255) NOT NULL,
  username VARCHAR(255) NOT NULL DEFAULT '',
  password VARCHAR(255) NOT NULL DEFAULT '',
  is_mx_based TINYINT(1) NOT NULL DEFAULT 0,
  active TINYINT(1) NOT NULL DEFAULT 1,
  KEY destination (destination),
  KEY nexthop (nexthop));

CREATE TABLE IF NOT EXISTS forwarding_hosts (
  host VARCHAR(255) NOT NULL PRIMARY KEY,
  source VARCHAR(255) NOT NULL,
  filter_spam TINYINT(1) NOT NULL DEFAULT 0);

CREATE TABLE IF NOT EXISTS quarantine (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  qid VARCHAR(30) NOT NULL,
  subject VARCHAR(500),
  score FLOAT(8, 2),
  ip VARCHAR(50),
  action CHAR(20) NOT NULL DEFAULT 'unknown',
  symbols JSON,
  fuzzy_hashes JSON,
  sender VARCHAR(255) NOT NULL DEFAULT 'unknown',
  rcpt VARCHAR(255),
  msg LONGTEXT,
  domain VARCHAR(255),
  notified TINYINT(1) NOT NULL DEFAULT 0,
  created DATETIME NOT NULL DEFAULT NOW(),
  user VARCHAR(255) NOT NULL DEFAULT 'unknown',
  qhash VARCHAR(64));

CREATE TABLE IF NOT EXISTS tfa (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  key_id VARCHAR(255) NOT NULL,
  username VARCHAR(255) NOT NULL,
  active TINYINT(1) NOT NULL DEFAULT 0);

CREATE TABLE IF NOT EXISTS logs (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  task CHAR(32) NOT NULL DEFAULT '000000',
  type VARCHAR(32) DEFAULT '',
  msg TEXT,
  `call` TEXT,
  user VARCHAR(64) NOT NULL,
  role VARCHAR(32) NOT NULL,
  remote VARCHAR(39) NOT NULL,
  `time` INT(11) NOT NULL);

CREATE OR REPLACE VIEW sieve_before (id, username, script_name, script_data) AS
  SELECT md5(script_data), username, script_name, script_data FROM sieve_filters WHERE filter_type = 'prefilter';

CREATE OR REPLACE VIEW sieve_after (id, username, script_name, script_data) AS
  SELECT md5(script_data), username, script_name, script_data FROM sieve_filters WHERE filter_type = 'postfilter';

REPLACE INTO versions (application, version) VALUES ('db_schema', '19022026_1220');
