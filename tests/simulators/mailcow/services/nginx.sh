# The nginx configuration, from the variables of mailcow.conf. Sourced by bash.

configuration() {
  local names="$MAILCOW_HOSTNAME ${ADDITIONAL_SERVER_NAMES//,/ } autodiscover.* autoconfig.* mta-sts.*"
  cat <<CONF
daemon off;
pid /run/nginx.pid;
error_log /dev/stderr;
worker_processes 1;
events {}
http {
  access_log /dev/stdout;
  server_tokens off;
  client_max_body_size 100m;
  resolver 127.0.0.11 valid=5s;
  include /etc/nginx/mime.types;
  set_real_ip_from 10.0.0.0/8;
  set_real_ip_from 172.16.0.0/12;
  set_real_ip_from 192.168.0.0/16;
  set_real_ip_from fc00::/7;
  real_ip_header X-Forwarded-For;
  real_ip_recursive on;
  ssl_certificate /etc/ssl/mail/cert.pem;
  ssl_certificate_key /etc/ssl/mail/key.pem;
  ssl_protocols TLSv1.2 TLSv1.3;
$(plain_server "$names")
$(web_server "$names")
$(password_check)
}
CONF
}

# listen PORT [OPTION]: on IPv4, and on IPv6 when it is on.
listen() {
  echo "    listen $1${2:+ $2};"
  if [ "${ENABLE_IPV6:-true}" = true ]; then echo "    listen [::]:$1${2:+ $2};"; fi
}

pages() {
  cat <<CONF
    location ^~ /.well-known/acme-challenge/ {
      root /web;
      default_type text/plain;
    }
    location / {
      set \$web http://phpfpm:9002;
      proxy_pass \$web;
      proxy_http_version 1.1;
      proxy_set_header Host \$host;
      proxy_set_header X-Real-IP \$remote_addr;
      proxy_read_timeout 300s;
    }
CONF
}

plain_server() {
  echo "  server {"
  listen "${HTTP_PORT:-80}" default_server
  echo "    server_name $1;"
  if [ "${HTTP_REDIRECT:-n}" = y ]; then
    printf '    location ^~ /.well-known/acme-challenge/ {\n      root /web;\n      default_type text/plain;\n    }\n'
    printf '    location / {\n      return 301 https://$host$request_uri;\n    }\n'
  else
    pages
  fi
  echo "  }"
}

web_server() {
  echo "  server {"
  listen "${HTTPS_PORT:-443}" "ssl default_server"
  echo "    server_name $1;"
  pages
  echo "  }"
}

password_check() {
  cat <<CONF
  server {
    listen 9082 ssl default_server;
    access_log off;
    location / {
      set \$check http://phpfpm:9001;
      proxy_pass \$check;
      proxy_set_header X-Real-IP \$remote_addr;
    }
  }
CONF
}
