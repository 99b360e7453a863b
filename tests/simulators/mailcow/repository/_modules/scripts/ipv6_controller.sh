#!/usr/bin/env bash
# Sourced by the scripts of this repository; does nothing by itself.

# A default route and an answer from outside, or it is off; what the operator says does not count.
host_reaches_ipv6() {
  local address
  [ -f /proc/net/if_inet6 ] && ip -6 route show default 2>/dev/null | grep -q '^default' || return 1
  for address in 2001:4860:4860::8888 2606:4700:4700::1111; do
    ping -6 -c1 -W2 "$address" >/dev/null 2>&1 && return 0
  done
  return 1
}

# The engine's own configuration: asked for once, then the engine is restarted.
engine_for_ipv6() {
  local file=/etc/docker/daemon.json answer wanted='.ipv6 = true | .["fixed-cidr-v6"] = (.["fixed-cidr-v6"] // "fd00:dead:beef:c0::/80")'
  [ "$docker_version" -ge 28 ] && wanted='.ipv6 = true'
  [ "$docker_version" -lt 27 ] && wanted="$wanted | .ip6tables = true | .experimental = true"
  if [ -f "$file" ] && ! jq empty "$file" 2>/dev/null; then echo "ERROR: Invalid JSON in $file"; exit 1; fi
  if [ -f "$file" ] && [ "$(jq -c "$wanted" "$file")" = "$(jq -c . "$file")" ]; then return; fi
  if [ -n "${FORCE:-}" ]; then answer=y; else read -r -p "Update $file for IPv6 now? [Y/n] " answer; fi
  if ! [[ ${answer:-Y} =~ ^[Yy]$ ]]; then echo "Declined; change $file by hand."; exit 1; fi
  mkdir -p "${file%/*}"
  { cat "$file" 2>/dev/null || echo '{}'; } | jq "$wanted" > "$file.new" && mv "$file.new" "$file"
  systemctl restart docker
}

configure_ipv6() {
  if host_reaches_ipv6; then
    engine_for_ipv6
    IPV6_BOOL=true
  else
    echo "Skipping Docker IPv6 configuration because the host does not reach IPv6."
    IPV6_BOOL=false
  fi
  echo "IPv6 configuration complete: ENABLE_IPV6=$IPV6_BOOL"
}
